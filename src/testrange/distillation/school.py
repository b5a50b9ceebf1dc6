"""Training many students: side by side on an accelerator, one after the other on a processor."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby

from testrange.distillation.network import Networks, Shape
from testrange.distillation.training import Budget, Examples, device, trained

SMALL = Shape(width=64, depth=3, heads=4)
"""A student: about a fifth of the teacher's weights."""
SAME = Shape()
"""A student of the teacher's own shape."""
SIDE_BY_SIDE = 64
"""Models of one shape trained together on an accelerator: 24 take about the time of 8 there."""


REPORTED = 250
"""Steps from one report to the next."""


@dataclass(frozen=True)
class Student:
    """One student to train. `name` is unique in its study and names its record."""

    name: str
    seed: int
    lessons: Examples
    shape: Shape = SMALL


Told = Callable[[str], None]
"""Is told in words what is being done."""


def schooled(students: Sequence[Student], budget: Budget, told: Told) -> Iterator[tuple[list[Student], Networks]]:
    """Groups of students with their trained models, in the order of shapes and of the students given."""
    together = SIDE_BY_SIDE if device().type == "cuda" else 1
    ordered = sorted(students, key=lambda s: s.shape.parameters)
    done = 0
    for shape, same in groupby(ordered, key=lambda s: s.shape):
        rows = list(same)
        for start in range(0, len(rows), together):
            group = rows[start : start + together]
            name = f"students {done + 1} to {done + len(group)} of {len(students)}"
            told(name)
            report = partial(_report, told, name)
            yield group, trained(shape, [s.seed for s in group], [s.lessons for s in group], budget, report)
            done += len(group)


def _report(told: Told, name: str, step: int, steps: int) -> None:
    if step % REPORTED == 0 or step == steps:
        told(f"{name}: step {step:,} of {steps:,}")
