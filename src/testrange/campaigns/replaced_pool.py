"""A pool of accounts is banned and a second one takes over quickly with the same templates.

The September 2026 report describes a first pool of about 5,000 accounts, banned, and a ready second one; it gives no
hours. Six hours and the day of the ban are ours.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from testrange.campaigns.campaign import Campaign, Method, Rotation

METHOD = Method("replaced_pool", ("business", "coding", "research"), hours=18)
CAMPAIGN = Campaign(
    "replaced-pool",
    METHOD,
    accounts=70,
    exchanges_per_account_day=35.0,
    days=30.0,
    ban_day=5.0,
    rotation=Rotation(0.7, 0.5, 0.4),
)


def replaced_pool(**changes: Any) -> Campaign:
    """The campaign, with some fields of `Campaign` changed."""
    return replace(CAMPAIGN, **changes)
