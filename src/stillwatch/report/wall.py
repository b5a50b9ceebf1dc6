"""How the accounts hang together, as a wall: one course per kind of shared value, one brick per value.

Every member has one place along the wall, the same in every course. A brick spans the accounts that hold one
value; bricks of different courses overlap, and that overlap is what binds the group. It reads the same for
five accounts and for 25,000: a value too narrow to draw melts into a grain, whose height is the share of
accounts there that hold any such value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.report.figures import number_of
from stillwatch.report.result import Row

WIDTH = 1000.0
HEIGHT = 30.0
# A brick narrower than this cannot be told from its neighbour on a phone.
NARROWEST_BRICK = 7.0
GRAIN = 4.0
GAP_BETWEEN_ROLES = 12.0
NARROWEST_ROLE = 36.0
NARROWEST_NAMED_ROLE = 300.0
MORTAR = 2.0
# How exclusive a value is to the group: held by nobody outside, by fewer outside than inside, by more.
EXCLUSIVE, RARE, COMMON = 1, 2, 3
CLASSES = (EXCLUSIVE, RARE, COMMON)

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Course:
    """One kind of shared value: who holds one, and the bricks as an SVG path per class of exclusiveness."""

    detector: str
    values: int
    holders: int
    inside: int
    outside: int
    paths: Mapping[int, str]


@dataclass(frozen=True)
class Block:
    """The members of one role: a stretch of the wall."""

    role: str
    accounts: int
    left: float
    width: float

    @property
    def narrow(self) -> bool:
        """Too narrow to carry its name; an initial has to do."""
        return self.width < NARROWEST_NAMED_ROLE


@dataclass(frozen=True)
class Wall:
    """Courses over the same accounts, those of the widest values on top."""

    courses: Sequence[Course]
    blocks: Sequence[Block]


@dataclass(frozen=True)
class _Column:
    """One detector, per member: the rank of the value it is drawn under (-1 none) and that value's class."""

    detector: str
    rank: Numbers
    kind: Numbers

    @property
    def holders(self) -> int:
        return int((self.rank >= 0).sum())

    @property
    def commonness(self) -> float:
        return float(self.kind[self.rank >= 0].mean())

    @property
    def usual_width(self) -> float:
        """Mean accounts per value: the widest bricks lie on top, so that few of them are cut."""
        return self.holders / len(np.unique(self.rank[self.rank >= 0]))


def build_wall(
    roles: Sequence[tuple[str, int]], members: Sequence[Row], holdings: pa.Table, shared: Sequence[Row]
) -> Wall | None:
    """Lay the wall of a campaign whose `members` are sorted by role. None where nothing is held."""
    columns = _columns(members, holdings, shared)
    if not columns:
        return None
    role_of = np.repeat(np.arange(len(roles)), [accounts for _, accounts in roles])
    order = np.lexsort([*(_last_if_none(column.rank) for column in reversed(columns)), role_of])
    blocks = _blocks(roles)
    edges = _edges(blocks)
    facts = _facts(shared)
    courses = [_course(column, order, edges, facts.get(column.detector, [])) for column in columns]
    return Wall(courses, blocks)


def _last_if_none(rank: Numbers) -> Numbers:
    return np.where(rank < 0, np.iinfo(np.int64).max, rank)


def _columns(members: Sequence[Row], holdings: pa.Table, shared: Sequence[Row]) -> list[_Column]:
    classes = {(row["detector"], row["value"]): _class_of(row) for row in shared}
    held = _holders(members, holdings)
    columns = [_column(detector, values, classes, len(members)) for detector, values in sorted(held.items())]
    return sorted(columns, key=lambda column: (-column.usual_width, column.commonness, column.detector))


def _holders(members: Sequence[Row], holdings: pa.Table) -> dict[str, dict[str, Numbers]]:
    """Places of the members that hold each value, by detector and value."""
    accounts = pa.array([member["account_id"] for member in members], pa.string())
    places = pc.index_in(holdings["account_id"], value_set=accounts)
    known = holdings.append_column("place", places).filter(places.is_valid()).combine_chunks()
    if not known.num_rows:
        return {}
    place = known["place"].to_numpy()
    detector, value = (known[name].combine_chunks().dictionary_encode() for name in ("detector", "value"))
    key = detector.indices.to_numpy().astype(np.int64) * len(value.dictionary) + value.indices.to_numpy()
    order = np.argsort(key, kind="stable")
    starts = np.flatnonzero(np.diff(key[order], prepend=-1))
    held: dict[str, dict[str, Numbers]] = {}
    for start, rows in zip(starts, np.split(order, starts[1:]), strict=True):
        kind, name = divmod(int(key[order[start]]), len(value.dictionary))
        held.setdefault(detector.dictionary[kind].as_py(), {})[value.dictionary[name].as_py()] = place[rows]
    return held


