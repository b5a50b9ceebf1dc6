"""What is on the paper of examinations is asked by no harvest, in no study and in no simulated log."""

from __future__ import annotations

import pytest

from testrange.distillation.held_out import LENGTH, evenly_drawn, harvest_tasks, paper
from testrange.distillation.tasks import CAPABILITIES, draw_tasks
from testrange.distillation.traffic import KINDS
from testrange.distillation.traffic.containment import task_seed
from testrange.distillation.traffic.rewriting import Drawn


@pytest.mark.parametrize("each", [10, 150, LENGTH])
def test_no_harvest_asks_what_is_on_a_paper_of_any_length(each: int) -> None:
    asked = {task.prompt for task in paper(each)}
    for seed in (1, 2, 1_001):
        assert not asked & {task.prompt for task in harvest_tasks(seed, 2_000)}
    assert asked & {task.prompt for task in draw_tasks(1, 2_500)}, "what is not left out would be asked"


@pytest.mark.parametrize("kind", KINDS)
def test_no_simulated_campaign_asks_what_is_on_the_paper(kind: str) -> None:
    drawn = Drawn(task_seed(kind, 1), 12_000).tasks()
    assert len(drawn) == 12_000
    assert not {task.prompt for task in paper()} & {task.prompt for task in drawn}


def test_a_harvest_holds_as_many_tasks_as_are_asked_for() -> None:
    for count in (1, 30, 2_000):
        tasks = harvest_tasks(1, count)
        assert len(tasks) == count
    shares = [sum(task.capability == name for task in tasks) / len(tasks) for name in CAPABILITIES]
    assert shares == pytest.approx([1 / 3] * 3, abs=0.02)


def test_a_shorter_paper_is_the_beginning_of_the_whole() -> None:
    for name in CAPABILITIES:
        short, whole = ([t for t in paper(n) if t.capability == name] for n in (20, LENGTH))
        assert short == whole[:20]
        assert len(whole) == LENGTH


def test_a_longer_paper_is_an_error() -> None:
    with pytest.raises(ValueError, match="301 were asked"):
        paper(301)


def test_tasks_are_drawn_evenly() -> None:
    tasks = evenly_drawn(5, 40)
    assert [task.capability for task in tasks] == [name for name in CAPABILITIES for _ in range(40)]
    assert tasks != evenly_drawn(6, 40)
