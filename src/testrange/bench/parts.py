"""Four measurements of Stillwatch: campaigns and twins, sweeps, error control, first day."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from testrange.bench import declared
from testrange.bench.measured import answered_before, departed
from testrange.bench.stillwatch_detector import Asked, stillwatch_outcome
from testrange.bench.store import Outcome, Store
from testrange.bench.workers import Each, Task
from testrange.campaigns import Campaign, Rotation, february_reasoning, fixed_prompt, june_2026
from testrange.score import ACCUSED
from testrange.worlds import World

Say = Callable[[str], None]
LEVELS = (0.01, 0.05, 0.1, 0.2)
DAYS = (1, 2, 3, 5, 8)
MOSTLY = 0.5
"""Share of a group's accused accounts from one true campaign, below which the accusation is a false discovery."""


@dataclass(frozen=True)
class Size:
    """How much is run."""

    seeds: int = 20
    sweep_seeds: int = 3
    control_worlds: int = 100
    tenfold_control_worlds: int = 50
    fiftyfold_control_worlds: int = 20
    first_day_seeds: int = 10
    peer_seeds: int = 3
    tuning_seeds: int = 2
    hands_seeds: int = 10
    early_seeds: int = 10
    mixed_seeds: int = 5
    small: bool = False
    long: bool = False


FULL = Size()
QUICK = Size(
    seeds=2, sweep_seeds=1, control_worlds=1, first_day_seeds=1, peer_seeds=1, tuning_seeds=1, hands_seeds=1,
    early_seeds=1, mixed_seeds=1, small=True,
)  # fmt: skip


@dataclass(frozen=True)
class Sweep:
    """One knob: its name, its axis in words, the values in the full run, and the world at a value."""

    name: str
    axis: str
    values: tuple[float, ...]
    world: Callable[[int, float], World]


def _three(**changes: Any) -> list[Campaign]:
    """The swept campaigns, in the sizes of the mid world."""
    return [
        replace(june_2026(accounts=40, start_day=3.0, days=8.0), **changes),
        replace(february_reasoning(accounts=20, start_day=3.0, days=8.0), **changes),
        replace(fixed_prompt(accounts=20, exchanges_per_account_day=40.0, start_day=3.0, days=8.0), **changes),
    ]


SWEEPS = (
    Sweep("volume", "ordinary customers, times", (1, 3, 10), lambda s, v: declared.swept(s, _three(), v)),
    Sweep(
        "rate",
        "exchanges per account and day",
        (2, 5, 10, 25, 50, 100),
        lambda s, v: declared.swept(s, _three(exchanges_per_account_day=v)),
    ),
    Sweep(
        "repeated",
        "share of the harvest that follows templates",
        (1.0, 0.7, 0.5, 0.3, 0.2, 0.1, 0.0),
        lambda s, v: declared.swept(s, _three(repeated=v)[:2]),
    ),
    Sweep(
        "cover",
        "share of ordinary traffic on the accounts",
        (0.0, 0.25, 0.5, 0.75, 0.85, 0.95),
        lambda s, v: declared.swept(s, _three(cover=v)),
    ),
    Sweep(
        "rotation",
        "rotation of addresses, payments and devices",
        (0.0, 0.25, 0.5, 0.75, 1.0),
        lambda s, v: declared.swept(s, _three(rotation=Rotation(v, v, v))),
    ),
)


def main_part(each: Each, size: Size, say: Say) -> list[Outcome]:
    """One outcome per seed on the world with every campaign and every twin."""
    say(f"worlds with everything: {size.seeds}")
    asked = Asked(exchanges=True)
    return list(
        each(
            partial(stillwatch_outcome, world=main_world(seed, size), asked=asked, keep=seed <= size.peer_seeds)
            for seed in range(1, size.seeds + 1)
        )
    )


def main_world(seed: int, size: Size) -> World:
    """The world that all detectors meet."""
    return declared.quick(seed) if size.small else declared.mid(seed)


def sweep_part(each: Each, size: Size, say: Say) -> dict[str, dict[float, list[Outcome]]]:
    """Outcomes by sweep and value. In the quick run only the first value of each."""
    found: dict[str, dict[float, list[Outcome]]] = {}
    for sweep in SWEEPS:
        say(f"sweep of {sweep.name}")
        places = [(value, n) for value in values_of(sweep, size) for n in range(size.sweep_seeds)]
        outcomes = each(partial(stillwatch_outcome, world=swept_world(sweep, v, n, size)) for v, n in places)
        found[sweep.name] = {value: [] for value in values_of(sweep, size)}
        for (value, _), outcome in zip(places, outcomes, strict=True):
            found[sweep.name][value].append(outcome)
    return found


def swept_world(sweep: Sweep, value: float, number: int, size: Size) -> World:
    """One world of a sweep."""
    return _shrunk(sweep.world(declared.SWEEP_SEEDS + number, value), size)


def values_of(sweep: Sweep, size: Size) -> tuple[float, ...]:
    """The values of a sweep that are run."""
    if size.small:
        return sweep.values[:1]
    return (*sweep.values, 50) if sweep.name == "volume" and size.long else sweep.values


