"""Absence of follow-up: nobody reads the answers, so nobody asks back."""

from __future__ import annotations

import numpy as np

from stillwatch.campaigns.model import Floats
from stillwatch.records.detector import Detector

DETECTOR = Detector(
    name="follow_up",
    question="harvest",
    assumption="A harvester stores answers; a person or an agent at work goes on from them.",
    innocent=("batch classification or extraction", "retrieval back-fill", "nightly evaluations"),
    references=(
        "AA26-251A, 8 September 2026 (no idle, no ramp)",
        "traffic of real coding sessions: most turns follow one",
    ),
    needs=("conversation_id", "turn"),
)


def single(exchanges: Floats, follow_ups: Floats) -> Floats:
    """Share of exchanges that do not continue a conversation, 0 to 1."""
    return np.asarray(1.0 - follow_ups / exchanges.clip(min=1), np.float64)
