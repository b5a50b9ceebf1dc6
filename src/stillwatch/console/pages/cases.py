"""`/cases`: every case, those that wait for somebody first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query, Request

from stillwatch.access import Person
from stillwatch.casework.cases import CLOSED, Case
from stillwatch.casework.words import OUTCOMES
from stillwatch.console.casebook import Casebook, casebook
from stillwatch.console.twin import Pages, person_of

pages = Pages("cases")
Show = Literal["open", "mine", "waiting", "closed", "all"]
SHOWS: dict[str, str] = {
    "open": "Open",
    "mine": "Mine",
    "waiting": "Waiting for a decision",
    "closed": "Closed",
    "all": "All",
}


@dataclass(frozen=True)
class CaseLine:
    """One case in a list. `waits` counts proposals and appeals that nobody has decided on."""

    number: int
    title: str
    status: str
    campaigns: tuple[str, ...]
    assignee: str | None
    waits: int
    in_force: int
    opened: datetime
    last_time: datetime | None


@dataclass(frozen=True)
class CasesPage:
    """The cases that were asked for. `counts`: how many there are of each choice."""

    show: str
    counts: dict[str, int]
    cases: tuple[CaseLine, ...]


def line_of(case: Case, book: Casebook) -> CaseLine:
    """One case as a line, as of the book's time."""
    return CaseLine(
        number=case.number,
        title=case.title,
        status=status_of(case),
        campaigns=case.all_campaigns,
        assignee=case.assignee,
        waits=len(case.pending(book.time)) + len(case.open_appeals),
        in_force=len(case.in_force(book.time)),
        opened=case.opened.time,
        last_time=case.last_time,
    )


def status_of(case: Case) -> str:
    """open, confirmed, or how it was closed."""
    return OUTCOMES.get(case.outcome or "", case.status) if case.status == CLOSED else case.status


@pages.view("/cases", "cases.html.j2")
def cases(request: Request, show: Annotated[Show, Query(description="Which cases.")] = "open") -> CasesPage:
    """Cases, those that wait for a decision first, then the latest."""
    book, person = casebook(request), person_of(request)
    found = {name: [c for c in book.state.cases.values() if _shown(name, c, book, person)] for name in SHOWS}
    lines = sorted((line_of(case, book) for case in found[show]), key=_order)
    return CasesPage(show, {name: len(chosen) for name, chosen in found.items()}, tuple(lines))


def _shown(show: str, case: Case, book: Casebook, person: Person) -> bool:
    closed = case.status == CLOSED
    match show:
        case "open":
            return not closed
        case "mine":
            return not closed and case.assignee == person.name
        case "waiting":
            return bool(case.pending(book.time) or case.open_appeals)
        case "closed":
            return closed
    return True


def _order(line: CaseLine) -> tuple[bool, float, int]:
    latest = line.last_time.timestamp() if line.last_time else 0.0
    return line.waits == 0, -latest, -line.number
