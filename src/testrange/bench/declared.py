"""The worlds of the bench. Every world holds all benign twins, each with enough accounts to be a group of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from testrange.campaigns import (
    Campaign,
    Proxy,
    Shop,
    february_agentic,
    february_pivot,
    february_reasoning,
    fixed_prompt,
    june_2026,
    proxy_mix,
    replaced_pool,
    separate_hands,
    unrepeated,
)
from testrange.twins import TWINS, Twin
from testrange.worlds import World

LEAST_TWIN_ACCOUNTS = 8
TUNING_SEEDS = 900
"""Settings of peers are chosen on worlds with seeds from here on; nothing is reported on those."""
CLEAN_SEEDS = 950
"""Worlds without a campaign that some peers need as a yardstick."""
CONTROL_SEEDS = 2000
SWEEP_SEEDS = 400
FIRST_DAY_SEEDS = 600
FIRST_DAY_START = 3.0
HANDS_SEEDS = 700
EARLY_SEEDS = 750
EARLY_START, EARLY_DAYS = 2.0, 45.0
EARLY_CUSTOMERS, FEW_CUSTOMERS = 9_000, 2_400
MIXED_SEEDS = 800


def twins(scale: float, volume: float) -> tuple[Twin, ...]:
    """Every twin; none too small to be a group, but those that are a few accounts of one firm."""
    found = []
    for _, twin in TWINS.values():
        least = min(LEAST_TWIN_ACCOUNTS, twin.accounts)
        found.append(Twin(twin.name, max(least, round(twin.accounts * scale)), twin.rate * volume))
    return tuple(found)


def all_campaigns() -> tuple[Campaign, ...]:
    """Every campaign of the range, small, each eight or nine days long."""
    return (
        june_2026(accounts=48, start_day=3.0, days=8.0),
        february_reasoning(accounts=20, start_day=3.5, days=8.0),
        february_agentic(accounts=24, exchanges_per_account_day=30.0, start_day=2.5, days=8.0),
        february_pivot(accounts=30, exchanges_per_account_day=30.0, start_day=2.0, days=9.0),
        fixed_prompt(accounts=24, exchanges_per_account_day=40.0, start_day=2.5, days=8.0),
        replaced_pool(accounts=20, start_day=2.0, days=9.0, ban_day=4.0),
        proxy_mix(accounts=30, exchanges_per_account_day=40.0, bystanders=10, start_day=2.0, days=9.0),
        unrepeated(accounts=30, start_day=3.0, days=8.0),
    )


def mid(seed: int) -> World:
    """About 100,000 exchanges of 3,200 accounts in twelve days, every campaign and every twin."""
    return World(seed, 12, accounts=2400, exchanges=24_000, campaigns=all_campaigns(), twins=twins(0.3, 0.25))


def quick(seed: int) -> World:
    """A tenth of that with three campaigns, for tests."""
    campaigns = (
        june_2026(accounts=20, start_day=1.0, days=5.0),
        fixed_prompt(accounts=14, exchanges_per_account_day=30.0, start_day=1.0, days=5.0),
        unrepeated(accounts=14, exchanges_per_account_day=20.0, start_day=1.0, days=5.0),
    )
    return World(seed, 7, accounts=500, exchanges=4_000, campaigns=campaigns, twins=twins(0.1, 0.05))


def control(seed: int, volume: float, with_campaigns: bool) -> World:
    """A week of some 500 ordinary customers times `volume`, all twins, and two campaigns or none."""
    campaigns = (
        june_2026(accounts=20, start_day=1.0, days=5.0),
        fixed_prompt(accounts=14, exchanges_per_account_day=30.0, start_day=1.0, days=5.0),
    )
    return World(
        seed,
        7,
        accounts=round(500 * volume),
        exchanges=round(4_000 * volume),
        campaigns=campaigns if with_campaigns else (),
        twins=twins(0.15, 0.4),
    )


def swept(seed: int, campaigns: Sequence[Campaign], volume: float = 1.0) -> World:
    """The world of the sweeps: mid-size, with the campaigns that are swept and no others."""
    return World(
        seed,
        12,
        accounts=round(1600 * volume),
        exchanges=round(16_000 * volume),
        campaigns=tuple(campaigns),
        twins=twins(0.2, 0.25),
    )


def two_hands(seed: int, exits: int, bought: float, changes: dict[str, Any], small: bool) -> World:
    """Two campaigns with different targets behind one proxy of `exits` exits, `bought` of the accounts of either from
    one shop. `changes` are made to both; `second` among them is the number of accounts of the second alone."""
    suppliers: dict[str, Any] = {"proxy": Proxy("shared", exits), "shop": Shop("shared", bought)}
    both = {k: v for k, v in changes.items() if k != "second"}
    when: dict[str, Any] = {"start_day": 1.0, "days": 5.0} if small else {"start_day": 3.0}
    one, other = separate_hands(**suppliers, **when, **both)
    hands = (one, replace(other, accounts=changes.get("second", other.accounts)))
    accounts = 500 if small else 1600
    around = twins(0.1, 0.05) if small else twins(0.2, 0.25)
    return World(seed, 7 if small else 12, accounts=accounts, exchanges=10 * accounts, campaigns=hands, twins=around)


def early(seed: int, customers: int, small: bool = False) -> World:
    """The first four days of a log in which campaigns of 45 days start on the third: only what a scan of their first
    48 hours can see is simulated. Their pools of exits are those of 45 days. Every ordinary customer asks about
    once a day, as in the demonstration."""
    long_ones = (june_2026(accounts=220), fixed_prompt(), unrepeated())
    campaigns = tuple(
        replace(c, start_day=EARLY_START, days=EARLY_DAYS, proxy=Proxy(c.name, _exits_of(c))) for c in long_ones
    )
    if small:
        small_world = World(seed, 4, accounts=400, exchanges=2_000, campaigns=campaigns[:1], twins=twins(0.1, 0.05))
        return replace(small_world, scale=0.4)
    around = twins(0.5, 0.5) if customers >= EARLY_CUSTOMERS else twins(0.3, 0.25)
    return World(seed, 4, accounts=customers, exchanges=4 * customers, campaigns=campaigns, twins=around)


def _exits_of(campaign: Campaign) -> int:
    """Exits of a pool of its own over all its days, by the rule of the range."""
    sessions = campaign.accounts * campaign.exchanges_per_account_day * EARLY_DAYS
    return min(3 + int(campaign.rotation.addresses**3 * sessions), 250_000)


def mixed(seed: int, cover: float, small: bool) -> World:
    """A reseller whose accounts carry mostly other people's work, with bystanders behind the same exits."""
    if small:
        one = proxy_mix(accounts=20, bystanders=8, cover=cover, start_day=1.0, days=5.0)
        return World(seed, 7, accounts=500, exchanges=5_000, campaigns=(one,), twins=twins(0.1, 0.05))
    return swept(seed, [proxy_mix(accounts=60, bystanders=24, cover=cover, start_day=2.0, days=9.0)])


def starting_together(seed: int, small: bool) -> World:
    """A world whose campaigns all start on one day, to be scanned as of the days after it."""
    world = quick(seed) if small else mid(seed)
    start = 1.0 if small else FIRST_DAY_START
    return replace(world, campaigns=tuple(replace(c, start_day=start) for c in world.campaigns))
