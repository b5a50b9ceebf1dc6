"""Pooled traffic: what the accounts of one hand do, taken together, is no people's traffic.

One account's 25 requests prove little, those of a group prove much. Five features of the group's work are compared with
those of the honest groups that the same log offers: accounts of one e-mail domain or sign-up address, alike accounts and
users of one wording that are no hand. Whoever collects training material goes on from no answer, gets long answers, asks for
material (in the words of a published technique, or as an item of an instruction set reads), in the capabilities that
students are taught, and much of it. Honest groups show one or two of these: a course has long answers, an application is
never followed up, a developers' team does one thing.

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
    assumption="A harvest goes on from no answer, is paid in long answers, asks for training material in the capabilities "
    "that students are taught, and much of it; honest groups show some of these and not all.",
    innocent=("a firm's batch work under several accounts", "synthetic data for one's own product", "a large course"),
    references=(
        "MMD traffic-window test, arXiv 2606.05725 (pooled windows against benign traffic)",
        "DerSimonian and Laird, Meta-analysis in clinical trials, 1986 (random effects)",
        "Anthropic, 23 February 2026 (massive volume concentrated in a few areas)",
    ),
    needs=("turn", "output_tokens", "input_text"),
)

FEATURES = ("pool_single", "pool_long", "pool_material", "pool_taught", "pool_volume")
DETECTORS = tuple(replace(DETECTOR, name=name) for name in FEATURES)
"""One statement, five findings."""
TAUGHT = ("software_engineering", "agentic_tool_use", "mathematics", "data_analysis", "grading", "science")
"""Capabilities that published students were trained for; a content farm writes, a help desk talks."""
LEAST_EXCHANGES = 5
LEAST_MEMBERS = 5
LEAST_REFERENCES = 12
MOST_SHARE = 0.05
"""Share of all accounts beyond which an e-mail domain or address is no group: a mail provider, a carrier's gateway."""
SINGLE, LONG, INTENT, INSTRUCTION, TAUGHT_SHARE, VOLUME = range(6)
SPREAD = np.array([0.10, 0.06, 0.04, 0.08, 0.10, 0.30])
"""Least spread between honest groups, so that a log with few kinds of them does not make others rare. That of instruction
scores is what seven collections of real people's prompts show, 0.085 (docs/real-prompts.md); the rest is judgement."""
USUAL = np.array([0.66, 0.22, 0.08, 0.31, 0.30, 2.3])
USUAL_SPREAD = np.array([0.26, 0.15, 0.16, 0.09, 0.20, 0.7])
USUAL_SUM, USUAL_SUM_SPREAD, USUAL_FREEDOM = 1.5, 2.3, 8.0
"""Used where a log offers fewer than LEAST_REFERENCES honest groups: medians over fourteen logs made by a second simulator
that this code was not written with (see docs/truth.md)."""
MOST_DEVIATION = 4.0
"""Deviations of one feature that count: no single one makes a harvest."""
LEAST_SUM_SPREAD = 1.5
MOST_FREEDOM = 30.0
"""Most degrees of freedom of the tail. A few dozen honest groups cannot vouch for one in a million, however normal they
look. A judgement."""


