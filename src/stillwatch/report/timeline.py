"""A campaign by day, as geometry: bars of exchanges, active accounts, the days new models appeared."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from stillwatch.report.figures import as_day, brief_count, number_of, short_day
from stillwatch.report.result import Row

WIDTH = 1000
BARS_HEIGHT = 180
ACCOUNTS_HEIGHT = 64
# Beyond half a year, bars by day are thinner than a hair on a phone; weeks take their place.
LONGEST_BY_DAY = 184
# Letters closer than this, in percent of the axis, would touch on a phone.
TOO_CLOSE = 6.0
SUMMED = ("exchanges", "harvested_exchanges", "new_accounts")


@dataclass(frozen=True)
class Tick:
    """A label at a place along an axis, in percent of its length."""

    at: float
    text: str


@dataclass(frozen=True)
class Marker:
    """The day on which models first appeared in the log, at a place along the time axis.

    `lifted`: its letter stands higher, because its neighbour is too close to stand beside.
    """

    at: float
    letter: str
    models: Sequence[str]
    first_seen: date
    lifted: bool


@dataclass(frozen=True)
class Timeline:
    """SVG paths in a box of WIDTH x BARS_HEIGHT and WIDTH x ACCOUNTS_HEIGHT, and the labels around them."""

    step: str
    harvested: str
    other: str
    active: str
    new: str
    days: Sequence[Tick]
    exchanges: Sequence[Tick]
    accounts: Sequence[Tick]
    markers: Sequence[Marker]
    busiest: Row
    first: date
    last: date


def draw_timeline(rows: Sequence[Row], models: Iterable[Mapping[str, Any]]) -> Timeline | None:
    """Lay out `rows` of the timeline table. None where the campaign has no dated exchange."""
    if not rows:
        return None
    first, last = rows[0]["day"], rows[-1]["day"]
    step = 1 if (last - first).days < LONGEST_BY_DAY else 7
    bins = _bins(rows, first, last, step)
    totals = [entry["exchanges"] for entry in bins]
    harvested = [min(entry["harvested_exchanges"], entry["exchanges"]) for entry in bins]
    top, most = _round_up(max(totals)), _round_up(max(entry["accounts"] for entry in bins))
    return Timeline(
        step="day" if step == 1 else "week",
        harvested=_bars([0.0] * len(bins), harvested, top, BARS_HEIGHT),
        other=_bars(harvested, totals, top, BARS_HEIGHT),
        active=_steps([entry["accounts"] for entry in bins], most, ACCOUNTS_HEIGHT),
        new=_bars([0.0] * len(bins), [entry["new_accounts"] for entry in bins], most, ACCOUNTS_HEIGHT),
        days=_day_ticks(first, step, len(bins)),
        exchanges=_scale(top, 2),
        accounts=_scale(most, 1),
        markers=_markers(models, first, step, len(bins)),
        busiest=max(rows, key=lambda row: (number_of(row, "exchanges"), row["day"])),
        first=first,
        last=last,
    )


def _bins(rows: Sequence[Row], first: date, last: date, step: int) -> list[dict[str, float]]:
    size = (last - first).days // step + 1
    bins = [dict.fromkeys((*SUMMED, "accounts"), 0.0) for _ in range(size)]
    for row in rows:
        entry = bins[(row["day"] - first).days // step]
        for column in SUMMED:
            entry[column] += number_of(row, column)
        entry["accounts"] = max(entry["accounts"], number_of(row, "accounts"))
    return bins


def _bars(low: Sequence[float], high: Sequence[float], top: float, height: int) -> str:
    width = WIDTH / len(low)
    gap = min(width * 0.18, 4.0)
    return "".join(
        f"M{_place(index * width + gap / 2)} {_place(height * (1 - end / top))}"
        f"h{_place(width - gap)}v{_place(height * (end - start) / top)}h-{_place(width - gap)}z"
        for index, (start, end) in enumerate(zip(low, high, strict=True))
        if end > start
    )


def _steps(values: Sequence[float], top: float, height: int) -> str:
    width = WIDTH / len(values)
    levels = (f"V{_place(height * (1 - value / top))}h{_place(width)}" for value in values)
    return f"M0 {height}" + "".join(levels) + f"V{height}z"


def _place(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _round_up(value: float) -> float:
    """The next number of one or two digits that an axis may end with; at least 1."""
    if value <= 1:
        return 1.0
    power = 10 ** math.floor(math.log10(value))
    return float(next(power * m for m in (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if power * m >= value))


def _scale(top: float, parts: int) -> list[Tick]:
    parts = parts if top >= parts and (top / parts).is_integer() else 1
    return [Tick(100 * part / parts, brief_count(top * part / parts)) for part in range(parts + 1)]


def _day_ticks(first: date, step: int, size: int) -> list[Tick]:
    stride = max(1, math.ceil(size / 6))
    return [
        Tick(round(100 * (index + 0.5) / size, 2), short_day(first + timedelta(days=index * step)))
        for index in range(0, size, stride)
        if index <= size - stride * 0.5 or index == 0
    ]


def _markers(models: Iterable[Mapping[str, Any]], first: date, step: int, size: int) -> list[Marker]:
    """Models that appeared after the first day; one that was there before has no date of its own."""
    dated = [(as_day(model.get("first_seen")), str(model.get("model", ""))) for model in models]
    by_day: dict[date, list[str]] = {}
    for day, model in sorted((day, model) for day, model in dated if day):
        if 0 < (day - first).days < size * step:
            by_day.setdefault(day, []).append(model)
    markers: list[Marker] = []
    for day, names in by_day.items():
        at = round(100 * (day - first).days / (step * size), 2)
        lifted = bool(markers) and at - markers[-1].at < TOO_CLOSE and not markers[-1].lifted
        markers.append(Marker(at, _letter(len(markers)), names, day, lifted))
    return markers


def _letter(index: int) -> str:
    return chr(ord("A") + index) if index < 26 else str(index + 1)
