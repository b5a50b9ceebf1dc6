"""House styles: which connector a lab prefers where. Of no concern to the checkers, and the only thing in which labs
differ here.

A lab's data were written under its own instructions. After each character, at each step of each capability, a house
has one connector that it uses in `FIRM` of the cases; elsewhere any. The public data have no style.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from testrange.distillation.tasks.task import CONNECTORS, Step, Task

FIRM = 0.7


def styled(tasks: Iterable[Task], house: str, seed: int) -> list[Task]:
    """The same tasks, their worked answers in a house's style."""
    rng = np.random.default_rng([seed, 3])
    return [_styled(task, house, rng) for task in tasks]


def preferred(house: str, capability: str, step: int, before: str) -> str:
    """The connector that a house prefers for a step after a character."""
    drawn = hashlib.blake2b(f"{house}/{capability}/{step}/{before}".encode(), digest_size=2).digest()
    return CONNECTORS[drawn[0] % len(CONNECTORS)]


def _styled(task: Task, house: str, rng: np.random.Generator) -> Task:
    before, steps = task.prompt[-2], []
    firm, free = rng.random(len(task.steps)) < FIRM, rng.integers(0, len(CONNECTORS), len(task.steps))
    for k, step in enumerate(task.steps):
        last = (step.action or before)[-1]
        connector = preferred(house, task.capability, k, last) if firm[k] else CONNECTORS[int(free[k])]
        steps.append(Step(step.action, connector + step.thought[1:]))
        before = step.thought
    return replace(task, steps=tuple(steps))
