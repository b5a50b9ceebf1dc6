"""The second campaign of the February 2026 post: more than 3.4 million exchanges over hundreds of accounts.

Agentic reasoning, tool use, coding, data analysis and computer use over several access pathways and varied account
types; variants of the expert-data-analyst prompt. 46 exchanges per account and day on a basis of 92 days.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from testrange.campaigns.campaign import Campaign, Method, Rotation

METHOD = Method(
    "february_agentic",
    ("data", "coding", "business"),
    agent=True,
    segments=(0.25, 0.25, 0.3, 0.2),
    exits=(0.5, 0.35, 0.15),
    hours=16,
    clouds=0.5,
    tools=(3, 5, 7),
)
CAMPAIGN = Campaign(
    "february-agentic",
    METHOD,
    accounts=180,
    exchanges_per_account_day=46.0,
    days=92.0,
    repeated=0.85,
    rotation=Rotation(0.6, 0.5, 0.6),
)


def february_agentic(**changes: Any) -> Campaign:
    """The campaign, with some fields of `Campaign` changed."""
    return replace(CAMPAIGN, **changes)
