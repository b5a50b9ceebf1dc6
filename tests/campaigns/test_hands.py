"""Hands: cards propose that a group is two, and what the accounts send decides."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from stillwatch.campaigns.coordination import Coordination
from stillwatch.campaigns.hands import separated
from stillwatch.campaigns.model import Finding, Groups, one_side
from stillwatch.campaigns.verdict import SCREEN
from stillwatch.engine import DuckDBEngine
from stillwatch.links import LINK_DETECTORS, Likeness

ACCOUNTS, NEIGHBOURS = 120, 8
FIRST, SECOND = range(0, 36), range(36, 60)
PAYMENT = [d.name for d in LINK_DETECTORS].index("payment")
Cards = list[tuple[int, int]]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[DuckDBEngine]:
    made = DuckDBEngine(tmp_path, threads=1)
    yield made
    made.close()


def _cards(rng: np.random.Generator, members: range, first: int) -> Cards:
    """Two cards for each account, each of four accounts or so."""
    number = max(1, len(members) // 2)
    return [(int(m), first + int(card)) for m in members for card in rng.choice(number, 2, replace=False)]


def _give(engine: DuckDBEngine, cards: Cards) -> None:
    member, value = (pa.array([c[k] for c in sorted(set(cards))], pa.int64()) for k in (0, 1))
    columns = {"detector": pa.array([PAYMENT] * len(member), pa.int8()), "member": member.cast(pa.int32())}
    engine.register(
        "holdings", pa.table(columns | {"value": value, "holders": pa.array([4] * len(member), pa.int64())})
    )


def _alike(rng: np.random.Generator, *works: range) -> Likeness:
    """Each account's nearest are others of its work; a pair is alike if each is among the other's."""
    near = np.full((ACCOUNTS, NEIGHBOURS), -1, np.int64)
    for mine in works:
        for m in mine:
            near[m] = rng.choice([o for o in mine if o != m], NEIGHBOURS, replace=False)
    known = {(a, int(b)) for a in range(ACCOUNTS) for b in near[a] if b >= 0}
    pairs = sorted((a, b) for a, b in known if a < b and (b, a) in known)
    columns = {name: pa.array([p[k] for p in pairs], pa.int64()) for k, name in enumerate(("a", "b"))}
    return Likeness(near, ACCOUNTS, pa.table(columns | {"common": pa.array([0] * len(pairs), pa.int64())}))


def _answer(p: float) -> Coordination:
    return Coordination({"registration": (Finding("payment", "", 0.0, 0.0, "", p),)}, "traffic")


class Asked:
    """Answers with one p-value for all groups, and counts how often."""

    def __init__(self, p: float) -> None:
        self.p, self.times = p, 0

    def __call__(self, groups: Groups) -> list[Coordination]:
        self.times += 1
        return [_answer(self.p) for _ in range(groups.count)]


def _groups(*members: range) -> Groups:
    of = np.full(ACCOUNTS, -1, np.int64)
    for k, mine in enumerate(members):
        of[list(mine)] = k
    return Groups(of, one_side(len(members)))


def _sets(groups: Groups) -> list[set[int]]:
    return [set(groups.members(k).tolist()) for k in range(groups.count)]


SURE, SURER = 1e-6, 1e-12
WHOLE = range(0, 60)


@pytest.mark.parametrize("seed", range(5))
def test_two_hands_with_a_few_cards_of_one_shop_come_apart(engine: DuckDBEngine, seed: int) -> None:
    rng = np.random.default_rng(seed)
    shop = [(int(m), 900 + k) for k in range(3) for m in rng.choice(60, 2, replace=False)]
    _give(engine, _cards(rng, FIRST, 0) + _cards(rng, SECOND, 500) + shop)
    groups, answers = separated(engine, _alike(rng, FIRST, SECOND), (_groups(WHOLE), [_answer(SURE)]), Asked(SURER), 0)
    assert _sets(groups) == [set(FIRST), set(SECOND)]
    assert [(a.p, a.tried) for a in answers] == [(SURE, 2)] * 2, "a part is surer than its whole"


@pytest.mark.parametrize("seed", range(5))
def test_one_hand_with_two_suppliers_stays_one(engine: DuckDBEngine, seed: int) -> None:
    rng = np.random.default_rng(seed)
    _give(engine, _cards(rng, FIRST, 0) + _cards(rng, SECOND, 500))
    asked = Asked(SURER)
    groups, _ = separated(engine, _alike(rng, WHOLE), (_groups(WHOLE), [_answer(SURE)]), asked, 0)
    assert (_sets(groups), asked.times) == ([set(WHOLE)], 0)


@pytest.mark.parametrize("seed", range(5))
def test_one_hand_with_two_kinds_of_work_stays_one(engine: DuckDBEngine, seed: int) -> None:
    rng = np.random.default_rng(seed)
    _give(engine, _cards(rng, WHOLE, 0))
    groups, _ = separated(engine, _alike(rng, FIRST, SECOND), (_groups(WHOLE), [_answer(SURE)]), Asked(SURER), 0)
    assert _sets(groups) == [set(WHOLE)]


def test_a_group_whose_parts_are_not_each_a_hand_stays_whole(engine: DuckDBEngine) -> None:
    rng = np.random.default_rng(0)
    _give(engine, _cards(rng, FIRST, 0) + _cards(rng, SECOND, 500))
    whole = (_groups(WHOLE), [_answer(SURE)])
    assert separated(engine, _alike(rng, FIRST, SECOND), whole, Asked(2 * SCREEN), 0) == whole


def test_a_group_that_is_no_hand_is_not_looked_at(engine: DuckDBEngine) -> None:
    rng = np.random.default_rng(0)
    _give(engine, _cards(rng, FIRST, 0) + _cards(rng, SECOND, 500))
    asked, whole = Asked(SURER), (_groups(WHOLE), [_answer(2 * SCREEN)])
    assert separated(engine, _alike(rng, FIRST, SECOND), whole, asked, 0) == whole
    assert asked.times == 0


def test_who_belongs_to_another_group_goes_there(engine: DuckDBEngine) -> None:
    """A clustering left ten accounts of the second hand with the first."""
    rng = np.random.default_rng(3)
    _give(engine, _cards(rng, FIRST, 0) + _cards(rng, range(36, 80), 500))
    whole = (_groups(range(0, 46), range(46, 80)), [_answer(SURE), _answer(SURER)])
    groups, answers = separated(engine, _alike(rng, FIRST, range(36, 80)), whole, Asked(SURER), 0)
    first, second = _sets(groups)
    assert set(FIRST) <= first
    assert set(range(46, 80)) <= second
    assert len(second & set(range(36, 46))) >= 7
    assert [a.p for a in answers] == [SURE, 2 * SURER], "a group that others joined is no surer than it was"


@pytest.mark.parametrize("cards", [[], [(n, n) for n in range(60)]])
def test_where_nobody_shares_a_card_a_group_stays_whole(engine: DuckDBEngine, cards: Cards) -> None:
    rng = np.random.default_rng(6)
    _give(engine, cards)
    whole = (_groups(WHOLE), [_answer(SURE)])
    assert separated(engine, _alike(rng, FIRST, SECOND), whole, Asked(SURER), 0) == whole


def test_accounts_without_a_card_go_where_their_work_is(engine: DuckDBEngine) -> None:
    rng = np.random.default_rng(4)
    without = {3, 17, 40, 55}
    cards = [card for card in _cards(rng, FIRST, 0) + _cards(rng, SECOND, 500) if card[0] not in without]
    _give(engine, cards)
    groups, _ = separated(engine, _alike(rng, FIRST, SECOND), (_groups(WHOLE), [_answer(SURE)]), Asked(SURER), 0)
    assert _sets(groups) == [set(FIRST), set(SECOND)]


def test_a_card_of_hundreds_ties_nobody(engine: DuckDBEngine) -> None:
    rng = np.random.default_rng(5)
    everywhere = [(m, 999) for m in range(ACCOUNTS)]
    _give(engine, _cards(rng, FIRST, 0) + _cards(rng, SECOND, 500) + everywhere)
    others = range(60, ACCOUNTS)
    whole = (_groups(WHOLE, others), [_answer(SURE), _answer(1.0)])
    groups, _ = separated(engine, _alike(rng, FIRST, SECOND), whole, Asked(SURER), 0)
    assert _sets(groups) == [set(FIRST), set(others), set(SECOND)]