def _class_of(row: Row) -> int:
    outside = number_of(row, "accounts_outside")
    if outside == 0:
        return EXCLUSIVE
    return RARE if outside < number_of(row, "accounts_inside") else COMMON


def _column(detector: str, values: Mapping[str, Numbers], classes: Mapping[tuple[str, str], int], size: int) -> _Column:
    """An account with several values of a kind is drawn under the one that most members hold."""
    rank, kind = np.full(size, -1, dtype=np.int64), np.zeros(size, dtype=np.int64)
    by_holders = sorted(values.items(), key=lambda item: (-len(item[1]), item[0]))
    for position, (value, holders) in reversed(list(enumerate(by_holders))):
        rank[holders] = position
        kind[holders] = classes.get((detector, value), EXCLUSIVE)
    return _Column(detector, rank, kind)


def _blocks(roles: Sequence[tuple[str, int]]) -> list[Block]:
    """Widths in proportion to the accounts, but no role so narrow that it cannot be seen."""
    room = WIDTH - GAP_BETWEEN_ROLES * (len(roles) - 1)
    total = sum(accounts for _, accounts in roles)
    wanted = [max(NARROWEST_ROLE, room * accounts / total) for _, accounts in roles]
    left, blocks = 0.0, []
    for (role, accounts), wide in zip(roles, wanted, strict=True):
        width = room * wide / sum(wanted)
        blocks.append(Block(role, accounts, left, width))
        left += width + GAP_BETWEEN_ROLES
    return blocks


def _edges(blocks: Sequence[Block]) -> list[tuple[int, int, float, float]]:
    """First member, number of members, left edge and width per member of each block."""
    first, edges = 0, []
    for block in blocks:
        edges.append((first, block.accounts, block.left, block.width / block.accounts))
        first += block.accounts
    return edges


def _facts(shared: Sequence[Row]) -> dict[str, list[Row]]:
    facts: dict[str, list[Row]] = {}
    for row in shared:
        facts.setdefault(row["detector"], []).append(row)
    return facts


def _course(
    column: _Column, order: Numbers, edges: Sequence[tuple[int, int, float, float]], facts: Sequence[Row]
) -> Course:
    pieces: dict[int, list[str]] = {kind: [] for kind in CLASSES}
    rank, kind = column.rank[order], column.kind[order]
    for first, size, left, width in edges:
        part = slice(first, first + size)
        for tone, path in _block_pieces(rank[part], kind[part], left, width):
            pieces[tone].append(path)
    return Course(
        detector=column.detector,
        values=len(facts),
        holders=column.holders,
        inside=int(max((number_of(row, "accounts_inside") for row in facts), default=0)),
        outside=int(max((number_of(row, "accounts_outside") for row in facts), default=0)),
        paths={tone: "".join(parts) for tone, parts in pieces.items() if parts},
    )


def _block_pieces(rank: Numbers, kind: Numbers, left: float, width: float) -> Iterator[tuple[int, str]]:
    """Bricks for the values that are wide enough; grain for every stretch of narrower ones between them."""
    grain_from = 0
    for start, stop in _runs(rank):
        if (stop - start) * width < NARROWEST_BRICK:
            continue
        yield from _grain(kind[grain_from:start], left + grain_from * width, width)
        if rank[start] >= 0:
            yield int(kind[start]), _brick(left + start * width, (stop - start) * width)
        grain_from = stop
    yield from _grain(kind[grain_from:], left + grain_from * width, width)


def _runs(rank: Numbers) -> Iterator[tuple[int, int]]:
    cuts = np.flatnonzero(np.diff(rank)) + 1
    starts, stops = [0, *cuts.tolist()], [*cuts.tolist(), len(rank)]
    return zip(starts, stops, strict=True)


def _brick(left: float, width: float) -> str:
    return _rectangle(left + MORTAR / 2, width - MORTAR, 0, HEIGHT)


def _grain(kind: Numbers, left: float, width: float) -> Iterator[tuple[int, str]]:
    if not len(kind):
        return
    parts = max(1, round(len(kind) * width / GRAIN))
    for part in np.array_split(kind, min(parts, len(kind))):
        wide, base = len(part) * width, 0.0
        for tone in CLASSES:
            high = HEIGHT * float((part == tone).mean())
            if high:
                yield tone, _rectangle(left, wide, HEIGHT - base - high, high)
            base += high
        left += wide


def _rectangle(left: float, width: float, top: float, height: float) -> str:
    return f"M{left:.1f} {top:.1f}h{width:.1f}v{height:.1f}h-{width:.1f}z".replace(".0", "")
