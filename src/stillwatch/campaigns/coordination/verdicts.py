"""From findings to one p-value: at least two of three sides must speak."""

from __future__ import annotations

from collections.abc import Sequence

from stillwatch.campaigns.model import Finding


def side_p(findings: Sequence[Finding]) -> float:
    """P-value of one side: its smallest, corrected for the number of detectors that could speak (Bonferroni)."""
    return min(1.0, min((f.p for f in findings), default=1.0) * len(findings))


def partial_conjunction(sides: Sequence[float]) -> float:
    """P-value of "fewer than two sides are more than chance" (Benjamini and Heller, Biometrics 2008, Bonferroni form).

    The second smallest of s p-values times s - 1; 1 where only one side could be looked at.
    """
    ordered = sorted(sides)
    return min(1.0, ordered[1] * (len(ordered) - 1)) if len(ordered) >= 2 else 1.0
