from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from scipy.stats import binom

from stillwatch.campaigns.coordination.balance import HALF, LEAST_COMMUNITIES, LEAST_EXCHANGES, balance_findings
from stillwatch.campaigns.model import Finding, Groups, Population, one_side

People = Callable[..., Population]
OUTSIDE, SPREAD = 4000, 0.9


def _volumes(people: People, inside: np.ndarray, count: int, rng: np.random.Generator) -> tuple[Groups, Population]:
    """Groups of equal size with the given volumes, among customers who differ widely."""
    crowd = rng.lognormal(6, SPREAD, OUTSIDE)
    of = np.r_[np.full(OUTSIDE, -1), np.repeat(np.arange(count), inside.size // count)].astype(np.int64)
    exchanges = np.r_[crowd, inside].round()
    return Groups(of, one_side(count)), people(of.size, exchanges=exchanges, active_days=np.ones(of.size))


def _found(groups: Groups, crowd: Population) -> list[Finding]:
    """Without communities of alike accounts to compare with."""
    return balance_findings(groups, crowd, Groups(np.full(crowd.size, -1, np.int64), ()))


def test_even_loads_stand_out(people: People) -> None:
    rng = np.random.default_rng(1)
    (found,) = _found(*_volumes(people, rng.lognormal(6, 0.15, 25), 1, rng))
    assert found.p < 1e-8
    assert found.observed < 0.25 < 0.8 < found.expected < 1.0
    assert "25 accounts" in found.statement


def test_loads_as_different_as_anyones_do_not(people: People) -> None:
    rng = np.random.default_rng(2)
    found = _found(*_volumes(people, rng.lognormal(6, SPREAD, 25 * 40), 40, rng))
    assert min(f.p for f in found) > 0.05


def test_what_counts_is_the_volume_of_an_active_day(people: People) -> None:
    days = np.arange(1, 26)
    groups, crowd = _volumes(people, days * 30.0, 1, np.random.default_rng(3))
    active = np.where(groups.of < 0, 1, 0)
    active[groups.of >= 0] = days
    even = people(crowd.size, exchanges=crowd.exchanges, active_days=active)
    assert _found(groups, even)[0].p < 1e-20
    assert _found(groups, crowd)[0].p > 1e-4


@pytest.mark.parametrize("size", [7, 3])
def test_few_accounts_say_nothing(people: People, size: int) -> None:
    (found,) = _found(*_volumes(people, np.full(size, 100.0), 1, np.random.default_rng(4)))
    assert found.p == 1.0


def test_accounts_without_volume_are_left_out(people: People) -> None:
    quiet = np.full(20, LEAST_EXCHANGES - 1.0)
    (found,) = _found(*_volumes(people, quiet, 1, np.random.default_rng(5)))
    assert found.p == 1.0


def test_exactly_even_loads_are_no_fault(people: People) -> None:
    (found,) = _found(*_volumes(people, np.full(20, 100.0), 1, np.random.default_rng(6)))
    assert 0 < found.p < 1e-20


@pytest.mark.parametrize("size", [8, 30])
def test_under_the_null_nothing_is_found_too_often(
    people: People, no_surplus: Callable[[Sequence[Finding]], None], size: int
) -> None:
    """The edge of the null: groups of like customers with half the spread of all."""
    rng = np.random.default_rng(7)
    count = 1500
    found = _found(*_volumes(people, rng.lognormal(6, HALF * SPREAD * 1.05, count * size), count, rng))
    no_surplus(found)
    assert sum(f.p <= 0.05 for f in found) >= binom.ppf(0.001, count, 0.002)


def _beside(
    people: People, inside: np.ndarray, spread: float, communities: int, rng: np.random.Generator
) -> tuple[Groups, Population, Groups]:
    """A group, among customers who differ widely and communities of 30 whose loads are this even."""
    theirs = rng.lognormal(6, spread, communities * 30)
    groups, crowd = _volumes(people, np.r_[theirs, inside], 1, rng)
    of, alike = np.full((2, crowd.size), -1, np.int64)
    of[-inside.size :] = 0
    alike[OUTSIDE : OUTSIDE + theirs.size] = np.repeat(np.arange(communities), 30)
    everyone = people(crowd.size, exchanges=crowd.exchanges, active_days=crowd.active_days)
    return Groups(of, groups.formed_by), everyone, Groups(alike, one_side(communities))


def test_loads_as_even_as_those_of_communities_do_not_stand_out(people: People) -> None:
    """Users of one tool: among 4,000 customers they are even, among such communities nothing."""
    rng = np.random.default_rng(8)
    groups, crowd, communities = _beside(people, rng.lognormal(6, 0.2, 25), 0.2, 40, rng)
    assert balance_findings(groups, crowd, communities)[0].p > 0.05
    assert _found(groups, crowd)[0].p < 1e-3


def test_loads_more_even_than_those_of_communities_still_stand_out(people: People) -> None:
    rng = np.random.default_rng(9)
    groups, crowd, communities = _beside(people, rng.lognormal(6, 0.06, 25), 0.25, 40, rng)
    assert balance_findings(groups, crowd, communities)[0].p < 1e-6


@pytest.mark.parametrize(("communities", "followed"), [(LEAST_COMMUNITIES - 1, False), (LEAST_COMMUNITIES, True)])
def test_a_few_communities_are_no_null(people: People, communities: int, followed: bool) -> None:
    rng = np.random.default_rng(10)
    given = _beside(people, rng.lognormal(6, 0.2, 25), 0.2, communities, rng)
    (beside,), (alone,) = balance_findings(*given), _found(*given[:2])
    assert (beside.p > alone.p) is followed
    assert followed or beside == alone


def test_communities_of_uneven_loads_do_not_raise_the_null(people: People) -> None:
    rng = np.random.default_rng(11)
    given = _beside(people, rng.lognormal(6, 0.3, 25), 2.0, 40, rng)
    assert balance_findings(*given) == _found(*given[:2])


@pytest.mark.parametrize("spread", [0.1, 0.3])
def test_random_groups_of_even_customers_are_found_no_more_often_than_chance(
    people: People, no_surplus: Callable[[Sequence[Finding]], None], spread: float
) -> None:
    """Where communities are even, groups as even as they are keep the level."""
    rng = np.random.default_rng(12)
    count, size = 1000, 20
    loads = np.r_[rng.lognormal(6, SPREAD, OUTSIDE), rng.lognormal(6, spread, (count + 60) * size)].round()
    number = np.r_[np.full(OUTSIDE, -1), np.repeat(np.arange(count + 60), size)]
    crowd = people(loads.size, exchanges=loads, active_days=np.ones(loads.size))
    groups = Groups(np.where(number < count, number, -1), one_side(count))
    communities = Groups(np.where(number >= count, number - count, -1), one_side(60))
    no_surplus(balance_findings(groups, crowd, communities))


def test_where_everybody_has_the_same_load_even_loads_say_nothing(people: People) -> None:
    groups = Groups(np.where(np.arange(100) < 20, 0, -1), one_side(1))
    assert _found(groups, people(100))[0].p == 1.0
    communities = Groups(np.arange(400) // 10, one_side(40))
    uneven = np.where(np.arange(800) < 400, 20, np.arange(800))
    few = Groups(np.where(np.arange(800) < 20, 0, -1), one_side(1))
    crowd = people(800, exchanges=uneven)
    spread = Groups(np.r_[communities.of, np.full(400, -1)], communities.formed_by)
    assert balance_findings(few, crowd, spread)[0].p == 1.0


def test_who_reaches_a_limit_that_others_reach_is_not_balanced(people: People) -> None:
    """One run of a program that ends after 400 steps: everybody's volume is the same, in the group and outside."""
    rng = np.random.default_rng(6)
    groups, crowd = _volumes(people, np.r_[np.full(12, 400.0), rng.lognormal(6, SPREAD, 12)], 1, rng)
    limited = crowd.exchanges.copy()
    limited[:60] = 400
    (found,) = _found(groups, people(crowd.size, exchanges=limited, active_days=np.ones(crowd.size)))
    assert found.p > 0.05
    assert "12 accounts" in found.statement


def test_an_even_load_that_nobody_else_has_is_no_limit(people: People) -> None:
    (found,) = _found(*_volumes(people, np.full(25, 400.0), 1, np.random.default_rng(7)))
    assert found.p < 1e-20
