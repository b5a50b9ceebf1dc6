"""From evidence to verdicts. Only `distillation` is an accusation, and it needs both questions answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from stillwatch.campaigns.model import Bools, Explanation, Floats

Verdict = Literal["distillation", "coordinated", "watch"]

SCREEN = 0.01
"""P-value of coordination with which a group passes on to the question of harvest."""

HARVEST_WATCH = 0.01
"""P-value of harvest from which a group that cannot be accused is worth a look."""


def q_values(p: Floats) -> Floats:
    """False-discovery level at which each test would be accepted (Benjamini and Hochberg 1995)."""
    m = p.size
    order = np.argsort(p, kind="stable")
    scaled = p[order] * m / np.arange(1, m + 1)
    q = np.empty(m)
    q[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return q


def accusation_q(coordination: Floats, harvest: Floats, explained: Bools) -> Floats:
    """False-discovery level at which each group would be accused of both; 1 for groups that are not even suspected.

    Suspected are the groups that act as one hand and have no innocent explanation, so that thousands of chance groups
    and open customers do not dilute the few that matter. Neither condition looks at the harvest. After the screen, the
    coordination p-value is rescaled to what it is given that it passed (p / SCREEN), the p-value of "not both" is the
    larger of the two (intersection-union; Berger 1982), and Benjamini-Hochberg runs over the suspects (conditional
    p-values after selection; Zhao, Small and Su 2019).
    """
    q = np.ones(coordination.size)
    passed = (coordination <= SCREEN) & ~explained
    if passed.any():
        q[passed] = q_values(np.maximum(coordination[passed] / SCREEN, harvest[passed]))
    return q


def level_at(level: float, look: int | None) -> float:
    """The level that accusations of the `look`-th scan of one growing log have to reach, so that all its scans together
    keep `level`: shares of 6 / (pi look)^2, which sum up to one.

    Whoever looks every day and accuses on the first day that allows it has many chances to be wrong. Spending the level
    over looks (Lan and DeMets 1983) holds however the scans depend on one another. Averages of e-values (Vovk and Wang
    2021) hold likewise, but their calibrator takes the square root of a p-value and more power with it.
    """
    return level if look is None else level * 6.0 / (np.pi * look) ** 2


def verdict(
    q: float, coordination_q: float, harvest_p: float, level: float, innocent: Sequence[Explanation]
) -> Verdict | None:
    """The verdict on one group, None where there is nothing to report.

    `q` covers both questions, `coordination_q` the first alone, both over all groups of the scan.
    """
    explained = any(e.holds for e in innocent)
    if q <= level and not explained:
        return "distillation"
    if harvest_p <= HARVEST_WATCH and coordination_q <= level:
        return "watch"
    if coordination_q <= level and not explained:
        return "coordinated"
    return None
