"""How much a hand had when it was contained, with and without Stillwatch."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from testrange import seeds
from testrange.distillation.traffic.declared import KINDS
from testrange.distillation.traffic.rewriting import Answers, Drawn, numbers, rewrite, task_rows
from testrange.distillation.traffic.watching import Watch, accused_by_day, is_open
from testrange.score import CAMPAIGN, ORDINARY, TAKING_PART
from testrange.worlds import World, write_world

SUMMARY, HARVEST = "containment.json", "harvest.parquet"


@dataclass(frozen=True, eq=False)
class Containment:
    """One campaign in one world, watched from its first day to its last.

    `without` and `watched` are numbers of tasks among `drawn`, ascending and so in order of time: exchanges that were
    answered to the hand if nobody looks, and those answered before their account was closed; `answers` are the
    completions that came back for those of `without`, as they stand in the log. Days are days of the
    world from 0; those of the accusation are the days at whose end a scan accused. `daily_without` and `daily_watched`
    count what the hand had at the end of each day. `accounts` take part in the campaign, `accused` of them were
    accused on some day; `wrongly_accused` counts accused accounts that take part in none, by group (a twin,
    bystanders, `ordinary`); `customers` is how many such accounts there are.
    """

    kind: str
    seed: int
    drawn: Drawn
    without: seeds.Indices
    watched: seeds.Indices
    answers: tuple[str, ...]
    start_day: int
    delay: int
    first_accused_day: int | None
    accused_days: dict[int, int]
    accounts: int
    accused: int
    customers: int
    wrongly_accused: dict[str, int]
    daily_without: tuple[int, ...]
    daily_watched: tuple[int, ...]

    @property
    def share(self) -> float:
        """Share of the unwatched harvest that a watched hand gets, 0 to 1; lower is better."""
        return len(self.watched) / max(len(self.without), 1)

    @property
    def gone_when_accused(self) -> float:
        """Share of the unwatched harvest that had gone at the end of the day of the first accusation; 1 without any."""
        if self.first_accused_day is None:
            return 1.0
        return self.daily_without[self.first_accused_day] / max(len(self.without), 1)

    @property
    def days_to_accusation(self) -> int | None:
        """Days of harvest that the scan which first accused had seen, its own included; None if none did."""
        return None if self.first_accused_day is None else self.first_accused_day - self.start_day + 1

    def summary(self) -> dict[str, Any]:
        """All but tasks and answers, as plain values."""
        return {
            "kind": self.kind,
            "seed": self.seed,
            "task_seed": self.drawn.seed,
            "tasks": self.drawn.count,
            "harvested_without": len(self.without),
            "harvested_watched": len(self.watched),
            "share": self.share,
            "gone_when_accused": self.gone_when_accused,
            "start_day": self.start_day,
            "delay": self.delay,
            "first_accused_day": self.first_accused_day,
            "days_to_accusation": self.days_to_accusation,
            "accused_days": {str(day): n for day, n in self.accused_days.items()},
            "accounts": self.accounts,
            "accused": self.accused,
            "customers": self.customers,
            "wrongly_accused": self.wrongly_accused,
            "daily_without": list(self.daily_without),
            "daily_watched": list(self.daily_watched),
        }

    def write(self, folder: Path) -> None:
        """Keep the summary as `containment.json` and the tasks as `harvest.parquet` (`task`, `watched`, `answer`)."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / SUMMARY).write_text(json.dumps(self.summary(), indent=2, sort_keys=True) + "\n", "utf-8")
        kept = np.isin(self.without, self.watched)
        table = pa.table({"task": self.without, "watched": kept, "answer": self.answers})
        pq.write_table(table, folder / HARVEST, compression="zstd")


def read_containment(folder: Path) -> Containment:
    """What `write` kept."""
    told = json.loads((folder / SUMMARY).read_text("utf-8"))
    rows = pq.read_table(folder / HARVEST)
    without = numbers(rows["task"])
    same = ("kind", "seed", "start_day", "delay", "first_accused_day", "accounts", "accused", "customers")
    return Containment(
        drawn=Drawn(told["task_seed"], told["tasks"]),
        without=without,
        watched=without[rows["watched"].to_numpy()],
        answers=tuple(rows["answer"].to_pylist()),
        accused_days={int(day): n for day, n in told["accused_days"].items()},
        wrongly_accused=told["wrongly_accused"],
        daily_without=tuple(told["daily_without"]),
        daily_watched=tuple(told["daily_watched"]),
        **{name: told[name] for name in same},
    )


def contained(kind: str, seed: int, answers: Answers, folder: Path) -> Containment:
    """Write the world of a kind of campaign under `folder`, let it ask the range's tasks, watch it every day, and keep
    what came of it there. `answers` is asked once, for all tasks of the world. Raises KeyError for a kind that is not
    declared."""
    return contained_in(kind, KINDS[kind](seed), answers, folder)


def contained_in(kind: str, world: World, answers: Answers, folder: Path, delay: int = 1) -> Containment:
    """The same in any world that has one campaign; accused accounts are closed `delay` days after the end of the
    day."""
    (campaign,) = world.campaigns
    write_world(world, folder)
    drawn = rewrite(folder, campaign, task_seed(kind, world.seed), answers)
    watch = Watch(world.start, tuple(range(world.days)), delay)
    accused = accused_by_day(folder, watch, world.seed)
    found = _containment(kind, world, drawn, watch, accused, folder)
    found.write(folder)
    return found


def task_seed(kind: str, seed: int) -> int:
    """The seed of the tasks of a world, far from those that lessons and papers are drawn with."""
    return seeds.number("harvest", kind, seed) >> 1


def _containment(
    kind: str, world: World, drawn: Drawn, watch: Watch, accused: Mapping[str, int], folder: Path
) -> Containment:
    rows = task_rows(folder)
    kept = is_open(rows, accused, watch)
    parts, others = _truth(folder)
    days = [accused[a] for a in sorted(accused) if a in parts]
    return Containment(
        kind=kind,
        seed=world.seed,
        drawn=drawn,
        without=numbers(rows["task"]),
        watched=numbers(rows["task"])[kept],
        answers=tuple(rows["answer"].to_pylist()),
        start_day=int(world.campaigns[0].start_day),
        delay=watch.delay,
        first_accused_day=min(days, default=None),
        accused_days=dict(sorted(Counter(days).items())),
        accounts=len(parts),
        accused=len(days),
        customers=len(others),
        wrongly_accused=dict(sorted(Counter(others[a] for a in accused if a not in parts).items())),
        daily_without=_by_day(rows, watch),
        daily_watched=_by_day(rows.filter(pa.array(kept)), watch),
    )


def _by_day(rows: pa.Table, watch: Watch) -> tuple[int, ...]:
    """How many rows lie before the end of each day; rows are in order of time."""
    ends = pa.array([watch.end_of(day) for day in watch.days], rows["time"].type)
    counts = np.searchsorted(numbers(rows["time"]), numbers(pa.chunked_array([ends])), side="left")
    return tuple(int(n) for n in counts)


def _truth(folder: Path) -> tuple[set[str], dict[str, str]]:
    """Accounts that take part in the campaign, and the group under which each other account is counted."""
    parts, others = set[str](), dict[str, str]()
    for row in pq.read_table(folder / "truth" / "accounts.parquet").to_pylist():
        group = row["group"] or ORDINARY
        if group.startswith(CAMPAIGN) and row["role"] in TAKING_PART:
            parts.add(row["account_id"])
        else:
            others[row["account_id"]] = f"{row['role']} of {group}" if group.startswith(CAMPAIGN) else group
    return parts, others
