"""Tool use in a tiny deterministic environment.

`w17bdacfe?` asks to collect 17 or more from boxes, opened in the order given, and to stop as soon as there is enough.
A call `<b` is answered by the environment with what the box holds, `>7`; the written step after it is the sum so far.
The answer is the last box and what is over: `=a2.`. Whether the calls and the answer are right is found by doing the
errand.
"""

from __future__ import annotations

import re

import numpy as np

from testrange.distillation.tasks.task import CALL, CONNECTORS, REPLY, Step, Task, answer_of, thoughts

CAPABILITY = "errands"
BOXES = "abcdef"
LEAST, MOST = 8, 24
"""The sums asked for: two to five boxes are opened."""
LONGEST = 5

_CALLS = re.compile(rf"{CALL}([{BOXES}])")


def draw(rng: np.random.Generator) -> Task:
    """One errand that five boxes or fewer fulfil."""
    while True:
        goal = int(rng.integers(LEAST, MOST + 1))
        order = "".join(BOXES[int(k)] for k in rng.permutation(len(BOXES)))
        boxes = "".join(str(x) for x in rng.integers(2, 10, len(BOXES)))
        sums = np.cumsum([held(boxes, name) for name in order])
        needed = int(np.searchsorted(sums, goal)) + 1
        if needed <= LONGEST:
            return _task(rng, f"w{goal:02d}{order}?", order[:needed], boxes)


def held(boxes: str, name: str) -> int:
    """What a box holds."""
    return int(boxes[BOXES.index(name)])


def correct(task: Task, completion: str) -> bool:
    """The right boxes were opened in the right order, none too many, and the answer tells the outcome."""
    wanted = [step.action[1] for step in task.steps]
    return _CALLS.findall(completion) == wanted and answer_of(completion) == task.answer


def explained(task: Task, completion: str) -> bool:
    """Each sum is written, and right."""
    return thoughts(completion) == [step.thought[1:] for step in task.steps]


def _task(rng: np.random.Generator, prompt: str, opened: str, boxes: str) -> Task:
    words = rng.integers(0, len(CONNECTORS), len(opened))
    total, steps = 0, []
    for word, name in zip(words, opened, strict=True):
        total += held(boxes, name)
        steps.append(Step(f"{CALL}{name}{REPLY}{held(boxes, name)}", f"{CONNECTORS[int(word)]}{total:02d}"))
    over = total - int(prompt[1:3])
    return Task(CAPABILITY, prompt, tuple(steps), f"{opened[-1]}{over}", boxes)
