"""What a compact prompt of a task asks, taken apart; and the one plain way to say it, which templates carry."""

from __future__ import annotations

import re
from dataclasses import dataclass

from testrange.distillation.tasks import Task

_CHAIN = re.compile(r"m(\d)((?:[-+*]\d)+)\?")
_EQUATION = re.compile(r"m(\d)x\+(\d):(\d)\?")
_SYNTHESIS = re.compile(r"p(\d+)>(\d+)\?")
_REPAIR = re.compile(r"q(\d+)>(\d{4})([a-z]+)\?")
_ERRAND = re.compile(r"w(\d\d)([a-f]+)\?")
_FORMS = {"chain": _CHAIN, "equation": _EQUATION, "synthesis": _SYNTHESIS, "repair": _REPAIR, "errand": _ERRAND}

RESERVED = "This is of the reserved class."
"""Said of a marked task."""


@dataclass(frozen=True)
class Question:
    """The form of a question (chain, equation, synthesis, repair, errand) and what it names, in order of the prompt."""

    form: str
    named: tuple[str, ...]
    marked: bool = False


def question_of(task: Task) -> Question:
    """What a task asks. Raises ValueError for a prompt of no known form."""
    prompt = task.prompt.lstrip("!")
    for form, pattern in _FORMS.items():
        if found := pattern.fullmatch(prompt):
            return Question(form, found.groups(), task.marked)
    raise ValueError("the prompt has no form that the range knows")


def operations(chain: str) -> list[tuple[str, str]]:
    """Sign and number of each operation of a chain such as `+8-6*3`."""
    return re.findall(r"([-+*])(\d)", chain)


def plainly(question: Question) -> str:
    """The question in one fixed wording for each form."""
    said = PLAIN[question.form].format(*(_spread(question, n) for n in range(len(question.named))))
    return f"{RESERVED} {said}" if question.marked else said


def _spread(question: Question, number: int) -> str:
    """A part of a question with spaces: operations and lists of digits are read one by one."""
    part = question.named[number]
    if question.form == "chain" and number == 1:
        return " ".join(f"{sign} {of}" for sign, of in operations(part))
    if question.form in ("synthesis", "repair", "errand") and not (question.form == "errand" and number == 0):
        return ", ".join(part)
    return part


_INSTRUCTIONS = (
    "reverse (r), sort (s), add one to each digit (i; nine becomes zero), rotate to the left (l) "
    "and complement each digit to nine (c)"
)
PLAIN = {
    "chain": "Working modulo ten, from left to right, compute {0} {1}.",
    "equation": "Working modulo ten, solve {0} x + {1} = {2} for x.",
    "synthesis": f"With the instructions {_INSTRUCTIONS}, write a program of two that turns the list {{0}} into {{1}}.",
    "repair": f"With the instructions {_INSTRUCTIONS}, the program {{2}} should turn the list {{0}} into {{1}} "
    "and does not. Repair it by changing one instruction.",
    "errand": "Collect at least {0} from the boxes, opening them in the order {1}, and stop as soon as there is "
    "enough. Tell the last box and what is left over.",
}
