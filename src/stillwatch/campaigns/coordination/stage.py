"""All coordination detectors on all groups."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import pyarrow as pa

from stillwatch.campaigns.coordination import balance, pivot, signup_cohort, synchrony
from stillwatch.campaigns.coordination.shared_values import Held, shared_value_findings
from stillwatch.campaigns.coordination.verdicts import partial_conjunction, side_p
from stillwatch.campaigns.model import Finding, Groups, Population, Side
from stillwatch.links import LINK_DETECTORS
from stillwatch.records.detector import Detector

RHYTHM: tuple[Detector, ...] = (balance.DETECTOR, synchrony.DETECTOR, pivot.DETECTOR)
OTHER_DETECTORS: tuple[Detector, ...] = (signup_cohort.DETECTOR, *RHYTHM)


@dataclass(frozen=True)
class Evidence:
    """The tables that the detectors read."""

    held: Held
    slots: pa.Table
    moves: pa.Table
    columns: Collection[str]


@dataclass(frozen=True)
class Coordination:
    """Of one group: the p-value, the p-value of each side, and every finding."""

    p: float
    sides: dict[Side, float]
    findings: tuple[Finding, ...]


def assess_coordination(groups: Groups, people: Population, evidence: Evidence) -> list[Coordination]:
    """One answer per group. Linear in holdings and slots of grouped accounts."""
    sides: dict[Side, list[list[Finding]]] = {"registration": [], "traffic": [], "rhythm": []}
    for code, detector in enumerate(LINK_DETECTORS):
        if any(need in evidence.columns for need in detector.detector.needs):
            sides[detector.side].append(shared_value_findings(evidence.held, groups, people, code))
    if "created_time" in evidence.columns:
        sides["registration"].append(signup_cohort.signup_cohort_findings(groups, people))
    sides["rhythm"] = [
        balance.balance_findings(groups, people),
        synchrony.synchrony_findings(evidence.slots, groups, groups.of),
        pivot.pivot_findings(evidence.moves, groups),
    ]
    return [_combined(sides, group) for group in range(groups.count)]


def _combined(sides: dict[Side, list[list[Finding]]], group: int) -> Coordination:
    mine = {side: [findings[group] for findings in found] for side, found in sides.items()}
    p = {side: side_p(found) for side, found in mine.items() if found}
    return Coordination(partial_conjunction(list(p.values())), p, tuple(f for found in mine.values() for f in found))
