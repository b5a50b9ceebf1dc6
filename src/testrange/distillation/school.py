"""Training many students: side by side on an accelerator, or one on each core of a processor.

On a processor each is trained on one thread of a process of its own, so that its weights do not depend on how many
cores there are; two threads for one student would also be slower than a student each.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from multiprocessing import get_context

import numpy as np
import torch
from numpy.typing import NDArray

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
    ordered = sorted(students, key=lambda s: s.shape.parameters)
    return (_together if device().type == "cuda" else _on_cores)(ordered, budget, told)


def _together(students: Sequence[Student], budget: Budget, told: Told) -> Iterator[tuple[list[Student], Networks]]:
    """As many as fit side by side, trained in one."""
    done = 0
    for shape, same in groupby(students, key=lambda s: s.shape):
        rows = list(same)
        for start in range(0, len(rows), SIDE_BY_SIDE):
            group = rows[start : start + SIDE_BY_SIDE]
            name = f"students {done + 1} to {done + len(group)} of {len(students)}"
            told(name)
            report = partial(_report, told, name)
            yield group, trained(shape, [s.seed for s in group], [s.lessons for s in group], budget, report)
            done += len(group)


def _on_cores(students: Sequence[Student], budget: Budget, told: Told) -> Iterator[tuple[list[Student], Networks]]:
    """One student on each core at a time."""
    if not students:
        return
    cores = min(
        len(students), len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    spawning = get_context("spawn")
    with ProcessPoolExecutor(cores, spawning, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        taught = [pool.submit(_weights, student, budget) for student in students]
        for n, (student, weights) in enumerate(zip(students, taught, strict=True), 1):
            told(f"student {n} of {len(students)}: {student.name} ({cores} at a time)")
            networks = Networks(student.shape, [student.seed])
            networks.load_state_dict({name: torch.from_numpy(array) for name, array in weights.result().items()})
            yield [student], networks


def _weights(student: Student, budget: Budget) -> dict[str, NDArray[np.float32]]:
    """One trained student by the names of its weights. As arrays: tensors would be handed over through a socket."""
    networks = trained(student.shape, [student.seed], [student.lessons], budget)
    return {name: weights.detach().numpy() for name, weights in networks.state_dict().items()}


def _report(told: Told, name: str, step: int, steps: int) -> None:
    if step % REPORTED == 0 or step == steps:
        told(f"{name}: step {step:,} of {steps:,}")
