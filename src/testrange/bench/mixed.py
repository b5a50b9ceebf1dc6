"""Mixed pools at the level of the exchange: which exchanges are harvest, and who only stands behind the same exits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial

from testrange.bench import declared, intervals
from testrange.bench.intervals import Estimate
from testrange.bench.parts import Say, Size
from testrange.bench.stillwatch_detector import Asked, stillwatch_outcome
from testrange.bench.store import Outcome
from testrange.bench.tables import NOTHING, campaign_names, of_campaign, per_world, shown, table
from testrange.bench.took import OTHERS, UNLISTED
from testrange.bench.workers import Each

NAME = "proxy-mix"
COVERS = (0.5, 0.7, 0.85, 0.95)
ROLES = ("harvester", "mixed", "bystander", OTHERS)
TOLD = ("accused harvester", "accused mixed", "listed", "bystander", UNLISTED)


def mixed_part(each: Each, size: Size, say: Say) -> dict[float, list[Outcome]]:
    """Outcomes by share of other people's work."""
    found = {}
    for cover in (0.85,) if size.small else COVERS:
        say(f"mixed pools: {cover:.0%} other people's work")
        seeds = range(declared.MIXED_SEEDS, declared.MIXED_SEEDS + size.mixed_seeds)
        asked = Asked(exchanges=True)
        worlds = [declared.mixed(seed, cover, size.small) for seed in seeds]
        found[cover] = list(each(partial(stillwatch_outcome, world=w, asked=asked) for w in worlds))
    return found


def precision(outcomes: Sequence[Outcome], name: str) -> Estimate:
    """Of the exchanges that a campaign's groups list as harvest, the share that is; over worlds that list any."""
    took = [o["took"][name] for o in outcomes if o["took"].get(name)]
    return intervals.mean([t["right"] / t["listed"] for t in took if t["listed"]])


def recall(outcomes: Sequence[Outcome], name: str) -> Estimate:
    """Share of a campaign's harvested exchanges that accused groups list."""
    took = [o["took"][name] for o in outcomes if o["took"].get(name)]
    return intervals.mean([t["found"] / t["true"] for t in took])


def mixed_table(found: dict[float, list[Outcome]]) -> list[str]:
    """By cover: accounts, harvested exchanges, accused bystanders."""
    head = (
        "Other people's work", "Accused in worlds", "Recall of accounts", "Harvested exchanges: precision",
        "Harvested exchanges: recall", "Bystanders accused", "Others accused, per world",
    )  # fmt: skip
    return table(head, [_row(cover, outcomes) for cover, outcomes in found.items()])


def _row(cover: float, outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    roles = added(outcomes)
    bystanders = roles.get("bystander", Counter())
    accused = sum(n for told, n in bystanders.items() if told.startswith("accused"))
    other = sum(n for told, n in roles.get(OTHERS, Counter()).items() if told.startswith("accused"))
    return (
        f"{cover:.0%}",
        f"{sum(any(c['match'] for c in o['campaigns']) for o in outcomes)} of {len(outcomes)}",
        shown(intervals.mean(of_campaign(outcomes, NAME, "recall_in_all"))),
        shown(precision(outcomes, NAME), ".1%"),
        shown(recall(outcomes, NAME), ".1%"),
        f"{accused} of {sum(bystanders.values())}",
        per_world(other, len(outcomes)),
    )


def added(outcomes: Sequence[Outcome]) -> dict[str, Counter[str]]:
    """Accounts by true role and told role, over all worlds."""
    found: dict[str, Counter[str]] = {}
    for outcome in outcomes:
        for role, told in outcome["roles"].items():
            found.setdefault(role, Counter()).update(told)
    return found


def roles_table(found: dict[float, list[Outcome]]) -> list[str]:
    """True role against told role at the cover that the range has by default."""
    roles = added(found[0.85])
    rows = [
        (role, *(f"{roles[role][told]:,}" if roles[role][told] else NOTHING for told in TOLD))
        for role in ROLES
        if role in roles
    ]
    return table(("In truth", *(t[0].upper() + t[1:] for t in TOLD)), rows)


def exchange_table(outcomes: Sequence[Outcome]) -> list[str]:
    """Precision and recall of harvested exchanges of every campaign, on the worlds with everything."""
    rows = [
        (f"`{name}`", shown(precision(outcomes, name), ".1%"), shown(recall(outcomes, name), ".1%"))
        for name in campaign_names(outcomes)
    ]
    return table(("Harvested exchanges of", "Precision, where it is accused", "Recall"), rows)
