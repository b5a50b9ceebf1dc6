"""Pooled traffic against honest groups: level under the null, power, and what it falls back on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest

from stillwatch.campaigns.harvest.pool import (
    BETWEEN,
    FEATURES,
    INSTRUCTION,
    INTENT,
    LONG,
    MOST_DEVIATION,
    SINGLE,
    TAUGHT,
    TAUGHT_SHARE,
    USUAL,
    USUAL_SUM,
    WITHIN,
    WORTH,
    Works,
    assess_pools,
    features,
    yardstick,
)
from stillwatch.campaigns.model import Floats
from stillwatch.signals.capability import CAPABILITIES

LIFT = {"single": SINGLE, "long": LONG, "intent": INTENT, "instruction": INSTRUCTION, "taught": TAUGHT_SHARE}
NOBODY = Works(np.zeros((0, 5)), np.zeros(0), np.zeros((0, 5)))
Sizes = npt.NDArray[np.int64]


def _groups(rng: np.random.Generator, sizes: Sizes, spread: float = 1.0) -> Works:
    """Honest groups: each has a mean of its own, each account its own around it."""
    means = USUAL + rng.normal(0, spread, (sizes.size, 5)) * BETWEEN
    shares, variance = np.empty((2, sizes.size, 5))
    for g, size in enumerate(sizes):
        accounts = means[g] + rng.normal(0, 1, (size, 5)) * WITHIN
        shares[g], variance[g] = accounts.mean(axis=0), accounts.var(axis=0, ddof=1)
    return Works(shares, sizes.astype(np.float64), variance)


def _works(shares: Floats, accounts: int) -> Works:
    rows = np.atleast_2d(shares)
    return Works(rows, np.full(len(rows), float(accounts)), np.tile(WITHIN**2, (len(rows), 1)))


def _lifted(**by: float) -> Floats:
    """Usual shares, and these deviations of a group of many accounts more."""
    shares = USUAL.copy()
    for name, deviations in by.items():
        shares[LIFT[name]] += deviations * BETWEEN[LIFT[name]]
    return shares


def _p(works: Works, honest: Works) -> list[float]:
    return [answer.p for answer in assess_pools(works, honest)]


# The level.


@pytest.mark.parametrize(
    ("spread", "known", "most"), [(0.3, 25, 1.0), (1.0, 12, 2.0), (1.0, 25, 2.0), (1.0, 80, 2.0), (1.5, 80, 2.5)]
)
def test_honest_groups_are_rarely_called(spread: float, known: int, most: float) -> None:
    """Groups of 5 to 100 accounts drawn like those of the yardstick, each with an effect of its own.

    `spread` is that between groups, in the least that is assumed; `most` times 0.01 is the level at 0.01. A sum of
    parts that are never negative has a longer tail than the t distribution: 5,000 groups gave 1.0 to 1.7 times 0.01
    where groups differ as assumed, 1.8 to 2.0 where they differ half as much again."""
    rng = np.random.default_rng(1)
    found: list[float] = []
    for _ in range(50):
        drawn = _groups(rng, np.exp(rng.uniform(np.log(5), np.log(100), known + 80)).astype(np.int64), spread)
        found += _p(drawn.take(np.arange(known, known + 80)), drawn.take(np.arange(known)))
    p = np.array(found)
    assert np.mean(p <= 0.05) <= 1.5 * 0.05
    assert np.mean(p <= 0.01) <= most * 0.01


@pytest.mark.parametrize("size", [5, 20, 100])
def test_the_level_holds_at_every_size(size: int) -> None:
    """The yardstick has groups of all sizes, those asked have one."""
    rng = np.random.default_rng(1)
    found: list[float] = []
    for _ in range(50):
        honest = _groups(rng, np.exp(rng.uniform(np.log(5), np.log(100), 60)).astype(np.int64))
        found += _p(_groups(rng, np.full(80, size)), honest)
    p = np.array(found)
    assert np.mean(p <= 0.05) <= 1.5 * 0.05
    assert np.mean(p <= 0.01) <= 2.0 * 0.01


def test_in_a_log_without_honest_groups_the_usual_values_keep_the_level() -> None:
    rng = np.random.default_rng(4)
    p = np.array(_p(_groups(rng, rng.integers(5, 101, 3000)), NOBODY))
    for level in (0.01, 0.05):
        assert np.mean(p <= level) <= 1.5 * level


# Power.


def test_a_pool_that_nobody_reads_stands_out() -> None:
    """And is long, asks for material and is taught: all four together."""
    rng = np.random.default_rng(5)
    honest = _groups(rng, rng.integers(5, 60, 60))
    everything = _works(_lifted(single=4, long=5, intent=5, taught=5), 80)
    (answer,) = assess_pools(everything, honest)
    assert answer.p < 1e-4
    assert answer.findings[0].observed > answer.findings[0].expected
    assert all(answer.p < p for p in answer.p_without.values())


def test_a_large_group_is_more_significant_than_a_small_one_of_the_same_means() -> None:
    rng = np.random.default_rng(6)
    honest = _groups(rng, rng.integers(5, 60, 60))
    shares = _lifted(single=1.5, long=2, intent=2, taught=2)
    p = [_p(_works(shares, size), honest)[0] for size in (2, 5, 10, 30, 100, 1000)]
    assert p == sorted(p, reverse=True)
    assert p[-1] < p[0] / 5


SOME = _groups(np.random.default_rng(7), np.random.default_rng(7).integers(5, 60, 60))


@pytest.mark.parametrize("honest", [NOBODY, SOME], ids=["none", "sixty"])
@pytest.mark.parametrize("name", list(LIFT))
def test_no_feature_counts_without_end(name: str, honest: Works) -> None:
    """However far one goes, it adds no more than its cap; two together tell more."""
    rows = np.array([_lifted(**{name: 50}), _lifted(**{name: 500}), _lifted(long=500, taught=500, intent=500)])
    far, farther, several = assess_pools(_works(rows, 500), honest)
    assert far.p == farther.p
    assert several.p < far.p / 5
    assert far.p > 1e-4


@pytest.mark.parametrize("honest", [NOBODY, SOME], ids=["none", "sixty"])
@pytest.mark.parametrize("name", list(LIFT))
def test_no_feature_alone_makes_a_harvest(name: str, honest: Works) -> None:
    """The rest as usual, one as far as it counts: not enough for an accusation at the level of 0.01."""
    assert _p(_works(_lifted(**{name: 500}), 500), honest)[0] > 0.01


def test_answers_that_nobody_follows_up_count_two_deviations() -> None:
    known = yardstick(NOBODY)
    relay = _works(_lifted(single=40), 1000)
    assert known.raw(relay)[0, SINGLE] > 10
    assert known.deviations(relay)[0].tolist() == pytest.approx([2.0, 0.0, 0.0, 0.0])
    assert assess_pools(relay, NOBODY)[0].p > 0.2


def test_less_than_usual_takes_nothing_off() -> None:
    known = yardstick(NOBODY)
    assert (known.deviations(_works(np.zeros(5), 100)) == 0.0).all()
    assert (known.deviations(_works(np.ones(5), 10_000)) <= MOST_DEVIATION).all()
    less, none = _p(_works(np.array([_lifted(long=4, taught=-6), _lifted(long=4)]), 50), NOBODY)
    assert less == none


def test_material_is_the_larger_of_its_two_measures() -> None:
    known = yardstick(NOBODY)
    rows = np.array([_lifted(intent=3), _lifted(instruction=3), _lifted(intent=3, instruction=3)])
    material = known.deviations(_works(rows, 10**9))[:, 2]
    assert material.tolist() == pytest.approx([3.0, 3.0, 3.0], rel=1e-3)
    by_intent, by_score, _ = assess_pools(_works(rows, 10**9), NOBODY)
    assert "ask for reasoning" in by_intent.findings[2].statement
    assert "items of an instruction set" in by_score.findings[2].statement


# The yardstick.


def test_a_small_log_falls_back_on_the_usual_values() -> None:
    known = yardstick(NOBODY)
    assert known.centre.tolist() == USUAL.tolist()
    assert known.between.tolist() == pytest.approx((BETWEEN**2).tolist())
    assert known.within.tolist() == pytest.approx((WITHIN**2).tolist())
    assert (known.usual, known.freedom) == (USUAL_SUM, WORTH - 1)


def test_the_more_honest_groups_the_less_the_usual_values_count() -> None:
    """Groups whose answers are long: each more of them moves the centre, from usual to theirs, and none far."""
    shares = _lifted(long=4)
    centres, freedom, p = [], [], []
    for count in range(0, 61):
        honest = _works(np.tile(shares, (count, 1)), 20) if count else NOBODY
        known = yardstick(honest)
        centres.append(known.centre[LONG])
        freedom.append(known.freedom)
        p.append(_p(_works(shares, 20), honest)[0])
        assert known.centre[LONG] == pytest.approx((count * shares[LONG] + WORTH * USUAL[LONG]) / (count + WORTH))
    steps = np.diff(centres)
    assert (steps > 0).all()
    assert steps.max() <= (shares[LONG] - USUAL[LONG]) / WORTH
    assert freedom == sorted(freedom)
    assert max(abs(np.diff(np.log(p)))) < 1.0
    assert p[-1] > p[0]


def test_groups_that_hardly_differ_do_not_make_others_rare() -> None:
    known = yardstick(_works(np.tile(USUAL, (500, 1)), 1000))
    assert (known.between >= BETWEEN**2 - 1e-12).all()


def test_the_chance_of_few_accounts_is_no_difference_between_groups() -> None:
    """Small groups of people who differ widely: their means differ, the groups do not."""
    rng = np.random.default_rng(8)
    small = yardstick(_groups(rng, np.full(400, 5), spread=0.0))
    assert (small.between <= 1.15 * BETWEEN**2).all()
    apart = yardstick(_groups(rng, np.full(400, 5), spread=3.0))
    assert (apart.between > 6 * BETWEEN**2).all()


def test_the_order_of_honest_groups_is_of_no_consequence() -> None:
    rng = np.random.default_rng(9)
    honest, asked = _groups(rng, rng.integers(5, 60, 40)), _groups(rng, rng.integers(5, 60, 20))
    assert _p(asked, honest.take(rng.permutation(40))) == pytest.approx(_p(asked, honest), rel=1e-9)
    order = rng.permutation(20)
    assert _p(asked.take(order), honest) == pytest.approx(np.array(_p(asked, honest))[order].tolist(), rel=1e-12)


# What is told.


def test_each_finding_has_its_p_without() -> None:
    rng = np.random.default_rng(10)
    for answer in assess_pools(_groups(rng, rng.integers(5, 60, 50)), _groups(rng, rng.integers(5, 60, 30))):
        assert tuple(f.detector for f in answer.findings) == FEATURES == tuple(answer.p_without)
        assert all(0 < f.p <= 1 for f in answer.findings)
        assert 0 < answer.p <= 1
        assert all(p >= answer.p for p in answer.p_without.values())


def test_without_a_feature_is_what_it_says() -> None:
    """The p-value of the group as if this feature were usual."""
    shares = _lifted(single=1, long=3, intent=4, taught=3)
    (answer,) = assess_pools(_works(shares, 50), NOBODY)
    for name, gone in zip(FEATURES, ("single", "long", "intent", "taught"), strict=True):
        left = shares.copy()
        left[LIFT[gone]] = USUAL[LIFT[gone]]
        assert answer.p_without[name] == pytest.approx(_p(_works(left, 50), NOBODY)[0], rel=1e-9)


def _counted(rows: list[dict[str, int]]) -> pa.Table:
    usual = {"unit": 0, "accounts": 1, "exchanges": 10, "follow_ups": 4, "long": 3, "intents": 2500}
    usual |= {"instructions": 6000} | {f"c{k}": 0 for k in range(len(CAPABILITIES))}
    return pa.table({name: [(usual | row)[name] for row in rows] for name in usual})


def test_features_are_shares() -> None:
    kinds = {f"c{CAPABILITIES.index(name)}": 2 for name in ("mathematics", "grading")}
    assert {"mathematics", "grading"} <= set(TAUGHT)
    writing = {f"c{CAPABILITIES.index('writing')}": 5}
    assert features(_counted([kinds | writing])) == pytest.approx(np.array([[0.6, 0.3, 0.25, 0.6, 0.4]]))


def test_no_busy_account_speaks_for_a_set() -> None:
    work = _counted(
        [
            {"unit": 3, "exchanges": 1000, "follow_ups": 0},
            {"unit": 5, "exchanges": 10, "follow_ups": 10},
            {"unit": 9, "exchanges": 10, "follow_ups": 10},
        ]
    )
    works = Works.of_sets(work, [np.array([3, 5, 9]), np.array([5, 9, 70]), np.array([4])])
    assert works.shares[:, SINGLE].tolist() == pytest.approx([1 / 3, 0.0, USUAL[SINGLE]])
    assert works.variance[:, SINGLE].tolist() == pytest.approx([1 / 3, 0.0, WITHIN[SINGLE] ** 2])
    assert works.accounts.tolist() == [3.0, 2.0, 1.0]
    pooled = Works.of_table(work)
    assert pooled.shares.shape == pooled.variance.shape == (3, 5)
    assert pooled.shares == pytest.approx(features(work))


def test_an_account_that_is_not_seen_is_nobody() -> None:
    """A set without an active account is as usual as can be, and no sets are no works."""
    works = Works.of_sets(_counted([{}]), [np.array([7])])
    assert works.shares.tolist() == [USUAL.tolist()]
    assert assess_pools(works, NOBODY)[0].p >= 0.5
    assert Works.of_sets(_counted([{}]), []).shares.shape == (0, 5)
    assert assess_pools(NOBODY, NOBODY) == []
