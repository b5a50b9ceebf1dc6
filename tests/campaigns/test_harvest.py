"""The harvest shares against brute force over single exchanges, and the score against its yardstick."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, t

from stillwatch.campaigns.harvest.stage import (
    FREEDOM,
    LEAST_COMMON_WORK,
    LEAST_CUSTOMERS,
    LEAST_EXCHANGES,
    LEAST_PER_ACCOUNT,
    LEAST_SPREAD,
    PRIOR_MEAN,
    PRIOR_SPREAD,
    WEIGHTS,
    assess_harvest,
    features,
)
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
    assert set(found) == set(WEIGHTS)
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


def test_a_harvest_stands_out() -> None:
    rng = np.random.default_rng(1)
    work = [_unit(rng, 600, 0.9, 0.95, 0.97, 30), _unit(rng, 600, 0.05, 0.2, 0.1, 30)]
    taken, ordinary = assess_harvest(_table(work), _table(_customers(rng, 150)))
    assert taken.p < 1e-4
    assert ordinary.p > 0.05
    assert taken.score > ordinary.score
    assert [f.detector for f in taken.findings] == list(WEIGHTS)
    for finding in taken.findings:
        assert 0.0 <= finding.observed <= 1.0
        assert 0.0 < finding.p <= 1.0


def test_the_score_is_the_readable_sum_and_p_its_tail() -> None:
    rng = np.random.default_rng(2)
    work, customers = [_unit(rng, 400, 0.5, 0.5, 0.5, 10)], _customers(rng, 80)
    (found,) = assess_harvest(_table(work), _table(customers))
    shares = {f.detector: f.observed for f in found.findings}
    assert found.score == pytest.approx(sum(WEIGHTS[name] * share for name, share in shares.items()))
    scores = sum(WEIGHTS[name] * values for name, values in features(_table(customers)).items())
    spread = max(float(np.std(scores, ddof=1)), LEAST_SPREAD)
    assert found.p == pytest.approx(float(t.sf((found.score - np.mean(scores)) / spread, FREEDOM)))


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
    (found,) = assess_harvest(_table([_unit(rng, n, 1.0, 1.0, 1.0, accounts)]), _table(_customers(rng, 80)))
    assert (found.p < 0.01) is enough
    assert enough or found.p == 1.0


@pytest.mark.parametrize("customers", [1, LEAST_CUSTOMERS - 1])
def test_a_log_with_few_customers_uses_what_is_known_of_others(customers: int) -> None:
    rng = np.random.default_rng(4)
    (found,) = assess_harvest(_table([_unit(rng, 400, 0.9, 0.9, 0.9, 10)]), _table(_customers(rng, customers)))
    assert found.p == pytest.approx(float(t.sf((found.score - PRIOR_MEAN) / PRIOR_SPREAD, FREEDOM)))


def test_quiet_customers_are_no_yardstick() -> None:
    rng = np.random.default_rng(5)
    work, busy = [_unit(rng, 400, 0.6, 0.6, 0.6, 10)], _customers(rng, 60)
    quiet = [_unit(rng, LEAST_EXCHANGES - 1, 1.0, 1.0, 1.0) for _ in range(200)]
    with_them, without = (assess_harvest(_table(work), _table(rows))[0] for rows in (busy + quiet, busy))
    assert with_them == without


def test_more_of_it_is_never_less_suspicious() -> None:
    rng = np.random.default_rng(6)
    customers = _table(_customers(rng, 60))
    base = _unit(rng, 500, 0.3, 0.5, 0.4, 10)
    more = [base | {"intents": base["intents"] + k * 10_000, "worked": base["worked"] + k * 10_000} for k in range(9)]
    p = [found.p for found in assess_harvest(_table(more), customers)]
    assert p == sorted(p, reverse=True)
    assert p[0] > p[-1]


@pytest.mark.parametrize("spread", ["narrow", "wide"])
def test_under_the_null_nothing_is_found_too_often(spread: str) -> None:
    """Groups whose work is that of one more customer of the same population."""
    rng = np.random.default_rng(7)
    a, b = (20.0, 60.0) if spread == "narrow" else (0.6, 3.0)

    def one(accounts: int) -> Work:
        intent, long, framed = rng.beta(a, b, 3)
        n = 210
        row = _counted([Exchange(0, 0, False, 0, False, False)], accounts)
        counts = {"intents": rng.binomial(n, intent), "framed": rng.binomial(n, framed)}
        kinds = rng.multinomial(n, rng.dirichlet(np.ones(KINDS)))
        return (
            row
            | {"exchanges": n, "distinct": n, "follow_ups": rng.binomial(n, 0.3), "framed": counts["framed"]}
            | {"intents": counts["intents"] * SHOWN, "worked": rng.binomial(counts["intents"], long) * SHOWN}
            | {f"c{k}": int(kinds[k]) for k in range(KINDS)}
        )

    customers = _table([one(1) for _ in range(400)])
    p = np.array([found.p for found in assess_harvest(_table([one(10) for _ in range(2000)]), customers)])
    for level in (0.01, 0.05):
        assert (p <= level).sum() <= binom.ppf(1 - 1e-5, p.size, level), level
