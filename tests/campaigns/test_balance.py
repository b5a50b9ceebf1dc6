from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from scipy.stats import binom

from stillwatch.campaigns.coordination.balance import HALF, LEAST_EXCHANGES, balance_findings
from stillwatch.campaigns.model import Finding, Groups, Population, one_side

People = Callable[..., Population]
OUTSIDE, SPREAD = 4000, 0.9


def _volumes(people: People, inside: np.ndarray, count: int, rng: np.random.Generator) -> tuple[Groups, Population]:
    """Groups of equal size with the given volumes, among customers who differ widely."""
    crowd = rng.lognormal(6, SPREAD, OUTSIDE)
    of = np.r_[np.full(OUTSIDE, -1), np.repeat(np.arange(count), inside.size // count)].astype(np.int64)
    exchanges = np.r_[crowd, inside].round()
    return Groups(of, one_side(count)), people(of.size, exchanges=exchanges, active_days=np.ones(of.size))


def test_even_loads_stand_out(people: People) -> None:
    rng = np.random.default_rng(1)
    (found,) = balance_findings(*_volumes(people, rng.lognormal(6, 0.15, 25), 1, rng))
    assert found.p < 1e-8
    assert found.observed < 0.25 < 0.8 < found.expected < 1.0
    assert "25 accounts" in found.statement


def test_loads_as_different_as_anyones_do_not(people: People) -> None:
    rng = np.random.default_rng(2)
    found = balance_findings(*_volumes(people, rng.lognormal(6, SPREAD, 25 * 40), 40, rng))
    assert min(f.p for f in found) > 0.05


def test_what_counts_is_the_volume_of_an_active_day(people: People) -> None:
    days = np.arange(1, 26)
    groups, crowd = _volumes(people, days * 30.0, 1, np.random.default_rng(3))
    active = np.where(groups.of < 0, 1, 0)
    active[groups.of >= 0] = days
    even = people(crowd.size, exchanges=crowd.exchanges, active_days=active)
    assert balance_findings(groups, even)[0].p < 1e-20
    assert balance_findings(groups, crowd)[0].p > 1e-4


@pytest.mark.parametrize("size", [7, 3])
def test_few_accounts_say_nothing(people: People, size: int) -> None:
    (found,) = balance_findings(*_volumes(people, np.full(size, 100.0), 1, np.random.default_rng(4)))
    assert found.p == 1.0


def test_accounts_without_volume_are_left_out(people: People) -> None:
    quiet = np.full(20, LEAST_EXCHANGES - 1.0)
    (found,) = balance_findings(*_volumes(people, quiet, 1, np.random.default_rng(5)))
    assert found.p == 1.0


def test_exactly_even_loads_are_no_fault(people: People) -> None:
    (found,) = balance_findings(*_volumes(people, np.full(20, 100.0), 1, np.random.default_rng(6)))
    assert 0 < found.p < 1e-20


@pytest.mark.parametrize("size", [8, 30])
def test_under_the_null_nothing_is_found_too_often(
    people: People, no_surplus: Callable[[Sequence[Finding]], None], size: int
) -> None:
    """The edge of the null: groups of like customers with half the spread of all."""
    rng = np.random.default_rng(7)
    count = 1500
    found = balance_findings(*_volumes(people, rng.lognormal(6, HALF * SPREAD * 1.05, count * size), count, rng))
    no_surplus(found)
    assert sum(f.p <= 0.05 for f in found) >= binom.ppf(0.001, count, 0.002)
