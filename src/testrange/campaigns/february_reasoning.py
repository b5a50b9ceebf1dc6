"""The smallest campaign of the February 2026 post: more than 150,000 exchanges that elicit reasoning.

Rubric grading (the model as a reward model), "imagine and articulate the internal reasoning behind a completed
response", neutral rewrites. The number of accounts is not published; 60 is ours.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from testrange.campaigns.campaign import Campaign, Method, Rotation

METHOD = Method("february_reasoning", ("study", "research", "legal"), segments=(0.2, 0.0, 0.7, 0.1), hours=14)
CAMPAIGN = Campaign(
    "february-reasoning",
    METHOD,
    accounts=60,
    exchanges_per_account_day=40.0,
    days=30.0,
    repeated=0.95,
    rotation=Rotation(0.5, 0.3, 0.3),
)


def february_reasoning(**changes: Any) -> Campaign:
    """The campaign, with some fields of `Campaign` changed."""
    return replace(CAMPAIGN, **changes)
