"""First hours: is a campaign of 45 days accused before two hundredths of its volume are gone?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from statistics import median
from typing import Any

from testrange.bench import declared, intervals
from testrange.bench.parts import Say, Size, followed_world, moments_of
from testrange.bench.tables import NOTHING, by_campaign, per_world, shown, table
from testrange.bench.workers import Each
from testrange.worlds import World

HOURS = (2, 4, 6, 8, 12, 16, 20, 24, 36, 48)
QUICK_HOURS = (24, 48)
GOAL = 0.02
"""Share of a campaign's whole volume before which it should be accused."""


def early_part(each: Each, size: Size, say: Say) -> list[dict[str, Any]]:
    """Per seed and campaign: recall as of each hour after the start, and the share of its whole volume gone by then.

    On logs of two sizes: the fewer customers, the more of the busy accounts are the campaigns'."""
    hours = QUICK_HOURS if size.small else HOURS
    sizes = [(declared.EARLY_CUSTOMERS, size.early_seeds)]
    if not size.small:
        sizes.append((declared.FEW_CUSTOMERS, size.early_seeds // 2))
    worlds = [declared.early(declared.EARLY_SEEDS + n, c, size.small) for c, seeds in sizes for n in range(seeds)]
    say(f"first hours: {len(worlds)} worlds")
    met = each(partial(followed_world, world=w, moments=moments_of(w, declared.EARLY_START, hours)) for w in worlds)
    return [
        _followed(world, hours, name, counts, found["outcomes"])
        for world, found in zip(worlds, met, strict=True)
        for name, counts in found["answered"].items()
    ]


def declared_volume(world: World, name: str) -> float:
    """Harvest of a campaign over all its days by its declaration: accounts x exchanges per account and day x days,
    without cover. The log holds its first days only."""
    campaign = next(c for c in world.campaigns if c.name == name)
    accounts = max(4, round(campaign.accounts * world.scale))
    return accounts * campaign.exchanges_per_account_day * campaign.days * (1 - campaign.cover)


def _followed(
    world: World, hours: Sequence[int], name: str, counts: list[int], outcomes: list[dict[str, Any]]
) -> dict[str, Any]:
    recalls = [next((c["recall_in_all"] for c in o["campaigns"] if c["name"] == name), 0.0) for o in outcomes]
    gone = [n / declared_volume(world, name) for n in counts]
    first = next((n for n, recall in enumerate(recalls) if recall > 0), None)
    return {
        "seed": world.seed,
        "campaign": name,
        "customers": world.accounts,
        "hours": hours,
        "recalls": recalls,
        "gone": gone,
        "hour": None if first is None else hours[first],
        "gone_at_first": None if first is None else gone[first],
        "wrong": [sum(o["wrongly_accused"].values()) for o in outcomes],
    }


def hours_table(rows: Sequence[dict[str, Any]]) -> list[str]:
    """By hour and campaign: worlds in which it is accused, recall, share of its volume gone; on the larger logs."""
    followed = by_campaign(larger(rows))
    head = ("Hours after the start", *(f"`{n}`: accused; recall; gone" for n in followed), "Others accused, per world")
    others = next(iter(followed.values()))
    found = []
    for n, hour in enumerate(rows[0]["hours"]):
        wrong = per_world(sum(r["wrong"][n] for r in others), len(others))
        found.append((f"{hour}", *(_cell(of, n) for of in followed.values()), wrong))
    return table(head, found)


def larger(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of the logs with the most ordinary customers."""
    most = max(r["customers"] for r in rows)
    return [r for r in rows if r["customers"] == most]


def _cell(rows: Sequence[dict[str, Any]], n: int) -> str:
    accused = sum(r["recalls"][n] > 0 for r in rows)
    recall, gone = (sum(r[name][n] for r in rows) / len(rows) for name in ("recalls", "gone"))
    return f"{accused} of {len(rows)}; {recall:.0%}; {gone:.2%}"


def first_hour_table(rows: Sequence[dict[str, Any]]) -> list[str]:
    """By campaign: the first hour at which it is accused, what was gone, and how often that was little."""
    head = (
        "Campaign",
        "Ordinary customers",
        "Accused within 48 hours",
        "Median first hour",
        "Gone by then",
        f"Before {GOAL:.0%} was gone",
    )
    sizes = sorted({r["customers"] for r in rows}, reverse=True)
    return table(
        head,
        [
            _first_row(name, customers, [r for r in of if r["customers"] == customers])
            for name, of in by_campaign(rows).items()
            for customers in sizes
        ],
    )


def _first_row(name: str, customers: int, rows: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    met = [r for r in rows if r["hour"] is not None]
    in_time = sum(r["gone_at_first"] < GOAL for r in met)
    gone = intervals.mean([r["gone_at_first"] for r in met])
    hour = f"{median(r['hour'] for r in met):g}" if met else NOTHING
    return (
        f"`{name}`",
        f"{customers:,}",
        f"{len(met)} of {len(rows)}",
        hour,
        shown(gone, ".2%"),
        f"{in_time} of {len(rows)}",
    )