@dataclass(frozen=True)
class Works:
    """Work of groups or sets of accounts, one row each: shares without follow-up, with a long answer, mean intent, mean
    instruction score, share in taught capabilities (0 to 1), and log10 of 1 + exchanges in those."""

    shares: Floats

    @staticmethod
    def of_table(work: pa.Table) -> Works:
        """Of rows that count exchanges already pooled."""
        return Works(_with_volume(features(work), np.asarray(work["exchanges"]).astype(float)))

    @staticmethod
    def of_sets(accounts: pa.Table, sets: list[Ints]) -> Works:
        """Of sets of account numbers: shares are means over accounts, so that no busy one speaks for all."""
        unit, shares = np.asarray(accounts["unit"]).astype(np.int64), features(accounts)
        exchanges = np.asarray(accounts["exchanges"]).astype(float)
        place = np.full(1 + int(max([unit.max(initial=0), *(s.max(initial=0) for s in sets)])), -1)
        place[unit] = np.arange(unit.size)
        rows = [_present(place[members]) for members in sets]
        means = [shares[r].mean(axis=0) if r.size else USUAL[:VOLUME] for r in rows]
        volume = [np.log10(1.0 + (shares[r, TAUGHT_SHARE] * exchanges[r]).sum()) for r in rows]
        return Works(np.column_stack([np.reshape(means, (len(sets), VOLUME)), volume]))

    def chosen(self, rows: list[bool] | np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Works:
        return Works(self.shares[np.asarray(rows, bool)])


def _present(rows: Ints) -> Ints:
    return rows[rows >= 0]


def _with_volume(shares: Floats, exchanges: Floats) -> Floats:
    return np.column_stack([shares, np.log10(1.0 + shares[:, TAUGHT_SHARE] * exchanges)])


def features(work: pa.Table) -> Floats:
    """Shares without follow-up, with a long answer, mean intent, mean instruction score and share in taught capabilities."""
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
    """Of one group: the p-value that an honest group looks so, the sum in deviations, findings, and the p without each."""

    p: float
    score: float
    findings: tuple[Finding, ...]
    p_without: dict[str, float]


@dataclass(frozen=True)
class Yardstick:
    """What honest groups show: centre and spread of each feature, and of the sum of deviations."""

    centre: Floats
    spread: Floats
    usual: float
    scale: float
    freedom: float

    def deviations(self, shares: Floats) -> Floats:
        """The five that are summed, each at least 0; material is the larger of intent and instruction."""
        raw = (shares - self.centre) / self.spread
        material = np.maximum(raw[:, INTENT], raw[:, INSTRUCTION])
        parts = [raw[:, SINGLE], raw[:, LONG], material, raw[:, TAUGHT_SHARE], raw[:, VOLUME]]
        return np.asarray(np.clip(np.column_stack(parts), 0.0, MOST_DEVIATION), np.float64)

    def tail(self, deviations: Floats) -> Floats:
        """P-value of each row of deviations."""
        return np.asarray(
            np.maximum(student.sf((deviations.sum(axis=1) - self.usual) / self.scale, self.freedom), SMALLEST_P)
        )


def yardstick(honest: Works) -> Yardstick:
    """The yardstick of a log."""
    if honest.shares.shape[0] < LEAST_REFERENCES:
        return Yardstick(USUAL, USUAL_SPREAD, USUAL_SUM, USUAL_SUM_SPREAD, USUAL_FREEDOM)
    centre = np.median(honest.shares, axis=0)
    spread = np.maximum(honest.shares.std(axis=0, ddof=1), SPREAD)
    sums = Yardstick(centre, spread, 0.0, 1.0, 1.0).deviations(honest.shares).sum(axis=1)
    scale = max(float(sums.std(ddof=1)), LEAST_SUM_SPREAD)
    return Yardstick(centre, spread, float(np.median(sums)), scale, min(honest.shares.shape[0] - 1.0, MOST_FREEDOM))


def assess_pools(works: Works, honest: Works) -> list[Pooled]:
    """One answer per row of `works`, against `honest` groups."""
    known = yardstick(honest)
    deviations = known.deviations(works.shares)
    p, tails = known.tail(deviations), np.maximum(student.sf(deviations, known.freedom), SMALLEST_P)
    without = [known.tail(np.where(np.arange(len(FEATURES)) == k, 0.0, deviations)) for k in range(len(FEATURES))]
    return [
        Pooled(
            float(p[g]),
            float((deviations[g].sum() - known.usual) / known.scale),
            _findings(works.shares[g], known, tails[g]),
            {name: float(without[k][g]) for k, name in enumerate(FEATURES)},
        )
        for g in range(works.shares.shape[0])
    ]


def _findings(shares: Floats, known: Yardstick, tails: Floats) -> tuple[Finding, ...]:
    """The features in words: material by whichever of its two measures stands out more."""
    raw = (shares - known.centre) / known.spread
    material = INTENT if raw[INTENT] >= raw[INSTRUCTION] else INSTRUCTION
    told = (
        (SINGLE, "{:.0%} of the exchanges are never followed up", "share of exchanges"),
        (LONG, "{:.0%} of the answers are as long as the longest quarter of all", "share of exchanges"),
        (material, MATERIAL[material], "share of exchanges" if material == INTENT else "mean score"),
        (TAUGHT_SHARE, "{:.0%} of the exchanges are in capabilities that students are taught", "share of exchanges"),
        (VOLUME, "10^{:.1f} exchanges in those capabilities", "log10 exchanges"),
    )
    return tuple(
        Finding(name, said.format(shares[k]), float(shares[k]), float(known.centre[k]), unit, float(tail))
        for name, (k, said, unit), tail in zip(FEATURES, told, tails, strict=True)
    )


MATERIAL = {
    INTENT: "{:.0%} of the exchanges ask for reasoning, grades, tasks or trajectories",
    INSTRUCTION: "requests read like items of an instruction set: {:.2f} on a scale from 0 to 1",
}
