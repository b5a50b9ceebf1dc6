"""Balance: members carry nearly the same load, where customers differ by orders of magnitude."""

from __future__ import annotations

import numpy as np
from scipy.stats import chi2

from stillwatch.campaigns.model import SMALLEST_P, Bools, Finding, Floats, Groups, Ints, Population, poisson_tail
from stillwatch.records.detector import Detector

DETECTOR = Detector(
    name="balance",
    question="coordination",
    assumption="A dispatcher spreads its work evenly to keep each account quiet, so volumes hardly differ.",
    innocent=("everyone did the same exercise or benchmark once", "a plan's quota that all members use up"),
    references=("Anthropic, 23 February 2026 (load balancing)",),
    needs=("time",),
)

LEAST_EXCHANGES, LEAST_ACCOUNTS = 10, 8
"""Accounts with fewer exchanges have no volume to speak of, groups with fewer accounts no spread."""
HALF = 0.5
"""Without communities to compare with the null is half the population's spread: colleagues and course mates are more
alike than strangers, and the accounts of one organisation, e-mail domain or sign-up address keep 0.62 to 1.18 of the
spread of all (5 to 95 % of such groups in the demo world, seed 7)."""
LEAST_OTHERS = 30
"""Busy accounts outside all groups that are a reference, else all busy accounts are; with fewer nothing is even."""
LEAST_COMMUNITIES, LOW = 20, 0.05
"""Communities of alike accounts from which their spreads are the null, and the share of them that may lie below it:
users of one tool have more even loads than customers at large (0.35 to 0.45 of the logarithm, where half of all is
0.48)."""
NEAR, HEAPED = 3, 1e-6
"""Daily volumes on either side with which that of a limit is compared, and the p-value from which it is one. In a world
of the second simulator 129 accounts have 40 exchanges a day, and 3 to 12 each number from 30 to 48."""
MOST_LIMIT = 100_000
"""Daily volume beyond which no limit is looked for."""


def balance_findings(groups: Groups, people: Population, communities: Groups) -> list[Finding]:
    """One finding per group: the spread (standard deviation) of the logarithm of daily volume, of accounts that are
    busy and at no limit that others reach too."""
    daily = np.log(people.exchanges / np.maximum(people.active_days, 1))
    busy = (people.exchanges >= LEAST_EXCHANGES) & ~_at_a_limit(people, groups.of < 0)
    outside = daily[busy & (groups.of < 0)]
    others = outside if outside.size >= LEAST_OTHERS else daily[busy]
    reference = float(np.std(others)) if others.size >= LEAST_OTHERS else 0.0
    null = min(HALF * reference, _even_communities(daily, busy, communities))
    return [_finding(daily[_busy(groups, group, busy)], null, reference) for group in range(groups.count)]


def _at_a_limit(people: Population, others: Bools) -> Bools:
    """Accounts whose daily volume is one at which the accounts of no group heap up: a plan's quota or a program's limit
    of steps, which says that they reached it and not that somebody balanced them."""
    days = np.maximum(people.active_days, 1)
    whole = (people.exchanges % days == 0) & (people.exchanges // days <= MOST_LIMIT)
    volume = np.where(whole, people.exchanges // days, 0)
    heaps = np.bincount(volume[others & whole & (people.exchanges >= LEAST_EXCHANGES)], minlength=1).astype(float)
    sums = np.convolve(heaps, np.ones(2 * NEAR + 1))[NEAR : NEAR + heaps.size]
    usual = np.maximum((sums - heaps) / (2 * NEAR), 1.0)
    return np.isin(volume, np.flatnonzero(poisson_tail(heaps, usual) <= HEAPED))


def _even_communities(daily: Floats, busy: Bools, communities: Groups) -> float:
    """The spread below which few communities of alike accounts lie."""
    label, loads = communities.of[busy], daily[busy]
    label, loads = label[label >= 0], loads[label >= 0]
    n = np.bincount(label, minlength=communities.count)
    mean = np.bincount(label, loads, minlength=communities.count) / np.maximum(n, 1)
    square = np.bincount(label, (loads - mean[label]) ** 2, minlength=communities.count)
    spreads = np.sqrt(square / np.maximum(n - 1, 1))[n >= LEAST_ACCOUNTS]
    return float(np.quantile(spreads, LOW)) if spreads.size >= LEAST_COMMUNITIES else float("inf")


def _busy(groups: Groups, group: int, busy: Bools) -> Ints:
    members = groups.members(group)
    return members[busy[members]]


def _finding(daily: Floats, null: float, reference: float) -> Finding:
    if daily.size < LEAST_ACCOUNTS:
        return Finding(DETECTOR.name, "too few active accounts to compare loads", 0.0, reference, "log spread", 1.0)
    spread = float(np.std(daily, ddof=1))
    ratio = spread / null if null > 0.0 else np.inf  # where everybody's load is the same, an even load says nothing
    p = float(chi2.cdf((daily.size - 1) * ratio**2, daily.size - 1))
    statement = f"daily volumes of {daily.size} accounts differ by a factor of {np.exp(spread):.2f} (one deviation)"
    return Finding(DETECTOR.name, statement, spread, reference, "log spread", max(p, SMALLEST_P))
