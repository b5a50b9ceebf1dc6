"""Self-instructed tasks: no wording is repeated. Only behaviour and infrastructure can tell.

No campaign of the record is described so; it is where the ones that read detection reports would go.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from testrange.campaigns.campaign import Campaign, Method, Rotation

METHOD = Method("june_2026", ("coding", "data", "research", "study", "business"), hours=20)
CAMPAIGN = Campaign(
    "unrepeated", METHOD, accounts=150, exchanges_per_account_day=30.0, repeated=0.0, rotation=Rotation(0.8, 0.6, 0.6)
)


def unrepeated(**changes: Any) -> Campaign:
    """The campaign, with some fields of `Campaign` changed."""
    return replace(CAMPAIGN, **changes)
