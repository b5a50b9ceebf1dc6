"""What as many exchanges taught small models of the test range, in words: beside an accusation, and never for one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stillwatch.exposure.gain import Competence, GainTable, expected_gains, gain_table
from stillwatch.report.figures import SPACE, count, counted, day, label, number_of, visible, whole_percent
from stillwatch.report.sighting import Sighting

TITLE = "What that taught other models"
NOT_YOURS = "On the test range's own small models (not yours)"


@dataclass(frozen=True)
class Taught:
    """`lead` says of whom, `lines` how much by capability (none where the harvest is too small to tell), `caution` what
    was measured, when and on what, and what nobody knows."""

    lead: str
    lines: Sequence[str]
    caution: str


def taught(sighting: Sighting) -> Taught | None:
    """The block of an accused campaign; None for a group that is not accused, or of which no exchange is harvest."""
    harvested = round(number_of(sighting.row, "harvested_exchanges"))
    if not sighting.accused or harvested < 1:
        return None
    table = gain_table()
    if harvested < table.smallest:
        return Taught(_too_few(table, harvested), (), _caution(table))
    return Taught(_lead(table, harvested), _lines(table, harvested), _caution(table))


def taught_lines(sighting: Sighting) -> list[str]:
    """The same as lines; none where there is no block."""
    found = taught(sighting)
    return [found.lead, *found.lines, found.caution] if found else []


def _too_few(table: GainTable, harvested: int) -> str:
    return (
        f"{NOT_YOURS}, {counted(harvested, 'exchange')} are too few to tell: the smallest harvest measured is "
        f"{count(table.smallest)}."
    )


def _lead(table: GainTable, harvested: int) -> str:
    students = f"students of {counted(harvested, 'exchange')}"
    if harvested > table.largest:
        students = f"students of as much as the largest harvest measured ({count(table.largest)} exchanges)"
    return f"{NOT_YOURS}, {students} solved on average (95 % interval of the average), of tasks they had not seen:"


def _lines(table: GainTable, harvested: int) -> list[str]:
    found = {(gain.capability, gain.reasoning): gain.competence for gain in expected_gains(harvested, table)}
    return [
        f"{label(capability)}: {_solved(found.get((capability, True)))} with the reasoning, "
        f"{_solved(found.get((capability, False)))} from answers alone; teacher {whole_percent(solved)}."
        for capability, solved in table.teacher.items()
    ]


def _solved(competence: Competence | None) -> str:
    if competence is None:
        return "not measured"
    low, high = round(100 * competence.low), round(100 * competence.high)
    return f"{whole_percent(competence.expected)} ({low}\N{EN DASH}{high}{SPACE}%)"


def _caution(table: GainTable) -> str:
    return (
        f"Measured on {day(table.measured)} on {visible(table.machine)}: {visible(table.models)}. The students knew "
        f"nothing before ({whole_percent(table.floor)}) and learned from the exchanges alone, which were spread evenly "
        "over these kinds of task; single students lie further apart. Nothing was measured on your models. Nobody "
        "knows how this carries over to large models or to the work in this log, and it decides nothing."
    )
