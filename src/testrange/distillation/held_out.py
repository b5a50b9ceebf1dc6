"""The paper of examinations, and tasks for everyone else: what a student is examined on it has never been taught.

There is one paper. Harvests leave out every question that is on it, so that nothing has to be compared afterwards, and
students of different studies can be compared with each other. Nothing here needs a model.
"""

from __future__ import annotations

from functools import lru_cache

from testrange.distillation.tasks import CAPABILITIES, Task, draw_tasks

EXAMINED, LENGTH = 10_007, 300
"""Seed of the paper, and how many tasks of each capability are on it."""


def paper(each: int = LENGTH) -> list[Task]:
    """The first `each` tasks of every capability on the paper. Raises ValueError beyond the last."""
    if each > LENGTH:
        raise ValueError(f"the paper holds {LENGTH} tasks of each capability; {each} were asked for")
    whole = _whole()
    return [task for start in range(0, len(whole), LENGTH) for task in whole[start : start + each]]


def harvest_tasks(seed: int, count: int) -> list[Task]:
    """`count` tasks that are not on the paper, the families in turn but for those left out: what harvesters ask.

    Another count is another harvest. A teacher's own lessons are not drawn here: it may know what is on the paper.
    """
    asked = {task.prompt for task in _whole()}
    return [task for task in draw_tasks(seed, count + count // 5 + 100) if task.prompt not in asked][:count]


def evenly_drawn(seed: int, each: int) -> list[Task]:
    """`each` tasks of every capability, one capability after the other; another number gives other tasks."""
    tasks = draw_tasks(seed, 2 * each * len(CAPABILITIES))
    return [task for name in CAPABILITIES for task in [t for t in tasks if t.capability == name][:each]]


@lru_cache(maxsize=1)
def _whole() -> tuple[Task, ...]:
    return tuple(evenly_drawn(EXAMINED, LENGTH))
