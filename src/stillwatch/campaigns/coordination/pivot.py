"""Pivot: within a day of a model's release, members move their traffic to it together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
from scipy.stats import binom

from stillwatch.campaigns.model import SMALLEST_P, Bools, Finding, Groups, Ints
from stillwatch.records.detector import Detector

DETECTOR = Detector(
    name="pivot",
    question="coordination",
    assumption="A harvest goes where the newest capability is, on an order that reaches all its accounts at once.",
    innocent=("release-day benchmarking", "enthusiasts", "an alias that the provider itself moved to the new model"),
    references=("Anthropic, 23 February 2026 (nearly half of the traffic within 24 hours)",),
    needs=("model", "time"),
)

MOVED = 0.3
"""Share of an account's exchanges on the new model, in the day after release, from which it has moved."""
LEAST_ACCOUNTS, LEAST_COMMUNITIES, KEEN = 5, 20, 0.9
"""Communities of alike accounts from which their shares are a yardstick, and the quantile of it: benchmarkers and
enthusiasts move on release day without knowing one another."""
CROWD = 0.05
"""Least share of unconnected accounts that is taken to move: interest in a release spreads among like people."""


def pivot_findings(moves: pa.Table, groups: Groups, communities: Groups) -> list[Finding]:
    """One finding per group, for the release on which it moved most clearly.

    `moves`: one row per new model and account that was active both before the release and in the day after it:
    `model`, `member`, `after` (exchanges in that day), `on_model` (of these, on the new model).
    """
    best = [Finding(DETECTOR.name, "no move to a new model was seen", 0.0, 0.0, "accounts", 1.0)] * groups.count
    models = sorted(set(moves["model"].to_pylist()))
    for model in models:
        rows = moves.filter(pa.compute.equal(moves["model"], model))
        member = np.asarray(rows["member"]).astype(np.int64)
        moved = np.asarray(rows["on_model"]) >= MOVED * np.asarray(rows["after"])
        for group, finding in enumerate(_of_release(groups, communities, member, moved)):
            corrected = replace(finding, p=min(1.0, finding.p * len(models)))
            best[group] = min(best[group], corrected, key=lambda f: f.p)
    return best


def _of_release(groups: Groups, communities: Groups, member: Ints, moved: Bools) -> list[Finding]:
    label = groups.of[member]
    outside = float(moved[label < 0].mean()) if (label < 0).any() else 0.0
    crowd = max(CROWD, outside, _keen(communities.of[member], moved, communities.count))
    could = np.bincount(label[label >= 0], minlength=groups.count)
    did = np.bincount(label[(label >= 0) & moved], minlength=groups.count)
    p = np.minimum(1.0, np.maximum(binom.sf(did - 1, could, crowd), SMALLEST_P))
    return [
        Finding(
            DETECTOR.name,
            f"{d} of {c} accounts moved to a new model within a day of its release",
            float(d),
            float(c * crowd),
            "accounts",
            float(tail) if d else 1.0,
        )
        for d, c, tail in zip(did, could, p, strict=True)
    ]


def _keen(label: Ints, moved: Bools, count: int) -> float:
    """The share of its accounts that a keen community of alike accounts moves."""
    could = np.bincount(label[label >= 0], minlength=count)
    did = np.bincount(label[(label >= 0) & moved], minlength=count)
    shares = did[could >= LEAST_ACCOUNTS] / could[could >= LEAST_ACCOUNTS]
    return float(np.quantile(shares, KEEN)) if shares.size >= LEAST_COMMUNITIES else 0.0
