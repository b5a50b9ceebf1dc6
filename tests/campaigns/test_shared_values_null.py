"""Shared values on groups of strangers: hubs, pairs and clusters of holders must not pass for one hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from stillwatch.campaigns.coordination.shared_values import Held, shared_value_findings
from stillwatch.campaigns.model import Finding, Groups, Population

PAYMENT = 1
ACCOUNTS, COUNT = 24_000, 1000


def _held(value: np.ndarray, groups: Groups) -> Held:
    _, inverse, counts = np.unique(value, return_inverse=True, return_counts=True)
    member = np.flatnonzero((groups.of >= 0) & (counts[inverse] >= 2)).astype(np.int64)
    return Held(np.full(member.size, PAYMENT), member, value[member], counts[inverse][member].astype(np.int64))


@pytest.mark.parametrize("size", [8, 20])
@pytest.mark.parametrize("kind", ["families", "offices", "mixed"])
def test_under_the_null_nothing_is_found_too_often(
    people: Callable[..., Population],
    random_groups: Callable[[np.random.Generator, int, int, int], Groups],
    no_surplus: Callable[[Sequence[Finding]], None],
    kind: str,
    size: int,
) -> None:
    rng = np.random.default_rng(size)
    value = {
        "families": rng.integers(0, ACCOUNTS // 3, ACCOUNTS),
        "offices": rng.integers(0, 60, ACCOUNTS),
        "mixed": rng.zipf(1.5, ACCOUNTS) % 4000,
    }[kind].astype(np.int64)
    groups = random_groups(rng, ACCOUNTS, COUNT, size)
    no_surplus(shared_value_findings(_held(value, groups), groups, people(ACCOUNTS), PAYMENT))


def test_a_pool_on_few_instruments_stands_out(people: Callable[..., Population]) -> None:
    rng = np.random.default_rng(3)
    value = np.r_[np.arange(20) // 5, 100 + rng.integers(0, 2000, ACCOUNTS - 20)].astype(np.int64)
    groups = Groups(np.where(np.arange(ACCOUNTS) < 20, 0, -1).astype(np.int64), ("traffic",))
    (found,) = shared_value_findings(_held(value, groups), groups, people(ACCOUNTS), PAYMENT)
    assert found.p < 1e-12
    assert found.detector == "payment"
