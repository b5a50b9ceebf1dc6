"""Distillation campaigns of the public record, one file each."""

from collections.abc import Callable

from testrange.campaigns.build import campaign_population
from testrange.campaigns.campaign import Campaign, Method, Proxy, Rotation, Shop
from testrange.campaigns.february_agentic import february_agentic
from testrange.campaigns.february_pivot import february_pivot
from testrange.campaigns.february_reasoning import february_reasoning
from testrange.campaigns.fixed_prompt import fixed_prompt
from testrange.campaigns.june_2026 import june_2026
from testrange.campaigns.proxy_mix import proxy_mix
from testrange.campaigns.replaced_pool import replaced_pool
from testrange.campaigns.separate_hands import separate_hands
from testrange.campaigns.unrepeated import unrepeated

CAMPAIGNS: dict[str, Callable[..., Campaign]] = {
    "june-2026": june_2026,
    "february-reasoning": february_reasoning,
    "february-agentic": february_agentic,
    "february-pivot": february_pivot,
    "fixed-prompt": fixed_prompt,
    "replaced-pool": replaced_pool,
    "proxy-mix": proxy_mix,
    "unrepeated": unrepeated,
}

__all__ = [
    "CAMPAIGNS",
    "Campaign",
    "Method",
    "Proxy",
    "Rotation",
    "Shop",
    "campaign_population",
    "february_agentic",
    "february_pivot",
    "february_reasoning",
    "fixed_prompt",
    "june_2026",
    "proxy_mix",
    "replaced_pool",
    "separate_hands",
    "unrepeated",
]
