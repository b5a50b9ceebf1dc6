"""Worked answers: training material is asked for, and the answer is long. Either alone is common.

A product's own judge or router asks for grades and reasons and gets ten tokens back; a writer gets long answers and
asks for none of it. A student is trained on worked answers, so a harvest pays for both at once.
"""

from __future__ import annotations

import numpy as np

from stillwatch.campaigns.model import Floats
from stillwatch.records.detector import Detector

DETECTOR = Detector(
    name="worked_answers",
    question="harvest",
    assumption="Worked solutions, trajectories and reasoning are long; a harvester pays for output, where a "
    "classifier, an extractor or a judge pays for input.",
    innocent=("a tutor or a course that shows all steps", "code review at length", "deep research"),
    references=("Lambert, How much does distillation really cost (9,000 to 25,000 tokens an exchange)",),
    needs=("output_tokens", "output_text"),
)


def worked_answers(exchanges: Floats, worked: Floats) -> Floats:
    """Mean of how far exchanges show intent, those with an answer shorter than the longest quarter as 0; 0 to 1."""
    return np.asarray(worked / exchanges.clip(min=1), np.float64)
