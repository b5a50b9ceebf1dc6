"""Figures about groups of accounts: against labels, against close pairs, against objects that did not make them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Set
from typing import NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
from scipy.stats import rankdata

from benchmarks.real.groups import AccountGroups, members

Pair = tuple[str, str]


class Share(NamedTuple):
    """So many of so many."""

    part: int
    whole: int

    def __str__(self) -> str:
        if not self.whole:
            return "none"
        return f"{self.part:,} of {self.whole:,} ({100 * self.part / self.whole:.1f} %)"


def recall(groups: AccountGroups, wanted: Set[str]) -> Share:
    """Wanted accounts that are in any group."""
    return Share(len(members(groups) & wanted), len(wanted))


def precision(groups: AccountGroups, wanted: Set[str]) -> Share:
    """Grouped accounts that are wanted. Others count as wrong even where nobody knows what they are."""
    grouped = members(groups)
    return Share(len(grouped & wanted), len(grouped))


def close_pairs(events: pa.Table, seconds: int) -> Counter[Pair]:
    """Pairs of accounts that acted on one object within so many seconds of each other, with how often."""
    shared = events.drop_null()
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.register("acts", shared)
        rows = connection.execute(
            "SELECT a.account, b.account, COUNT(*) FROM acts a JOIN acts b "
            "ON a.object = b.object AND a.account < b.account AND ABS(EPOCH(a.time) - EPOCH(b.time)) <= ? "
            "GROUP BY a.account, b.account",
            [seconds],
        ).fetchall()
    return Counter({(one, other): times for one, other, times in rows})


def inside(groups: AccountGroups, pairs: Iterable[Pair]) -> Share:
    """Pairs whose accounts are in one group."""
    of = {account: number for number, group in enumerate(groups) for account in group}
    together = [of.get(one, -1) == of.get(other, -2) for one, other in pairs]
    return Share(sum(together), len(together))


def held(events: pa.Table) -> dict[str, frozenset[str]]:
    """The objects of each account."""
    of: dict[str, set[str]] = defaultdict(set)
    shared = events.drop_null()
    for account, name in zip(shared["account"].to_pylist(), shared["object"].to_pylist(), strict=True):
        of[account].add(name)
    return {account: frozenset(objects) for account, objects in of.items()}


def confirmed(groups: AccountGroups, objects: Mapping[str, frozenset[str]]) -> Share:
    """Of grouped accounts that have objects at all, those that have one in common with another of their group."""
    having = found = 0
    for group in groups:
        users = Counter(name for account in group for name in objects.get(account, ()))
        mine = [account for account in group if objects.get(account)]
        having += len(mine)
        found += sum(any(users[name] >= 2 for name in objects[account]) for account in mine)
    return Share(found, having)


def confirmed_by_chance(
    groups: AccountGroups, objects: Mapping[str, frozenset[str]], draws: int = 20, seed: int = 0
) -> float:
    """`confirmed` as a share, mean over draws in which each account is replaced by a chance one of the same platform
    and the same power of two of objects."""
    rng = np.random.default_rng(seed)
    strata: dict[tuple[str, int], list[str]] = defaultdict(list)
    for account in sorted(objects):
        strata[_stratum(account, objects)].append(account)
    shares = []
    for _ in range(draws):
        drawn = [
            frozenset(str(rng.choice(strata[_stratum(a, objects)])) for a in sorted(group) if objects.get(a))
            for group in groups
        ]
        part, whole = confirmed(drawn, objects)
        shares.append(part / whole if whole else 0.0)
    return float(np.mean(shares))


def _stratum(account: str, objects: Mapping[str, frozenset[str]]) -> tuple[str, int]:
    return account.split("_", maxsplit=1)[0], len(objects[account]).bit_length()


def commonest_share(group: frozenset[str], objects: Mapping[str, frozenset[str]]) -> float:
    """Share of a group's accounts that acted on the object on which most of them acted."""
    users = Counter(name for account in group for name in objects.get(account, ()))
    return max(users.values(), default=0) / len(group)


def whole_objects(groups: AccountGroups, objects: Mapping[str, frozenset[str]], least: int) -> Share:
    """Objects with at least so many accounts of which half are in one group."""
    users: dict[str, list[str]] = defaultdict(list)
    for account, names in objects.items():
        for name in names:
            users[name].append(account)
    of = {account: number for number, group in enumerate(groups) for account in group}
    large = [accounts for accounts in users.values() if len(accounts) >= least]
    return Share(
        sum(2 * _most(Counter(of.get(a) for a in accounts)) >= len(accounts) for accounts in large), len(large)
    )


def _most(counts: Counter[int | None]) -> int:
    return max((count for group, count in counts.items() if group is not None), default=0)


def auc(scores: np.ndarray, labels: np.ndarray) -> float:
    """Chance that a positive scores above a negative, ties half (Mann and Whitney 1947)."""
    positive = labels.astype(bool)
    n, m = int(positive.sum()), int((~positive).sum())
    return float((rankdata(scores)[positive].sum() - n * (n + 1) / 2) / (n * m))
