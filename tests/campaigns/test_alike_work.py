"""Two sets of accounts are told apart by their work only where the work differs."""

from __future__ import annotations

import numpy as np
import pytest

from stillwatch.campaigns.alike_work import AccountWork, out_of_sample, told_apart, towards
from stillwatch.campaigns.hands import CHANCE, TOLD
from stillwatch.campaigns.model import Floats


def _accounts(rng: np.random.Generator, count: int, topic: int, width: int = 40) -> Floats:
    usual = np.random.default_rng(topic).normal(0.0, 1.0, width)
    return np.asarray(usual + rng.normal(0.0, 1.0, (count, width)), np.float64)


@pytest.mark.parametrize("size", [5, 12, 60])
def test_different_work_is_told_apart(size: int) -> None:
    rng = np.random.default_rng(size)
    figures = np.concatenate([_accounts(rng, size, 1), _accounts(rng, 30, 2)])
    chance, p = told_apart(figures, np.arange(size + 30) < size)
    assert chance > 0.95
    assert p < 0.001


def test_one_work_is_told_apart_no_better_than_by_chance() -> None:
    """In sample forty figures tell any twelve accounts from twelve others; out of sample they do not."""
    sizes = [(4, 4), (5, 9), (8, 12), (15, 15)] * 50
    drawn = [(_accounts(np.random.default_rng(100 + k), a + b, 1), a, b) for k, (a, b) in enumerate(sizes)]
    answers = [told_apart(figures, np.arange(a + b) < a) for figures, a, b in drawn]
    assert np.mean([chance for chance, _ in answers]) < 0.55
    assert sum(chance >= TOLD and p <= CHANCE for chance, p in answers) <= 2


def test_scores_say_whose_work_an_account_does() -> None:
    rng = np.random.default_rng(33)
    works = [_accounts(rng, 20, topic) for topic in (1, 2, 3)]
    label = np.repeat([0, 1, 2], 20)
    known = np.where(np.arange(60) % 4 == 0, -1, label)
    scores = towards(np.concatenate(works), known, np.concatenate(works))
    assert (scores.argmax(axis=1) == label).all()


def test_nobody_is_scored_by_what_it_taught() -> None:
    rng = np.random.default_rng(4)
    figures, label = _accounts(rng, 30, 1), np.arange(30) % 2
    before = out_of_sample(figures, label)
    moved = figures.copy()
    moved[7] += 100.0
    alone = np.setdiff1d(np.arange(30), [7, 27])  # accounts 7 and 27 are one of the twenty parts
    assert out_of_sample(figures, label)[7] == pytest.approx(before[7])
    assert not np.allclose(out_of_sample(moved, label)[alone], before[alone]), "it teaches the others"


def test_scaled_figures_have_no_unit_and_constant_ones_say_nothing() -> None:
    figures = np.column_stack([np.arange(10.0), 1000.0 * np.arange(10.0), np.full(10, 7.0)])
    work = AccountWork(np.arange(0, 20, 2), figures)
    assert work.rows(np.array([2, 3, 4])).tolist() == [1, 2]
    scaled = work.scaled(np.arange(10))
    assert np.allclose(scaled[:, 0], scaled[:, 1])
    assert np.allclose(scaled.std(axis=0), [1.0, 1.0, 0.0])
