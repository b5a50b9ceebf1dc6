"""A campaign by day, small enough for a row of a table. All sparklines of a page have one time axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from stillwatch.report.figures import number_of
from stillwatch.report.result import Row

WIDTH = 120
HEIGHT = 24
# More bars than this are thinner than a pixel and a half; days are then summed.
MOST_BARS = 80


@dataclass(frozen=True)
class Axis:
    """The days from `first` on, `step` of them to a bar."""

    first: date
    step: int
    bars: int


@dataclass(frozen=True)
class Sparkline:
    """SVG paths in a box of WIDTH x HEIGHT. `peak` is the number of exchanges that fills its height."""

    harvested: str
    other: str
    peak: int


def time_axis(first: date, last: date) -> Axis:
    """The axis on which all days from `first` to `last` have a place."""
    days = max(1, (last - first).days + 1)
    step = math.ceil(days / MOST_BARS)
    return Axis(first, step, math.ceil(days / step))


def draw_sparkline(rows: Sequence[Row], axis: Axis) -> Sparkline | None:
    """Lay out rows of the timeline table; days off the axis are left out. None where nothing is on it."""
    total, harvested = [0.0] * axis.bars, [0.0] * axis.bars
    for row in rows:
        place = (row["day"] - axis.first).days // axis.step
        if 0 <= place < axis.bars:
            total[place] += number_of(row, "exchanges")
            harvested[place] += min(number_of(row, "harvested_exchanges"), number_of(row, "exchanges"))
    peak = max(total)
    if peak <= 0:
        return None
    scale, wide = HEIGHT / peak, WIDTH / axis.bars
    low = [n * scale for n in harvested]
    high = [n * scale for n in total]
    return Sparkline(_bars([0.0] * axis.bars, low, wide), _bars(low, high, wide), round(peak))


def _bars(low: Sequence[float], high: Sequence[float], wide: float) -> str:
    gap = min(0.4, wide * 0.2)
    return "".join(
        f"M{place * wide:.2f} {HEIGHT - top:.2f}h{wide - gap:.2f}v{top - bottom:.2f}h-{wide - gap:.2f}z"
        for place, (bottom, top) in enumerate(zip(low, high, strict=True))
        if top - bottom > 0.005
    )
