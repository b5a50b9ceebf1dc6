"""A completion of the range's models as English, and back.

Each piece of a completion becomes a line of its own: a written step with its connector, a call with its reply, the
answer, a refusal; what is none of these (a model may write anything) is quoted character by character. Lines and
pieces belong to each other one to one, so any completion can be read back exactly.
"""

from __future__ import annotations

import re

from testrange.distillation.tasks.task import CONNECTORS

WORDS = ("So", "Then", "Thus", "Hence", "Next", "Therefore", "Now", "With that")
"""English for the connectors, in their order."""
NAMES = {"r": "reverse", "s": "sort", "i": "increment", "l": "rotate left", "c": "complement"}
"""English for the instructions of small programs."""
REFUSAL = "I will not do this."

_PIECE = re.compile(
    rf"(?P<refusal>#\.)|(?P<call><[a-f]>\d)|(?P<thought>[{CONNECTORS}][^{CONNECTORS}<=.#]*)"
    rf"|(?P<answer>=[^{CONNECTORS}<=.#]*\.)|(?P<rest>.)",
    re.DOTALL,
)
_CONNECTOR = dict(zip(CONNECTORS, WORDS, strict=True))
_LETTER = {word: letter for letter, word in _CONNECTOR.items()}
_INSTRUCTION = {name: letter for letter, name in NAMES.items()}

_TOTAL = re.compile(r"we have (\d+)")
_WORK = re.compile(r"(\d) ([-+*]) (\d) gives (\d+)")
_PRODUCT = re.compile(r"(\d*)x is (\d+)")
_CHANGE = re.compile(rf"({'|'.join(_INSTRUCTION)}) leaves ((?:\d, )*\d)")
_STEP = re.compile(rf"({'|'.join(WORDS)}), (.*)\.")


def spelled(completion: str) -> str:
    """The completion as English, a line for each piece; an empty one has no lines. Raises ValueError for a line break
    or a backtick, which no model of the range can write."""
    if "\n" in completion or "`" in completion:
        raise ValueError("a completion has neither line breaks nor backticks")
    return "\n".join(_line(found) for found in _PIECE.finditer(completion))


def read_back(text: str) -> str:
    """The completion that `spelled` made this text of. Raises ValueError for a line that it never writes."""
    return "".join(_piece(line) for line in text.split("\n")) if text else ""


def _line(found: re.Match[str]) -> str:
    piece = found[0]
    match found.lastgroup:
        case "refusal":
            return REFUSAL
        case "call":
            return f"I open box {piece[1]}: it holds {piece[3]}."
        case "thought":
            return f"{_CONNECTOR[piece[0]]}, {_said(piece[1:])}."
        case "answer":
            return f"The answer is {piece[1:-1]}."
    return f"`{piece}`"


def _said(thought: str) -> str:
    if re.fullmatch(r"\d+", thought):
        return f"we have {thought}"
    if work := re.fullmatch(r"(\d)([-+*])(\d):(\d+)", thought):
        return f"{work[1]} {work[2]} {work[3]} gives {work[4]}"
    if re.fullmatch(r"\d*x:\d+", thought):
        return thought.replace("x:", "x is ")
    if re.fullmatch(rf"[{''.join(NAMES)}]\d+", thought):
        return f"{NAMES[thought[0]]} leaves {', '.join(thought[1:])}"
    return f"`{thought}`"


def _piece(line: str) -> str:
    if line == REFUSAL:
        return "#."
    if call := re.fullmatch(r"I open box ([a-f]): it holds (\d)\.", line):
        return f"<{call[1]}>{call[2]}"
    if answer := re.fullmatch(r"The answer is (.*)\.", line):
        return f"={answer[1]}."
    if step := _STEP.fullmatch(line):
        return _LETTER[step[1]] + _thought(step[2])
    return _quoted(line)


def _thought(said: str) -> str:
    if total := _TOTAL.fullmatch(said):
        return total[1]
    if work := _WORK.fullmatch(said):
        return f"{work[1]}{work[2]}{work[3]}:{work[4]}"
    if product := _PRODUCT.fullmatch(said):
        return f"{product[1]}x:{product[2]}"
    if change := _CHANGE.fullmatch(said):
        return _INSTRUCTION[change[1]] + change[2].replace(", ", "")
    return _quoted(said)


def _quoted(text: str) -> str:
    if len(text) < 2 or text[0] != "`" or text[-1] != "`":
        raise ValueError("not a line of a spelled completion")
    return text[1:-1]
