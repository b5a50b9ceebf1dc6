"""All coordination detectors on all groups."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import pyarrow as pa

from stillwatch.campaigns.coordination import balance, company, pivot, signup_cohort, synchrony
from stillwatch.campaigns.coordination.shared_values import Held, shared_value_findings
from stillwatch.campaigns.coordination.verdicts import other_side, side_p
from stillwatch.campaigns.model import Finding, Groups, Population, Side
from stillwatch.links import LINK_DETECTORS
from stillwatch.records.detector import Detector

RHYTHM: tuple[Detector, ...] = (balance.DETECTOR, synchrony.DETECTOR, pivot.DETECTOR)
OTHER_DETECTORS: tuple[Detector, ...] = (signup_cohort.DETECTOR, company.DETECTOR, *RHYTHM)


@dataclass(frozen=True)
class Evidence:
    """The tables that the detectors read, and the communities of alike accounts of the log."""

    held: Held
    meetings: pa.Table
    moves: pa.Table
    columns: Collection[str]
    communities: Groups


@dataclass(frozen=True)
class Coordination:
    """Of one group: every finding, by side, the side whose links made the group, and of how many sets of accounts it is
    the one that was tied most clearly."""

    by_side: dict[Side, tuple[Finding, ...]]
    formed_by: Side
    tried: int = 1

    @property
    def findings(self) -> tuple[Finding, ...]:
        return tuple(f for found in self.by_side.values() for f in found)

    @property
    def sides(self) -> dict[Side, float]:
        """The p-value of each side that could be looked at."""
        return {side: side_p(found) for side, found in self.by_side.items() if found}

    @property
    def p(self) -> float:
        """P-value of "nothing but the side that made the group ties it together"."""
        return min(1.0, self.tried * other_side(self.sides, self.formed_by))

    def without(self, detectors: Collection[str]) -> Coordination:
        """What would be left if these detectors had not spoken."""
        silent = {side: tuple(f for f in found if f.detector not in detectors) for side, found in self.by_side.items()}
        return Coordination(silent, self.formed_by, self.tried)

    def beside(self, finding: Finding) -> Coordination:
        """With one more finding on the side of registration."""
        by_side = self.by_side | {"registration": (*self.by_side.get("registration", ()), finding)}
        return Coordination(by_side, self.formed_by, self.tried)


def assess_coordination(groups: Groups, people: Population, evidence: Evidence) -> list[Coordination]:
    """One answer per group. Linear in holdings of grouped accounts."""
    sides: dict[Side, list[list[Finding]]] = {"registration": [], "traffic": [], "rhythm": []}
    for code, detector in enumerate(LINK_DETECTORS):
        if any(need in evidence.columns for need in detector.detector.needs):
            sides[detector.side].append(shared_value_findings(evidence.held, groups, people, code))
    if "created_time" in evidence.columns:
        sides["registration"].append(signup_cohort.signup_cohort_findings(groups, people))
    sides["rhythm"] = [
        balance.balance_findings(groups, people, evidence.communities),
        synchrony.synchrony_findings(evidence.meetings, groups),
        pivot.pivot_findings(evidence.moves, groups, evidence.communities),
    ]
    return [
        Coordination({side: tuple(findings[group] for findings in found) for side, found in sides.items()}, made_by)
        for group, made_by in enumerate(groups.formed_by)
    ]
