"""The campaign of the letter of 10 June 2026: 28.8 million exchanges, about 25,000 accounts, 22 April to 5 June.

25.6 exchanges per account and day on 45 days. Software engineering, agentic reasoning and long-horizon tasks;
commercial proxies and obfuscation. How much it shared and how its prompts read is not in the record: that is ours.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from testrange.campaigns.campaign import Campaign, Method, Rotation

METHOD = Method("june_2026", ("coding", "data", "research"), agent=True, tools=(1, 2), turns=1.3, hours=20)
CAMPAIGN = Campaign(
    "june-2026",
    METHOD,
    accounts=240,
    exchanges_per_account_day=25.6,
    cover=0.06,
    variety=0.7,
    rotation=Rotation(0.8, 0.5, 0.5),
)


def june_2026(**changes: Any) -> Campaign:
    """The campaign, with some fields of `Campaign` changed."""
    return replace(CAMPAIGN, **changes)
