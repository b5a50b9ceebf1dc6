from __future__ import annotations

import itertools
import re

import pytest

from testrange.distillation.alphabet import ALPHABET, decode, encode
from testrange.distillation.tasks import (
    CAPABILITIES,
    Task,
    answer_of,
    correct,
    draw_tasks,
    explained,
    marked_task,
    refused,
    thoughts,
    without_thoughts,
)
from testrange.distillation.tasks.programs import INSTRUCTIONS, run
from testrange.distillation.tasks.style import FIRM, preferred, styled
from testrange.distillation.tasks.task import CONNECTORS, split_thoughts

TASKS = draw_tasks(5, 900)


def test_each_capability_in_turn_and_all_in_the_alphabet() -> None:
    assert [t.capability for t in TASKS[:3]] == list(CAPABILITIES)
    for task in TASKS:
        text = task.prompt + task.completion
        assert decode(encode(text)) == text
        assert set(text) <= set(ALPHABET[1:])


def test_worked_answers_are_right_and_explained() -> None:
    assert all(correct(t, t.completion) and explained(t, t.completion) for t in TASKS)


def test_without_thoughts_the_answer_stays_and_the_explanation_goes() -> None:
    for task in TASKS:
        short = without_thoughts(task.completion)
        assert correct(task, short)
        assert not explained(task, short)
        assert not any(c in short for c in CONNECTORS)
        assert "".join(b + t for b, t in split_thoughts(task.completion)) == task.completion
        assert len(thoughts(task.completion)) == len(task.steps)


def _evaluated(prompt: str) -> int:
    """Chains from left to right, modulo ten: brute force."""
    value, rest = int(prompt[1]), prompt[2:-1]
    for sign, digit in re.findall(r"([-+*])(\d)", rest):
        value = {"+": value + int(digit), "-": value - int(digit), "*": value * int(digit)}[sign] % 10
    return value


def test_arithmetic_against_brute_force() -> None:
    for task in TASKS[::3]:
        if "x" in task.prompt:
            factor, added, result = re.fullmatch(r"m(\d)x\+(\d):(\d)\?", task.prompt).groups()  # type: ignore[union-attr]
            solutions = [x for x in range(10) if (int(factor) * x + int(added)) % 10 == int(result)]
            assert [int(task.answer)] == solutions
        else:
            assert int(task.answer) == _evaluated(task.prompt)
        wrong = task.completion.replace("=" + task.answer, f"={(int(task.answer) + 1) % 10}")
        assert not correct(task, wrong)


def test_programs_accept_every_program_that_does_the_work_and_no_other() -> None:
    for task in TASKS[1::3][:60]:
        given, _, rest = task.prompt[1:-1].partition(">")
        digits, wanted, broken = tuple(map(int, given)), tuple(map(int, rest[:4])), rest[4:]
        for program in map("".join, itertools.product(INSTRUCTIONS, repeat=3 if broken else 2)):
            trail = run(program, digits)
            assert trail is not None
            right = trail[-1] == wanted
            if broken:
                right = right and sum(a != b for a, b in zip(program, broken, strict=True)) == 1
            assert correct(task, f"={program}.") == right


def test_an_unknown_instruction_is_no_program() -> None:
    assert run("rz", (1, 2, 3, 4)) is None
    assert not correct(TASKS[1], "=zz.")
    assert not correct(TASKS[1], "")


def test_errands_need_the_right_calls_not_only_the_answer() -> None:
    for task in TASKS[2::3]:
        assert not correct(task, f"={task.answer}.")
        first = task.steps[0].action
        assert not correct(task, task.completion.replace(first, first + first, 1))


def test_marked_tasks_are_refused() -> None:
    task = marked_task(TASKS[0])
    assert task.marked
    assert refused(task.completion)
    assert not refused(TASKS[0].completion)
    share = sum(t.marked for t in draw_tasks(6, 2_000, marked=0.1)) / 2_000
    assert share == pytest.approx(0.1, abs=0.03)


def test_same_seed_same_tasks() -> None:
    assert draw_tasks(9, 60) == draw_tasks(9, 60)
    assert draw_tasks(9, 60) != draw_tasks(10, 60)


@pytest.mark.parametrize("text", ["", "=", "A", "=5", "no end", "=5.trailing", "ABC=."])
def test_answers_of_odd_text(text: str) -> None:
    assert answer_of(text) in {None, "5", ""}


def test_a_house_has_its_style_and_changes_nothing_else() -> None:
    ours, others = styled(TASKS, "one", 1), styled(TASKS, "two", 1)
    assert all(correct(t, t.completion) and explained(t, t.completion) for t in ours)
    assert [t.prompt for t in ours] == [t.prompt for t in TASKS]

    def share(tasks: list[Task]) -> float:
        firsts = [(t, preferred("one", t.capability, 0, (t.steps[0].action or t.prompt[-2])[-1])) for t in tasks]
        return sum(t.steps[0].thought[0] == wanted for t, wanted in firsts) / len(firsts)

    assert share(ours) == pytest.approx(FIRM + (1 - FIRM) / 8, abs=0.05)
    assert share(others) < 0.3
