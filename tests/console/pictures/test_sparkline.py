"""A sparkline draws what a timeline holds."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest

from stillwatch.console.pictures.sparkline import HEIGHT, MOST_BARS, WIDTH, draw_sparkline, time_axis

FIRST = date(2026, 5, 1)


def _row(day: int, exchanges: int, harvested: int) -> dict[str, Any]:
    return {"day": FIRST + timedelta(days=day), "exchanges": exchanges, "harvested_exchanges": harvested}


def _areas(path: str) -> float:
    return sum(float(w) * float(h) for w, h in re.findall(r"h([\d.]+)v([\d.]+)h", path))


def test_heights_are_in_proportion() -> None:
    spark = draw_sparkline([_row(0, 10, 5), _row(9, 20, 0)], time_axis(FIRST, FIRST + timedelta(days=9)))
    assert spark is not None
    assert spark.peak == 20
    wide = WIDTH / 10 - min(0.4, WIDTH / 10 * 0.2)
    assert _areas(spark.harvested) == pytest.approx(wide * HEIGHT / 4, abs=0.2)
    assert _areas(spark.other) == pytest.approx(wide * (HEIGHT / 4 + HEIGHT), abs=0.2)


def test_a_long_window_sums_its_days() -> None:
    axis = time_axis(FIRST, FIRST + timedelta(days=10 * MOST_BARS - 1))
    assert (axis.step, axis.bars) == (10, MOST_BARS)
    spark = draw_sparkline([_row(day, 1, 1) for day in range(10 * MOST_BARS)], axis)
    assert spark is not None
    assert spark.peak == 10
    assert spark.harvested.count("M") == MOST_BARS


def test_nothing_on_the_axis_is_no_picture() -> None:
    axis = time_axis(FIRST, FIRST)
    assert draw_sparkline([], axis) is None
    assert draw_sparkline([_row(5, 9, 9)], axis) is None
    assert draw_sparkline([_row(0, 0, 0)], axis) is None
