"""The network stays legible: nothing overlaps, nothing leaves the picture, every edge joins what it says."""

from __future__ import annotations

import itertools
import math
import re
from functools import cache
from typing import Any

import pyarrow as pa
import pytest

from stillwatch.console.pictures.alike import Alike, take_together
from stillwatch.console.pictures.network import Network, draw_network
from stillwatch.records import HOLDINGS, MEMBERS
from tests.report import fakes


@cache
def _drawn(size: int) -> tuple[Alike, Network]:
    tables: dict[str, Any] = fakes.campaign("c-1", size, seed=size)
    members = pa.Table.from_pylist(tables["members"], schema=MEMBERS.arrow)
    alike = take_together(members, pa.Table.from_pylist(tables["holdings"], schema=HOLDINGS.arrow), tables["shared"])
    assert alike is not None
    return alike, draw_network(alike)


sizes = pytest.mark.parametrize("size", [5, 12, 60, 700, 25_000])


@sizes
def test_nothing_overlaps_nor_leaves_the_picture(size: int) -> None:
    _, net = _drawn(size)
    for circle in net.circles:
        assert circle.radius <= circle.y <= net.height - circle.radius
    for one, other in itertools.combinations(net.circles, 2):
        assert math.dist((one.x, one.y), (other.x, other.y)) >= one.radius + other.radius
    for left in (True, False):
        heights = sorted(square.y for square in net.squares if square.left == left)
        assert all(b - a >= 14 for a, b in itertools.pairwise(heights)), "names of values need their line"
        assert all(0 < y < net.height for y in heights)
    assert all(0 < header.y < net.height for header in net.headers)


@sizes
def test_areas_follow_the_accounts(size: int) -> None:
    _, net = _drawn(size)
    largest = max(net.circles, key=lambda circle: circle.accounts)
    smallest = min(circle.radius for circle in net.circles)
    for circle in net.circles:
        if circle.radius > smallest:
            expected = largest.radius * math.sqrt(circle.accounts / largest.accounts)
            assert circle.radius == pytest.approx(expected, abs=0.15)


@sizes
def test_edges_join_blocks_to_the_values_they_hold(size: int) -> None:
    alike, net = _drawn(size)
    circles = {circle.block: circle for circle in net.circles}
    squares = {square.place: square for square in net.squares}
    common = set(alike.common)
    joined = {(edge.block, edge.value) for edge in net.edges if edge.block is not None}
    assert joined == {(c.block, value) for c in net.circles for value in c.holds if value not in common}
    assert {edge.value for edge in net.edges_of(None)} == common
    for edge in net.edges:
        end = [float(n) for n in re.findall(r"-?[\d.]+", edge.path)][-2:]
        square = squares[edge.value]
        assert end[1] == square.y
        assert abs(end[0] - square.x) == pytest.approx(square.size / 2, abs=0.1)
        if edge.block is not None:
            start = [float(n) for n in re.findall(r"-?[\d.]+", edge.path)][:2]
            circle = circles[edge.block]
            assert abs(start[0] - circle.x) == pytest.approx(circle.radius, abs=0.1)
            assert start[1] == circle.y


@sizes
def test_all_accounts_are_drawn_or_counted(size: int) -> None:
    alike, net = _drawn(size)
    assert sum(circle.accounts for circle in net.circles) + net.accounts_left_out == size
    assert len(net.circles) + net.blocks_left_out == len(alike.blocks)


def test_the_same_result_gives_the_same_picture() -> None:
    assert _drawn.__wrapped__(700)[1] == _drawn(700)[1]


def test_registration_stands_left_and_traffic_right() -> None:
    _, net = _drawn(60)
    sides = {square.value.kind: square.left for square in net.squares}
    assert sides == {"payment": True, "device": True, "signup_address": True, "wording": False, "address": False}
