"""The picture of a campaign by day: bars as high as the busiest day, so that its only labels are figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

WIDTH, HEIGHT, LOW = 1000, 150, 50


@dataclass(frozen=True)
class Picture:
    """SVG paths in boxes of WIDTH x HEIGHT and WIDTH x LOW: exchanges judged harvest, others, active accounts."""

    harvested: str
    other: str
    accounts: str
    first: date
    last: date


def draw(rows: Sequence[Mapping[str, Any]]) -> Picture | None:
    """Draw the rows of the timeline of one campaign; None without any."""
    days = sorted(rows, key=lambda row: row["day"])
    if not days:
        return None
    first, last = days[0]["day"], days[-1]["day"]
    size = (last - first).days + 1
    top = max((row["exchanges"] or 0 for row in days), default=0) or 1
    most = max((row["accounts"] or 0 for row in days), default=0) or 1
    bars = _Bars(first, WIDTH / size)
    harvested = [(row["day"], 0, min(row["harvested_exchanges"] or 0, row["exchanges"] or 0)) for row in days]
    other = [(day, end, row["exchanges"] or 0) for (day, _, end), row in zip(harvested, days, strict=True)]
    accounts = [(row["day"], 0, row["accounts"] or 0) for row in days]
    return Picture(
        bars.path(harvested, top, HEIGHT), bars.path(other, top, HEIGHT), bars.path(accounts, most, LOW), first, last
    )


@dataclass(frozen=True)
class _Bars:
    first: date
    width: float

    def path(self, spans: Sequence[tuple[date, int, int]], top: int, height: int) -> str:
        gap = min(self.width * 0.18, 4.0)
        return "".join(
            f"M{(day - self.first).days * self.width + gap / 2:.1f} {height * (1 - high / top):.1f}"
            f"h{self.width - gap:.1f}v{height * (high - low) / top:.1f}h-{self.width - gap:.1f}z"
            for day, low, high in spans
            if high > low
        )
