"""The evidence on one group: each test with its null and its assumption, each shared value with who holds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import Field

from stillwatch.console.pages.campaign import CampaignName, name_of
from stillwatch.console.pages.case_lines import TheCases
from stillwatch.console.pages.shared_values import SharedValue, shared_value
from stillwatch.console.reading import OpenCampaign
from stillwatch.console.shown import LONGEST, Asked, Leaf, Picture, TheReading, cut, leaf_of, opened
from stillwatch.console.twin import Id, Pages
from stillwatch.report import wording
from stillwatch.report.figures import number_of
from stillwatch.report.plain import plain_row
from stillwatch.report.result import Row
from stillwatch.report.sighting import QUESTIONS

pages = Pages("evidence")
ROWS = 100
Sort = Literal["telling", "kind", "inside", "outside", "strength", "first"]
KEYS: Mapping[str, tuple[str, bool]] = {
    "kind": ("detector", False),
    "inside": ("accounts_inside", True),
    "outside": ("accounts_outside", False),
    "strength": ("strength", True),
    "first": ("first_seen", False),
}


class AskedEvidence(Asked):
    """Which shared values, in which order."""

    kind: str = Field("", max_length=LONGEST, description="Only shared values of this kind.")
    sort: Sort = "telling"


@dataclass(frozen=True)
class Test:
    """One line of evidence: what was observed, and what was expected of unconnected accounts or honest groups.

    `log10_p`: of the p-value against that null. `strength` in nats. `q_without`: false-discovery level of the group if
    this line is left out. `side`: the side of coordination that it belongs to.
    """

    question: str
    detector: str
    statement: str
    observed: float | None
    expected: float | None
    unit: str | None
    log10_p: float | None
    strength: float | None
    q_without: float | None
    side: str
    assumption: str
    innocent: tuple[str, ...]
    references: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """One of the two questions, and its lines of evidence, the strongest first."""

    question: str
    tests: tuple[Test, ...]


@dataclass(frozen=True)
class EvidencePage:
    """All evidence on one group."""

    warning: str | None
    name: CampaignName
    questions: tuple[Question, ...]
    kinds: tuple[tuple[str, int], ...]
    leaf: Leaf
    shared: tuple[SharedValue, ...]
    explanations: tuple[Mapping[str, Any], ...]
    doubts: tuple[str, ...]
    could_not_see: tuple[tuple[str, str], ...]
    strongest: Picture
    asked: AskedEvidence


@pages.view("/campaigns/{campaign}/evidence", "evidence.html.j2")
def evidence_page(
    campaign: Id, now: TheReading, cases: TheCases, asked: Annotated[AskedEvidence, Query()]
) -> EvidencePage:
    """The evidence on one group."""
    found = opened(now.reading, campaign)
    sighting = found.sighting
    rows = _select(found, asked)
    leaf = leaf_of(len(rows), ROWS, asked.page)
    return EvidencePage(
        warning=now.warning,
        name=name_of(found, cases, now.reading),
        questions=tuple(
            Question(question, tuple(_test(found, row) for row in sighting.answers(question)))
            for question in _questions(found)
        ),
        kinds=_kinds(found),
        leaf=leaf,
        shared=tuple(shared_value(row, found.accounts_in_log) for row in cut(rows, leaf)),
        explanations=tuple(plain_row(row) for row in sighting.explanations),
        doubts=found.doubts,
        could_not_see=tuple(wording.could_not_see(found.result)),
        strongest=max((number_of(row, "strength") for row in sighting.evidence), default=0) or 1.0,
        asked=asked,
    )


def _questions(found: OpenCampaign) -> list[str]:
    """The two questions, and any other that a result made by another version asks."""
    asked = {str(row["question"]) for row in found.sighting.evidence}
    return [*QUESTIONS, *sorted(asked - set(QUESTIONS))]


def _test(found: OpenCampaign, row: Row) -> Test:
    about = found.result.part("detectors").get(row["detector"])
    about = about if isinstance(about, Mapping) else {}
    return Test(
        question=row["question"],
        detector=row["detector"],
        statement=row["statement"],
        observed=row["observed"],
        expected=row["expected"],
        unit=row["unit"],
        log10_p=row["log10_p"],
        strength=row["strength"],
        q_without=row["q_without"],
        side=wording.side(found.sighting, row) if row["question"] == "coordination" else "",
        assumption=str(about.get("assumption", "")),
        innocent=_texts(about.get("innocent")),
        references=_texts(about.get("references")),
    )


def _texts(told: object) -> tuple[str, ...]:
    return tuple(str(item) for item in told) if isinstance(told, list) else ()


def _kinds(found: OpenCampaign) -> tuple[tuple[str, int], ...]:
    counts: dict[str, int] = {}
    for row in found.sighting.shared:
        counts[row["detector"]] = counts.get(row["detector"], 0) + 1
    return tuple(counts.items())


def _select(found: OpenCampaign, asked: AskedEvidence) -> list[Row]:
    rows = [row for row in found.sighting.shared if asked.kind in ("", row["detector"])]
    if asked.sort == "telling":
        return rows
    column, downwards = KEYS[asked.sort]
    known = [row for row in rows if row[column] is not None]
    known.sort(key=lambda row: row[column], reverse=downwards if asked.down is None else asked.down)
    return [*known, *(row for row in rows if row[column] is None)]
