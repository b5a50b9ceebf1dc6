"""Blocks of alike accounts drawn between the values that they hold: registration to the left, traffic to the right.

Layered, not by forces: a reader sees at once which side binds what, and the same result gives the same picture.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from stillwatch.console.pictures.alike import Alike, Value
from stillwatch.report.sighting import SIDES

WIDTH = 1000.0
CENTRE = WIDTH / 2
LEFT, RIGHT = 225.0, 775.0
"""Where the values stand; their names are written outside of them."""
SMALLEST, LARGEST = 4.5, 58.0
"""Radii of a circle, in units of the picture."""
GAP = 7.0
ROW, HEADER = 19.0, 30.0
MARGIN = 14.0
LEAST_HEIGHT, MOST_HEIGHT = 360.0, 940.0
SWEEPS = 12
DIGIT = 3.6
"""Half the width of a digit."""
CENTRED = 24.0
"""Circles of this radius stand on the middle line."""
BRACKET = 74.0
"""How far beside the middle line the bracket of a value stands that all drawn accounts hold."""
STAGGER = 38.0
"""Small circles stand alternately this far beside the middle line, so that their edges can be told apart."""


@dataclass(frozen=True)
class Circle:
    """A block of alike accounts. `block`: its place among the blocks."""

    block: int
    role: str
    accounts: int
    holds: tuple[int, ...]
    x: float
    y: float
    radius: float

    @property
    def numbered(self) -> bool:
        """Whether its number has room in it."""
        return self.radius >= DIGIT * len(self.number) + 4.0

    @property
    def number(self) -> str:
        """How many accounts, in few letters: 870, 3.3k, 12k."""
        if self.accounts < 1_000:
            return str(self.accounts)
        thousands = self.accounts / 1_000
        return f"{thousands:.1f}k" if thousands < 9.95 else f"{thousands:.0f}k"


@dataclass(frozen=True)
class Square:
    """A shown value. `place`: its place among the values. `size`: length of its side."""

    place: int
    value: Value
    x: float
    y: float
    size: float
    left: bool


@dataclass(frozen=True)
class Header:
    """The name of a kind, above its squares."""

    kind: str
    x: float
    y: float
    left: bool


@dataclass(frozen=True)
class Edge:
    """That a block holds a value, as an SVG path; that all drawn blocks do, which hold anything, where `block` is None.

    `width` grows with the accounts.
    """

    block: int | None
    value: int
    path: str
    width: float


@dataclass(frozen=True)
class Network:
    """The picture, in a box of `width` x `height`. Accounts and blocks that are not drawn are counted."""

    width: float
    height: float
    circles: tuple[Circle, ...]
    squares: tuple[Square, ...]
    headers: tuple[Header, ...]
    edges: tuple[Edge, ...]
    accounts: int
    accounts_left_out: int
    blocks_left_out: int

    def edges_of(self, block: int | None) -> list[Edge]:
        """The edges of one circle; of None the brackets."""
        return [edge for edge in self.edges if edge.block == block]


def draw_network(alike: Alike) -> Network:
    """Lay out the shown blocks. Deterministic; cost O(edges x sweeps), a few milliseconds."""
    shown = list(range(alike.shown))
    used = sorted({value for block in shown for value in alike.blocks[block].holds})
    sides = {value: _is_left(alike.values[value]) for value in used}
    order, columns = _ordered(alike, shown, used, sides)
    height = _height(alike, order, columns)
    squares, headers = _squares(alike, columns, height)
    circles = _circles(alike, order, height)
    total = sum(block.accounts for block in alike.blocks)
    return Network(
        WIDTH,
        height,
        circles,
        squares,
        headers,
        _edges(circles, squares, total, alike.common),
        total,
        alike.accounts_left_out,
        len(alike.blocks) - alike.shown,
    )


def _is_left(value: Value) -> bool:
    return SIDES.get(value.kind) == "registration"


def _ordered(
    alike: Alike, shown: Sequence[int], used: Sequence[int], sides: Mapping[int, bool]
) -> tuple[list[int], dict[bool, list[int]]]:
    """Blocks and values from top to bottom, such that few edges cross: each is set to the mean height of what it is
    joined to, by turns (Sugiyama's barycentres)."""
    holders = {value: [block for block in shown if value in alike.blocks[block].holds] for value in used}
    order = list(shown)
    columns = {left: [value for value in used if sides[value] == left] for left in (True, False)}
    for _ in range(SWEEPS):
        at = {block: (place + 0.5) / len(order) for place, block in enumerate(order)}
        columns = {left: _by_kind(alike, column, holders, at) for left, column in columns.items()}
        high = {value: (i + 0.5) / len(column) for column in columns.values() for i, value in enumerate(column)}
        order.sort(key=lambda block: (_mean([high[v] for v in alike.blocks[block].holds], 1.5), block))
    return order, columns


def _by_kind(
    alike: Alike, column: Sequence[int], holders: Mapping[int, Sequence[int]], at: Mapping[int, float]
) -> list[int]:
    """A column sorted by height, kinds kept together; what stands for the rest of a kind comes last of it."""
    mean = {value: _weighted(alike, holders[value], at) for value in column}
    kinds: dict[str, list[int]] = {}
    for value in column:
        kinds.setdefault(alike.values[value].kind, []).append(value)
    for values in kinds.values():
        values.sort(key=lambda value: (alike.values[value].value is None, mean[value], value))
    ranked = sorted(kinds, key=lambda kind: (_mean([mean[value] for value in kinds[kind]], 1.0), kind))
    return [value for kind in ranked for value in kinds[kind]]


def _weighted(alike: Alike, blocks: Sequence[int], at: Mapping[int, float]) -> float:
    weight = sum(alike.blocks[block].accounts for block in blocks)
    return sum(at[block] * alike.blocks[block].accounts for block in blocks) / weight if weight else 1.0


def _mean(heights: Sequence[float], otherwise: float) -> float:
    return sum(heights) / len(heights) if heights else otherwise


def _column_height(alike: Alike, column: Sequence[int]) -> float:
    kinds = len({alike.values[value].kind for value in column})
    return len(column) * ROW + kinds * HEADER


def _height(alike: Alike, order: Sequence[int], columns: Mapping[bool, Sequence[int]]) -> float:
    columns_need = max(_column_height(alike, column) for column in columns.values())
    circles_need = sum(2 * min(LARGEST, 9.0 * math.sqrt(alike.blocks[b].accounts)) + GAP for b in order)
    return round(min(MOST_HEIGHT, max(LEAST_HEIGHT, columns_need, min(circles_need, 760.0))) + 2 * MARGIN, 1)


def _squares(
    alike: Alike, columns: Mapping[bool, Sequence[int]], height: float
) -> tuple[tuple[Square, ...], tuple[Header, ...]]:
    squares, headers = [], []
    most = max((alike.values[value].inside for column in columns.values() for value in column), default=1)
    for left, column in columns.items():
        x = LEFT if left else RIGHT
        room = height - 2 * MARGIN
        slack = max(0.0, room - _column_height(alike, column))
        kinds = len({alike.values[value].kind for value in column})
        between = min(slack / (kinds + 1), 60.0) if kinds else 0.0
        y = MARGIN + (slack - between * max(0, kinds - 1)) / 2
        before = None
        for value in column:
            told = alike.values[value]
            if told.kind != before:
                y += between if before is not None else 0.0
                headers.append(Header(told.kind, x, round(y + HEADER - 11.0, 1), left))
                y += HEADER
                before = told.kind
            size = 5.0 + 9.0 * math.sqrt(told.inside / max(1, most))
            squares.append(Square(value, told, x, round(y + ROW / 2, 1), round(size, 1), left))
            y += ROW
    return tuple(squares), tuple(headers)


def _circles(alike: Alike, order: Sequence[int], height: float) -> tuple[Circle, ...]:
    room = height - 2 * MARGIN
    radii = _radii([alike.blocks[block].accounts for block in order], room)
    free = max(0.0, room - sum(2 * radius for radius in radii))
    gap = min(free / max(1, len(order) - 1), 40.0) if len(order) > 1 else 0.0
    y = MARGIN + (free - gap * (len(order) - 1)) / 2
    circles = []
    for place, (block, radius) in enumerate(zip(order, radii, strict=True)):
        beside = 0.0 if radius >= CENTRED or len(order) < 8 else STAGGER * (1 if place % 2 else -1)
        told = alike.blocks[block]
        circles.append(
            Circle(block, told.role, told.accounts, told.holds, CENTRE + beside, round(y + radius, 1), round(radius, 1))
        )
        y += 2 * radius + gap
    return tuple(circles)


def _radii(accounts: Sequence[int], room: float) -> list[float]:
    """Areas in proportion to the accounts, as large as the room allows; the smallest stay visible."""
    low, high = 0.0, LARGEST / math.sqrt(max(accounts, default=1))
    for _ in range(40):
        scale = (low + high) / 2
        need = sum(2 * max(SMALLEST, scale * math.sqrt(n)) + GAP for n in accounts)
        low, high = (scale, high) if need <= room else (low, scale)
    return [max(SMALLEST, low * math.sqrt(n)) for n in accounts]


def _edges(
    circles: Sequence[Circle], squares: Sequence[Square], total: int, everywhere: Sequence[int]
) -> tuple[Edge, ...]:
    at = {square.place: square for square in squares}
    holding = [circle for circle in circles if circle.holds]
    brackets = [Edge(None, place, _bracket(holding, at[place]), 2.0) for place in everywhere]
    single = [
        Edge(
            circle.block,
            value,
            _curve(circle, at[value]),
            round(0.7 + 7.0 * math.sqrt(circle.accounts / max(1, total)), 1),
        )
        for circle in circles
        for value in circle.holds
        if value not in everywhere
    ]
    return (*brackets, *single)


def _bracket(circles: Sequence[Circle], square: Square) -> str:
    """A line beside all circles, joined to the value: sparing an edge from each of them."""
    towards = -1 if square.left else 1
    x, end = CENTRE + towards * BRACKET, square.x - towards * square.size / 2
    top, bottom = min(c.y - c.radius for c in circles), max(c.y + c.radius for c in circles)
    tip, middle = x - 8 * towards, (x + end) / 2
    spine = f"M{tip:.1f} {top:.1f}H{x:.1f}V{bottom:.1f}H{tip:.1f}"
    leaving = min(max(square.y, top), bottom)
    return f"{spine}M{x:.1f} {leaving:.1f}C{middle:.1f} {leaving:.1f} {middle:.1f} {square.y} {end:.1f} {square.y}"


def _curve(circle: Circle, square: Square) -> str:
    towards = -1 if square.left else 1
    start, end = circle.x + towards * circle.radius, square.x - towards * square.size / 2
    middle = (start + end) / 2
    return f"M{start:.1f} {circle.y}C{middle:.1f} {circle.y} {middle:.1f} {square.y} {end:.1f} {square.y}"
