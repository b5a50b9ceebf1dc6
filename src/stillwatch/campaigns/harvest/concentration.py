"""Capability concentration: the work is in one or two of the capabilities that students lack."""

from __future__ import annotations

import numpy as np

from stillwatch.campaigns.model import Floats
from stillwatch.records.detector import Detector

DETECTOR = Detector(
    name="concentration",
    question="harvest",
    assumption="Massive volume is concentrated in a few areas that map onto training value.",
    innocent=("a product does one thing", "a development team writes code all day", "a benchmark of one skill"),
    references=("Anthropic, 23 February 2026 (massive volume concentrated in a few areas)",),
    needs=("input_text", "tool_names"),
)


def concentration(by_capability: Floats) -> Floats:
    """Share of exchanges in the two largest capabilities other than `general`; one row per unit of work, 0 to 1.

    `by_capability`: exchanges by capability, `general` last.
    """
    total = by_capability.sum(axis=1)
    largest = np.sort(by_capability[:, :-1], axis=1)
    return np.asarray(largest[:, -2:].sum(axis=1) / total.clip(min=1), np.float64)
