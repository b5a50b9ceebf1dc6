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

MOST_BLOCKS = 36
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
    ranking = _in_turns(shared)
    roles = _role_codes(members)
    for count in ONE_BY_ONE:
        found = _with_shown(ranking[:count], shared, kinds, held, roles)
        if count == 0 or _covered(found) >= ENOUGH:
            return found
    raise AssertionError("the last of ONE_BY_ONE is 0")


def _held(members: pa.Table, holdings: pa.Table, shared: Sequence[Row]) -> Numbers:
    """Pairs of member and shared value, as places in `members` and `shared`."""
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
    return pairs


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


def _with_shown(
    alone: Sequence[int],
    shared: Sequence[Row],
    kinds: Sequence[str],
    held: Numbers,
    roles: tuple[Numbers, list[str]],
) -> Alike:
    """The blocks if these values are shown one by one, and the others of each kind together."""
    values = [_alone(shared[place]) for place in alone]
    bit = np.full(len(shared), -1, np.int64)
    bit[list(alone)] = np.arange(len(alone))
    for kind in kinds:
        rest = [place for place, row in enumerate(shared) if row["detector"] == kind and bit[place] < 0]
        if rest:
            bit[rest] = len(values)
            holders = np.unique(held[np.isin(held[:, 1], rest), 0])
            values.append(Value(kind, None, len(rest), len(holders), None))
    role_of, names = roles
    signature = np.zeros(len(role_of), np.int64)
    np.bitwise_or.at(signature, held[:, 0], np.int64(1) << bit[held[:, 1]])
    keys, block_of, counts = np.unique(
        np.stack([signature, role_of], axis=1), axis=0, return_inverse=True, return_counts=True
    )
    order = np.lexsort([keys[:, 0], keys[:, 1], -counts])
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    blocks = tuple(
        AlikeBlock(names[keys[at, 1]], int(counts[at]), _bits(int(keys[at, 0]), len(values))) for at in order
    )
    return Alike(tuple(values), blocks, min(len(blocks), MOST_BLOCKS), place[block_of.reshape(-1)])


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


def _covered(found: Alike) -> float:
    total = sum(block.accounts for block in found.blocks)
    return 1.0 - found.accounts_left_out / total if total else 1.0
