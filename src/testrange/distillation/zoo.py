"""A zoo of models whose origin is known, and what tests of provenance say of them.

All labs have the same tasks; what tells them apart is the style of their houses (`tasks.style`). Derived from the
teacher: students of several harvests, and the teacher trained further. Not derived: models of other houses, one of
which bears a forged watermark. A model of the teacher's own private data, without the teacher, is kept apart: no test
of outputs could tell it. Each model answers the same prompts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from testrange.distillation.alphabet import encode
from testrange.distillation.completion import GREEDY, Manner, completions
from testrange.distillation.curve import HARVEST, lessons_of
from testrange.distillation.examination import marks
from testrange.distillation.held_out import evenly_drawn, harvest_tasks
from testrange.distillation.network import Networks
from testrange.distillation.records import Records, outcome
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


DRAWN = Manner(temperature=TEMPERATURE, seed=3)
FORGING = Manner(temperature=TEMPERATURE, seed=5, bend=Watermark(WATERMARK_KEY, STRENGTH))
FORGED = Origin("forged watermark", "forged watermark", False, 0, True)
"""An innocent model whose sampling copies the teacher's watermark, to have it framed (a DITTO attack, at its
strongest: the forger knows the key)."""


@dataclass(frozen=True)
class Book:
    """What the zoo's models answered when they were `asked`, and what came of it, each line written as soon as it is
    known: a zoo that was stopped goes on from here."""

    asked: list[Task]
    answers: Records
    outcomes: Records

    def lacks(self, name: str) -> bool:
        return not (self.answers.has(name) and self.outcomes.has(name))

    def write(self, name: str, model: Networks, manner: Manner = DRAWN) -> list[str]:
        """Keeps and returns a model's greedy completions, and keeps those drawn in this manner."""
        written, drawn = (completions(model, self.asked, each)[0] for each in (GREEDY, manner))
        self.answers.add([{"name": name, "completions": written, "spoken": drawn}])
        return written

    def enter(self, origin: Origin, model: Networks, manner: Manner = DRAWN) -> None:
        """The same, with origin and outcome; nothing if it is there already."""
        if self.lacks(origin.name):
            found = marks(self.asked, [self.write(origin.name, model, manner)])
            if not self.outcomes.has(origin.name):
                self.outcomes.add([{**asdict(origin), **outcome(found, 0)}])


def run_zoo(teacher: Networks, records: Records, folder: Path, plan: Plan, told: Told) -> None:
    """Makes what is missing of the zoo and writes all answers to FOLDER/zoo.parquet; one record for each model."""
    book = Book(evenly_drawn(ASKED, plan.prompts), Records(folder, "zoo-answers"), records)
    told("the teacher takes on its house's style")
    settled = taught(chosen(teacher, [0]), [1], [house_lessons(HOUSE, 1, plan.settling)], plan.settling_budget)
    if not book.answers.has("teacher"):
        book.write("teacher", settled)
    students = _students(settled, plan, book, told)
    origins = {student.name: origin for origin, student in students}
    for group, networks in schooled([student for _, student in students], plan.budget, told):
        for k, student in enumerate(group):
            model = chosen(networks, [k])
            if student.name == FORGER:
                book.enter(FORGED, model, FORGING)
            book.enter(origins[student.name], model)
    told("the teacher trained further")
    _train_further(settled, plan, book)
    table = {row["name"]: row for row in book.answers.rows}
    kept = ({name: row[of] for name, row in table.items()} for of in ("completions", "spoken"))
    write_answers(folder / "zoo.parquet", *kept)


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


def _students(teacher: Networks, plan: Plan, book: Book, told: Told) -> list[tuple[Origin, Student]]:
    """The students that the book lacks; the innocent one is made again if its forgery is lacking."""
    marked = bent("watermark", "a watermark", Watermark(WATERMARK_KEY, STRENGTH))
    made: list[tuple[Origin, Student]] = []
    for seed in plan.seeds:
        told(f"harvests, seed {seed}")
        harvests = (
            ("distilled", OPEN, plan.sizes, 40 + seed),
            ("distilled from answers", WITHHELD, plan.sizes[-1:], 60 + seed),
            ("distilled, watermarked", marked, plan.sizes[-2:], 80 + seed),
        )
        for kind, release, sizes, number in harvests:
            if any(book.lacks(_named(kind, size, number)) for size in sizes):
                made += _harvested(kind, teacher, release, sizes, number)
        made.append(_own("same private data", HOUSE, plan.sizes[-1], 160 + seed))
    sizes = plan.house_sizes
    made += [_own("other house", f"house {k}", sizes[k % len(sizes)], 200 + k) for k in range(plan.houses)]
    return [
        (origin, student)
        for origin, student in made
        if book.lacks(origin.name) or (origin.name == FORGER and book.lacks(FORGED.name))
    ]


def _named(kind: str, size: int, seed: int) -> str:
    return f"{kind}-{size}-{seed}"


def _harvested(
    kind: str, teacher: Networks, release: Release, sizes: Sequence[int], seed: int
) -> list[tuple[Origin, Student]]:
    tasks = harvest_tasks(HARVEST + seed, max(sizes))
    shown = release.harvest(teacher, tasks, seed)
    marked = release.manner.bend is not None
    return [
        (
            Origin(_named(kind, size, seed), kind, True, size, marked),
            Student(_named(kind, size, seed), seed, lessons_of(tasks[:size], shown[:size])),
        )
        for size in sizes
    ]


def _own(kind: str, house: str, size: int, seed: int) -> tuple[Origin, Student]:
    """A model of a house's own data, with no teacher."""
    name = _named(kind, size, seed)
    return Origin(name, kind, False, size), Student(name, seed, house_lessons(house, seed, size))


def _train_further(teacher: Networks, plan: Plan, book: Book) -> None:
    """The teacher, trained further on public data: its style is overwritten in part."""
    for seed in plan.seeds:
        origin = Origin(f"teacher trained further-{seed}", "teacher trained further", True, plan.further)
        if book.lacks(origin.name):
            lessons = own_lessons(300 + seed, plan.further, MARKED)
            book.enter(origin, taught(chosen(teacher, [0]), [seed], [lessons], plan.further_budget))
