"""The exposure curve: what N harvested exchanges buy, by capability, with and without the teacher's reasoning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from testrange.distillation.examination import examined
from testrange.distillation.held_out import harvest_tasks, paper
from testrange.distillation.network import Networks, Shape
from testrange.distillation.records import Records, outcome
from testrange.distillation.release import OPEN, WITHHELD
from testrange.distillation.school import SAME, SMALL, Student, Told, schooled
from testrange.distillation.tasks import Task
from testrange.distillation.training import Budget, Examples, examples

HARVEST = 1_000
"""Tasks of a harvest are drawn from this seed plus the student's."""
SHAPES: dict[str, Shape] = {"small": SMALL, "same": SAME}


@dataclass(frozen=True)
class Plan:
    """Sizes of harvests, seeds, shapes of students, and how each is trained and examined."""

    sizes: tuple[int, ...] = (30, 81, 219, 591, 1_600, 4_320, 11_700, 31_600)
    seeds: tuple[int, ...] = (1, 2, 3)
    shape: str = "small"
    reasoning: tuple[bool, ...] = (True, False)
    budget: Budget = Budget(steps=2_000)
    tasks: int = 300


FULL = Plan()
"""Eight sizes over three decades, three seeds."""
SAME_SIZED = Plan(sizes=(1_600, 4_320, 11_700, 31_600), seeds=(1,), shape="same", reasoning=(True,))
"""Students of the teacher's own shape, for comparison."""
QUICK = Plan(sizes=(300, 1_000, 3_000), seeds=(1,), budget=Budget(steps=300), tasks=150)


@dataclass(frozen=True)
class Cell:
    """One student of the curve."""

    size: int
    seed: int
    reasoning: bool
    shape: str

    @property
    def name(self) -> str:
        return f"{self.shape}-{self.size}-{'reasoning' if self.reasoning else 'answers'}-{self.seed}"


def run_curve(teacher: Networks, records: Records, plan: Plan, told: Told) -> None:
    """Trains and examines every student of the plan that has no record yet."""
    held_out = paper(plan.tasks)
    _examine_ends(teacher, records, held_out)
    cells = [c for c in _cells(plan) if not records.has(c.name)]
    students = [s for seed in plan.seeds for s in _students(teacher, [c for c in cells if c.seed == seed], told)]
    known = {cell.name: cell for cell in cells}
    for group, networks in schooled(students, plan.budget, told):
        marks = examined(networks, held_out)
        records.add(_record(known[s.name], outcome(marks, k), plan) for k, s in enumerate(group))


def lessons_of(tasks: Sequence[Task], shown: Sequence[str]) -> Examples:
    """What a student learns from: what was asked, and what came back."""
    return examples([task.prompt for task in tasks], list(shown))


def _examine_ends(teacher: Networks, records: Records, held_out: list[Task]) -> None:
    """The teacher as its customers see it, and students that learned from nothing."""
    if not records.has("teacher"):
        marks = examined(teacher, held_out, replace(OPEN.manner, seed=1))
        records.add([{"name": "teacher", **outcome(marks, 0)}])
    if not records.has("floor"):
        marks = examined(Networks(SMALL, [1]).to(teacher.get_parameter("embedding").device), held_out)
        records.add([{"name": "floor", **outcome(marks, 0)}])


def _cells(plan: Plan) -> list[Cell]:
    return [
        Cell(size, seed, reasoning, plan.shape)
        for reasoning in plan.reasoning
        for size in plan.sizes
        for seed in plan.seeds
    ]


def _students(teacher: Networks, cells: list[Cell], told: Told) -> list[Student]:
    """Students of one seed: all learn from the first so many exchanges of one harvest."""
    if not cells:
        return []
    seed = cells[0].seed
    tasks = harvest_tasks(HARVEST + seed, max(cell.size for cell in cells))
    told(f"harvest of {len(tasks):,} exchanges, seed {seed}")
    shown = OPEN.harvest(teacher, tasks, seed)
    return [
        Student(
            cell.name,
            seed,
            lessons_of(tasks[: cell.size], [s if cell.reasoning else WITHHELD.shown(s) for s in shown[: cell.size]]),
            SHAPES[cell.shape],
        )
        for cell in cells
    ]


def _record(cell: Cell, found: dict[str, object], plan: Plan) -> dict[str, object]:
    return {
        "name": cell.name,
        "size": cell.size,
        "seed": cell.seed,
        "reasoning": cell.reasoning,
        "shape": cell.shape,
        "steps": plan.budget.steps_for(cell.size),
        **found,
    }
