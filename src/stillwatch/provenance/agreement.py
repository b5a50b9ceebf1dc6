"""Agreement: does the suspect answer as the teacher does more than unrelated models do?

Asking many prompts and comparing what two models answer is Nikolić, Baluta and Saxena's test (Model provenance testing
for large language models, arXiv 2502.00706). They compare the suspect with unrelated models prompt by prompt, so that
the error per model is not controlled: of k + 1 models that have nothing to do with the teacher one agrees with it most,
and with enough prompts it is told from the rest however small its lead. With probability 1/(k + 1) that is the suspect.

Here models are the sample, not prompts. The null is that **the suspect is exchangeable with the declared unrelated
models**. All that is computed treats the suspect and the unrelated models alike until their scores are compared:

* A prompt weighs as much as the share of the k + 1 models whose answer differs from the teacher's: agreement where
  everybody agrees proves nothing. Prompts on which all of them agree or none does tell no model from another and are
  left out; the rest are *informative*.
* The score of a model is the weighted share of the informative prompts on which it answers as the teacher.
* Scores are compared on the scale arcsin(sqrt(score)), on which the noise of a share is the same whatever the share is
  (Freeman and Tukey 1950): the floor of the variance is then one number, and a score of 0 or 1 stays finite, as it
  would not on a logit scale.
* The p-value is that of a new draw from the normal population of the unrelated models' scores: Student's t with k - 1
  degrees of freedom of (suspect - mean) / (deviation * sqrt(1 + 1/k)). The exact p-value of the suspect's rank stands
  beside it. It needs no normality, and cannot be smaller than 1/(k + 1).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan, sqrt
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri, stdtr, stdtrit

from stillwatch.provenance.power import LEAST_UNRELATED, Spread, angle, detectable

Answer = Literal["yes at this level", "no evidence", "not enough data"]
YES: Answer = "yes at this level"
NO_EVIDENCE: Answer = "no evidence"
NOT_ENOUGH: Answer = "not enough data"

LEAST_INFORMATIVE = 50
"""Informative prompts from which a score is taken for a number that is about normal: a share of 50 prompts has a
standard error of up to 7 points. Judgement."""
RESAMPLES = 999
"""Resamples of the bootstrap: the standard error it gives is then itself known to about 2 %."""
CONFIDENCE = 0.95
"""Confidence of the interval of the effect; convention."""


@dataclass(frozen=True)
class Agreement:
    """The outcome of the agreement test on one suspect.

    `queries`: prompts that every model answered, one query to each. `informative`: those on which some, not all, of
    the suspect and the unrelated models answer as the teacher. `unrelated`: their number, k.

    `score` and `unrelated_scores` (in the order given) are weighted shares of informative prompts, 0 to 1, NaN if none
    is informative; more is more like the teacher. `effect` is `score` less the mean of the unrelated scores, -1 to 1;
    `interval` holds it with confidence CONFIDENCE.

    `p` is of the predictive t-test, one-sided, small if the suspect is too much like the teacher; `statistic` is its t.
    `rank_p` is exact: the share of the k + 1 models that score at least as much as the suspect. `detectable` is the
    smallest effect found with 80 % power at `level`, infinite if none is. All are NaN if they cannot be told.
    """

    queries: int
    informative: int
    unrelated: int
    score: float
    unrelated_scores: tuple[float, ...]
    effect: float
    interval: tuple[float, float]
    statistic: float
    p: float
    rank_p: float
    detectable: float
    spread: Spread
    level: float
    smallest: float
    answer: Answer


def agreement(
    answers: npt.NDArray[np.integer],
    level: float = 0.01,
    smallest: float = 0.1,
    seed: int = 7,
    resamples: int = RESAMPLES,
) -> Agreement:
    """Test whether the suspect agrees with the teacher more than unrelated models do.

    `answers` has one row a model (teacher, suspect, then k >= 1 unrelated models) and one column a prompt; equal codes
    in a column are equal answers, and codes of different columns are not compared. `level`, in (0, 1), is the
    probability of a yes for a suspect that is exchangeable with the unrelated models; `smallest`, in (0, 1], is the
    excess agreement that the user would not want to miss. Neither the order of prompts nor that of unrelated models
    changes anything but the order of `unrelated_scores`.

    The answer is yes if p is at most `level` and no more unrelated models score as much than the level allows; it is
    "not enough data" if there are fewer than LEAST_UNRELATED unrelated models or LEAST_INFORMATIVE informative
    prompts, or if p is above the level and the detectable effect above `smallest`. Raises ValueError for unfit
    arguments. Cost: one pass over `answers`, and a bootstrap that does not grow with it.
    """
    _check(answers, level, smallest)
    prompts = _informative(answers)
    scores = prompts.scores
    spread = _spread(prompts)
    statistic, p = _predictive(scores, spread)
    rank_p = float((scores >= scores[0]).mean()) if prompts.differ.size else nan
    seen = detectable(spread, scores.size - 1, level)
    effect = float(scores[0]) - spread.centre
    return Agreement(
        queries=answers.shape[1],
        informative=prompts.differ.size,
        unrelated=scores.size - 1,
        score=float(scores[0]),
        unrelated_scores=tuple(float(score) for score in scores[1:]),
        effect=effect,
        interval=_interval(effect, _prompt_error(prompts, seed, resamples), _model_error(prompts)),
        statistic=statistic,
        p=p,
        rank_p=rank_p,
        detectable=seen,
        spread=spread,
        level=level,
        smallest=smallest,
        answer=_answer(prompts, p <= level and rank_p <= _rank_limit(scores.size, level), seen <= smallest),
    )


def _check(answers: npt.NDArray[np.integer], level: float, smallest: float) -> None:
    if answers.ndim != 2 or answers.shape[0] < 3:
        raise ValueError("answers: one row for the teacher, one for the suspect, and at least one unrelated model")
    if not 0.0 < level < 1.0:
        raise ValueError("level: a number between 0 and 1")
    if not 0.0 < smallest <= 1.0:
        raise ValueError("smallest: a number above 0, at most 1")


def _answer(prompts: _Prompts, exceeds: bool, sees: bool) -> Answer:
    if prompts.agree.shape[0] - 1 < LEAST_UNRELATED or prompts.differ.size < LEAST_INFORMATIVE:
        return NOT_ENOUGH
    if exceeds:
        return YES
    return NO_EVIDENCE if sees else NOT_ENOUGH


def _rank_limit(models: int, level: float) -> float:
    """The largest rank p-value that goes with a yes: the level, or the smallest one possible.

    With 1/level models and more the answer then holds without normality; with fewer, the suspect has to come first.
    """
    return max(level, 1.0 / models)


@dataclass(frozen=True)
class _Prompts:
    """The informative prompts: `agree`, bool (models, prompts), the suspect first; `differ`, in how many models (all
    whole numbers, so that sums do not depend on their order)."""

    agree: npt.NDArray[np.bool_]
    differ: npt.NDArray[np.int64]

    @property
    def scores(self) -> npt.NDArray[np.float64]:
        """Weighted share of agreement of each model, the suspect first; NaN without an informative prompt."""
        if not self.differ.size:
            return np.full(self.agree.shape[0], nan)
        return np.asarray(self.agree.astype(np.int64) @ self.differ / self.differ.sum(), np.float64)


def _informative(answers: npt.NDArray[np.integer]) -> _Prompts:
    agree = answers[1:] == answers[0]
    differ = agree.shape[0] - agree.sum(axis=0, dtype=np.int64)
    told = (differ > 0) & (differ < agree.shape[0])
    return _Prompts(agree[:, told], differ[told])


def _spread(prompts: _Prompts) -> Spread:
    """The spread of the unrelated models on the arcsine scale. Sorted first: their order decides no last bit."""
    others = np.sort(prompts.scores[1:])
    if not prompts.differ.size or others.size < 2:
        return Spread(nan, nan, float(others.mean()))
    return Spread(float(_angles(others).var(ddof=1)), _noise(prompts), float(others.mean()))


def _noise(prompts: _Prompts) -> float:
    """Variance of one model's score, on the arcsine scale, if models differed by the chance of single prompts alone.

    Of m models d differ on a prompt: a model agrees there with variance d (m - d) / (m (m - 1)), and the prompt weighs
    d of the sum of all d. The scale has the slope 1 / (2 sqrt(s (1 - s))) at the mean score s. The suspect counts among
    the m: a floor that left it out would treat it differently from the others. In whole numbers until the last step."""
    models, differ = prompts.agree.shape[0], prompts.differ
    total = int(differ.sum())
    raw = int((differ**3 * (models - differ)).sum()) / (models * (models - 1) * total**2)
    middle = int(prompts.agree.sum(axis=0) @ differ) / (models * total)
    return float(raw / (4.0 * middle * (1.0 - middle)))


def _angles(scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.arcsin(np.sqrt(np.clip(scores, 0.0, 1.0)))


def _predictive(scores: npt.NDArray[np.float64], spread: Spread) -> tuple[float, float]:
    """t and p of the suspect as a new draw from the population of the unrelated models."""
    k = scores.size - 1
    if k < 2 or np.isnan(scores[0]):
        return nan, nan
    middle = float(_angles(np.sort(scores[1:])).mean())
    statistic = (angle(float(scores[0])) - middle) / (spread.deviation * sqrt(1.0 + 1.0 / k))
    return statistic, float(stdtr(k - 1, -statistic))


def _prompt_error(prompts: _Prompts, seed: int, resamples: int) -> float:
    """Standard error of the effect from the choice of prompts: bootstrap over informative prompts.

    Two prompts with the same number of differing models and the same agreement of the suspect are worth the same, so
    whole kinds of prompts are drawn (a multinomial), which is the same bootstrap at a cost that does not grow with
    prompts and in which no order of rows can matter."""
    if not prompts.differ.size or resamples < 2:
        return nan
    models = prompts.agree.shape[0]
    kinds = prompts.differ * 2 + prompts.agree[0]
    counts = np.bincount(kinds, minlength=2 * models)
    drawn = np.random.default_rng(seed).multinomial(prompts.differ.size, counts / counts.sum(), size=resamples)
    differ, own = np.arange(2 * models) // 2, np.arange(2 * models) % 2
    excess = own - (models - differ - own) / (models - 1)
    return float(((drawn @ (differ * excess)) / (drawn @ differ)).std(ddof=1))


def _model_error(prompts: _Prompts) -> float:
    """Half-width of the effect from the choice of unrelated models: their mean is that of k draws.

    Only what they differ beyond the noise of prompts counts, for that noise is in the bootstrap already."""
    others = np.sort(prompts.scores[1:])
    if not prompts.differ.size or others.size < 2:
        return nan
    slope = 4.0 * float(others.mean()) * (1.0 - float(others.mean()))
    between = max(0.0, float(others.var(ddof=1)) - slope * _noise(prompts))
    return float(stdtrit(others.size - 1, 0.5 + CONFIDENCE / 2)) * sqrt(between / others.size)


def _interval(effect: float, prompt_error: float, model_half: float) -> tuple[float, float]:
    """Both sources of error are independent, so their half-widths add as squares. Cut at -1 and 1."""
    half = sqrt((float(ndtri(0.5 + CONFIDENCE / 2)) * prompt_error) ** 2 + model_half**2)
    if np.isnan(half):
        return nan, nan
    return max(-1.0, effect - half), min(1.0, effect + half)
