"""Intent: the share of the work that asks for reasoning, grades, tasks or trajectories: training material itself.

The signals are `elicitation`, `grading` and `generation`, each in a file of its own under `stillwatch.signals`.
"""

from __future__ import annotations

import numpy as np

from stillwatch.campaigns.model import Floats
from stillwatch.records.detector import Detector

DETECTOR = Detector(
    name="intent",
    question="harvest",
    assumption="Whoever trains a student asks for what a student learns from: written reasoning, judgements against a "
    "rubric, tasks with solutions, tool-use trajectories.",
    innocent=("audit trails", "evaluation of one's own product", "teaching", "unit tests for one's own code"),
    references=("Anthropic, 23 February 2026", "Google Threat Intelligence Group, February 2026"),
    needs=("input_text",),
)


def intent(exchanges: Floats, shown: Floats) -> Floats:
    """Mean of how far exchanges show intent, 0 to 1."""
    return np.asarray(shown / exchanges.clip(min=1), np.float64)
