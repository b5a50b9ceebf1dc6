"""What so many exchanges bought a student of the test range: competence, by capability, with the reasoning and without.

The range measured it on small models of its own and wrote the table `expected_gain.json`, shipped beside this file. It
says nothing of anybody else's models, and decides nothing.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from math import log10


@dataclass(frozen=True)
class Competence:
    """Share of held-out tasks solved, 0 to 1: what students reach on average, and the 95 % interval of that average.
    Single students lie further apart."""

    expected: float
    low: float
    high: float


@dataclass(frozen=True)
class Curve:
    """Competence in one capability at each size of the table. `reasoning`: the students saw the teacher's reasoning;
    else its answers alone."""

    capability: str
    reasoning: bool
    points: tuple[Competence, ...]


@dataclass(frozen=True)
class GainTable:
    """The measured function. `sizes`: exchanges that a student learned from, rising. `floor`: competence of students
    that learned from nothing. `teacher`: competence of the teacher, by capability."""

    measured: date
    machine: str
    models: str
    floor: float
    teacher: Mapping[str, float]
    sizes: tuple[int, ...]
    curves: tuple[Curve, ...]

    @property
    def smallest(self) -> int:
        return self.sizes[0]

    @property
    def largest(self) -> int:
        return self.sizes[-1]


@dataclass(frozen=True)
class Gain:
    """What to expect of one capability. `competence`: None for fewer exchanges than were measured. `beyond`: there are
    more than the largest harvest measured, and `competence` is that of the largest."""

    capability: str
    reasoning: bool
    competence: Competence | None
    beyond: bool


@lru_cache(maxsize=1)
def gain_table() -> GainTable:
    """The table that is shipped beside this file."""
    return read_gains((files("stillwatch.exposure") / "expected_gain.json").read_text(encoding="utf-8"))


def read_gains(text: str) -> GainTable:
    """A table from its JSON."""
    given = json.loads(text)
    return GainTable(
        measured=date.fromisoformat(given["measured"]),
        machine=given["machine"],
        models=given["models"],
        floor=given["floor"],
        teacher=given["teacher"],
        sizes=tuple(given["sizes"]),
        curves=tuple(
            Curve(
                curve["capability"],
                curve["reasoning"],
                tuple(Competence(*point) for point in zip(curve["expected"], curve["low"], curve["high"], strict=True)),
            )
            for curve in given["curves"]
        ),
    )


def expected_gains(exchanges: int, table: GainTable | None = None) -> tuple[Gain, ...]:
    """What students of so many exchanges of the range reached, in the order of the table; the shipped one by default.

    Between two sizes the competence is linear in the logarithm of the number of exchanges. Beyond the largest size it
    stays that of the largest: the function is not carried on.
    """
    known = table or gain_table()
    beyond = exchanges > known.largest
    return tuple(
        Gain(curve.capability, curve.reasoning, _competence(curve, known.sizes, exchanges), beyond)
        for curve in known.curves
    )


def _competence(curve: Curve, sizes: tuple[int, ...], exchanges: int) -> Competence | None:
    if exchanges < sizes[0]:
        return None
    if exchanges >= sizes[-1]:
        return curve.points[-1]
    right = bisect_right(sizes, exchanges)
    below, above = curve.points[right - 1], curve.points[right]
    share = log10(exchanges / sizes[right - 1]) / log10(sizes[right] / sizes[right - 1])
    return Competence(
        _between(below.expected, above.expected, share),
        _between(below.low, above.low, share),
        _between(below.high, above.high, share),
    )


def _between(start: float, end: float, share: float) -> float:
    return (1 - share) * start + share * end
