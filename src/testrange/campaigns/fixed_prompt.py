"""GTG-16005 of the September 2026 report: one fixed prompt injected into every request.

More than 151 million exchanges from May to July; residential proxies, disposable mail, virtual cards; about 860
exchanges per account and day at the peak. The default rate is smaller so that a small world holds many accounts.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from testrange.campaigns.campaign import Campaign, Method, Rotation

METHOD = Method(
    "fixed_prompt", ("coding", "data", "research", "study"), injected=True, mail=(0.35, 0.55, 0.1),
    exits=(0.95, 0.03, 0.02), turns=1.6, segments=(0.05, 0.05, 0.7, 0.2),
)  # fmt: skip
CAMPAIGN = Campaign(
    "fixed-prompt",
    METHOD,
    accounts=60,
    exchanges_per_account_day=70.0,
    repeated=1.0,
    templates=1,
    rotation=Rotation(0.9, 0.8, 0.5),
)


def fixed_prompt(**changes: Any) -> Campaign:
    """The campaign, with some fields of `Campaign` changed."""
    return replace(CAMPAIGN, **changes)
