"""The second question of every group: its pooled work against that of honest groups, and what describes it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from stillwatch.campaigns.harvest import concentration, follow_up, intent, pool, structure, worked_answers
from stillwatch.campaigns.harvest.pool import Pooled
from stillwatch.campaigns.model import Bools, Finding, Floats
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

SHARES = ("intent", "worked_answers", "concentration", "structure", "follow_up")
"""Shares that describe the common work of a group."""

LEAST_COMMON_WORK, LEAST_PER_ACCOUNT = 200, 8
"""Exchanges of common work, in all and per account that takes part, from which it is a harvest and not a handful of
questions: students who paste one assignment reach 5 each, the slowest pool on record 5.6 a day."""
LEAST_EXCHANGES = 20
"""Customers with fewer exchanges are no yardstick: their shares are 0 or 1 by chance."""
LEAST_CUSTOMERS = 30

STATEMENTS = {
    "intent": "{:.0%} of the common work asks for reasoning, grades, tasks or trajectories",
    "concentration": "{:.0%} of the common work is in two capabilities",
    "structure": "{:.0%} of the common work fills a shared frame with content that never repeats",
    "worked_answers": "{:.0%} of the common work asks for training material and gets a long answer",
    "follow_up": "{:.0%} of the common work is never followed up",
}


@dataclass(frozen=True)
class Harvest:
    """Of one group: p-value, sum of deviations from honest groups, the findings behind it, and the p without each."""

    p: float
    score: float
    findings: tuple[Finding, ...]
    p_without: dict[str, float]

    @property
    def judged(self) -> bool:
        """Whether there was work enough to answer."""
        return bool(self.p_without)


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


def assess_harvest(work: pa.Table, customers: pa.Table, pooled: list[Pooled]) -> list[Harvest]:
    """One answer per row of `work`: that of its pool where there is enough work, with the shares described beside."""
    enough, described = _enough(work), describe(work, customers)
    return [
        Harvest(answer.p, answer.score, answer.findings + shares, answer.p_without)
        if judged
        else Harvest(1.0, 0.0, shares, {})
        for judged, answer, shares in zip(enough, pooled, described, strict=True)
    ]


def describe(work: pa.Table, customers: pa.Table) -> list[tuple[Finding, ...]]:
    """The five shares of each row of `work`, beside those of single busy customers. They inform and decide nothing."""
    busy = customers.filter(pa.compute.greater_equal(customers["exchanges"], LEAST_EXCHANGES))
    known = busy.num_rows >= LEAST_CUSTOMERS
    mine, theirs = features(work), features(busy)
    usual = {name: float(np.mean(theirs[name])) if known else float("nan") for name in SHARES}
    tails = {name: _tail(mine[name], theirs[name]) if known else np.ones(work.num_rows) for name in SHARES}
    return [
        tuple(_finding(name, mine[name][g], usual[name], tails[name][g]) for name in SHARES)
        for g in range(work.num_rows)
    ]


def _enough(work: pa.Table) -> Bools:
    n, accounts = np.asarray(work["exchanges"]), np.asarray(work["accounts"])
    return np.asarray((n >= LEAST_COMMON_WORK) & (n >= LEAST_PER_ACCOUNT * accounts), bool)


def _tail(mine: Floats, theirs: Floats) -> Floats:
    """Share of customers whose own work shows at least as much, never quite zero (Phipson and Smyth 2010)."""
    ordered = np.sort(theirs)
    above = ordered.size - np.searchsorted(ordered, mine, "left")
    return np.asarray((above + 1) / (ordered.size + 1), np.float64)


def _finding(name: str, value: float, usual: float, tail: float) -> Finding:
    return Finding(name, STATEMENTS[name].format(value), float(value), usual, "share of exchanges", float(tail))
