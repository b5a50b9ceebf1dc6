"""Verbatim questions: two accounts ask the same questions word for word, questions that few others ask.

A harvest that draws several answers to each question, or deals its questions out again, asks them from several
accounts. One shared question is nothing; a link needs four or more.
"""

from __future__ import annotations

from stillwatch.links.model import LinkDetector
from stillwatch.records.detector import Detector

LEAST_WORDS = 12
"""Shorter messages ("please go on with the rest") are alike by chance."""
MOST_SENDERS = 30
"""A question that more accounts ask is public: a benchmark, an assignment, a viral prompt."""

VERBATIM = LinkDetector(
    Detector(
        name="verbatim",
        question="coordination",
        assumption="One hand draws several answers to each of its questions, or deals the same questions out again.",
        innocent=(
            "evaluators of one public benchmark",
            "students of one course",
            "an error message or notice that many paste",
        ),
        references=(
            "Pacheco et al., Uncovering coordinated networks on social media, ICWSM 2021 (shared objects)",
            "rejection sampling: several answers to one question, the best kept",
        ),
        needs=("input_text",),
    ),
    side="traffic",
    sql=(
        "SELECT a.member, a.content AS value, a.exchanges, a.first_seen FROM asked a "
        f"JOIN (SELECT content FROM asked WHERE words >= {LEAST_WORDS} GROUP BY content "
        f"HAVING COUNT(*) >= 2 AND COUNT(*) <= {MOST_SENDERS}) AS r ON r.content = a.content"
    ),
    reliability=0.3,
    cap=10.0,
)
