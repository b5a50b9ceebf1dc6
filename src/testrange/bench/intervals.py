"""Intervals: bootstrap over seeds, and Clopper-Pearson for shares of worlds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

RESAMPLES = 2000
COVERAGE = 0.95


class Estimate(NamedTuple):
    """A figure and its interval at 95 %."""

    value: float
    low: float
    high: float


def mean(values: Sequence[float]) -> Estimate:
    """Mean over seeds with a percentile bootstrap interval; the same values always give the same interval."""
    found = np.asarray(values, float)
    if found.size == 0:
        return Estimate(float("nan"), float("nan"), float("nan"))
    rng = np.random.default_rng(5)
    drawn = found[rng.integers(0, found.size, (RESAMPLES, found.size))].mean(axis=1)
    low, high = np.quantile(drawn, [(1 - COVERAGE) / 2, (1 + COVERAGE) / 2])
    return Estimate(float(found.mean()), float(low), float(high))


def share(count: int, total: int) -> Estimate:
    """Share of independent trials with its exact interval (Clopper and Pearson 1934)."""
    rest = (1 - COVERAGE) / 2
    low = stats.beta.ppf(rest, count, total - count + 1) if count else 0.0
    high = stats.beta.ppf(1 - rest, count + 1, total - count) if count < total else 1.0
    return Estimate(count / total if total else float("nan"), float(low), float(high))
