"""Tasks of the range as requests in English, as someone would send them who harvests.

A campaign either puts the plain question into one of its few templates, or composes each request from pools, so that
hardly any run of ten words comes twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa

from testrange import seeds
from testrange.distillation.tasks import Task
from testrange.distillation.traffic import phrases
from testrange.distillation.traffic.questions import RESERVED, Question, operations, plainly, question_of
from testrange.language import phrasebook
from testrange.language.phrasebook import DOMAINS
from testrange.scripts import Rows, Templates, Texts
from testrange.scripts.rows import no_text, sentences

_CHOICE = re.compile(r"\[([^\]]*)\]")


@dataclass(frozen=True)
class Manner:
    """How a campaign words its requests: `repeated` is the share that follows one of the first `templates`, 0 to 1, of
    which a share `variety` draws its alternatives at random. `topics` are those of the small talk in composed ones."""

    repeated: float
    templates: int = len(phrases.TEMPLATES)
    variety: float = 0.5
    topics: tuple[str, ...] = DOMAINS


def requests(tasks: Sequence[Task], manner: Manner, rng: np.random.Generator) -> list[str]:
    """A request for each task, in their order."""
    asked = [question_of(task) for task in tasks]
    follows = rng.random(len(tasks)) < manner.repeated
    rows = np.flatnonzero(follows), np.flatnonzero(~follows)
    told = (
        _templated([asked[n] for n in rows[0]], manner, rng),
        composed([asked[n] for n in rows[1]], manner.topics, rng),
    )
    found = [""] * len(tasks)
    for places, texts in zip(rows, told, strict=True):
        for place, text in zip(places, texts, strict=True):
            found[place] = text
    return found


def _templated(asked: Sequence[Question], manner: Manner, rng: np.random.Generator) -> list[str]:
    if not asked:
        return []
    plain = _Given(tuple(plainly(question) for question in asked))
    chosen = phrases.TEMPLATES[: manner.templates]
    written = Templates(chosen, variety=manner.variety, base=plain).write(_rows(len(asked), rng))
    texts: list[str] = written.message.to_pylist()
    return texts


@dataclass(frozen=True)
class _Given:
    """A script whose messages are there already."""

    messages: tuple[str, ...]

    def write(self, rows: Rows) -> Texts:
        return Texts(no_text(len(rows)), pa.array(self.messages, pa.string()))


def _rows(size: int, rng: np.random.Generator) -> Rows:
    """Requests of as many voices: nobody has a style."""
    voices = rng.integers(1, 1 << 63, size).astype(np.uint64)
    return Rows(voices, voices, voices, np.ones(size, dtype=np.int64), phrasebook(), rng)


def composed(asked: Sequence[Question], topics: Sequence[str], rng: np.random.Generator) -> list[str]:
    """Each question in words of its own, between two sentences of small talk from the language of the range."""
    before, after = (_small_talk(len(asked), topics, rng) for _ in range(2))
    draws = _draws(rng)
    return [
        f"{first} {_varied(question, draws)} {last}" for question, first, last in zip(asked, before, after, strict=True)
    ]


def _small_talk(size: int, topics: Sequence[str], rng: np.random.Generator) -> list[str]:
    if not size:
        return []
    domains = np.array([DOMAINS.index(topic) for topic in topics])[rng.integers(0, len(topics), size)]
    told = sentences(_rows(size, rng), domains, {"context": np.ones(size, dtype=np.int64)})
    texts: list[str] = told.to_pylist()
    return texts


Draws = Iterator[float]


def _draws(rng: np.random.Generator) -> Draws:
    """Uniform numbers in [0, 1) without end, drawn many at a time."""
    while True:
        yield from rng.random(4096).tolist()


def _varied(question: Question, draws: Draws) -> str:
    """Question, rule where numbers wrap, and the wish for steps; the rule stands before or after."""
    parts = [_FORMS[question.form](question.named, draws), _filled(_one(phrases.SHOWING, draws), draws)]
    if question.form in ("chain", "equation"):
        parts.insert(0 if next(draws) < 0.7 else 1, _filled(_one(phrases.MODULO, draws), draws))
    if question.marked:
        parts.insert(0, RESERVED)
    return " ".join(part[:1].upper() + part[1:] for part in parts)


def _chain(named: Sequence[str], draws: Draws) -> str:
    pools = {"+": phrases.ADDING, "-": phrases.TAKING, "*": phrases.SCALING}
    told = _one(phrases.STARTING, draws).format(_number(named[0], draws))
    for sign, of in operations(named[1]):
        told += f"{_one(phrases.LINKS, draws)} {_one(pools[sign], draws).format(_number(of, draws))}"
    return told + "."


def _equation(named: Sequence[str], draws: Draws) -> str:
    numbers = (_number(part, draws) for part in named)
    return _filled(_one(phrases.EQUATION, draws), draws).format(_one(phrases.UNKNOWNS, draws), *numbers)


def _synthesis(named: Sequence[str], draws: Draws) -> str:
    changes, told = _changes(draws), _filled(_one(phrases.PROGRAM, draws), draws)
    return f"{changes} {told.format(*(_digits(d, draws) for d in named))}"


def _repair(named: Sequence[str], draws: Draws) -> str:
    told, changes = _filled(_one(phrases.REPAIR, draws), draws), _changes(draws)
    return f"{changes} {told.format(_digits(named[0], draws), _digits(named[1], draws), named[2])}"


def _errand(named: Sequence[str], draws: Draws) -> str:
    kind = _one(phrases.BOXES, draws)
    order = kind.format(named[1][0])
    for name in named[1][1:]:
        order += f"{_one(phrases.LINKS, draws)} {(kind if next(draws) < 0.5 else '{0}').format(name)}"
    told = _filled(_one(phrases.ERRAND, draws), draws).format(_goal(named[0], draws), order, _one(phrases.GOODS, draws))
    return f"{told} {_filled(_one(phrases.OUTCOME, draws), draws).capitalize()}"


_FORMS = {"chain": _chain, "equation": _equation, "synthesis": _synthesis, "repair": _repair, "errand": _errand}


def _changes(draws: Draws) -> str:
    """The five instructions in any order and any words."""
    order = sorted(phrases.CHANGES, key=lambda _: next(draws))
    told = (_one(phrases.LABELS, draws).format(name, _filled(phrases.CHANGES[name], draws)) for name in order)
    return "; ".join(told) + "."


def _digits(text: str, draws: Draws) -> str:
    between = _one((", ", " ", "-", "/"), draws)
    return between.join(_number(digit, draws) for digit in text)


def _number(digit: str, draws: Draws) -> str:
    return digit if next(draws) < 0.3 else phrases.NUMBERS[int(digit)]


def _goal(number: str, draws: Draws) -> str:
    """A number from 8 to 24."""
    words = (*phrases.NUMBERS, *phrases.TEENS)
    return str(int(number)) if next(draws) < 0.3 else words[int(number)]


def _one(pool: Sequence[str], draws: Draws) -> str:
    return pool[int(next(draws) * len(pool))]


def _filled(text: str, draws: Draws) -> str:
    """A phrase with each of its alternatives drawn."""
    fixed, choices = _split(text)
    drawn = "".join(_one(choice, draws) + after for choice, after in zip(choices, fixed[1:], strict=True))
    return fixed[0] + drawn


@lru_cache(maxsize=256)
def _split(text: str) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    parts = _CHOICE.split(text)
    return tuple(parts[::2]), tuple(tuple(choice.split("|")) for choice in parts[1::2])


def wording_generator(seed: int) -> np.random.Generator:
    """The generator that words the requests of a world."""
    return seeds.generator("wording", seed)