def _shrunk(world: World, size: Size) -> World:
    if not size.small:
        return world
    accounts, exchanges = world.accounts // 4, world.exchanges // 4
    found = replace(world, days=7, accounts=accounts, exchanges=exchanges, scale=0.5)
    return replace(found, twins=declared.twins(0.1, 0.05))


def control_part(each: Each, size: Size, say: Say) -> list[dict[str, Any]]:
    """False discoveries at each nominal level, without and with campaigns, at each volume of ordinary customers.

    One scan at the largest level tells all: a group is accused at a level exactly if its q-value does not exceed it.
    """
    rows = []
    for volume in control_worlds(size):
        for with_campaigns in (False, True):
            told = "with" if with_campaigns else "without"
            say(f"error control, volume {volume:g}, {told} campaigns")
            outcomes = list(each(_controlled(size, volume, with_campaigns)))
            rows += [_at_level(outcomes, level, volume, with_campaigns) for level in LEVELS]
    return rows


def control_worlds(size: Size) -> dict[float, int]:
    """How many worlds of error control there are at each volume of ordinary customers, without campaigns and with."""
    if size.small:
        return {1.0: size.control_worlds}
    fiftyfold = {50.0: size.fiftyfold_control_worlds} if size.long else {}
    return {1.0: size.control_worlds, 10.0: size.tenfold_control_worlds} | fiftyfold


def _controlled(size: Size, volume: float, with_campaigns: bool) -> list[Task]:
    numbers = range(control_worlds(size)[volume])
    made = (declared.control(declared.CONTROL_SEEDS + n, volume, with_campaigns) for n in numbers)
    return [partial(stillwatch_outcome, world=world, asked=Asked(level=max(LEVELS))) for world in made]


def _at_level(outcomes: list[Outcome], level: float, volume: float, with_campaigns: bool) -> dict[str, Any]:
    accused = [[g for g in o["groups"] if g["verdict"] == ACCUSED and g["q_value"] <= level] for o in outcomes]
    false = [sum(is_false(g) for g in groups) for groups in accused]
    present = [c["name"] for o in outcomes for c in o["campaigns"]]
    found = [{g["campaign"] for g in groups if not is_false(g)} for groups in accused]
    return {
        "level": level,
        "volume": volume,
        "with_campaigns": with_campaigns,
        "worlds": len(outcomes),
        "accused": sum(map(len, accused)),
        "false": sum(false),
        "proportions": [f / max(len(groups), 1) for f, groups in zip(false, accused, strict=True)],
        "worlds_with_false": sum(f > 0 for f in false),
        "campaigns": len(present),
        "found": sum(map(len, found)),
    }


def is_false(group: dict[str, Any]) -> bool:
    """Whether an accused group is not mostly one true campaign."""
    return bool(group["right"] < MOSTLY * group["accounts"] or not group["right"])


def first_day_part(each: Each, size: Size, say: Say) -> list[dict[str, Any]]:
    """Per seed and campaign: recall as of each day after the start, and the share of its harvest gone by then."""
    say(f"first day of accusation: {size.first_day_seeds} worlds")
    start = 1.0 if size.small else declared.FIRST_DAY_START
    worlds = [declared.starting_together(declared.FIRST_DAY_SEEDS + n, size.small) for n in range(size.first_day_seeds)]
    met = each(partial(followed_world, world=w, moments=moments_of(w, start, [24 * d for d in DAYS])) for w in worlds)
    return [
        _followed(world.seed, name, shares, found["outcomes"])
        for world, found in zip(worlds, met, strict=True)
        for name, shares in found["gone"].items()
    ]


def moments_of(world: World, start: float, hours: Sequence[float]) -> list[datetime]:
    """Times so many hours after a day of a world."""
    midnight = datetime.combine(world.start, time(), UTC)
    return [midnight + timedelta(days=start, hours=h) for h in hours]


def followed_world(store: Store, world: World, moments: list[datetime]) -> Outcome:
    """Outcomes of a world as of some moments, and for each campaign the share of the log's harvest gone by each, and
    the number of harvested exchanges."""

    def make(folder: Path) -> Outcome:
        outcomes = [stillwatch_outcome(store, world, Asked(as_of=moment)) for moment in moments]
        return {
            "outcomes": outcomes,
            "gone": departed(folder, moments),
            "answered": answered_before(folder, moments)[0],
        }

    return store.outcome(
        world, "followed" + "".join(f"-{m:%d%H}" for m in moments), store.product_version, make, keep=False
    )


def _followed(seed: int, name: str, gone: list[float], outcomes: list[Outcome]) -> dict[str, Any]:
    recalls = [next((c["recall_in_all"] for c in o["campaigns"] if c["name"] == name), 0.0) for o in outcomes]
    first = next((n for n, recall in enumerate(recalls) if recall > 0), None)
    return {
        "seed": seed,
        "campaign": name,
        "recalls": recalls,
        "gone": gone,
        "day": None if first is None else DAYS[first],
        "gone_at_first": None if first is None else gone[first],
        "wrong": [sum(o["wrongly_accused"].values()) for o in outcomes],
    }
