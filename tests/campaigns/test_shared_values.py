"""Partners: counting and expectation against brute force and simulation."""

from __future__ import annotations

import numpy as np
import pytest

from stillwatch.campaigns.coordination.shared_values import Held, OnValues, partners
from stillwatch.campaigns.model import Floats, Groups, Population, codes, poisson_tail


def _people(unit: np.ndarray) -> Population:
    zeros = np.zeros(unit.size, np.int64)
    return Population(unit, zeros, zeros + 20, zeros + 5, zeros, zeros)


def _held(member: np.ndarray, value: np.ndarray) -> Held:
    _, inverse, counts = np.unique(value, return_inverse=True, return_counts=True)
    return Held(np.zeros_like(member), member, value, counts[inverse])


def _partners(held: Held, groups: Groups, people: Population) -> tuple[Floats, Floats]:
    return partners(held, OnValues.of(held, groups, people), groups, people)


@pytest.mark.parametrize("seed", range(5))
def test_codes_number_rows_in_their_order(seed: int) -> None:
    rng = np.random.default_rng(seed)
    columns = [rng.integers(-5, 5, 200) * scale for scale in (1, 2**50, 3)]
    _, expected = np.unique(np.stack(columns), axis=1, return_inverse=True)
    assert np.array_equal(codes(*columns), expected.reshape(-1))
    assert codes(np.zeros(0, np.int64)).size == 0


@pytest.mark.parametrize("seed", range(20))
def test_observed_partners_match_brute_force(seed: int) -> None:
    rng = np.random.default_rng(seed)
    accounts = 60
    label = rng.integers(-1, 4, accounts)
    label[:4] = range(4)
    unit = rng.integers(0, 40, accounts)
    pairs = np.unique(np.stack([rng.integers(0, accounts, 150), rng.integers(0, 30, 150)], axis=1), axis=0)
    held = _held(pairs[:, 0], pairs[:, 1])
    inside = label[held.member] >= 0
    chosen = Held(*(getattr(held, name)[inside] for name in ("detector", "member", "value", "holders")))
    observed, _ = _partners(chosen, Groups(label, ("traffic",) * 4), _people(unit))
    for group in range(4):
        members = [a for a in range(accounts) if label[a] == group]
        values = {a: {v for m, v in pairs if m == a} for a in members}
        expected = sum(any(unit[a] != unit[b] and values[a] & values[b] for b in members if b != a) for a in members)
        assert observed[group] == expected


def test_expectation_matches_random_groups() -> None:
    rng = np.random.default_rng(5)
    accounts, n, rounds = 800, 60, 300
    member = np.repeat(np.arange(accounts), 2)
    value = rng.zipf(1.6, member.size) % 400
    pairs = np.unique(np.stack([member, value], axis=1), axis=0)
    held, people = _held(pairs[:, 0], pairs[:, 1]), _people(np.arange(accounts))
    totals, forecasts = [], []
    for _ in range(rounds):
        label = np.full(accounts, -1)
        label[rng.choice(accounts, n, replace=False)] = 0
        inside = label[held.member] >= 0
        chosen = Held(*(getattr(held, name)[inside] for name in ("detector", "member", "value", "holders")))
        observed, expected = _partners(chosen, Groups(label, ("traffic",)), people)
        totals.append(observed[0])
        forecasts.append(expected[0])
    assert np.mean(totals) == pytest.approx(np.mean(forecasts), rel=0.05)


def test_tail_bounds_a_sum_of_indicators() -> None:
    rng = np.random.default_rng(2)
    chances = rng.uniform(0, 0.2, 50)
    draws = (rng.uniform(size=(20_000, 50)) < chances).sum(axis=1)
    for observed in range(1, 20):
        exact = float((draws >= observed).mean())
        bound = float(poisson_tail(np.array([observed]), np.array([chances.sum()]))[0])
        assert bound >= exact - 0.01


def test_declared_colleagues_share_nothing() -> None:
    member, value = np.arange(10), np.zeros(10, np.int64)
    observed, _ = _partners(
        _held(member, value), Groups(np.zeros(10, np.int64), ("traffic",)), _people(np.zeros(10, np.int64))
    )
    assert observed[0] == 0
