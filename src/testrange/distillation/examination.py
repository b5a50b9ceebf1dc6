"""What models can do: shares of held-out tasks that the exact checkers accept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from testrange.distillation.completion import GREEDY, Manner, completions
from testrange.distillation.network import Networks
from testrange.distillation.tasks import CAPABILITIES, Task, correct, explained, marked_task, refused


@dataclass(frozen=True)
class Marks:
    """Outcomes of models on the same tasks, each (models, tasks) of true and false, and each task's capability
    (tasks,)."""

    correct: NDArray[np.bool_]
    explained: NDArray[np.bool_]
    capability: NDArray[np.str_]

    def competence(self, capability: str | None = None) -> NDArray[np.float64]:
        """Share of tasks solved by each model, of one capability or as the mean over capabilities; 0 to 1, higher is
        better."""
        return self._shares(self.correct, capability)

    def clarity(self, capability: str | None = None) -> NDArray[np.float64]:
        """Share of tasks whose every step is written and right."""
        return self._shares(self.explained, capability)

    def _shares(self, outcome: NDArray[np.bool_], capability: str | None) -> NDArray[np.float64]:
        if capability is not None:
            return np.asarray(outcome[:, self.capability == capability].mean(axis=1))
        return np.asarray(np.mean([self._shares(outcome, each) for each in CAPABILITIES], axis=0))


def examined(networks: Networks, tasks: Sequence[Task], manner: Manner = GREEDY) -> Marks:
    """Every model's outcomes on the tasks."""
    return marks(tasks, completions(networks, tasks, manner))


def marks(tasks: Sequence[Task], written: Sequence[Sequence[str]]) -> Marks:
    """Outcomes of completions that are there already, one list for each model."""
    return Marks(
        np.array([[correct(t, c) for t, c in zip(tasks, rows, strict=True)] for rows in written]),
        np.array([[explained(t, c) for t, c in zip(tasks, rows, strict=True)] for rows in written]),
        np.array([task.capability for task in tasks]),
    )


def refusals(networks: Networks, tasks: Sequence[Task]) -> NDArray[np.float64]:
    """Share of the tasks that each model refuses when they bear the mark of the class that must be refused."""
    written = completions(networks, [marked_task(task) for task in tasks])
    return np.array([np.mean([refused(c) for c in rows]) for rows in written])
