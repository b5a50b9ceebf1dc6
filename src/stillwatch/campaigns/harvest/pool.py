"""Pooled traffic: accounts of one hand whose traffic, taken together, is no people's traffic.

What could look like a campaign honestly is a pool of ordinary customers (a reseller, a firm, a campus), and pools of
ordinary customers are alike: their single accounts differ widely, their means do not. So the means of the group are
compared with the means of the groups that the same log offers: the accounts of one organisation, of one e-mail domain,
of one sign-up address. A group with a frame of its own could also be an application run under several accounts; for it
every feature must stand out, and its purpose (training material, or the capabilities that students are taught) too.

Random-effects null: the spread between reference groups, not the sampling error of independent accounts.
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
    assumption="Self-instructed or paraphrased tasks repeat no wording, but nobody goes on from the answers, and the "
    "answers are long, in every account alike.",
    innocent=("a firm's batch work under several accounts", "a writers' or translators' pool"),
    references=(
        "MMD traffic-window test, arXiv 2606.05725 (pooled windows against benign traffic)",
        "DerSimonian and Laird, Meta-analysis in clinical trials, 1986 (random effects)",
    ),
    needs=("turn", "output_tokens", "input_text"),
)

FEATURES = ("pool_single", "pool_long", "pool_intent", "pool_taught")
DETECTORS = tuple(replace(DETECTOR, name=name) for name in FEATURES)
"""One statement, four findings."""
TAUGHT = ("software_engineering", "agentic_tool_use", "mathematics", "data_analysis", "grading", "science")
"""Capabilities that published students were trained for; a content farm writes, a help desk talks."""
OUTSTANDING = 1.0
"""Standard deviations by which every feature of a framed group must stand out."""
STATEMENTS = {
    "pool_single": "{:.0%} of the exchanges, mean over accounts, are never followed up",
    "pool_long": "{:.0%} of the answers, mean over accounts, are as long as the longest quarter of all",
    "pool_intent": "{:.0%} of the exchanges, mean over accounts, ask for training material",
    "pool_taught": "{:.0%} of the exchanges, mean over accounts, are in capabilities that students are taught",
}
LEAST_EXCHANGES = 5
LEAST_MEMBERS = 6
LEAST_REFERENCES = 8
SPREAD = np.array([0.15, 0.06, 0.04, 0.15])
"""Least spread between reference groups. Measured between organisations, e-mail domains and sign-up addresses of the
demo and reports worlds: 0.15 to 0.23 for follow-up, 0.065 to 0.08 for long answers. For
intent and taught capabilities it is a judgement."""
PRIOR_SPREAD, PRIOR_FREEDOM = np.array([0.23, 0.10, 0.06, 0.25]), 8.0
"""Used where a log offers fewer than `LEAST_REFERENCES` groups."""
MOST_FREEDOM = 30.0
"""Most degrees of freedom of the tail. A few dozen honest groups cannot vouch for one in a million, however normal they
look. A judgement, made on the simulator: with 12 the campaign without repeated wording was lost in two reports worlds
(seeds 3 and 7), and 30 is as far as it was raised for that. To be replaced by a measurement on worlds not seen."""
CORRELATION = 0.3
"""Between the features across reference groups, for the variance of their sum. Careful: between follow-up and long
answers -0.13 was measured over 81 groups (demo world, seed 7)."""


@dataclass(frozen=True)
class Reference:
    """Accounts that belong together by registration, one row per (set, account): honest groups to compare with."""

    sets: Ints
    member: Ints


@dataclass(frozen=True)
class Pooled:
    """Of one group: the p-value that a pool of ordinary customers looks so, the findings, and the p without each."""

    p: float
    findings: tuple[Finding, ...]
    p_without: dict[str, float]


def assess_pools(work: pa.Table, groups: list[Ints], framed: list[bool], reference: Reference) -> list[Pooled]:
    """One answer per group of members; `framed` says which groups have a frame of their own.

    `work`: one row per account with LEAST_EXCHANGES or more: `unit`, `exchanges`, `follow_ups`, `long`, `intents`, and
    `c0`, `c1` … by capability.
    """
    unit, shares = np.asarray(work["unit"]).astype(np.int64), features(work)
    means = _set_means(unit, shares, reference)
    enough = means.shape[0] >= LEAST_REFERENCES
    centre = np.median(means, axis=0) if enough else shares.mean(axis=0)
    spread = np.maximum(means.std(axis=0, ddof=1), SPREAD) if enough else PRIOR_SPREAD
    freedom = min(means.shape[0] - 1.0, MOST_FREEDOM) if enough else PRIOR_FREEDOM
    place = np.full(int(max(unit.max(initial=0), max((m.max(initial=0) for m in groups), default=0))) + 1, -1)
    place[unit] = np.arange(unit.size)
    found = []
    for members, has_frame in zip(groups, framed, strict=True):
        rows = place[members][place[members] >= 0]
        seen = shares[rows].mean(axis=0) if rows.size else centre
        deviation = (seen - centre) / spread
        tails = np.maximum(student.sf(deviation, freedom), SMALLEST_P)
        findings = tuple(
            Finding(name, STATEMENTS[name].format(x), float(x), float(c), "mean share", float(p))
            for name, x, c, p in zip(FEATURES, seen, centre, tails, strict=True)
        )
        answer = _framed if has_frame else _frameless
        without = {
            name: answer(np.where(np.arange(4) == k, 0.0, deviation), freedom) for k, name in enumerate(FEATURES)
        }
        found.append(Pooled(answer(deviation, freedom), findings, without))
    return found


def _frameless(deviation: Floats, freedom: float) -> float:
    return _combined(deviation[:3].clip(min=0), freedom)


def _framed(deviation: Floats, freedom: float) -> float:
    parts = np.array([deviation[0], deviation[1], deviation[2:].max()])
    return _combined(parts, freedom) if parts.min() >= OUTSTANDING else 1.0


def _combined(above: Floats, freedom: float) -> float:
    """Tail of the sum of deviations that are correlated with one another."""
    total = above.sum() / np.sqrt(above.size * (1 + (above.size - 1) * CORRELATION))
    return float(max(student.sf(total, freedom), SMALLEST_P))


def features(work: pa.Table) -> Floats:
    """Shares without follow-up, with a long answer, mean intent, and of taught capabilities; one row per account."""
    n = np.asarray(work["exchanges"]).astype(float)
    taught = sum(np.asarray(work[f"c{CAPABILITIES.index(name)}"]).astype(float) for name in TAUGHT)
    parts = [
        1.0 - np.asarray(work["follow_ups"]) / n,
        np.asarray(work["long"]) / n,
        np.asarray(work["intents"]) / n / SHOWN,
        taught / n,
    ]
    return np.stack(parts, axis=1)


def _set_means(unit: Ints, shares: Floats, reference: Reference) -> Floats:
    """Mean features of each reference set with enough active accounts, one row per set."""
    place = np.full(int(max(unit.max(initial=0), reference.member.max(initial=0))) + 1, -1)
    place[unit] = np.arange(unit.size)
    active = place[reference.member] >= 0
    sets, rows = reference.sets[active], place[reference.member[active]]
    _, dense, counts = np.unique(sets, return_inverse=True, return_counts=True)
    sums = np.stack(
        [np.bincount(dense, shares[rows, k], minlength=counts.size) for k in range(shares.shape[1])], axis=1
    )
    means = np.asarray((sums / np.maximum(counts, 1)[:, None])[counts >= LEAST_MEMBERS], np.float64)
    return means[np.lexsort(means.T)]  # an order that no key decides
