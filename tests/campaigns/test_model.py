"""Rows by number, against a pass over all."""

from __future__ import annotations

import numpy as np
import pytest

from stillwatch.campaigns.model import Groups, Index


@pytest.mark.parametrize("seed", range(8))
def test_an_index_finds_what_a_pass_finds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    numbers = rng.integers(-1, 12, 60)
    wanted = np.flatnonzero(rng.random(12) < 0.4)
    found = Index.of(numbers, 12).rows(wanted)
    assert np.array_equal(found, np.flatnonzero(np.isin(numbers, wanted)))


def test_an_index_of_nothing() -> None:
    nothing = np.zeros(0, np.int64)
    assert Index.of(nothing, 0).rows(nothing).size == 0
    assert Index.of(np.array([-1, -1]), 1).rows(np.array([0])).size == 0


@pytest.mark.parametrize("seed", range(4))
def test_members_are_those_of_the_group(seed: int) -> None:
    of = np.random.default_rng(seed).integers(-1, 5, 40)
    groups = Groups(of, ("traffic",) * 6)
    for group in range(7):
        assert np.array_equal(groups.members(group), np.flatnonzero(of == group)), "a group may be empty, or not there"
