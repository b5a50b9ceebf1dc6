"""Small-program synthesis and repair, judged by an interpreter.

A program is a word over five instructions on a list of four digits. `p3142>2413?` asks for a program of two that
turns the first list into the second; `q3142>2413rsi?` for one of three that does so and differs from the given one in
one place. Each written step is an instruction with the list it leaves. The interpreter is total and has no access to
anything: a fixed table of pure functions on a tuple, no loops, no names.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from testrange.distillation.tasks.task import CONNECTORS, Step, Task, answer_of, thoughts

CAPABILITY = "programs"
LENGTH = 4
REPAIRS = 0.4
"""Share of repairs among the tasks."""

Digits = tuple[int, ...]
INSTRUCTIONS: dict[str, Callable[[Digits], Digits]] = {
    "r": lambda d: d[::-1],
    "s": lambda d: tuple(sorted(d)),
    "i": lambda d: tuple((x + 1) % 10 for x in d),
    "l": lambda d: d[1:] + d[:1],
    "c": lambda d: tuple(9 - x for x in d),
}
"""Reverse, sort, increment, rotate to the left, complement to nine."""


def run(program: str, digits: Digits) -> list[Digits] | None:
    """The lists after each instruction, or None if one is unknown."""
    trail: list[Digits] = []
    for name in program:
        if name not in INSTRUCTIONS:
            return None
        digits = INSTRUCTIONS[name](digits)
        trail.append(digits)
    return trail


def draw(rng: np.random.Generator) -> Task:
    """One task, synthesis and repair mixed. Examples that change nothing are drawn again."""
    return _repair(rng) if rng.random() < REPAIRS else _synthesis(rng)


def correct(task: Task, completion: str) -> bool:
    """Any program that does what was asked is right, not only the one that made the example."""
    program = answer_of(completion)
    given, wanted, broken = _asked(task)
    trail = run(program, given) if program else None
    if not program or not trail or trail[-1] != wanted:
        return False
    if not broken:
        return len(program) == 2
    return len(program) == len(broken) and sum(a != b for a, b in zip(program, broken, strict=True)) == 1


def explained(task: Task, completion: str) -> bool:
    """Each instruction of the answer is written with the list that it really leaves."""
    program = answer_of(completion) or ""
    trail = run(program, _asked(task)[0])
    return bool(trail) and thoughts(completion) == [n + _text(d) for n, d in zip(program, trail or [], strict=True)]


def _synthesis(rng: np.random.Generator) -> Task:
    program, given, trail = _example(rng, 2)
    return _task(rng, f"p{_text(given)}>{_text(trail[-1])}?", program, trail)


def _repair(rng: np.random.Generator) -> Task:
    program, given, trail = _example(rng, 3)
    place = int(rng.integers(3))
    others = [name for name in INSTRUCTIONS if name != program[place]]
    broken = program[:place] + others[int(rng.integers(len(others)))] + program[place + 1 :]
    return _task(rng, f"q{_text(given)}>{_text(trail[-1])}{broken}?", program, trail)


def _example(rng: np.random.Generator, length: int) -> tuple[str, Digits, list[Digits]]:
    names = list(INSTRUCTIONS)
    while True:
        program = "".join(names[int(k)] for k in rng.integers(0, len(names), length))
        given = tuple(int(x) for x in rng.integers(0, 10, LENGTH))
        trail = run(program, given) or []
        if trail[-1] != given:
            return program, given, trail


def _task(rng: np.random.Generator, prompt: str, program: str, trail: list[Digits]) -> Task:
    words = rng.integers(0, len(CONNECTORS), len(program))
    written = zip(words, program, trail, strict=True)
    steps = tuple(Step("", f"{CONNECTORS[int(w)]}{name}{_text(digits)}") for w, name, digits in written)
    return Task(CAPABILITY, prompt, steps, program)


def _asked(task: Task) -> tuple[Digits, Digits, str]:
    given, _, rest = task.prompt.lstrip("!")[1:-1].partition(">")
    return _digits(given), _digits(rest[:LENGTH]), rest[LENGTH:]


def _digits(text: str) -> Digits:
    return tuple(int(x) for x in text)


def _text(digits: Digits) -> str:
    return "".join(str(x) for x in digits)
