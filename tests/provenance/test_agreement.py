"""The agreement test against counting by hand, on its null, and where it must say that it does not know."""

from __future__ import annotations

from dataclasses import replace
from math import asin, inf, isnan, nan, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from stillwatch.provenance.agreement import NO_EVIDENCE, NOT_ENOUGH, YES, Agreement, agreement
from stillwatch.provenance.power import (
    Spread,
    detectable,
    needed_prompts,
    needed_unrelated,
    noncentrality,
)

from .worlds import Answers, answers

# By hand.


def _by_hand(given: list[list[int]]) -> tuple[int, list[float]]:
    """Informative prompts, and scores of the suspect and the unrelated models, with loops."""
    teacher, others = given[0], given[1:]
    earned, weights, informative = [0.0] * len(others), 0.0, 0
    for prompt, right in enumerate(teacher):
        differing = sum(model[prompt] != right for model in others)
        if differing in (0, len(others)):
            continue
        informative += 1
        weight = differing / len(others)
        weights += weight
        for place, model in enumerate(others):
            earned[place] += weight * (model[prompt] == right)
    return informative, [value / weights for value in earned] if weights else []


def _p_by_hand(scores: list[float], noise: float) -> float:
    others = [asin(sqrt(score)) for score in scores[1:]]
    k = len(others)
    mean = sum(others) / k
    variance = max(sum((value - mean) ** 2 for value in others) / (k - 1), noise)
    statistic = (asin(sqrt(scores[0])) - mean) / sqrt(variance * (1 + 1 / k))
    return float(stats.t.sf(statistic, k - 1))


def _noise_by_hand(given: list[list[int]], scores: list[float]) -> float:
    teacher, others = given[0], given[1:]
    m, top, bottom = len(others), 0.0, 0.0
    for prompt, right in enumerate(teacher):
        weight = sum(model[prompt] != right for model in others) / m
        if 0 < weight < 1:
            top += weight**2 * weight * (1 - weight) * m / (m - 1)
            bottom += weight
    mean = sum(scores) / m
    return top / bottom**2 / (4 * mean * (1 - mean))


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 7), st.integers(1, 80), st.integers(2, 4), st.integers(0, 10**6))
def test_agrees_with_counting_by_hand(unrelated: int, prompts: int, kinds: int, seed: int) -> None:
    made = np.random.default_rng(seed).integers(0, kinds, (unrelated + 2, prompts))
    informative, scores = _by_hand(made.tolist())
    found = agreement(made)
    assert (found.queries, found.informative, found.unrelated) == (prompts, informative, unrelated)
    if not informative:
        assert isnan(found.p)
        assert isnan(found.score)
        return
    assert [found.score, *found.unrelated_scores] == pytest.approx(scores)
    assert found.effect == pytest.approx(scores[0] - sum(scores[1:]) / unrelated)
    assert found.rank_p == sum(score >= scores[0] - 1e-12 for score in scores) / len(scores)
    assert found.p == pytest.approx(_p_by_hand(scores, _noise_by_hand(made.tolist(), scores)))


def test_bootstrap_agrees_with_drawing_prompts_one_by_one() -> None:
    rng = np.random.default_rng(3)
    made = answers(rng, 6, 300)
    agree = made[1:] == made[0]
    weight = (~agree).sum(axis=0) * ~agree.all(axis=0) * agree.any(axis=0)
    excess = agree[0] - agree[1:].mean(axis=0)
    told = np.flatnonzero(weight)
    drawn = rng.choice(told, (4000, told.size))
    by_hand = ((weight * excess)[drawn].sum(axis=1) / weight[drawn].sum(axis=1)).std()
    found = agreement(made, resamples=4000)
    assert found.spread.between == 0  # so that the interval is the bootstrap's alone
    assert found.interval[1] - found.interval[0] == pytest.approx(2 * 1.96 * by_hand, rel=0.05)


# Order changes nothing.


