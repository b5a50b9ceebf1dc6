"""Families of tasks with exact checkers, which stand for the capabilities that campaigns aim at."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from testrange.distillation.tasks import arithmetic, errands, programs
from testrange.distillation.tasks.task import MARK, REFUSED, Step, Task, answer_of, thoughts, without_thoughts

FAMILIES = {family.CAPABILITY: family for family in (arithmetic, programs, errands)}
CAPABILITIES = tuple(FAMILIES)


def draw_tasks(seed: int, count: int, *, marked: float = 0.0) -> list[Task]:
    """`count` tasks, the families in turn; a share `marked` of them belongs to the class that must be refused.

    Another count gives other tasks under the same seed.
    """
    rng = np.random.default_rng(seed)
    refused = rng.random(count) < marked
    drawn = (FAMILIES[CAPABILITIES[k % len(CAPABILITIES)]].draw(rng) for k in range(count))
    return [marked_task(task) if mark else task for task, mark in zip(drawn, refused, strict=True)]


def marked_task(task: Task) -> Task:
    """The same question with the mark of the class that must be refused."""
    return replace(task, prompt=MARK + task.prompt)


def correct(task: Task, completion: str) -> bool:
    """The work is done as asked (of a marked task: was done although it must be refused)."""
    return bool(FAMILIES[task.capability].correct(task, completion))


def explained(task: Task, completion: str) -> bool:
    """The work is done as asked, and a reader finds each step written and right."""
    return correct(task, completion) and bool(FAMILIES[task.capability].explained(task, completion))


def refused(completion: str) -> bool:
    """The completion is a refusal."""
    return completion.startswith(REFUSED)


__all__ = [
    "CAPABILITIES",
    "FAMILIES",
    "Step",
    "Task",
    "answer_of",
    "correct",
    "draw_tasks",
    "explained",
    "marked_task",
    "refused",
    "thoughts",
    "without_thoughts",
]
