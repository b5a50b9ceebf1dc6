"""Synchrony: members are active in the same five minutes more often than their hours and their timers explain.

Within each hour the active five-minute slots of an account are compared with those of the others. If accounts only
share working hours, their slots fall independently inside the hour; if each has a timer, they fall at the minutes at
which slots of *other* hours fall as well. One who starts the work of several at once needs no fixed minute. The same
ratio for the whole population is the reference.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from stillwatch.campaigns.model import Finding, Floats, Groups, Ints, poisson_tail
from stillwatch.records.detector import Detector

DETECTOR = Detector(
    name="synchrony",
    question="coordination",
    assumption="One dispatcher starts the work of several accounts at once.",
    innocent=(
        "timers that fire at fixed minutes",
        "an exam or a workshop",
        "an outage after which everyone retries",
    ),
    references=("Cao et al., SynchroTrap, CCS 2014", "Anthropic, 23 February 2026 (synchronized traffic)"),
    needs=("time",),
)

SLOTS_PER_HOUR = 12
LEAST_RATIO = 1.5
"""Ratios below this are told as nothing. A judgement: groups of the demo worlds show 0.9 to 1.4."""


def synchrony_findings(meetings: pa.Table, groups: Groups) -> list[Finding]:
    """One finding per group. `meetings`: one row per group `grp`, and one with -1 for a sample of the others: `pairs`
    of active five-minute slots of its accounts, those that are the same slot (`same_slot`), that lie in one hour
    (`same_hour`), of the latter those of one account (`own`), and pairs at one place of any hours (`same_place`)."""
    label = np.asarray(meetings["grp"]).astype(np.int64)
    base_observed, base_expected = coincidences(
        meetings.filter(pa.array(label < 0)), np.zeros((label < 0).sum(), int), 1
    )
    base = max(1.0, float(base_observed[0] / base_expected[0])) if base_expected[0] > 0 else 1.0
    inside = label >= 0
    observed, expected = coincidences(meetings.filter(pa.array(inside)), label[inside], groups.count)
    expected = expected * base
    p = np.where(observed > LEAST_RATIO * expected, _tail(observed, expected, groups.sizes), 1.0)
    return [
        Finding(
            DETECTOR.name,
            f"members met in the same five minutes {o / max(e, 1e-9):.1f} times as often as hours and timers explain",
            float(o),
            float(e),
            "coincidences",
            float(tail),
        )
        for o, e, tail in zip(observed, expected, p, strict=True)
    ]


def _tail(observed: Floats, expected: Floats, sizes: Ints) -> Floats:
    """Coincidences of one account come in bunches, so they count as one per member and not one per pair."""
    per_member = np.maximum(expected, 1.0) / np.maximum(sizes, 1)
    scale = np.maximum(per_member, 1.0)
    return poisson_tail(observed / scale, expected / scale)


def coincidences(meetings: pa.Table, label: Ints, count: int) -> tuple[Floats, Floats]:
    """Pairs of different members active in the same slot, and expected if slots of one hour agreed as often as those of
    different hours do: one time in SLOTS_PER_HOUR without timers, and where all lie in one hour."""
    counted = {name: np.zeros(count) for name in ("same_slot", "same_hour", "own", "same_place", "pairs")}
    for name, values in counted.items():
        values[label] = np.asarray(meetings[name]).astype(float)
    apart = counted["pairs"] - counted["same_hour"]
    agreeing = (counted["same_place"] - counted["same_slot"]) / np.maximum(apart, 1.0)
    chance = np.maximum(agreeing, 1.0 / SLOTS_PER_HOUR)
    return counted["same_slot"], np.maximum(counted["same_hour"] - counted["own"], 0.0) * chance
