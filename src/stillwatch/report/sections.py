"""The parts of an explanation: a title, its lines, and whether they observe or infer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

OBSERVATION = "observation"
INFERENCE = "inference"
CAUTION = "caution"


@dataclass(frozen=True)
class Section:
    """Lines under a title. `nature` is observation, inference or caution."""

    title: str
    nature: str
    lines: Sequence[str]


def section(title: str, nature: str, lines: Sequence[str], most: int | None = None, where: str = "") -> Section:
    """A section of at most `most` lines; says how many more there are and `where`."""
    if most is None or len(lines) <= most:
        return Section(title, nature, tuple(lines))
    return Section(title, nature, (*lines[:most], f"and {len(lines) - most:,} more in {where}"))


def filled(sections: Sequence[Section]) -> tuple[Section, ...]:
    """Only the sections that say something."""
    return tuple(part for part in sections if part.lines)
