"""Numbers are written one way, and never say more than they hold."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime

import pytest

from stillwatch.report import figures
from stillwatch.report.page import raised

S = figures.SPACE


@pytest.mark.parametrize(
    ("log10_p", "words"),
    [
        (-12.3, "1 in 10^12"),
        (-812.4, "1 in 10^812"),
        (-6.0, "1 in 10^6"),
        (-3.4, "1 in 2,500"),
        (-0.7, "1 in 5"),
        (0.0, "likely"),
        (-math.inf, "less than 1 in 10^300"),
        (None, "not tested"),
    ],
)
def test_odds(log10_p: float | None, words: str) -> None:
    assert figures.odds(log10_p) == words


@pytest.mark.parametrize("log10_p", [-0.31, -1.0, -2.345, -5.99, -6.5, -44.2])
def test_odds_never_overstate(log10_p: float) -> None:
    words = figures.odds(log10_p).removeprefix("1 in ").replace(",", "").replace("10^", "1e")
    assert math.log10(float(words)) <= -log10_p + 1e-9


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "0"), (1.0, "100"), (0.46, "46"), (0.012, "1.2"), (0.0004, f"<{S}0.1"), (0.99999, f">{S}99.9")],
)
def test_percent_rounds_neither_to_nothing_nor_to_all(share: float, text: str) -> None:
    assert figures.percent(share) == f"{text}{S}%"


@pytest.mark.parametrize(
    ("value", "text"), [(28_800_000, "28,800,000"), (0.41, "0.41"), (7.249, "7.25"), (0, "0"), (None, figures.UNKNOWN)]
)
def test_measure(value: float | None, text: str) -> None:
    assert figures.measure(value) == text


def test_times_are_utc() -> None:
    berlin = datetime.fromisoformat("2026-04-22T08:30:00+02:00")
    assert figures.moment(berlin) == "22 April 2026, 06:30 UTC"
    assert figures.moment("2026-04-22T06:30:00Z") == "22 April 2026, 06:30 UTC"
    assert figures.as_day("2026-04-22") == date(2026, 4, 22)
    assert figures.as_time(datetime(2026, 1, 1)) == datetime(2026, 1, 1, tzinfo=UTC)
    assert figures.moment("no time") == figures.UNKNOWN


def test_confidence_never_reaches_certainty_by_rounding() -> None:
    assert figures.confidence(0.99999) == "0.999"
    assert figures.confidence(1.0) == "1.000"


def test_axis_numbers_are_brief() -> None:
    assert [figures.brief_count(n) for n in (40, 9000, 750_000, 1_500_000)] == ["40", "9,000", f"750{S}k", f"1.5{S}M"]


def test_control_characters_are_spelled_out() -> None:
    assert figures.visible("a\x1b[2Jb\u202e\n") == "a\\u001b[2Jb\\u202e\\u000a"
    assert figures.visible("Größe 東京") == "Größe 東京"


def test_powers_are_raised_and_the_rest_escaped() -> None:
    text = figures.probability(3.1e-9)
    assert raised(f"<q> = {text}") == f"&lt;q&gt; = 3.1 {figures.TIMES} 10<sup>{figures.MINUS}9</sup>"
    assert raised("1 in 10^12, or 10^6.") == "1 in 10<sup>12</sup>, or 10<sup>6</sup>."
