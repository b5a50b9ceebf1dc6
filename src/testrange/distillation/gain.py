"""From the students of a curve to a function: exchanges harvested, to competence expected, with its interval.

The function is the rising one that is nearest to the students' means (isotonic regression, Barlow et al. 1972), with
straight lines between the sizes measured on the logarithm of exchanges. More exchanges never teach less, and nothing
else is supposed about the form: a logistic curve was tried first and missed the means by up to six points, which its
interval did not tell. The interval comes from fitting again to students drawn with replacement within each size, each
with the binomial noise of its examination.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

Floats = NDArray[np.float64]
RESAMPLES = 400
SEED = 11


@dataclass(frozen=True)
class Sample:
    """Students of a curve: exchanges each learned from, and its competence, measured on `tasks` tasks."""

    sizes: Floats
    competence: Floats
    tasks: int


@dataclass(frozen=True)
class Fit:
    """The fitted function: competence at each of `sizes`, and that of each resample (resamples, sizes)."""

    sizes: Floats
    competence: Floats
    draws: Floats

    def expected(self, exchanges: float) -> tuple[float, float, float]:
        """Competence after so many exchanges, 0 to 1, with its 95 % interval. Beyond the harvests measured, that of the
        smallest or of the largest: the function is not carried on."""
        place, known = np.log10(max(exchanges, 1.0)), np.log10(self.sizes)
        drawn = [np.interp(place, known, draw) for draw in self.draws]
        low, high = np.quantile(drawn, [0.025, 0.975])
        return float(np.interp(place, known, self.competence)), float(low), float(high)

    def half(self) -> tuple[float, float, float]:
        """Exchanges after which half of the most that was gained is reached, with its 95 % interval."""
        drawn = [_half(self.sizes, draw) for draw in self.draws]
        low, high = np.quantile(drawn, [0.025, 0.975])
        return _half(self.sizes, self.competence), float(low), float(high)


def fit(sample: Sample) -> Fit:
    """The rising function that is nearest to the students, in least squares."""
    sizes, place = np.unique(sample.sizes, return_inverse=True)
    rng = np.random.default_rng(SEED)
    draws = np.array([_fitted(place, _resampled(sample, place, rng)) for _ in range(RESAMPLES)])
    return Fit(sizes, _fitted(place, sample.competence), draws)


def _fitted(place: NDArray[np.int64], competence: Floats) -> Floats:
    """Competence at each size, from that of students whose sizes have these places."""
    counts = np.bincount(place)
    means = np.bincount(place, competence) / counts
    return np.asarray(isotonic_regression(means, weights=counts).x, dtype=np.float64)


def _resampled(sample: Sample, place: NDArray[np.int64], rng: np.random.Generator) -> Floats:
    """Students drawn again within each size, and their marks with the noise of an examination."""
    chosen = np.arange(place.size)
    for size in np.unique(place):
        rows = np.flatnonzero(place == size)
        chosen[rows] = rng.choice(rows, rows.size)
    return rng.binomial(sample.tasks, np.clip(sample.competence[chosen], 0, 1)) / sample.tasks


def _half(sizes: Floats, competence: Floats) -> float:
    """Where a rising function first reaches half of its end."""
    wanted = competence[-1] / 2
    if competence[0] >= wanted:
        return float(sizes[0])
    above = int(np.argmax(competence >= wanted))
    before, after = competence[above - 1], competence[above]
    low, high = np.log10(sizes[above - 1]), np.log10(sizes[above])
    return float(10 ** (low + (high - low) * (wanted - before) / (after - before)))
