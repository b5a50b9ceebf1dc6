"""Balance: members carry nearly the same load, where customers differ by orders of magnitude."""

from __future__ import annotations

import numpy as np
from scipy.stats import chi2

from stillwatch.campaigns.model import SMALLEST_P, Finding, Floats, Groups, Ints, Population
from stillwatch.records.detector import Detector

DETECTOR = Detector(
    name="balance",
    question="coordination",
    assumption="A dispatcher spreads its work evenly to keep each account quiet, so volumes hardly differ.",
    innocent=("everyone did the same exercise or benchmark once", "a plan's quota that all members use up"),
    references=("Anthropic, 23 February 2026 (load balancing)",),
    needs=("time",),
)

LEAST_EXCHANGES = 10
"""Accounts with fewer have no volume to speak of."""
HALF = 0.5
"""The null is a spread of at least half the population's: colleagues and course mates are more alike than strangers,
and the accounts of one organisation, e-mail domain or sign-up address keep 0.62 to 1.18 of the spread of all (5 to 95 %
of such groups in the demo world, seed 7)."""


def balance_findings(groups: Groups, people: Population) -> list[Finding]:
    """One finding per group: the spread (standard deviation) of the logarithm of daily volume."""
    daily = np.log(people.exchanges / np.maximum(people.active_days, 1))
    busy = people.exchanges >= LEAST_EXCHANGES
    outside = daily[busy & (groups.of < 0)]
    reference = float(np.std(outside)) if outside.size >= 30 else 1.0
    return [_finding(daily[_busy(groups, group, busy)], HALF * reference, reference) for group in range(groups.count)]


def _busy(groups: Groups, group: int, busy: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Ints:
    members = groups.members(group)
    return members[busy[members]]


def _finding(daily: Floats, null: float, reference: float) -> Finding:
    if daily.size < 8:
        return Finding(DETECTOR.name, "too few active accounts to compare loads", 0.0, reference, "log spread", 1.0)
    spread = float(np.std(daily, ddof=1))
    p = float(chi2.cdf((daily.size - 1) * (spread / null) ** 2, daily.size - 1))
    statement = f"daily volumes of {daily.size} accounts differ by a factor of {np.exp(spread):.2f} (one deviation)"
    return Finding(DETECTOR.name, statement, spread, reference, "log spread", max(p, SMALLEST_P))
