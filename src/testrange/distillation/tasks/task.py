"""One task of the range: a question with an exact checker, and one worked answer."""

from __future__ import annotations

import re
from dataclasses import dataclass

CONNECTORS = "ABCDEFGH"
"""Each written step begins with one of these, at random: they stand for the words between steps ("so", "then", "thus"),
of which any does. They carry no meaning for the checkers, and are where a watermark has room."""
ASK, RESULT, END, REFUSED, MARK = "?", "=", ".", "#", "!"
CALL, REPLY = "<", ">"

_THOUGHT = re.compile(rf"[{CONNECTORS}][^{CONNECTORS}<=.#]*")


@dataclass(frozen=True)
class Step:
    """A visible action (a tool call with its reply; empty where there is none), and the thought written after it."""

    action: str
    thought: str


@dataclass(frozen=True)
class Task:
    """A question, and one right way to answer it.

    `prompt` ends with `?`; `boxes` is what the environment of an errand holds, one digit for each of the letters a, b,
    c …, and empty elsewhere; a `marked` task belongs to the class that the teacher must refuse.
    """

    capability: str
    prompt: str
    steps: tuple[Step, ...]
    answer: str
    boxes: str = ""

    @property
    def marked(self) -> bool:
        return self.prompt.startswith(MARK)

    @property
    def completion(self) -> str:
        """The worked answer as text: every step, then `=answer.`; of a marked task the refusal."""
        if self.marked:
            return REFUSED + END
        return "".join(s.action + s.thought for s in self.steps) + RESULT + self.answer + END


def thoughts(completion: str) -> list[str]:
    """The written steps of a completion in order, without their connectors."""
    return [found[1:] for found in _THOUGHT.findall(completion)]


def without_thoughts(completion: str) -> str:
    """A completion as a provider shows it who withholds reasoning: tool calls, replies and the answer stay."""
    return _THOUGHT.sub("", completion)


def split_thoughts(completion: str) -> list[tuple[str, str]]:
    """The completion as pairs: what stands before a thought, and the thought; the last pair's thought may be empty."""
    pairs, end = [], 0
    for found in _THOUGHT.finditer(completion):
        pairs.append((completion[end : found.start()], found.group()))
        end = found.end()
    return [*pairs, (completion[end:], "")]


def answer_of(completion: str) -> str | None:
    """What stands between `=` and the end, thoughts apart, or None if the completion has no such part."""
    _, found, rest = without_thoughts(completion).partition(RESULT)
    return rest.partition(END)[0] if found and END in rest else None
