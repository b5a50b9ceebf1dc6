"""The declared worlds of the closed loop: one campaign each among ordinary customers and all benign twins, 21 days
long.

Rates and methods are those of the campaigns that `docs/worlds.md` lists, with its sources; numbers of accounts are
ours, chosen so that a hand that is left alone comes to between 10,000 and 40,000 exchanges and that a scan stays
within seconds. Campaigns are a far larger share of these logs than of any provider's traffic.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from testrange.bench.declared import twins
from testrange.campaigns import Campaign, june_2026, proxy_mix, unrepeated
from testrange.worlds import World

DAYS = 21
START = 3.0
"""Day of the world on which a campaign starts; before it a scan sees nothing but customers and twins."""
HARVEST_DAYS = 18.0
CUSTOMERS = 4_000
"""Ordinary customers (ours: as many as scans of a few seconds allow); each asks about once a day, as in the
demonstration."""


def fast(seed: int) -> World:
    """The method of the June 2026 letter at 46 exchanges per account and day, the rate of the agentic campaign of the
    February 2026 post; 40 accounts: some 30,000 exchanges."""
    return world_of(seed, june_2026(name="fast", accounts=40, exchanges_per_account_day=46.0))


def slow(seed: int) -> World:
    """The same method at 5 exchanges per account and day, a fifth of the letter's rate (ours: what a patient hand
    would do); 200 accounts: some 16,000 exchanges."""
    return world_of(seed, june_2026(name="slow", accounts=200, exchanges_per_account_day=5.0))


def mixed(seed: int) -> World:
    """Harvest in the accounts of a reseller, whose customers make 85 % of the traffic (the share was never published,
    nor was the rate of 60 per account and day); 72 accounts and 20 bystanders behind the same exits: some 10,000
    exchanges."""
    return world_of(seed, proxy_mix(name="mixed", accounts=72, bystanders=20))


def unrepeated_wording(seed: int) -> World:
    """No wording is repeated: each request is composed anew. Not described in the record; 30 exchanges per account and
    day and 40 accounts are ours: some 20,000 exchanges."""
    return world_of(seed, unrepeated(accounts=40))


KINDS: dict[str, Callable[[int], World]] = {
    "fast": fast,
    "slow": slow,
    "mixed": mixed,
    "unrepeated": unrepeated_wording,
}
"""A world by kind of campaign and seed."""


def world_of(seed: int, campaign: Campaign) -> World:
    """A world with this campaign from START on. Everyone gets an answer, so that having one tells nothing."""
    timed = replace(campaign, start_day=START, days=HARVEST_DAYS)
    around = World(seed, DAYS, accounts=CUSTOMERS, exchanges=CUSTOMERS * DAYS, answers=True)
    return replace(around, campaigns=(timed,), twins=twins(0.3, 0.2))
