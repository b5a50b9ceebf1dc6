"""A reseller of access whose accounts carry mostly other people's requests, and some harvest.

The February 2026 post describes a proxy of more than 20,000 accounts that mixed harvest with unrelated customers'
requests. The share was never published: sweep `cover`. Bystanders use the same exits with accounts of their own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from testrange.campaigns.campaign import Campaign, Method, Rotation

METHOD = Method("proxy_mix", ("research", "coding", "data"), resold=True, turns=1.6, segments=(0.2, 0.3, 0.4, 0.1))
CAMPAIGN = Campaign(
    "proxy-mix",
    METHOD,
    accounts=120,
    exchanges_per_account_day=60.0,
    cover=0.85,
    synchrony=0.1,
    templates=3,
    bystanders=40,
    rotation=Rotation(0.4, 0.5, 0.5),
)


def proxy_mix(**changes: Any) -> Campaign:
    """The campaign, with some fields of `Campaign` changed."""
    return replace(CAMPAIGN, **changes)
