"""Students one on each core: the same as each alone, whatever the number of cores."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from typing import Any

import pytest
import torch

from testrange.distillation import school
from testrange.distillation.network import Networks, Shape
from testrange.distillation.school import Student, schooled
from testrange.distillation.tasks import draw_tasks
from testrange.distillation.training import Budget, Examples, device, examples, trained

SHAPE, LARGER = Shape(width=16, depth=1, heads=2), Shape(width=32, depth=1, heads=2)
BUDGET = Budget(steps=4, batch=8)

pytestmark = pytest.mark.skipif(device().type == "cuda", reason="an accelerator trains them side by side")


def _lessons(seed: int) -> Examples:
    tasks = draw_tasks(seed, 20)
    return examples([t.prompt for t in tasks], [t.completion for t in tasks])


def _students() -> list[Student]:
    return [
        Student("c", 3, _lessons(3), LARGER),
        Student("a", 1, _lessons(1), SHAPE),
        Student("b", 2, _lessons(2), SHAPE),
    ]


def _alone(student: Student) -> Networks:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return trained(student.shape, [student.seed], [student.lessons], BUDGET)
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("cores", [1, 3])
def test_each_is_trained_as_if_alone(cores: int, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[int] = []

    def pool(size: int, *started: Any, **told: Any) -> ProcessPoolExecutor:
        opened.append(size)
        return ProcessPoolExecutor(size, *started, **told)

    monkeypatch.setattr(school, "ProcessPoolExecutor", pool)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(cores)), raising=False)
    said: list[str] = []
    made = list(schooled(_students(), BUDGET, said.append))
    assert opened == [cores]
    assert [student.name for group, _ in made for student in group] == ["a", "b", "c"], "small ones first"
    assert [line.split(":")[0] for line in said] == ["student 1 of 3", "student 2 of 3", "student 3 of 3"]
    for (student,), networks in made:
        expected = _alone(student).state_dict()
        assert all(torch.equal(weights, expected[name]) for name, weights in networks.state_dict().items())


def test_no_student_is_no_work() -> None:
    assert list(schooled([], BUDGET, lambda _: None)) == []
