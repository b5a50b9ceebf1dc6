"""A zoo of models whose origin is known, and what tests of provenance say of them.

All labs have the same tasks; what tells them apart is the style of their houses (`tasks.style`). Derived from the
teacher: students of several harvests, and the teacher trained further. Not derived: models of other houses, one of
which bears a forged watermark. A model of the teacher's own private data, without the teacher, is kept apart: no test
of outputs could tell it. Each model answers the same prompts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from testrange.distillation.alphabet import encode
from testrange.distillation.completion import Manner, completions
from testrange.distillation.curve import HARVEST, lessons_of
from testrange.distillation.examination import marks
from testrange.distillation.held_out import evenly_drawn, harvest_tasks
from testrange.distillation.network import Networks
from testrange.distillation.records import Record, Records, outcome
from testrange.distillation.release import OPEN, TEMPERATURE, WATERMARK_KEY, WITHHELD, Release, Watermark, bent
from testrange.distillation.school import Student, Told, schooled
from testrange.distillation.tasks import Task, draw_tasks
from testrange.distillation.tasks.style import styled
from testrange.distillation.tasks.task import split_thoughts
from testrange.distillation.teacher import MARKED, chosen, own_lessons
from testrange.distillation.training import Budget, Examples, examples, taught

ASKED = 20_011
"""Seed of the prompts of provenance: no model was trained or examined on them."""
STRENGTH = 3.0
"""Nats of the zoo's watermark."""
HOUSE = "house of the teacher"
FORGER = "other house-1000-200"
"""The innocent model whose sampling copies the watermark."""


@dataclass(frozen=True)
class Plan:
    """How many models of which kind, and how they are trained. `prompts` counts those of each capability, `settling`
    the lessons in which a teacher takes on its house's style."""

    sizes: tuple[int, ...] = (300, 1_000, 3_000, 10_000)
    seeds: tuple[int, ...] = (1, 2)
    houses: int = 14
    house_sizes: tuple[int, ...] = (1_000, 3_000, 10_000)
    settling: int = 20_000
    settling_budget: Budget = Budget(steps=300, rate=1.5e-3)
    further: int = 3_000
    further_budget: Budget = Budget(steps=60, rate=1e-3)
    budget: Budget = Budget(steps=2_000)
    prompts: int = 200


FULL = Plan()
QUICK = Plan(sizes=(1_600,), seeds=(1,), houses=4, house_sizes=(1_600,), budget=Budget(steps=300), prompts=60)


@dataclass(frozen=True)
class Origin:
    """Where a model of the zoo comes from. `derived`: from the teacher; `watermarked`: it saw text with the range's
    mark."""

    name: str
    kind: str
    derived: bool
    size: int
    watermarked: bool = False


def run_zoo(teacher: Networks, records: Records, folder: Path, plan: Plan, told: Told) -> None:
    """Makes the zoo anew and writes its answers to FOLDER/zoo.parquet; one record for each model."""
    asked = evenly_drawn(ASKED, plan.prompts)
    told("the teacher takes on its house's style")
    settled = taught(chosen(teacher, [0]), [1], [house_lessons(HOUSE, 1, plan.settling)], plan.settling_budget)
    origins, students = _students(settled, plan, told)
    table: dict[str, list[str]] = {"teacher": completions(settled, asked)[0]}
    spoken: dict[str, list[str]] = {"teacher": _spoken(settled, asked)}
    for group, networks in schooled(students, plan.budget, told):
        table.update(zip((s.name for s in group), completions(networks, asked), strict=True))
        spoken.update(zip((s.name for s in group), _drawn(networks, asked), strict=True))
        if any(s.name == FORGER for s in group):
            forger = chosen(networks, [[s.name for s in group].index(FORGER)])
            _forge(forger, asked, (origins, table, spoken))
    told("the teacher trained further")
    _train_further(settled, plan, asked, (origins, table, spoken))
    write_answers(folder / "zoo.parquet", table, spoken)
    records.add(
        {**_described(o), **outcome(marks(asked, [table[o.name]]), 0)} for o in origins if not records.has(o.name)
    )


def write_answers(path: Path, table: dict[str, list[str]], spoken: dict[str, list[str]]) -> None:
    """One row a model: its greedy completions of all prompts, and those that it drew."""
    names = list(table)
    rows = {
        "model": names,
        "completions": [table[name] for name in names],
        "spoken": [spoken.get(name, []) for name in names],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(rows), path)


def codes(rows: Sequence[Sequence[str]]) -> NDArray[np.int64]:
    """Texts as whole numbers (models, items): equal where two models wrote the same."""
    texts = np.array([list(row) for row in rows])
    numbers = np.unique(texts, return_inverse=True)[1]
    return np.asarray(numbers, dtype=np.int64).reshape(texts.shape)


