"""Accounts that hold the same shown values, taken together: 25,000 dots are a hairball, forty blocks are not.

The most telling values are shown one by one, the rest of each kind together. How many are shown one by one is the most
for which few blocks still hold nearly all accounts: a small group shows every value, a large one what it is made of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.report.figures import number_of
from stillwatch.report.result import Row
from stillwatch.report.sighting import ROLES

MOST_BLOCKS = 30
"""Blocks drawn: more circles than this touch each other on a page of 1280 pixels."""
ENOUGH = 0.95
"""Share of the accounts that the drawn blocks must hold for values to be shown one by one."""
MOST_KINDS = 30
"""What an account holds is kept in the 63 bits of a number; there are nine kinds, unless a result was made up."""
ONE_BY_ONE = (32, 24, 18, 12, 8, 5, 3, 0)
"""Numbers of values shown one by one that are tried, the most first."""

Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Value:
    """A shown value, or all other values of its kind (`value` is None, `values` counts them).

    `inside`, `outside`: accounts that hold it; of several values taken together only `inside` is known.
    """

    kind: str
    value: str | None
    values: int
    inside: int
    outside: int | None


@dataclass(frozen=True)
class AlikeBlock:
    """Accounts of one role that hold the same shown values. `holds`: places in the list of values."""

    role: str
    accounts: int
    holds: tuple[int, ...]


@dataclass(frozen=True)
class Alike:
    """The blocks, the largest first; `block_of` gives for each member the place of its block.

    The first `shown` blocks are drawn; the accounts of the others are counted.
    """

    values: tuple[Value, ...]
    blocks: tuple[AlikeBlock, ...]
    shown: int
    block_of: Numbers

    @property
    def common(self) -> tuple[int, ...]:
        """Places of values that all drawn blocks hold which hold anything, if there are more than two of these."""
        holding = [set(block.holds) for block in self.blocks[: self.shown] if block.holds]
        return tuple(sorted(set.intersection(*holding))) if len(holding) > 2 else ()

    @property
    def accounts_left_out(self) -> int:
        """Accounts in blocks that are not drawn."""
        return sum(block.accounts for block in self.blocks[self.shown :])


def take_together(members: pa.Table, holdings: pa.Table, shared: Sequence[Row]) -> Alike | None:
    """The blocks of a campaign. `members` and `holdings` are its rows alone. None where nothing is held.

    Cost: O(holdings), about 0.3 s for a million.
    """
    kinds = sorted({row["detector"] for row in shared})[:MOST_KINDS]
    shared = [row for row in shared if row["detector"] in kinds]
    held = _held(members, holdings, shared)
    if not len(held):
        return None
    ranking, roles = _in_turns(shared), _role_codes(members)
    for count in ONE_BY_ONE:
        found = _Combined(shared, ranking[:count], kinds, held, roles)
        if count == 0 or found.covered >= ENOUGH:
            return found.blocks()
    raise AssertionError("the last of ONE_BY_ONE is 0")


def _held(members: pa.Table, holdings: pa.Table, shared: Sequence[Row]) -> Numbers:
    """Pairs of member and shared value, as places in `members` and `shared`, sorted by member."""
    accounts = _flat(members["account_id"])
    member = pc.fill_null(pc.index_in(_flat(holdings["account_id"]), value_set=accounts), -1).to_numpy()
    value = np.full(holdings.num_rows, -1, np.int64)
    detectors, values = _flat(holdings["detector"]), _flat(holdings["value"])
    for kind in sorted({row["detector"] for row in shared}):
        places = [place for place, row in enumerate(shared) if row["detector"] == kind]
        of_kind = pc.index_in(values, value_set=pa.array([shared[place]["value"] for place in places], pa.string()))
        mine = np.asarray(pc.equal(detectors, kind).to_numpy(zero_copy_only=False)) & of_kind.is_valid().to_numpy(False)
        value[mine] = np.asarray(places)[pc.fill_null(of_kind, 0).to_numpy()[mine]]
    known = (member >= 0) & (value >= 0)
    pairs: Numbers = np.stack([member[known].astype(np.int64), value[known]], axis=1)
    return pairs[np.argsort(pairs[:, 0], kind="stable")]


def _flat(column: pa.ChunkedArray) -> pa.Array:
    flat = column.combine_chunks()
    return flat.combine_chunks() if isinstance(flat, pa.ChunkedArray) else flat


def _in_turns(shared: Sequence[Row]) -> list[int]:
    """Places of `shared`, which is most telling first, such that no kind crowds out another."""
    seen: dict[str, int] = {}
    turns = []
    for place, row in enumerate(shared):
        turn = seen[row["detector"]] = seen.get(row["detector"], -1) + 1
        turns.append((turn, place))
    return [place for _, place in sorted(turns)]


def _role_codes(members: pa.Table) -> tuple[Numbers, list[str]]:
    told = members["role"].to_pylist()
    names = [*ROLES, *sorted(set(told) - set(ROLES))]
    place = {name: code for code, name in enumerate(names)}
    return np.array([place[role] for role in told], np.int64), names


class _Combined:
    """What each member holds if some values are shown one by one, and the others of each kind together."""

    def __init__(
        self,
        shared: Sequence[Row],
        alone: Sequence[int],
        kinds: Sequence[str],
        held: Numbers,
        roles: tuple[Numbers, list[str]],
    ) -> None:
        self._shared, self._alone, self._names = shared, alone, roles[1]
        self._rest, bit = _bits_of_values(shared, alone, kinds)
        self._signature = _signatures(held, bit, len(roles[0]))
        distinct, of = np.unique(self._signature, return_inverse=True)
        keys, self._key_of, self._counts = np.unique(
            of * len(self._names) + roles[0], return_inverse=True, return_counts=True
        )
        self._held, self._role = distinct[keys // len(self._names)], keys % len(self._names)
        self._order = np.lexsort([self._held, self._role, -self._counts])

    @property
    def covered(self) -> float:
        """Share of the members that are in the blocks that would be drawn."""
        return float(self._counts[self._order[:MOST_BLOCKS]].sum() / len(self._signature))

    def blocks(self) -> Alike:
        """The blocks, the largest first."""
        place = np.empty(len(self._order), np.int64)
        place[self._order] = np.arange(len(self._order))
        values = self._values()
        blocks = tuple(
            AlikeBlock(self._names[self._role[at]], int(self._counts[at]), _bits(int(self._held[at]), len(values)))
            for at in self._order
        )
        return Alike(values, blocks, min(len(blocks), MOST_BLOCKS), place[self._key_of])

    def _values(self) -> tuple[Value, ...]:
        first = len(self._alone)
        return (
            *(_alone(self._shared[place]) for place in self._alone),
            *(
                _alone(self._shared[places[0]])
                if len(places) == 1
                else Value(kind, None, len(places), int((self._signature >> bit & 1).sum()), None)
                for bit, (kind, places) in enumerate(self._rest, start=first)
            ),
        )


def _bits_of_values(
    shared: Sequence[Row], alone: Sequence[int], kinds: Sequence[str]
) -> tuple[list[tuple[str, list[int]]], Numbers]:
    """The kinds of which values are left, with their places; and the bit that stands for each value."""
    bit = np.full(len(shared), -1, np.int64)
    bit[list(alone)] = np.arange(len(alone))
    rest: list[tuple[str, list[int]]] = []
    for kind in kinds:
        left = [place for place, row in enumerate(shared) if row["detector"] == kind and bit[place] < 0]
        if left:
            bit[left] = len(alone) + len(rest)
            rest.append((kind, left))
    return rest, bit


def _signatures(held: Numbers, bit: Numbers, members: int) -> Numbers:
    """For each member the bits of what it holds; `held` is sorted by member."""
    signature = np.zeros(members, np.int64)
    starts = np.flatnonzero(np.diff(held[:, 0], prepend=-1))
    signature[held[starts, 0]] = np.bitwise_or.reduceat(np.int64(1) << bit[held[:, 1]], starts)
    return signature


def _alone(row: Row) -> Value:
    return Value(
        row["detector"],
        row["value"],
        1,
        int(number_of(row, "accounts_inside")),
        int(number_of(row, "accounts_outside")),
    )


def _bits(signature: int, size: int) -> tuple[int, ...]:
    return tuple(place for place in range(size) if signature >> place & 1)
