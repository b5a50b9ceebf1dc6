"""Repetitive structure, ever new content: the same frame around inputs that never come twice."""

from __future__ import annotations

import numpy as np

from stillwatch.campaigns.model import Floats
from stillwatch.records.detector import Detector

DETECTOR = Detector(
    name="structure",
    question="harvest",
    assumption="A training set needs many different inputs in one format; each is asked once, by whichever account is "
    "free.",
    innocent=("an application with a fixed prompt", "batch extraction over a company's documents"),
    references=("Anthropic, 23 February 2026 (highly repetitive structures)",),
    needs=("input_text",),
)


def fresh_frames(exchanges: Floats, framed: Floats, distinct: Floats) -> Floats:
    """Share of exchanges that fill a shared frame with content seen nowhere else, 0 to 1."""
    framed_share = framed / exchanges.clip(min=1)
    freshness = distinct / exchanges.clip(min=1)
    return np.asarray(framed_share * freshness.clip(max=1), np.float64)
