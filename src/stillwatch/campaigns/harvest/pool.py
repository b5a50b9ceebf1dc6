"""Pooled traffic: what the accounts of one hand do, taken together, is no people's traffic.

One account's 25 requests prove little, those of a group prove much. Four features of the group's work are compared
with those of the honest groups that the same log offers: accounts of several customers with one e-mail domain or
sign-up address, that is campuses, offices and mail communities. Whoever collects training material goes on from no
answer, gets long answers, asks for material (in the words of a published technique, or as an item of an instruction
set reads), in the capabilities that students are taught. Honest groups show one or two of these: a course has long
answers, a developers' team does one thing.

Null: the spread of the same sum over honest groups (random effects), not the sampling error of exchanges.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
from scipy.stats import t as student

from stillwatch.campaigns.model import SMALLEST_P, Finding, Floats, Ints
from stillwatch.records.detector import Detector
from stillwatch.signals.capability import CAPABILITIES
from stillwatch.signals.lexicon import SHOWN

DETECTOR = Detector(
    name="pool",
    question="harvest",
    assumption="A harvest goes on from no answer, is paid in long answers, asks for training material, in the "
    "capabilities that students are taught; honest groups show some of these and not all.",
    innocent=("a firm's batch work under several accounts", "synthetic data for one's own product", "a large course"),
    references=(
        "MMD traffic-window test, arXiv 2606.05725 (pooled windows against benign traffic)",
        "DerSimonian and Laird, Meta-analysis in clinical trials, 1986 (random effects)",
    ),
    needs=("turn", "output_tokens", "input_text"),
)

FEATURES = ("pool_single", "pool_long", "pool_material", "pool_taught")
DETECTORS = tuple(replace(DETECTOR, name=name) for name in FEATURES)
"""One statement, four findings."""
TAUGHT = ("software_engineering", "agentic_tool_use", "mathematics", "data_analysis", "grading", "science")
"""Capabilities that published students were trained for; a content farm writes, a help desk talks."""
LEAST_EXCHANGES = 5
LEAST_CUSTOMERS = 5
"""Customers from which accounts that registered alike are an honest group to compare with."""
MOST_SHARE = 0.05
"""Share of all accounts beyond which an e-mail domain or address is no group: a mail provider, a carrier's gateway."""
SINGLE, LONG, INTENT, INSTRUCTION, TAUGHT_SHARE = range(5)
BETWEEN = np.array([0.10, 0.06, 0.04, 0.08, 0.10])
"""Least spread between honest groups, apart from that of their accounts, so that a log with few kinds of them does
not make others rare. That of instruction scores is what seven collections of real people's prompts show, 0.085
(docs/real-prompts.md); the rest is judgement."""
USUAL, WITHIN = np.array([0.53, 0.26, 0.08, 0.35, 0.32]), np.array([0.33, 0.20, 0.15, 0.10, 0.25])
USUAL_SUM, USUAL_SUM_SPREAD, WORTH = 1.7, 1.5, 10.0
"""Centre of honest groups, spread of accounts within them, and centre and spread of the sum of deviations, before a
log is seen; worth as much as WORTH honest groups of the log. The centre is the median over the development logs of the
second simulator (docs/second.md); the others are judgements near what those logs show: 0.35, 0.22, 0.20, 0.11 and 0.30
within, 1.2 and 1.5 for the sum."""
MOST_DEVIATION = np.array([2.0, 2.25, 4.0, 4.0])
"""Deviations of each feature that count: none of them alone makes a harvest at 1 %, and what is never followed up and
answered at length does not without what is asked for. Relays and stateless clients show no follow-up, writers get
long answers. With 6 for each, pools of a second simulator that relay ordinary people's requests were accused in 3 of
17 logs; with 2 for follow-up, in none."""
LEAST_SUM_SPREAD = 1.3
MOST_FREEDOM = 30.0
"""Most degrees of freedom of the tail. A few dozen honest groups cannot vouch for one in a million, however normal they
look. A judgement."""


@dataclass(frozen=True)
class Works:
    """Work of groups or sets of accounts, one row each: shares without follow-up, with a long answer, mean intent, mean
    instruction score, and share in taught capabilities (0 to 1); number of accounts; variance between its accounts."""

    shares: Floats
    accounts: Floats
    variance: Floats

    @staticmethod
    def of_table(work: pa.Table) -> Works:
        """Of rows that count exchanges already pooled."""
        shares = features(work)
        return Works(shares, np.maximum(np.asarray(work["accounts"]).astype(float), 1.0), np.zeros_like(shares))

    @staticmethod
    def of_sets(accounts: pa.Table, sets: list[Ints]) -> Works:
        """Of sets of account numbers: shares are means over accounts, so that no busy one speaks for all."""
        unit, shares = np.asarray(accounts["unit"]).astype(np.int64), features(accounts)
        place = np.full(1 + int(max([unit.max(initial=0), *(s.max(initial=0) for s in sets)])), -1)
        place[unit] = np.arange(unit.size)
        rows = [place[members][place[members] >= 0] for members in sets]
        means = [shares[r].mean(axis=0) if r.size else USUAL for r in rows]
        spreads = [shares[r].var(axis=0, ddof=1) if r.size > 1 else WITHIN**2 for r in rows]
        shape = (len(sets), USUAL.size)
        counts = np.array([max(r.size, 1) for r in rows], np.float64)
        return Works(np.reshape(means, shape).astype(float), counts, np.reshape(spreads, shape).astype(float))

    def take(self, rows: Ints) -> Works:
        """Some of the rows."""
        return Works(self.shares[rows], self.accounts[rows], self.variance[rows])


