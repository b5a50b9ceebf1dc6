"""Two hands behind one proxy: campaigns with different targets that rent one network and buy at one account shop.

The September 2026 report says that account pools are shared across labs; the February post that one proxy carried more
than 20,000 accounts of unrelated customers. Same proxy is not same actor: one campaign wants code and agents' work, the
other graded reasoning, each in its own words and at its own hours. Sizes and shares are ours.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from testrange.campaigns.campaign import Campaign, Proxy, Rotation, Shop
from testrange.campaigns.february_reasoning import METHOD as GRADING
from testrange.campaigns.june_2026 import METHOD as CODING

PROXY = Proxy("shared", exits=600)
SHOP = Shop("shared", share=0.2)
ROTATION = Rotation(0.7, 0.5, 0.5)


def separate_hands(**changes: Any) -> tuple[Campaign, Campaign]:
    """Both campaigns, with some fields of `Campaign` changed in each: `hand-coding` and `hand-grading`."""
    coding = Campaign("hand-coding", CODING, accounts=48, exchanges_per_account_day=25.6, cover=0.06, variety=0.7)
    grading = Campaign("hand-grading", GRADING, accounts=36, exchanges_per_account_day=40.0, repeated=0.95)
    shared: dict[str, Any] = {"proxy": PROXY, "shop": SHOP, "rotation": ROTATION, "days": 8.0} | changes
    return replace(coding, **shared), replace(grading, **shared)
