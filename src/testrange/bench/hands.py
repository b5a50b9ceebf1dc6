"""Two hands behind one proxy: do they come out as two, and is it said what they share?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from testrange.bench import declared, intervals
from testrange.bench.parts import Say, Size
from testrange.bench.stillwatch_detector import stillwatch_outcome
from testrange.bench.store import Outcome
from testrange.bench.tables import of_campaign, per_world, shown, table
from testrange.bench.workers import Each

HANDS = ("hand-coding", "hand-grading")
SUPPLIES = {"address": "exits", "payment": "payments", "device": "devices", "signup_address": "sign-up addresses"}
QUARTER = 12
"""Accounts of the second campaign where it is a quarter of the first."""


@dataclass(frozen=True)
class Case:
    """How much two campaigns share, in words and in figures."""

    name: str
    exits: int
    bought: float
    changes: dict[str, Any] = field(default_factory=dict)


CASES = (
    Case("600 exits; a fifth of the accounts from one shop", 600, 0.2),
    Case("40 exits; half of the accounts from one shop", 40, 0.5),
    Case("40 exits, half from one shop; one hand a quarter of the other", 40, 0.5, {"second": QUARTER}),
    Case("600 exits, a fifth from one shop; no wording is repeated", 600, 0.2, {"repeated": 0.0}),
)


def hands_part(each: Each, size: Size, say: Say) -> dict[str, list[Outcome]]:
    """Outcomes by case, one per seed. In the quick run only the first case."""
    found = {}
    for case in CASES[:1] if size.small else CASES:
        say(f"separate hands: {case.name}")
        seeds = range(declared.HANDS_SEEDS, declared.HANDS_SEEDS + size.hands_seeds)
        worlds = [declared.two_hands(s, case.exits, case.bought, case.changes, size.small) for s in seeds]
        found[case.name] = list(each(partial(stillwatch_outcome, world=w) for w in worlds))
    return found


def hands_table(found: dict[str, list[Outcome]]) -> list[str]:
    """By case: in how many worlds they are two, recall of each, and what is stated."""
    head = (
        "Two hands share", "Both accused, as two", "A group merges them", *(f"Recall of `{n}`" for n in HANDS),
        "Others accused, per world", "Stated: worlds, by kind",
    )  # fmt: skip
    return table(head, [_row(name, outcomes) for name, outcomes in found.items()])


def _row(name: str, outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    wrong = sum(sum(o["wrongly_accused"].values()) for o in outcomes)
    return (
        name,
        f"{sum(map(as_two, outcomes))} of {len(outcomes)}",
        f"{sum(o['merged'] > 0 for o in outcomes)} of {len(outcomes)}",
        *(shown(intervals.mean(of_campaign(outcomes, n, "recall_in_all"))) for n in HANDS),
        per_world(wrong, len(outcomes)),
        ", ".join(f"{word} {sum(_stated(o, kind) for o in outcomes)}" for kind, word in SUPPLIES.items()),
    )


def as_two(outcome: Outcome) -> bool:
    """Whether both campaigns are accused, and no accused group holds parts of both."""
    return all(c["match"] for c in outcome["campaigns"]) and not outcome["merged"]


def _stated(outcome: Outcome, kind: str) -> bool:
    return any(o["kind"] == kind and o["between"] == sorted(HANDS) for o in outcome["overlaps"])
