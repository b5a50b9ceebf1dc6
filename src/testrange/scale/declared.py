"""What a large world is: its size, its customers, its twins and its one campaign."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from testrange.background import background
from testrange.campaigns import Campaign, campaign_population, june_2026
from testrange.population import Population, together
from testrange.setting import Setting, new_setting
from testrange.twins import TWINS, Making, Twin

FULL = 300_000_000
"""Exchanges of the declared scale; every other size keeps its proportions."""
FULL_ACCOUNTS, FULL_CAMPAIGN, FULL_HARVEST = 1_200_000, 25_000, 29_000_000
FULL_TWINS = 100.0
"""How many times the twins of the demonstration world, which has 2,000 accounts of them among 9,000 customers."""
TWIN_VOLUME = 0.7
MOST = 0.012
"""Share of everything that one customer can have."""
RAMP = 1.1
"""Days that an account of the campaign misses on average, since it starts and ends a little apart from the others."""


@dataclass(frozen=True)
class ScaleWorld:
    """What to simulate. `exchanges` and `accounts` are of everybody together; `harvesting` accounts are the campaign's,
    with `taken` exchanges among them. `twins` multiplies the accounts of benign twins: by its root in accounts of each,
    by its root in copies with places, cards and sign-ups of their own (the wording is the same in all copies)."""

    exchanges: int
    accounts: int
    harvesting: int
    taken: int
    twins: float
    seed: int = 7
    days: int = 45
    start: date = date(2026, 4, 22)


def of_size(exchanges: int, seed: int = 7) -> ScaleWorld:
    """The declared world at another size: accounts, campaign and twins in proportion, over the same days."""
    share = exchanges / FULL
    return ScaleWorld(
        exchanges,
        accounts=round(FULL_ACCOUNTS * share),
        harvesting=max(8, round(FULL_CAMPAIGN * share)),
        taken=round(FULL_HARVEST * share),
        twins=FULL_TWINS * share,
        seed=seed,
    )


def campaign_of(world: ScaleWorld) -> Campaign:
    """The campaign of the June 2026 letter, from the first day to the last."""
    daily = world.taken / (world.harvesting * max(world.days - RAMP, 1.0))
    return june_2026(accounts=world.harvesting, exchanges_per_account_day=daily, start_day=0.0, days=float(world.days))


def population_of(world: ScaleWorld) -> tuple[Setting, Population]:
    """Everyone in a world, in random order, and their setting. About 2 KB an account while it is made."""
    setting = new_setting(world.seed, world.start, world.days)
    twins = [_copy(setting, name, size, number) for name, size, number in _copies(world)]
    busy = sum(float((p.rate * np.clip(p.last_day - p.first_day, 0, None)).sum()) for p in twins)
    others = max(world.accounts - sum(map(len, twins)) - world.harvesting, 200)
    wanted = max(world.exchanges - world.taken - busy, 10.0 * others)
    ordinary = _brought_to(background(setting, others, wanted), wanted)
    people = together([ordinary, *twins, campaign_population(setting, campaign_of(world), 1.0, ordinary)])
    people = people.take(setting.generator("order").permutation(len(people)))
    return setting, people.but(**_one_script_each(setting, people))


def _brought_to(people: Population, wanted: float) -> Population:
    """The same customers with so many exchanges in all. None has more than MOST of them, which cuts a third of what a
    tail this heavy would have; the others make up for it."""
    window, rate = np.maximum(people.last_day - people.first_day, 0.0), people.rate
    most = MOST * wanted / np.maximum(window, 1.0)
    for _ in range(12):
        rate = np.minimum(rate * (wanted / (rate * window).sum()), most)
    return people.but(rate=rate)


def _copies(world: ScaleWorld) -> list[tuple[str, int, int]]:
    """Name, accounts and number of each copy of each twin."""
    copies = max(1, round(world.twins**0.5))
    return [
        (name, max(3, round(twin.accounts * world.twins / copies)), number)
        for name, (_, twin) in TWINS.items()
        for number in range(copies)
    ]


def _copy(setting: Setting, name: str, size: int, number: int) -> Population:
    build, twin = TWINS[name]
    declared: Twin = replace(twin, name=f"{name}-{number}", accounts=size, rate=twin.rate * TWIN_VOLUME)
    return build(Making(setting, declared, setting.generator("twin", name, number)))


def _one_script_each(setting: Setting, people: Population) -> dict[str, object]:
    """Copies of a twin bring equal scripts; a request of each is written with the first of them, all at once."""
    first: dict[object, int] = {}
    same = np.array([first.setdefault(script, k) for k, script in enumerate(setting.scripts)], np.int64)
    harvest = people.harvest_script
    return {"script": same[people.script], "harvest_script": np.where(harvest >= 0, same[harvest], harvest)}
