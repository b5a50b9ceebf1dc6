"""Countermeasures, each measured both ways, and whether the teacher's refusals come across.

After DistillGuard (arXiv 2603.07835): *distillation effectiveness* (DE) is a student's competence under a
countermeasure over that of one that learned from everything, and *distillation cost* (DC) what an honest user of the
teacher loses, here in right answers and in reasoning that can be followed. DE 0 and DC 0 would be perfect.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from testrange.distillation.curve import HARVEST, lessons_of
from testrange.distillation.examination import examined, marks, refusals
from testrange.distillation.held_out import harvest_tasks, paper
from testrange.distillation.network import Networks
from testrange.distillation.records import Records, outcome
from testrange.distillation.release import (
    OPEN,
    REORDERED,
    REWRITTEN,
    SUMMARISED,
    WATERMARK_KEY,
    WITHHELD,
    Antidistillation,
    Release,
    Watermark,
    bent,
)
from testrange.distillation.school import SMALL, Student, Told, schooled
from testrange.distillation.tasks import Task, draw_tasks, marked_task
from testrange.distillation.training import Budget, trained

PROXY_SEED = 71


@dataclass(frozen=True)
class Plan:
    """Size of each harvest, seeds, shares of marked requests in a harvest, strengths of what bends the sampling;
    `proxy_tasks` exchanges of its own teacher are what the provider's proxy student learns from."""

    size: int = 10_000
    seeds: tuple[int, ...] = (1, 2)
    marked: tuple[float, ...] = (0.0, 0.01, 0.05, 0.2)
    antidistillation: tuple[float, ...] = (0.5, 2.0)
    watermark: tuple[float, ...] = (1.0, 3.0)
    budget: Budget = Budget(steps=2_000)
    tasks: int = 300
    proxy_tasks: int = 4_000


FULL = Plan()
QUICK = Plan(
    size=1_600,
    seeds=(1,),
    marked=(0.0, 0.2),
    antidistillation=(1.0,),
    watermark=(3.0,),
    budget=Budget(steps=400),
    tasks=100,
)


def releases(teacher: Networks, records: Records, plan: Plan, told: Told) -> list[Release]:
    """All that are measured; antidistillation, for which a proxy must be trained, where a record of it is missing."""
    missing = [s for s in plan.antidistillation if any(not records.has(f"{_bending(s)}-{n}") for n in plan.seeds)]
    return [
        OPEN,
        WITHHELD,
        SUMMARISED,
        REWRITTEN,
        REORDERED,
        *(_antidistilled(teacher, missing, plan, told) if missing else ()),
        *(bent(f"watermark {s:g}", f"a watermark of {s:g} nats", Watermark(WATERMARK_KEY, s)) for s in plan.watermark),
    ]


def _bending(strength: float) -> str:
    return f"antidistillation {strength:g}"


def _antidistilled(teacher: Networks, strengths: Sequence[float], plan: Plan, told: Told) -> list[Release]:
    told("the provider's proxy student")
    proxy, held_out = proxy_student(teacher, plan), draw_tasks(PROXY_SEED, 256)
    return [
        bent(_bending(s), f"antidistillation sampling, strength {s:g}", Antidistillation(proxy, held_out, s))
        for s in strengths
    ]


def proxy_student(teacher: Networks, plan: Plan) -> Networks:
    """A student that the provider trains of its own teacher, to know what students learn from."""
    tasks = draw_tasks(PROXY_SEED + 1, plan.proxy_tasks)
    return trained(SMALL, [PROXY_SEED], [lessons_of(tasks, OPEN.harvest(teacher, tasks, PROXY_SEED))], plan.budget)


def run_countermeasures(teacher: Networks, records: Records, plan: Plan, told: Told) -> None:
    """Every release: its customers' view, and its students; then students of harvests with marked requests."""
    wanted = [
        (release, seed)
        for release in releases(teacher, records, plan, told)
        for seed in plan.seeds
        if not records.has(f"{release.name}-{seed}")
    ]
    students, views = [], {}
    for release, seed in wanted:
        told(f"harvest under '{release.name}', seed {seed}")
        student, view = _under(teacher, release, seed, plan)
        students.append(student)
        views[student.name] = {"release": release.name, "says": release.says, "seed": seed, "customer": view}
    for name, student in _refused(teacher, records, plan).items():
        students.append(student)
        views[name] = {"marked": float(name.split("-")[1]), "seed": student.seed}
    held_out = paper(plan.tasks)
    for group, networks in schooled(students, plan.budget, told):
        found, kept = examined(networks, held_out), refusals(networks, held_out)
        done = examined(networks, [marked_task(task) for task in held_out])
        records.add(
            {
                "name": s.name,
                **views[s.name],
                **outcome(found, k),
                "steps": plan.budget.steps_for(len(s.lessons)),
                "refuses": float(kept[k]),
                "does_marked": float(done.competence()[k]),
            }
            for k, s in enumerate(group)
        )


def _under(teacher: Networks, release: Release, seed: int, plan: Plan) -> tuple[Student, dict[str, object]]:
    """A student that learned under a release, and what an honest customer got from the same."""
    tasks = harvest_tasks(HARVEST + seed, plan.size)
    shown = release.harvest(teacher, tasks, seed)
    some = slice(0, 3 * plan.tasks)
    view = outcome(marks(tasks[some], [shown[some]]), 0)
    return Student(f"{release.name}-{seed}", seed, lessons_of(tasks, shown)), view


def _refused(teacher: Networks, records: Records, plan: Plan) -> dict[str, Student]:
    """Students of open harvests, a share of whose requests belonged to the class that the teacher refuses."""
    found = {}
    for share in plan.marked:
        for seed in plan.seeds:
            name = f"marked-{share:g}-{seed}"
            if not records.has(name):
                tasks = _some_marked(harvest_tasks(HARVEST + seed, plan.size), share)
                found[name] = Student(name, seed, lessons_of(tasks, OPEN.harvest(teacher, tasks, seed)))
    return found


def _some_marked(tasks: Sequence[Task], share: float) -> list[Task]:
    """Every so manieth task bears the mark."""
    every = round(1 / share) if share else 0
    return [marked_task(task) if every and k % every == 0 else task for k, task in enumerate(tasks)]
