"""From findings to one p-value: a side that did not make the group must speak."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stillwatch.campaigns.model import Finding, Side

PLACE = ("email_domain", "signup_address", "signup_cohort", "address")
"""Evidence that people of one place give, or who signed up for one event, without acting as one hand."""


def side_p(findings: Sequence[Finding]) -> float:
    """P-value of one side: its smallest, corrected for the number of detectors that could speak (Bonferroni)."""
    return min(1.0, min((f.p for f in findings), default=1.0) * len(findings))


def other_side(sides: Mapping[Side, float], formed_by: Side) -> float:
    """P-value that a side other than the one that made the group says nothing (Bonferroni over the others).

    A group is chosen for the side that made it, so that side proves nothing more. The others were not looked at when
    the group was made; each tests it afresh. 1 where no other side could be looked at.
    """
    others = [p for side, p in sides.items() if side != formed_by]
    return min(1.0, min(others) * len(others)) if others else 1.0
