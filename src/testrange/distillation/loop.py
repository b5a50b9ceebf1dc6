"""The loop closed: students of exactly the exchanges that a hand had when it was contained, and of all it would have
had."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from testrange.distillation.curve import lessons_of
from testrange.distillation.examination import examined
from testrange.distillation.held_out import paper
from testrange.distillation.records import Records, outcome
from testrange.distillation.school import Student, Told, schooled
from testrange.distillation.traffic import Containment
from testrange.distillation.training import Budget, Examples


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


def run_loop(records: Records, harvests: Sequence[Containment], plan: Plan, told: Told) -> None:
    """Trains students of every harvest that has no record yet, with and without Stillwatch; one where that is the
    same. What they are examined on was asked in no world."""
    students, about = [], {}
    for harvest in harvests:
        for student, what in _students(harvest, plan, records):
            students.append(student)
            about[student.name] = what
    held_out = paper(plan.tasks)
    for group, networks in schooled(students, plan.budget, told):
        marks = examined(networks, held_out)
        records.add({"name": s.name, **about[s.name], **outcome(marks, k)} for k, s in enumerate(group))


def _students(harvest: Containment, plan: Plan, records: Records) -> list[tuple[Student, dict[str, Any]]]:
    cut = len(harvest.watched) < len(harvest.without)
    found = []
    for watched in (True, False) if cut else (False,):
        for seed in plan.seeds:
            name = f"{harvest.kind}-{harvest.seed}-{'watched' if watched else 'alone'}-{seed}"
            if not records.has(name):
                student = Student(name, seed, _lessons(harvest, watched))
                found.append((student, _described(harvest, watched, student, plan)))
    return found


def _lessons(harvest: Containment, watched: bool) -> Examples:
    """What the hand asked and what came back, as far as it got."""
    tasks, answers = harvest.drawn.tasks(), dict(zip(harvest.without.tolist(), harvest.answers, strict=True))
    numbers = (harvest.watched if watched else harvest.without).tolist()
    return lessons_of([tasks[n] for n in numbers], [answers[n] for n in numbers])


def _described(harvest: Containment, watched: bool, student: Student, plan: Plan) -> dict[str, Any]:
    return {
        "kind": harvest.kind,
        "world": harvest.seed,
        "watched": watched,
        "seed": student.seed,
        "size": len(student.lessons),
        "steps": plan.budget.steps_for(len(student.lessons)),
        "containment": harvest.summary(),
    }
