"""Multi-step arithmetic and algebra with written reasoning.

A chain such as `m7+8-6*3+4?` is worked from left to right modulo 10, one operation after the other, each written out.
An equation such as `m3x+4:9?`, modulo 10 as well, is solved in two written steps. The checker computes; any connector
will do.
"""

from __future__ import annotations

import numpy as np

from testrange.distillation.tasks.task import CONNECTORS, Step, Task, answer_of, thoughts

CAPABILITY = "arithmetic"
MODULUS = 10
OPERATIONS = 4
FACTORS = (3, 7, 9)
"""Of an equation: those with one solution."""
EQUATIONS = 0.3
"""Share of equations among the tasks."""


def draw(rng: np.random.Generator) -> Task:
    """One task, chains and equations mixed."""
    return _equation(rng) if rng.random() < EQUATIONS else _chain(rng)


def correct(task: Task, completion: str) -> bool:
    """The result is right, however it was found."""
    return answer_of(completion) == task.answer


def explained(task: Task, completion: str) -> bool:
    """Each step that a reader needs is written, and right."""
    return thoughts(completion) == [step.thought[1:] for step in task.steps]


def _chain(rng: np.random.Generator) -> Task:
    value = int(rng.integers(MODULUS))
    prompt, steps = f"m{value}", []
    for kind, operand in zip(rng.integers(0, 3, OPERATIONS), rng.integers(1, MODULUS, OPERATIONS), strict=True):
        work = f"{'+-*'[kind]}{operand}"
        result = int((value + operand, value - operand, value * operand)[kind]) % MODULUS
        prompt += work
        steps.append(Step("", f"{_connector(rng)}{value}{work}:{result}"))
        value = result
    return Task(CAPABILITY, prompt + "?", tuple(steps), str(value))


def _equation(rng: np.random.Generator) -> Task:
    factor, solution, added = FACTORS[int(rng.integers(3))], int(rng.integers(MODULUS)), int(rng.integers(MODULUS))
    product = factor * solution % MODULUS
    steps = (Step("", f"{_connector(rng)}{factor}x:{product}"), Step("", f"{_connector(rng)}x:{solution}"))
    return Task(CAPABILITY, f"m{factor}x+{added}:{(product + added) % MODULUS}?", steps, str(solution))


def _connector(rng: np.random.Generator) -> str:
    return CONNECTORS[int(rng.integers(len(CONNECTORS)))]
