"""From the students of a curve to a function: exchanges harvested, to competence expected, with its interval.

Competence is fitted as `floor + (top - floor) / (1 + (half / N)^slope)`, a logistic curve in log N: harvests that are
too small teach nothing, large ones no more than their kind can. The interval comes from fitting again to students
drawn with replacement within each size, each with the binomial noise of its examination.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

Floats = NDArray[np.float64]
RESAMPLES = 200
SEED = 11


@dataclass(frozen=True)
class Sample:
    """Students of a curve: exchanges each learned from, and its competence, measured on `tasks` tasks."""

    sizes: Floats
    competence: Floats
    tasks: int


@dataclass(frozen=True)
class Fit:
    """The fitted function. `draws` (resamples, 4) holds floor, top, log10 half and slope of each resample."""

    floor: float
    top: float
    half: float
    slope: float
    smallest: float
    largest: float
    draws: Floats

    def expected(self, exchanges: float) -> tuple[float, float, float]:
        """Competence after so many exchanges, 0 to 1, with its 95 % interval. Beyond the largest harvest measured,
        that of the largest: the function is not carried on."""
        size = float(np.clip(exchanges, 1.0, self.largest))
        drawn = [_curve(np.array([size]), draw)[0] for draw in self.draws]
        low, high = np.quantile(drawn, [0.025, 0.975])
        middle = _curve(np.array([size]), np.array([self.floor, self.top, np.log10(self.half), self.slope]))[0]
        return float(middle), float(low), float(high)


def fit(sample: Sample) -> Fit:
    """The function that fits the students best, in least squares."""
    best = _fitted(sample.sizes, sample.competence)
    rng = np.random.default_rng(SEED)
    draws = np.array([_fitted(*_resampled(sample, rng)) for _ in range(RESAMPLES)])
    return Fit(
        floor=float(best[0]),
        top=float(best[1]),
        half=float(10 ** best[2]),
        slope=float(best[3]),
        smallest=float(sample.sizes.min()),
        largest=float(sample.sizes.max()),
        draws=draws,
    )


def _curve(sizes: Floats, shape: Floats) -> Floats:
    floor, top, half, slope = shape
    found: Floats = floor + (top - floor) / (1 + 10 ** (slope * (half - np.log10(sizes))))
    return found


def _fitted(sizes: Floats, competence: Floats) -> Floats:
    """Floor, top, log10 half and slope."""
    low, high = np.log10(sizes.min()), np.log10(sizes.max())
    start = np.array([max(competence.min(), 1e-3), max(competence.max(), 2e-3), (low + high) / 2, 2.0])
    bounds = ([0.0, 0.0, low, 0.3], [1.0, 1.0, high + 1.0, 8.0])

    def misses(shape: Floats) -> Floats:
        return _curve(sizes, shape) - competence

    found = least_squares(misses, start, bounds=bounds)
    return np.asarray(found.x, dtype=np.float64)


def _resampled(sample: Sample, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Students drawn again within each size, and their marks with the noise of an examination."""
    chosen = np.concatenate([rng.choice(rows, len(rows)) for rows in _rows_by_size(sample.sizes)])
    marks = rng.binomial(sample.tasks, sample.competence[chosen]) / sample.tasks
    return sample.sizes[chosen], marks


def _rows_by_size(sizes: Floats) -> Sequence[NDArray[np.int64]]:
    return [np.flatnonzero(sizes == size) for size in np.unique(sizes)]
