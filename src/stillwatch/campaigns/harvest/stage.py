"""The harvest score: a readable table of weights, and how rare a score is among single honest customers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from scipy.stats import t as student

from stillwatch.campaigns.harvest import concentration, follow_up, intent, pool, structure, worked_answers
from stillwatch.campaigns.model import SMALLEST_P, Bools, Finding, Floats
from stillwatch.records.detector import Detector
from stillwatch.signals import capability, elicitation, generation, grading
from stillwatch.signals.lexicon import SHOWN

HARVEST_DETECTORS: tuple[Detector, ...] = (
    intent.DETECTOR,
    elicitation.DETECTOR,
    grading.DETECTOR,
    generation.DETECTOR,
    concentration.DETECTOR,
    structure.DETECTOR,
    follow_up.DETECTOR,
    worked_answers.DETECTOR,
    *pool.DETECTORS,
)

WEIGHTS: dict[str, float] = {
    "intent": 2.0,
    "worked_answers": 3.0,
    "concentration": 1.0,
    "structure": 1.0,
    "follow_up": 0.5,
}
"""Weight of each share (0 to 1) in the score. Intent and worked answers weigh most: of 3,600 busy customers of the
reports world (seed 11), the 25 with the highest scores by intent alone were judges and routers with short answers."""

LEAST_COMMON_WORK, LEAST_PER_ACCOUNT = 200, 8
"""Exchanges of common work, in all and per account that takes part, from which it is a harvest and not a handful of
questions: students who paste one assignment reach 5 each, the slowest pool on record 5.6 a day."""
LEAST_EXCHANGES = 20
"""Customers with fewer exchanges are no yardstick: their shares are 0 or 1 by chance."""
LEAST_CUSTOMERS = 30
FREEDOM = 8.0
"""Degrees of freedom of the tail. Scores of honest customers are not normal: evaluators and audit trails stand
far out."""
LEAST_SPREAD = 0.35
"""Standard deviation assumed at the least, so that a log with few kinds of customers does not make others rare."""
PRIOR_MEAN, PRIOR_SPREAD = 1.2, 0.85
"""Used where a log has fewer than `LEAST_CUSTOMERS` busy customers to learn from: a rounding of what 3,602 customers of
the reports world (seed 11) show, mean 1.20 and deviation 0.84."""

STATEMENTS = {
    "intent": "{:.0%} of the common work asks for reasoning, grades, tasks or trajectories",
    "concentration": "{:.0%} of the common work is in two capabilities",
    "structure": "{:.0%} of the common work fills a shared frame with content that never repeats",
    "worked_answers": "{:.0%} of the common work asks for training material and gets a long answer",
    "follow_up": "{:.0%} of the common work is never followed up",
}


@dataclass(frozen=True)
class Harvest:
    """Of one group: p-value, score, and the findings behind it."""

    p: float
    score: float
    findings: tuple[Finding, ...]
    p_without: dict[str, float]


def features(work: pa.Table) -> dict[str, Floats]:
    """The five shares for each unit of work (a group's common work, or one customer's).

    Needs columns `exchanges`, `intents` and `worked` (thousandths), `follow_ups`, `framed`, `distinct`, and `c0`,
    `c1` … by capability.
    """
    column = {name: np.asarray(work[name]).astype(float) for name in work.column_names if name not in ("unit",)}
    by_capability = np.stack([column[f"c{k}"] for k in range(len(capability.CAPABILITIES))], axis=1)
    n = column["exchanges"]
    return {
        "intent": intent.intent(n, column["intents"] / SHOWN),
        "concentration": concentration.concentration(by_capability),
        "structure": structure.fresh_frames(n, column["framed"], column["distinct"]),
        "worked_answers": worked_answers.worked_answers(n, column["worked"] / SHOWN),
        "follow_up": follow_up.single(n, column["follow_ups"]),
    }


def assess_harvest(work: pa.Table, customers: pa.Table) -> list[Harvest]:
    """One answer per row of `work` (a group's common work), against `customers` (work of single honest customers)."""
    busy = customers.filter(pa.compute.greater_equal(customers["exchanges"], LEAST_EXCHANGES))
    known = busy.num_rows >= LEAST_CUSTOMERS
    mine, theirs = features(work), features(busy)
    mean, spread = _reference(_score(theirs)) if known else (PRIOR_MEAN, PRIOR_SPREAD)
    scores = _score(mine)
    p = np.where(_enough(work), np.maximum(student.sf((scores - mean) / spread, FREEDOM), SMALLEST_P), 1.0)
    usual = {name: float(np.mean(theirs[name])) if known else float("nan") for name in WEIGHTS}
    tails = {name: _tail(mine[name], theirs[name]) if known else np.ones(work.num_rows) for name in WEIGHTS}
    without = {name: _p_without(name, mine, scores, usual[name], (mean, spread)) for name in WEIGHTS}
    enough = _enough(work)
    return [
        Harvest(
            float(p[g]),
            float(scores[g]),
            tuple(_finding(n, mine[n][g], usual[n], tails[n][g]) for n in WEIGHTS),
            {name: float(without[name][g]) if enough[g] else 1.0 for name in WEIGHTS},
        )
        for g in range(work.num_rows)
    ]


def _p_without(
    name: str, mine: dict[str, Floats], scores: Floats, usual: float, reference: tuple[float, float]
) -> Floats:
    """P-values if one share were what it usually is: what remains of the answer without this finding."""
    mean, spread = reference
    lifted = np.maximum(mine[name] - np.nan_to_num(usual), 0.0)
    left = student.sf((scores - WEIGHTS[name] * lifted - mean) / spread, FREEDOM)
    return np.asarray(np.maximum(left, SMALLEST_P), np.float64)


def _enough(work: pa.Table) -> Bools:
    n, accounts = np.asarray(work["exchanges"]), np.asarray(work["accounts"])
    return np.asarray((n >= LEAST_COMMON_WORK) & (n >= LEAST_PER_ACCOUNT * accounts), bool)


def _score(shares: dict[str, Floats]) -> Floats:
    return np.asarray(sum(weight * shares[name] for name, weight in WEIGHTS.items()), np.float64)


def _reference(scores: Floats) -> tuple[float, float]:
    return float(np.mean(scores)), max(float(np.std(scores, ddof=1)), LEAST_SPREAD)


def _tail(mine: Floats, theirs: Floats) -> Floats:
    """Share of customers whose own work shows at least as much, never quite zero (Phipson and Smyth 2010)."""
    ordered = np.sort(theirs)
    above = ordered.size - np.searchsorted(ordered, mine, "left")
    return np.asarray((above + 1) / (ordered.size + 1), np.float64)


def _finding(name: str, value: float, usual: float, tail: float) -> Finding:
    return Finding(name, STATEMENTS[name].format(value), float(value), usual, "share of exchanges", float(tail))
