"""The loop closed: students of exactly the exchanges that a hand had when it was contained, and of all it would have
had."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from testrange.distillation.curve import lessons_of
from testrange.distillation.examination import examined, paper
from testrange.distillation.network import Networks
from testrange.distillation.records import Records, outcome
from testrange.distillation.release import OPEN
from testrange.distillation.school import Student, Told, schooled
from testrange.distillation.tasks import draw_tasks
from testrange.distillation.training import Budget


@dataclass(frozen=True)
class Plan:
    """Worlds of each kind of campaign, students of each harvest, and how they are trained and examined."""

    kinds: tuple[str, ...] = ("fast", "slow", "mixed", "unrepeated")
    worlds: tuple[int, ...] = (1, 2)
    seeds: tuple[int, ...] = (1,)
    budget: Budget = Budget(steps=2_000)
    tasks: int = 300


FULL = Plan()
QUICK = Plan(kinds=("slow",), worlds=(1,), seeds=(1,), budget=Budget(steps=400), tasks=100)


@dataclass(frozen=True)
class Harvest:
    """What was harvested in one world, as numbers of the tasks it drew: `without` anyone looking, and `watched`."""

    kind: str
    world: int
    told: dict[str, Any]
    without: Sequence[int]
    watched: Sequence[int]


def read_harvest(folder: Path) -> Harvest:
    """The harvest of a world that was contained: its `containment.json` and `harvest.parquet`."""
    told = json.loads((folder / "containment.json").read_text("utf-8"))
    rows = pq.read_table(folder / "harvest.parquet")
    without, kept = rows["task"].to_numpy(), rows["watched"].to_numpy()
    return Harvest(told["kind"], told["seed"], told, without.tolist(), without[np.asarray(kept, bool)].tolist())


def run_loop(teacher: Networks, records: Records, harvests: Sequence[Harvest], plan: Plan, told: Told) -> None:
    """Trains students of every harvest that has no record yet, with and without Stillwatch; one where that is the
    same."""
    students, about = [], {}
    for harvest in harvests:
        for student, what in _students(teacher, harvest, plan, records, told):
            students.append(student)
            about[student.name] = what
    held_out = paper(plan.tasks)
    for group, networks in schooled(students, plan.budget, told):
        marks = examined(networks, held_out)
        records.add({"name": s.name, **about[s.name], **outcome(marks, k)} for k, s in enumerate(group))


def _students(
    teacher: Networks, harvest: Harvest, plan: Plan, records: Records, told: Told
) -> list[tuple[Student, dict[str, Any]]]:
    names = {
        (watched, seed): f"{harvest.kind}-{harvest.world}-{'watched' if watched else 'alone'}-{seed}"
        for watched in ((True, False) if len(harvest.watched) < len(harvest.without) else (False,))
        for seed in plan.seeds
    }
    open_names = {key: name for key, name in names.items() if not records.has(name)}
    if not open_names:
        return []
    told(f"harvest of campaign '{harvest.kind}', world {harvest.world}")
    tasks = draw_tasks(harvest.told["task_seed"], harvest.told["tasks"])
    shown = OPEN.harvest(teacher, tasks, harvest.world)
    found = []
    for (watched, seed), name in open_names.items():
        numbers = harvest.watched if watched else harvest.without
        lessons = lessons_of([tasks[n] for n in numbers], [shown[n] for n in numbers])
        about = {
            "kind": harvest.kind,
            "world": harvest.world,
            "watched": watched,
            "seed": seed,
            "size": len(numbers),
            "steps": plan.budget.steps_for(len(numbers)),
            "containment": harvest.told,
        }
        found.append((Student(name, seed, lessons), about))
    return found