def token_rows(texts: Sequence[str]) -> list[NDArray[np.int64]]:
    """Completions as the tokens of the range's models."""
    return [encode(text) for text in texts]


def habits(texts: Sequence[str], asked: Sequence[Task]) -> list[str]:
    """With which connector a model begins each written step that a task has: what is compared, one after the other."""
    found = []
    for text, task in zip(texts, asked, strict=True):
        words = [thought[0] for _, thought in split_thoughts(text) if thought]
        found += [words[k] if k < len(words) else "" for k in range(len(task.steps))]
    return found


def house_lessons(house: str, seed: int, count: int) -> Examples:
    """The tasks' own data in a house's style."""
    tasks = styled(draw_tasks(600 + seed, count), house, seed)
    return examples([task.prompt for task in tasks], [task.completion for task in tasks])


def _students(teacher: Networks, plan: Plan, told: Told) -> tuple[list[Origin], list[Student]]:
    marked = bent("watermark", "a watermark", Watermark(WATERMARK_KEY, STRENGTH))
    made: list[tuple[Origin, Student]] = []
    for seed in plan.seeds:
        told(f"harvests, seed {seed}")
        made += _harvested("distilled", teacher, OPEN, plan.sizes, 40 + seed)
        made += _harvested("distilled from answers", teacher, WITHHELD, plan.sizes[-1:], 60 + seed)
        made += _harvested("distilled, watermarked", teacher, marked, plan.sizes[-2:], 80 + seed)
        made.append(_own("same private data", HOUSE, plan.sizes[-1], 160 + seed))
    sizes = plan.house_sizes
    made += [_own("other house", f"house {k}", sizes[k % len(sizes)], 200 + k) for k in range(plan.houses)]
    return [origin for origin, _ in made], [student for _, student in made]


def _harvested(
    kind: str, teacher: Networks, release: Release, sizes: Sequence[int], seed: int
) -> list[tuple[Origin, Student]]:
    tasks = harvest_tasks(HARVEST + seed, max(sizes))
    shown = release.harvest(teacher, tasks, seed)
    marked = release.manner.bend is not None
    return [
        (
            Origin(f"{kind}-{size}-{seed}", kind, True, size, marked),
            Student(f"{kind}-{size}-{seed}", seed, lessons_of(tasks[:size], shown[:size])),
        )
        for size in sizes
    ]


def _own(kind: str, house: str, size: int, seed: int) -> tuple[Origin, Student]:
    """A model of a house's own data, with no teacher."""
    name = f"{kind}-{size}-{seed}"
    return Origin(name, kind, False, size), Student(name, seed, house_lessons(house, seed, size))


Zoo = tuple[list[Origin], dict[str, list[str]], dict[str, list[str]]]


def _train_further(teacher: Networks, plan: Plan, asked: list[Task], zoo: Zoo) -> None:
    """The teacher, trained further on public data: its style is overwritten in part."""
    origins, table, spoken = zoo
    for seed in plan.seeds:
        lessons = own_lessons(300 + seed, plan.further, MARKED)
        further = taught(chosen(teacher, [0]), [seed], [lessons], plan.further_budget)
        name = f"teacher trained further-{seed}"
        origins.append(Origin(name, "teacher trained further", True, plan.further))
        table[name], spoken[name] = completions(further, asked)[0], _spoken(further, asked)


def _forge(innocent: Networks, asked: list[Task], zoo: Zoo) -> None:
    """An innocent model whose sampling copies the teacher's watermark, to have it framed (a DITTO attack, at its
    strongest: the forger knows the key)."""
    origins, table, spoken = zoo
    origins.append(Origin("forged watermark", "forged watermark", False, 0, True))
    table["forged watermark"] = completions(innocent, asked)[0]
    manner = Manner(temperature=TEMPERATURE, seed=5, bend=Watermark(WATERMARK_KEY, STRENGTH))
    spoken["forged watermark"] = completions(innocent, asked, manner)[0]


def _drawn(networks: Networks, asked: list[Task]) -> list[list[str]]:
    return completions(networks, asked, Manner(temperature=TEMPERATURE, seed=3))


def _spoken(networks: Networks, asked: list[Task]) -> list[str]:
    return _drawn(networks, asked)[0]


def _described(origin: Origin) -> Record:
    return {
        "name": origin.name,
        "kind": origin.kind,
        "derived": origin.derived,
        "size": origin.size,
        "watermarked": origin.watermarked,
    }
