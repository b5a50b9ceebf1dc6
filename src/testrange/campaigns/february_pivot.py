"""The largest campaign of the February 2026 post: more than 13 million exchanges of agentic coding and tools.

Synchronised, load-balanced traffic with shared payment; nearly half of it moved to a new model within 24 hours. The
number of accounts is not published; the rate is ours, within the published span.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from testrange.campaigns.campaign import Campaign, Method, Rotation

METHOD = Method(
    "february_pivot",
    ("coding", "data"),
    agent=True,
    tools=(2,),
    clouds=0.3,
    turns=1.5,
    pivots=True,
    exits=(0.4, 0.45, 0.15),
    hours=22,
)
CAMPAIGN = Campaign(
    "february-pivot",
    METHOD,
    accounts=150,
    exchanges_per_account_day=60.0,
    synchrony=0.8,
    rotation=Rotation(0.5, 0.05, 0.5),
)


def february_pivot(**changes: Any) -> Campaign:
    """The campaign, with some fields of `Campaign` changed."""
    return replace(CAMPAIGN, **changes)
