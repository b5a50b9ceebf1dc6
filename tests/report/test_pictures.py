"""The pictures show what the tables hold, at every size, and within their box."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest

from stillwatch.report import Result
from stillwatch.report.page import _read
from stillwatch.report.sighting import Sighting, open_sighting
from stillwatch.report.timeline import WIDTH, draw_timeline
from stillwatch.report.wall import COMMON, EXCLUSIVE, HEIGHT, RARE, Wall, build_wall

RECTANGLE = re.compile(r"M([\d.]+) ([\d.]+)h([\d.]+)v([\d.]+)h-[\d.]+z")


def wall_of(sighting: Sighting) -> Wall:
    wall = build_wall(sighting.roles, sighting.members, sighting.holdings, sighting.shared)
    assert wall is not None
    return wall


@pytest.fixture(params=["small", "huge"])
def sighting(request: pytest.FixtureRequest) -> Sighting:
    result: Result = request.getfixturevalue(request.param)
    return open_sighting(result, result.accused[0])


def test_the_wall_has_one_course_per_kind_widest_values_on_top(sighting: Sighting) -> None:
    courses = wall_of(sighting).courses
    assert {course.detector for course in courses} == {"wording", "payment", "address", "device", "signup_address"}
    widths = [course.holders / course.values for course in courses]
    assert all(above >= below for above, below in pairwise(widths))


def test_bricks_stay_inside_the_wall(sighting: Sighting) -> None:
    for course in wall_of(sighting).courses:
        for path in course.paths.values():
            for left, top, width, height in RECTANGLE.findall(path):
                assert float(left) + float(width) <= WIDTH + 0.2
                assert float(top) + float(height) <= HEIGHT + 0.2


def test_painted_area_is_the_share_of_holders(huge: Result) -> None:
    sighting = open_sighting(huge, huge.accused[0])
    for course in wall_of(sighting).courses:
        area = sum(float(w) * float(h) for p in course.paths.values() for _, _, w, h in RECTANGLE.findall(p))
        assert area / (WIDTH * HEIGHT) == pytest.approx(course.holders / len(sighting.members), abs=0.12)


def test_tone_tells_how_exclusive_a_value_is(huge: Result) -> None:
    tones = {course.detector: set(course.paths) for course in wall_of(open_sighting(huge, huge.accused[0])).courses}
    assert tones["wording"] == {EXCLUSIVE}
    assert tones["address"] <= {RARE, COMMON}


def test_bystanders_stand_apart(huge: Result) -> None:
    blocks = wall_of(open_sighting(huge, huge.accused[0])).blocks
    assert [block.role for block in blocks] == ["harvester", "mixed", "bystander"]
    assert all(a.left + a.width < b.left for a, b in pairwise(blocks))


def test_a_campaign_without_holdings_has_no_wall(small: Result) -> None:
    sighting = open_sighting(small, small.accused[0])
    assert build_wall(sighting.roles, sighting.members, sighting.holdings.slice(0, 0), sighting.shared) is None


def days(number: int, step: int = 1) -> list[dict[str, Any]]:
    return [
        {
            "day": date(2026, 1, 1) + timedelta(days=index * step),
            "exchanges": 100 + index,
            "harvested_exchanges": 60,
            "accounts": 4,
            "new_accounts": 1,
        }
        for index in range(number)
    ]


def test_one_day_is_a_timeline() -> None:
    line = draw_timeline(days(1), [])
    assert line is not None
    assert line.step == "day"
    assert [tick.text for tick in line.days] == ["1 Jan"]


def test_days_without_exchanges_keep_their_place() -> None:
    line = draw_timeline(days(3, step=5), [])
    assert line is not None
    assert len(RECTANGLE.findall(line.harvested)) == 3
    assert float(RECTANGLE.findall(line.harvested)[1][0]) == pytest.approx(WIDTH * 5 / 11, abs=5)


def test_a_long_campaign_is_drawn_by_week() -> None:
    line = draw_timeline(days(400), [])
    assert line is not None
    assert line.step == "week"
    assert len(RECTANGLE.findall(line.harvested)) == 58


def test_models_known_from_the_start_have_no_mark_and_near_ones_make_room() -> None:
    models = [
        {"model": "old", "first_seen": "2026-01-01"},
        {"model": "b", "first_seen": "2026-01-10"},
        {"model": "a", "first_seen": "2026-01-10T11:00:00+00:00"},
        {"model": "c", "first_seen": "2026-01-11"},
        {"model": "later", "first_seen": "2027-01-01"},
        {"model": "undated"},
    ]
    line = draw_timeline(days(60), models)
    assert line is not None
    assert [(m.letter, list(m.models), m.lifted) for m in line.markers] == [
        ("A", ["a", "b"], False),
        ("B", ["c"], True),
    ]


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [0, 1])
def test_colours_keep_contrast(scheme: int) -> None:
    """WCAG 2 AA: 4.5 for text, 3 for what a picture needs; the palest tone only says 'not telling'."""
    root = re.findall(r":root \{(.*?)\}", _read("style.css"), re.S)[scheme]
    colour = dict(re.findall(r"--([\w-]+): (#\w{6})", root))
    for background in ("paper", "faint"):
        for text in ("ink", "quiet", "accent"):
            assert contrast(colour[text], colour[background]) >= 4.5
        for shape in ("tone-1", "rust", "slate", "line"):
            assert contrast(colour[shape], colour[background]) >= 2.9
        assert contrast(colour["tone-3"], colour[background]) >= 1.9