def features(work: pa.Table) -> Floats:
    """Shares without follow-up, with a long answer, mean intent, mean instruction score and share in taught
    capabilities."""
    n = np.maximum(np.asarray(work["exchanges"]).astype(float), 1.0)
    taught = sum(np.asarray(work[f"c{CAPABILITIES.index(name)}"]).astype(float) for name in TAUGHT)
    return np.column_stack(
        [
            1.0 - np.asarray(work["follow_ups"]) / n,
            np.asarray(work["long"]) / n,
            np.asarray(work["intents"]) / n / SHOWN,
            np.asarray(work["instructions"]) / n / SHOWN,
            taught / n,
        ]
    )


@dataclass(frozen=True)
class Pooled:
    """Of one group: the p-value that an honest group looks so, the sum in deviations, findings, and the p without
    each."""

    p: float
    score: float
    findings: tuple[Finding, ...]
    p_without: dict[str, float]


@dataclass(frozen=True)
class Yardstick:
    """What honest groups show: centre of each feature, variance between groups and between the accounts of one, and
    centre, spread and freedom of the sum of deviations."""

    centre: Floats
    between: Floats
    within: Floats
    usual: float
    scale: float
    freedom: float

    def raw(self, works: Works) -> Floats:
        """Each feature in deviations of an honest group of as many accounts."""
        spread = np.sqrt(self.between + self.within / works.accounts[:, None])
        return np.asarray((works.shares - self.centre) / spread, np.float64)

    def deviations(self, works: Works) -> Floats:
        """The four that are summed, each at least 0; material is the larger of intent and instruction."""
        raw = self.raw(works)
        material = np.maximum(raw[:, INTENT], raw[:, INSTRUCTION])
        parts = [raw[:, SINGLE], raw[:, LONG], material, raw[:, TAUGHT_SHARE]]
        return np.asarray(np.clip(np.column_stack(parts), 0.0, MOST_DEVIATION), np.float64)

    def tail(self, deviations: Floats) -> Floats:
        """P-value of each row of deviations."""
        return np.asarray(
            np.maximum(student.sf((deviations.sum(axis=1) - self.usual) / self.scale, self.freedom), SMALLEST_P)
        )


def yardstick(honest: Works) -> Yardstick:
    """The yardstick of a log: what its honest groups show, and in a small log what others showed.

    A small group differs from others by chance, a large one only if groups do: the variance between groups is what is
    left of that of their means when the share of their accounts is taken off (DerSimonian and Laird 1986)."""
    n = honest.shares.shape[0]
    mine = n / (n + WORTH)
    centre = mine * np.median(honest.shares, axis=0) + (1 - mine) * USUAL if n else USUAL
    degrees = honest.accounts - 1.0
    pooled = (degrees[:, None] * honest.variance).sum(axis=0) / max(float(degrees.sum()), 1.0)
    within = mine * pooled + (1 - mine) * WITHIN**2
    excess = (honest.shares - centre) ** 2 - within / honest.accounts[:, None]
    between = np.maximum(mine * excess.mean(axis=0) + (1 - mine) * BETWEEN**2 if n else BETWEEN**2, BETWEEN**2)
    sums = Yardstick(centre, between, within, 0.0, 1.0, 1.0).deviations(honest).sum(axis=1)
    usual = mine * float(np.median(sums)) + (1 - mine) * USUAL_SUM if n else USUAL_SUM
    variance = mine * float(sums.var()) + (1 - mine) * USUAL_SUM_SPREAD**2 if n else USUAL_SUM_SPREAD**2
    scale = max(float(np.sqrt(variance)), LEAST_SUM_SPREAD)
    return Yardstick(centre, between, within, usual, scale, min(n + WORTH - 1.0, MOST_FREEDOM))


def assess_pools(works: Works, honest: Works) -> list[Pooled]:
    """One answer per row of `works`, against `honest` groups."""
    known = yardstick(honest)
    deviations = known.deviations(works)
    p, tails = known.tail(deviations), np.maximum(student.sf(deviations, known.freedom), SMALLEST_P)
    raw = known.raw(works)
    without = [known.tail(np.where(np.arange(len(FEATURES)) == k, 0.0, deviations)) for k in range(len(FEATURES))]
    return [
        Pooled(
            float(p[g]),
            float((deviations[g].sum() - known.usual) / known.scale),
            _findings(works.shares[g], raw[g], known, tails[g]),
            {name: float(without[k][g]) for k, name in enumerate(FEATURES)},
        )
        for g in range(works.shares.shape[0])
    ]


def _findings(shares: Floats, raw: Floats, known: Yardstick, tails: Floats) -> tuple[Finding, ...]:
    """The features in words: material by whichever of its two measures stands out more."""
    material = INTENT if raw[INTENT] >= raw[INSTRUCTION] else INSTRUCTION
    told = (
        (SINGLE, "{:.0%} of the exchanges are never followed up", "share of exchanges"),
        (LONG, "{:.0%} of the answers are as long as the longest quarter of all", "share of exchanges"),
        (material, MATERIAL[material], "share of exchanges" if material == INTENT else "mean score"),
        (TAUGHT_SHARE, "{:.0%} of the exchanges are in capabilities that students are taught", "share of exchanges"),
    )
    return tuple(
        Finding(name, said.format(shares[k]), float(shares[k]), float(known.centre[k]), unit, float(tail))
        for name, (k, said, unit), tail in zip(FEATURES, told, tails, strict=True)
    )


MATERIAL = {
    INTENT: "{:.0%} of the exchanges ask for reasoning, grades, tasks or trajectories",
    INSTRUCTION: "requests read like items of an instruction set: {:.2f} on a scale from 0 to 1",
}
