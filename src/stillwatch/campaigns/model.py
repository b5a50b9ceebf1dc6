"""What the questions are asked of: groups, the population they live in, and what a test answers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

Side = Literal["registration", "traffic", "rhythm"]

SMALLEST_P = 1e-300
"""P-values are not told apart below this."""


@dataclass(frozen=True)
class Population:
    """Every account of the scan, by member number. Arrays have one entry per account.

    `unit` is the customer (`customers`): accounts of one unit openly belong together, so nothing that they share
    counts. `created` is in microseconds since 1970, -1 where unknown.
    """

    unit: Ints
    created: Ints
    exchanges: Ints
    active_days: Ints
    first_time: Ints
    last_time: Ints

    @property
    def size(self) -> int:
        return int(self.unit.size)

    @cached_property
    def sign_ups(self) -> Ints:
        """When accounts were created, of those of which it is known, in order."""
        return np.sort(self.created[self.created >= 0])


@dataclass(frozen=True)
class Index:
    """Rows by a whole number, from 0 on, that each has: those of some numbers are found without a pass over all."""

    order: Ints
    starts: Ints

    @staticmethod
    def of(numbers: Ints, count: int) -> Index:
        """Of rows with these numbers, which are less than `count`; rows with a negative one are in none."""
        order = np.argsort(numbers, kind="stable").astype(np.int64)
        order.setflags(write=False)
        return Index(order, np.searchsorted(numbers[order], np.arange(count + 1)).astype(np.int64))

    def rows(self, wanted: Ints) -> Ints:
        """The rows of these numbers, in order."""
        first, size = self.starts[wanted], self.starts[wanted + 1] - self.starts[wanted]
        place = np.repeat(first - np.cumsum(size) + size, size) + np.arange(int(size.sum()))
        return np.sort(self.order[place])


def codes(*columns: Ints) -> Ints:
    """A dense code for each distinct row of these columns, in the order of the rows; many times faster than `np.unique`
    along an axis."""
    found = np.zeros(columns[0].size, np.int64)
    for column in columns:
        dense = np.unique(column, return_inverse=True)[1]
        found = np.unique(found * (int(dense.max(initial=0)) + 1) + dense, return_inverse=True)[1]
    return found.astype(np.int64)


def one_side(count: int, side: Side = "traffic") -> tuple[Side, ...]:
    """`formed_by` of so many groups that were all made by one side."""
    return (side,) * count


@dataclass(frozen=True)
class Groups:
    """Which account is in which group: `of` has one entry per account, -1 outside; `formed_by` one per group, the side
    whose links made it."""

    of: Ints
    formed_by: tuple[Side, ...]

    @property
    def count(self) -> int:
        return len(self.formed_by)

    def members(self, group: int) -> Ints:
        """Its accounts in order; nobody is in a group that is not there."""
        order, starts = self._by_group.order, self._by_group.starts
        return order[starts[group] : starts[group + 1]] if group < self.count else order[:0]

    @cached_property
    def _by_group(self) -> Index:
        """A log has groups by the thousand, and each is asked for its members again and again."""
        return Index.of(self.of, self.count)

    def only(self, chosen: Collection[int]) -> Groups:
        """The same groups, with nobody in any but these."""
        return Groups(np.where(np.isin(self.of, list(chosen)), self.of, -1), self.formed_by)

    @property
    def sizes(self) -> Ints:
        return np.bincount(self.of[self.of >= 0], minlength=self.count).astype(np.int64)


@dataclass(frozen=True)
class Finding:
    """One detector's answer on one group: what was seen, what unconnected accounts would show, how surprising it is.

    `p` is the p-value under the detector's null; 1 where there is nothing to say.
    """

    detector: str
    statement: str
    observed: float
    expected: float
    unit: str
    p: float

    @property
    def log10_p(self) -> float:
        return float(np.log10(max(self.p, SMALLEST_P)))


@dataclass(frozen=True)
class Explanation:
    """One innocent explanation of one group. `share` is the share of accounts it covers, None if not measurable."""

    name: str
    finding: str
    share: float | None
    holds: bool


def poisson_tail(observed: Floats, expected: Floats) -> Floats:
    """Upper bound on P(X >= observed) for a sum of independent indicators with this mean (Chernoff 1952).

    Needs no equal probabilities and holds for small counts; 1 where observed is not above expected.
    """
    o, e = np.asarray(observed, float), np.maximum(np.asarray(expected, float), 1e-12)
    exponent = np.where(o > e, o * np.log(np.maximum(o, 1e-12) / e) - (o - e), 0.0)
    return np.asarray(np.maximum(np.exp(-np.minimum(exponent, 690.0)), SMALLEST_P), np.float64)


def partner_tail(observed: Floats, expected: Floats) -> Floats:
    """Upper bound on P(partners >= observed): partners come in pairs at the least, so half of them are events."""
    return poisson_tail(np.asarray(observed) / 2.0, np.asarray(expected) / 2.0)