def _same(one: Agreement, other: Agreement) -> bool:
    unordered = repr(sorted(one.unrelated_scores)) == repr(sorted(other.unrelated_scores))
    return unordered and repr(replace(one, unrelated_scores=())) == repr(replace(other, unrelated_scores=()))


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 40), st.integers(1, 120), st.integers(0, 10**6))
def test_order_of_prompts_and_of_models_changes_nothing(unrelated: int, prompts: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    made = answers(rng, unrelated, prompts, 0.5)
    found = agreement(made)
    assert _same(found, agreement(made[:, rng.permutation(prompts)]))
    assert _same(found, agreement(made[[0, 1, *(2 + rng.permutation(unrelated))]]))


def test_names_of_answers_change_nothing() -> None:
    rng = np.random.default_rng(5)
    made = answers(rng, 5, 200)
    assert repr(agreement(made)) == repr(agreement(rng.permutation(4)[made]))


def test_the_seed_decides_the_interval_alone() -> None:
    made = answers(np.random.default_rng(1), 5, 200)
    one, other = agreement(made, seed=1), agreement(made, seed=2)
    assert one.interval != other.interval
    assert one.p == other.p
    assert one == agreement(made, seed=1)


# The null.


def _share(p: np.ndarray, level: float) -> float:
    return float((p <= level).mean())


@pytest.mark.parametrize("unrelated", [5, 12])
@pytest.mark.parametrize("differ", [0.0, 0.4, 1.0])
def test_exchangeable_models_are_rarely_taken_for_students(unrelated: int, differ: float) -> None:
    """Of 1,000 worlds, at most the level and three standard errors of counting."""
    rng = np.random.default_rng(11)
    found = [agreement(answers(rng, unrelated, 150, differ), resamples=2) for _ in range(1000)]
    p = np.array([test.p for test in found])
    rank_p = np.array([test.rank_p for test in found])
    for level in (0.01, 0.05):
        allowed = level + 3 * sqrt(level * (1 - level) / 1000)
        assert _share(p, level) <= allowed
        assert _share(rank_p, level) <= allowed
    assert np.mean([test.answer == YES for test in found]) <= 0.01 + 3 * sqrt(0.01 * 0.99 / 1000)


def test_with_many_unrelated_models_a_yes_needs_no_normal_scores() -> None:
    """One in 20 of these models comes from the teacher's family: a population with two humps, and a suspect from it.

    With 100 unrelated models the rank is exact at level 0.01, and a yes needs it."""
    rng = np.random.default_rng(12)
    yes = 0
    for _ in range(400):
        made = answers(rng, 120, 60)
        kin = rng.random(122) < 0.05
        kin[0] = False
        made = np.where(kin[:, None] & (rng.random(made.shape) < 0.6), made[0], made)
        found = agreement(made, resamples=2)
        yes += found.answer == YES
        assert found.answer != YES or found.rank_p <= 0.01
    assert yes / 400 <= 0.01 + 3 * sqrt(0.01 * 0.99 / 400)


def test_more_prompts_do_not_make_the_luckiest_model_a_student() -> None:
    """What comparing prompt by prompt would do: the model that is a little better is found with enough prompts."""
    rng = np.random.default_rng(13)
    found = [agreement(answers(rng, 6, 4000, 0.4), resamples=2) for _ in range(150)]
    assert np.mean([test.p <= 0.05 for test in found]) <= 0.05 + 3 * sqrt(0.05 * 0.95 / 150)


# Students.


def test_power_grows_with_what_is_copied() -> None:
    rng = np.random.default_rng(14)
    found = []
    for copied in (0.0, 0.15, 0.3, 0.6):
        tests = [agreement(answers(rng, 8, 300, 0.3, copied), resamples=2) for _ in range(150)]
        found.append(np.mean([test.answer == YES for test in tests]))
    assert found[0] <= 0.04
    assert found == sorted(found)
    assert found[1] < found[2] < found[3] == 1.0


def test_what_is_called_detectable_is_found_four_times_in_five() -> None:
    """On the arcsine scale itself: k scores and one that lies the named shift above their mean."""
    rng = np.random.default_rng(15)
    for k, level in ((3, 0.05), (8, 0.01)):
        shift = noncentrality(k, level) * sqrt(1 + 1 / k)
        scores = rng.normal(0, 1, (20_000, k))
        lead = rng.normal(shift, 1, 20_000) - scores.mean(axis=1)
        p = stats.t.sf(lead / scores.std(axis=1, ddof=1) / sqrt(1 + 1 / k), k - 1)
        assert _share(p, level) == pytest.approx(0.8, abs=0.01)


def test_the_interval_holds_the_effect() -> None:
    rng = np.random.default_rng(16)
    found = [agreement(answers(rng, 8, 300, 0.0, 0.3)) for _ in range(300)]
    truth = np.mean([test.effect for test in found])
    held = np.mean([test.interval[0] <= truth <= test.interval[1] for test in found])
    assert 0.91 <= held <= 1.0


# What cannot be told.


def _certain(copied: float) -> Answers:
    return answers(np.random.default_rng(17), 8, 400, 0.2, copied)


def test_three_answers() -> None:
    assert agreement(_certain(0.6)).answer == YES
    assert agreement(_certain(0.0), smallest=0.3).answer == NO_EVIDENCE
    assert agreement(_certain(0.0), smallest=0.01).answer == NOT_ENOUGH


def test_fewer_than_three_unrelated_models_are_not_enough() -> None:
    for unrelated in (1, 2):
        found = agreement(_certain(1.0)[: 2 + unrelated], smallest=1.0)
        assert found.answer == NOT_ENOUGH
        assert isnan(found.p) == (unrelated == 1)


def test_few_informative_prompts_are_not_enough() -> None:
    made = _certain(1.0)
    told = [p for p in range(400) if 0 < (made[1:, p] == made[0, p]).sum() < 9]
    assert agreement(made[:, told[:49]], smallest=1.0).answer == NOT_ENOUGH
    assert agreement(made[:, told[:50]], smallest=1.0).answer == YES


@pytest.mark.parametrize("code", [0, 1])
def test_prompts_that_tell_no_model_from_another_are_not_enough(code: int) -> None:
    """All answer as the teacher, or none does."""
    made = np.full((6, 500), code)
    made[0] = 0
    found = agreement(made)
    assert (found.answer, found.informative, found.queries) == (NOT_ENOUGH, 0, 500)
    assert isnan(found.rank_p)
    assert isnan(found.interval[0])


def test_unrelated_scores_without_spread_do_not_make_chance_certain() -> None:
    """Every model agrees on another half of the prompts, so that their scores are the same; noise remains."""
    made = np.ones((9, 400), np.int64)
    made[0] = 0
    for model in range(1, 9):
        made[model, np.arange(50 * model, 50 * model + 200) % 400] = 0
    made[1, 250:253] = 0  # three prompts more than the others
    found = agreement(made)
    assert found.spread.variance < 1e-5
    assert found.spread.noise > 1e-4
    assert 0.3 < found.p < 0.5


def test_an_unrelated_model_that_agrees_as_much_forbids_a_yes() -> None:
    rng = np.random.default_rng(18)
    made = answers(rng, 40, 600)
    for place in (1, 2):
        made[place] = np.where(rng.random(600) < 0.5, made[0], made[place])
    made[2, :300] = made[0, :300]
    found = agreement(made)
    assert found.p <= 0.01
    assert max(found.unrelated_scores) > found.score
    assert found.answer != YES


@pytest.mark.parametrize(
    ("shape", "named"),
    [((2, 5), {}), ((5,), {}), ((5, 5), {"level": 0.0}), ((5, 5), {"level": nan}), ((5, 5), {"smallest": 0.0})],
)
def test_unfit_arguments_are_refused(shape: tuple[int, ...], named: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"answers|level|smallest"):
        agreement(np.zeros(shape, np.int64), **named)  # type: ignore[arg-type]


# What more data would change.


def test_needed_models_and_prompts_are_enough_and_not_too_many() -> None:
    spread = Spread(0.0010, 0.0008, 0.3)
    models = needed_unrelated(spread, 0.01, 0.12)
    assert models is not None
    assert detectable(spread, models, 0.01) <= 0.12 < detectable(spread, models - 1, 0.01)
    prompts = needed_prompts(spread, 500, 8, 0.01, 0.1)
    assert prompts is not None
    for number, enough in ((prompts, True), (int(prompts * 0.95), False)):
        noise = spread.noise * 500 / number
        assert (detectable(Spread(spread.between + noise, noise, 0.3), 8, 0.01) <= 0.1) is enough


def test_what_no_number_changes_is_said() -> None:
    wide = Spread(0.1, 0.001, 0.5)
    assert needed_unrelated(wide, 0.01, 0.1) is None
    assert needed_prompts(wide, 500, 8, 0.01, 0.1) is None
    assert needed_prompts(Spread(0.001, 0.001, 0.95), 500, 8, 0.01, 0.1) is None
    assert detectable(wide, 3, 0.01) == inf
    assert isnan(detectable(wide, 1, 0.01))
