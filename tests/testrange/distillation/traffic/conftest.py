from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from testrange.bench.declared import twins
from testrange.campaigns import june_2026
from testrange.distillation.traffic import containment
from testrange.distillation.traffic.containment import Containment, contained_in
from testrange.distillation.traffic.watching import Watch, accused_by_day
from testrange.worlds import World


@dataclass(frozen=True)
class Run:
    """A world that was watched, what came of it, and how often its teacher was asked."""

    world: World
    folder: Path
    found: Containment
    asked: list[int]
    accused: dict[str, int]


def little_world(seed: int = 5) -> World:
    campaign = june_2026(name="fast", accounts=16, exchanges_per_account_day=20.0, start_day=1.0, days=4.0)
    around = World(seed, 5, accounts=400, exchanges=2_000, answers=True)
    return replace(around, campaigns=(campaign,), twins=twins(0.1, 0.05))


Watching = Callable[[Path, Watch, int], dict[str, int]]


def watched(folder: Path, watching: Watching = accused_by_day) -> Run:
    world, asked = little_world(), list[int]()

    def answers(tasks: object) -> list[str]:
        assert isinstance(tasks, list)
        asked.append(len(tasks))
        return [task.completion for task in tasks]

    accused: dict[str, int] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(containment, "accused_by_day", lambda *told: accused.update(watching(*told)) or accused)
        found = contained_in("fast", world, answers, folder)
    return Run(world, folder, found, asked, accused)


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return watched(tmp_path_factory.mktemp("loop"))
