"""The audit of reads, for admins: who saw original identifiers, of what, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Query

from stillwatch.casework.roles import Role
from stillwatch.console.guard import TheDesk
from stillwatch.console.twin import Pages

pages = Pages("reads")
SHOWN = 100
LAST_NUMBER = 2**62


@dataclass(frozen=True)
class ReadLine:
    """Somebody saw `count` original identifiers of a subject."""

    number: int
    time: datetime
    person: str
    subject_kind: str
    subject: str
    reason: str
    count: int


@dataclass(frozen=True)
class ReadsPage:
    """Reads, the newest first; `older` is where to go on, if there are more."""

    total: int
    reads: list[ReadLine]
    older: int | None


@pages.view("/reads", "reads.html.j2", role=Role.ADMIN)
def reads_page(desk: TheDesk, before: Annotated[int | None, Query(ge=1, le=LAST_NUMBER)] = None) -> ReadsPage:
    """Who saw original identifiers."""
    found = desk.access.reads.page(before, SHOWN + 1)
    shown = [ReadLine(r.number, r.time, r.person, r.subject_kind, r.subject, r.reason, r.count) for r in found[:SHOWN]]
    return ReadsPage(desk.access.reads.count(), shown, shown[-1].number if len(found) > SHOWN else None)
