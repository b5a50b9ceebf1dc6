"""From evidence to verdicts. Only `distillation` is an accusation, and it needs both questions answered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from stillwatch.campaigns.explanations import Explanation
from stillwatch.campaigns.model import Floats

Verdict = Literal["distillation", "coordinated", "watch"]

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


def both(coordination: Floats, harvest: Floats) -> Floats:
    """P-value of "not both" (intersection-union: the larger of the two; Berger 1982)."""
    return np.maximum(coordination, harvest)


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
