"""What the agreement test can see: the excess it detects at 80 % power, and what more data would change.

Everything here is on the arcsine scale of `agreement.py` until it is turned back into a share. With k unrelated models
the predictive t statistic of a suspect whose true mean lies `shift` above theirs follows a noncentral t distribution
with k - 1 degrees of freedom and noncentrality shift / (deviation * sqrt(1 + 1/k)).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import asin, ceil, inf, isfinite, pi, sin, sqrt

from scipy.special import nctdtrinc, stdtrit

POWER = 0.8
"""Share of the models with the detectable excess that are found; the usual convention (Cohen 1988)."""
LEAST_UNRELATED = 3
"""Unrelated models from which a spread between models can be told: with two it has one degree of freedom, and the
critical value at level 0.01 is 32 deviations."""
MOST_UNRELATED = 200
"""Unrelated models up to which "how many are needed" is looked for: nobody has more comparable ones. Judgement."""


@dataclass(frozen=True)
class Spread:
    """How much unrelated models differ, on the arcsine scale (radians squared).

    `variance` is that of their scores, NaN with fewer than two; `noise` is the part that the choice of prompts alone
    is expected to cause, and the floor of what is used. `centre` is their mean score, a share from 0 to 1.
    """

    variance: float
    noise: float
    centre: float

    @property
    def deviation(self) -> float:
        """Standard deviation that the test uses; NaN with fewer than two unrelated models."""
        return sqrt(max(self.variance, self.noise))

    @property
    def between(self) -> float:
        """Variance between models that more prompts would not take away; at least 0."""
        return max(0.0, self.variance - self.noise)


def angle(share: float) -> float:
    """arcsin(sqrt(share)), in radians from 0 to pi/2; shares beyond 0 and 1 count as 0 and 1."""
    return asin(sqrt(min(max(share, 0.0), 1.0)))


def detectable(spread: Spread, unrelated: int, level: float) -> float:
    """The smallest excess over the unrelated models' mean, as a share, that the test finds with probability POWER.

    Infinite where even full agreement with the teacher would be missed; NaN with fewer than two unrelated models.
    """
    shift = noncentrality(unrelated, level) * spread.deviation * _prediction(unrelated)
    reached = angle(spread.centre) + shift
    if reached > pi / 2:
        return inf
    return sin(reached) ** 2 - spread.centre


@cache
def noncentrality(unrelated: int, level: float) -> float:
    """Noncentrality at which the one-sided t-test with `unrelated` - 1 degrees of freedom has power POWER."""
    if unrelated < 2:
        return float("nan")
    return float(nctdtrinc(unrelated - 1, 1.0 - POWER, stdtrit(unrelated - 1, 1.0 - level)))


def needed_unrelated(spread: Spread, level: float, smallest: float) -> int | None:
    """Unrelated models with which an excess of `smallest` would be detectable, if they spread as these do.

    None if more than MOST_UNRELATED would be needed."""
    sizes = range(LEAST_UNRELATED, MOST_UNRELATED + 1)
    return next((k for k in sizes if detectable(spread, k, level) <= smallest), None)


def needed_prompts(spread: Spread, prompts: int, unrelated: int, level: float, smallest: float) -> int | None:
    """Prompts of this kind with which an excess of `smallest` would be detectable with the same unrelated models.

    None if no number would do, because the models themselves differ too much."""
    if spread.centre + smallest > 1.0:
        return None
    shift = angle(spread.centre + smallest) - angle(spread.centre)
    allowed = (shift / (noncentrality(unrelated, level) * _prediction(unrelated))) ** 2 - spread.between
    if not isfinite(allowed) or allowed <= 0.0:
        return None
    return max(prompts, ceil(prompts * spread.noise / allowed))


def _prediction(unrelated: int) -> float:
    """The suspect is one draw, and the mean it is held against is uncertain too."""
    return sqrt(1.0 + 1.0 / unrelated)
