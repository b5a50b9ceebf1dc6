from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from stillwatch.campaigns.coordination.signup_cohort import HOUR, neighbours, signup_cohort_findings
from stillwatch.campaigns.model import Finding, Groups, Population

People = Callable[..., Population]
RandomGroups = Callable[[np.random.Generator, int, int, int], Groups]
DAY = 24 * HOUR


def _grouped(
    people: People, created: np.ndarray, size: int, unit: np.ndarray | None = None
) -> tuple[Groups, Population]:
    """The first `size` accounts are one group."""
    of = np.where(np.arange(created.size) < size, 0, -1).astype(np.int64)
    return Groups(of, ("traffic",)), people(created.size, created=created, **({} if unit is None else {"unit": unit}))


def test_a_batch_stands_out(people: People) -> None:
    rng = np.random.default_rng(1)
    batch, crowd = 90 * DAY + rng.integers(0, 3 * HOUR, 20), rng.integers(0, 365 * DAY, 3000)
    (found,) = signup_cohort_findings(*_grouped(people, np.r_[batch, crowd], 20))
    assert found.observed == 20
    assert found.p < 1e-6
    assert "20 of 20" in found.statement


def test_sign_ups_all_over_the_year_do_not(people: People) -> None:
    rng = np.random.default_rng(2)
    (found,) = signup_cohort_findings(*_grouped(people, rng.integers(0, 365 * DAY, 3000), 20))
    assert found.p == 1.0


def test_a_launch_day_brings_everyone_together(people: People) -> None:
    """Half of all customers signed up on one day, and so did the group."""
    rng = np.random.default_rng(3)
    crowd = np.r_[rng.integers(50 * DAY, 51 * DAY, 1500), rng.integers(0, 365 * DAY, 1500)]
    (found,) = signup_cohort_findings(*_grouped(people, np.r_[rng.integers(50 * DAY, 51 * DAY, 20), crowd], 20))
    assert found.observed > 10
    assert found.p > 0.01


def test_colleagues_do_not_count_one_another(people: People) -> None:
    rng = np.random.default_rng(4)
    created = np.r_[90 * DAY + rng.integers(0, HOUR, 20), rng.integers(0, 365 * DAY, 3000)]
    unit = np.r_[np.full(20, 9999), np.arange(3000)]
    (found,) = signup_cohort_findings(*_grouped(people, created, 20, unit))
    assert (found.observed, found.p) == (0.0, 1.0)


def test_accounts_without_a_record_are_left_out(people: People) -> None:
    created = np.r_[np.full(20, -1), np.arange(3000) * DAY]
    (found,) = signup_cohort_findings(*_grouped(people, created, 20))
    assert (found.observed, found.p) == (0.0, 1.0)


@pytest.mark.parametrize("seed", range(12))
def test_neighbours_are_those_of_brute_force(people: People, seed: int) -> None:
    rng = np.random.default_rng(seed)
    created = rng.integers(0, 3 * DAY, 60)
    created[rng.random(60) < 0.1] = -1
    unit, of = rng.integers(0, 40, 60), rng.integers(-1, 3, 60)
    observed, _ = neighbours(Groups(of, ("traffic",) * 3), people(60, created=created, unit=unit))
    for group in range(3):
        mine = [a for a in np.flatnonzero(of == group) if created[a] >= 0]
        near = {a for a in mine for b in mine if unit[a] != unit[b] and abs(created[a] - created[b]) <= HOUR}
        assert observed[group] == len(near), seed


@pytest.mark.parametrize("seed", range(3))
def test_expectation_is_what_random_groups_show(people: People, random_groups: RandomGroups, seed: int) -> None:
    rng = np.random.default_rng(seed)
    created = (rng.beta(2, 5, 20_000) * 40 * DAY).astype(np.int64)
    observed, expected = neighbours(random_groups(rng, 20_000, 800, 15), people(20_000, created=created))
    assert observed.mean() == pytest.approx(expected.mean(), rel=0.08)


@pytest.mark.parametrize("days", [10, 30, 90])
@pytest.mark.parametrize("size", [5, 8, 25])
def test_under_the_null_nothing_is_found_too_often(
    people: People, random_groups: RandomGroups, no_surplus: Callable[[Sequence[Finding]], None], days: int, size: int
) -> None:
    """Groups of strangers who signed up at any time of some weeks; sign-ups come in pairs, never one alone."""
    rng = np.random.default_rng(days * size)
    accounts = 30_000
    created = rng.integers(0, days * DAY, accounts)
    no_surplus(
        signup_cohort_findings(
            random_groups(rng, accounts, accounts // size // 2, size), people(accounts, created=created)
        )
    )
