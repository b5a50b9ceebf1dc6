"""The harvest shares against brute force over single exchanges; they describe a group, and its pool decides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.campaigns.harvest.pool import FEATURES, Pooled, Works, assess_pools
from stillwatch.campaigns.harvest.stage import (
    LEAST_COMMON_WORK,
    LEAST_CUSTOMERS,
    LEAST_EXCHANGES,
    LEAST_PER_ACCOUNT,
    SHARES,
    Harvest,
    assess_harvest,
    describe,
    features,
)
from stillwatch.campaigns.model import Finding
from stillwatch.signals.capability import CAPABILITIES, GENERAL
from stillwatch.signals.lexicon import SHOWN

KINDS = len(CAPABILITIES)
Work = dict[str, float]


@dataclass(frozen=True)
class Exchange:
    content: int
    intent: int
    framed: bool
    capability: int
    follows: bool
    long: bool


EXCHANGES = st.lists(
    st.builds(
        Exchange,
        st.integers(0, 30),
        st.integers(0, SHOWN),
        st.booleans(),
        st.integers(0, KINDS - 1),
        st.booleans(),
        st.booleans(),
    ),
    min_size=1,
    max_size=60,
)


def _counted(exchanges: list[Exchange], accounts: int = 1) -> Work:
    row: Work = {
        "unit": 0,
        "accounts": accounts,
        "exchanges": len(exchanges),
        "intents": sum(e.intent for e in exchanges),
        "worked": sum(e.intent for e in exchanges if e.long),
        "follow_ups": sum(e.follows for e in exchanges),
        "framed": sum(e.framed for e in exchanges),
        "distinct": len({e.content for e in exchanges}),
    }
    return row | {f"c{k}": sum(e.capability == k for e in exchanges) for k in range(KINDS)}


def _table(rows: list[Work]) -> pa.Table:
    return pa.table({name: pa.array([row[name] for row in rows], pa.int64()) for name in rows[0]})


@given(EXCHANGES)
def test_shares_are_those_of_brute_force(exchanges: list[Exchange]) -> None:
    found = {name: float(values[0]) for name, values in features(_table([_counted(exchanges)])).items()}
    n = len(exchanges)
    telling = [k for k in range(KINDS) if CAPABILITIES[k] != GENERAL]
    counts = sorted((sum(e.capability == k for e in exchanges) for k in telling), reverse=True)
    fresh = len({e.content for e in exchanges}) / n
    assert found == pytest.approx(
        {
            "intent": sum(e.intent / SHOWN for e in exchanges) / n,
            "worked_answers": sum(e.intent / SHOWN for e in exchanges if e.long) / n,
            "concentration": sum(counts[:2]) / n,
            "structure": sum(e.framed for e in exchanges) / n * fresh,
            "follow_up": sum(not e.follows for e in exchanges) / n,
        }
    )
    assert set(found) == set(SHARES)
    assert all(0.0 <= share <= 1.0 for share in found.values())


@given(EXCHANGES)
def test_order_and_repetition_of_units_are_of_no_consequence(exchanges: list[Exchange]) -> None:
    rows = [_counted(exchanges), _counted(exchanges[: len(exchanges) // 2 + 1]), _counted(exchanges)]
    for name, values in features(_table(rows)).items():
        alone = [float(features(_table([row]))[name][0]) for row in rows]
        assert values.tolist() == pytest.approx(alone)


def _unit(rng: np.random.Generator, n: int, intent: float, long: float, framed: float, accounts: int = 1) -> Work:
    """A unit of work drawn exchange by exchange."""
    draws = rng.random((n, 4))
    made = [
        Exchange(
            int(rng.integers(10**9)),
            SHOWN if a < intent else 0,
            bool(b < framed),
            int(rng.integers(KINDS)),
            bool(c < 0.4),
            bool(d < long),
        )
        for a, b, c, d in draws
    ]
    return _counted(made, accounts)


def _customers(rng: np.random.Generator, size: int) -> list[Work]:
    return [_unit(rng, int(rng.integers(LEAST_EXCHANGES, 80)), *rng.beta(1, 6, 3)) for _ in range(size)]


def _pooled(p: float, score: float = 4.0) -> Pooled:
    """The answer of a pool."""
    found = tuple(Finding(name, "said", 0.9, 0.5, "share of exchanges", 0.01) for name in FEATURES)
    return Pooled(p, score, found, {name: min(1.0, 3 * p) for name in FEATURES})


def _asked(work: list[Work], customers: list[Work], p: float = 1e-5) -> list[Harvest]:
    return assess_harvest(_table(work), _table(customers), [_pooled(p) for _ in work])


def test_a_harvest_stands_out() -> None:
    """Through its pool, against honest groups as they usually are."""
    rng = np.random.default_rng(1)
    work = _table([_unit(rng, 600, 0.9, 0.95, 0.97, 30), _unit(rng, 600, 0.05, 0.2, 0.1, 30)])
    work = work.append_column("long", pa.array([570, 120])).append_column("instructions", pa.array([540_000, 200_000]))
    nobody = Works(np.zeros((0, 5)), np.zeros(0), np.zeros((0, 5)))
    pools = assess_pools(Works.of_table(work), nobody)
    taken, ordinary = assess_harvest(work, _table(_customers(rng, 150)), pools)
    assert taken.p < 0.005
    assert ordinary.p > 0.05
    assert taken.score > ordinary.score
    assert [f.detector for f in taken.findings] == [*FEATURES, *SHARES]
    for finding in taken.findings:
        assert 0.0 <= finding.observed <= 1.0
        assert 0.0 < finding.p <= 1.0


def test_the_pool_decides() -> None:
    rng = np.random.default_rng(2)
    work, customers = [_unit(rng, 400, 0.5, 0.5, 0.5, 10)], _customers(rng, 80)
    (found,) = _asked(work, customers, p=0.003)
    pool = _pooled(0.003)
    assert (found.p, found.score, found.p_without) == (pool.p, pool.score, pool.p_without)
    assert found.findings[: len(FEATURES)] == pool.findings


def test_the_shares_decide_nothing() -> None:
    """Work that is all harvest by every share, and work that is none."""
    rng = np.random.default_rng(9)
    extreme = [_unit(rng, 600, 1.0, 1.0, 1.0, 20), _unit(rng, 600, 0.0, 0.0, 0.0, 20)]
    for p in (1e-9, 0.4):
        all_of_it, none = _asked(extreme, _customers(rng, 80), p)
        assert all_of_it.p == none.p == p
        assert all_of_it.score == none.score
        assert set(all_of_it.p_without) == set(FEATURES)
        assert all_of_it.findings != none.findings


@pytest.mark.parametrize(
    ("n", "accounts", "enough"),
    [
        (LEAST_COMMON_WORK, 10, True),
        (LEAST_COMMON_WORK - 1, 10, False),
        (LEAST_PER_ACCOUNT * 100, 100, True),
        (LEAST_PER_ACCOUNT * 100 - 1, 100, False),
    ],
)
def test_a_handful_is_no_harvest(n: int, accounts: int, enough: bool) -> None:
    rng = np.random.default_rng(3)
    (found,) = _asked([_unit(rng, n, 1.0, 1.0, 1.0, accounts)], _customers(rng, 80))
    assert (found.p < 0.01) is enough
    assert enough or (found.p, found.score, found.p_without) == (1.0, 0.0, {})
    assert [f.detector for f in found.findings][-len(SHARES) :] == list(SHARES)


@pytest.mark.parametrize("customers", [1, LEAST_CUSTOMERS - 1])
def test_a_log_with_few_customers_describes_without_comparing(customers: int) -> None:
    rng = np.random.default_rng(4)
    (found,) = describe(_table([_unit(rng, 400, 0.9, 0.9, 0.9, 10)]), _table(_customers(rng, customers)))
    assert [f.p for f in found] == [1.0] * len(SHARES)
    assert all(np.isnan(f.expected) for f in found)
    assert all(f.observed > 0.0 for f in found)


def test_shares_are_told_beside_those_of_single_customers() -> None:
    rng = np.random.default_rng(8)
    work, customers = _table([_unit(rng, 400, 0.9, 0.9, 0.9, 10)]), _table(_customers(rng, 99))
    (found,) = describe(work, customers)
    mine, theirs = features(work), features(customers)
    for finding in found:
        shares = theirs[finding.detector]
        assert finding.observed == pytest.approx(mine[finding.detector][0])
        assert finding.expected == pytest.approx(shares.mean())
        assert finding.p == pytest.approx((int((shares >= finding.observed).sum()) + 1) / 100)
        assert f"{finding.observed:.0%}" in finding.statement


def test_quiet_customers_are_no_yardstick() -> None:
    rng = np.random.default_rng(5)
    work, busy = [_unit(rng, 400, 0.6, 0.6, 0.6, 10)], _customers(rng, 60)
    quiet = [_unit(rng, LEAST_EXCHANGES - 1, 1.0, 1.0, 1.0) for _ in range(200)]
    with_them, without = (_asked(work, rows)[0] for rows in (busy + quiet, busy))
    assert with_them == without


def test_more_of_it_is_never_less_suspicious() -> None:
    rng = np.random.default_rng(6)
    base = _unit(rng, 500, 0.3, 0.5, 0.4, 10)
    more = [base | {"intents": base["intents"] + k * 10_000, "worked": base["worked"] + k * 10_000} for k in range(9)]
    described = describe(_table(more), _table(_customers(rng, 60)))
    for name in ("intent", "worked_answers"):
        p = [next(f.p for f in found if f.detector == name) for found in described]
        assert p == sorted(p, reverse=True)
        assert p[0] > p[-1]
    nobody = Works(np.zeros((0, 5)), np.zeros(0), np.zeros((0, 5)))
    ladder = _table(more).append_column("long", pa.array([200] * 9)).append_column("instructions", pa.array([0] * 9))
    pooled = [answer.p for answer in assess_pools(Works.of_table(ladder), nobody)]
    assert pooled == sorted(pooled, reverse=True)
    assert pooled[0] > pooled[-1]


def test_no_group_is_no_answer() -> None:
    rng = np.random.default_rng(7)
    work, customers = _table([_unit(rng, 300, 0.5, 0.5, 0.5)]).slice(0, 0), _table(_customers(rng, 60))
    assert assess_harvest(work, customers, []) == []
    assert describe(work, customers) == []
