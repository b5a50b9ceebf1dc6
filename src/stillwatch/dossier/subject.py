"""What a dossier is about: campaigns of one result, and what people judged of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from stillwatch.casework.clearances import Clearances
from stillwatch.casework.scope import Scope
from stillwatch.report.result import Result, Row

UNWEIGHED = frozenset({"opened", "assigned", "commented", "issued"})
"""Kinds of entries that say nothing on whether the scan is right."""


@dataclass(frozen=True)
class Judgement:
    """One entry of the ledger, as far as a dossier tells it.

    `concerns` says in words what was judged (a measure, an outcome); `until` is when a measure ends; `refers_to` is the
    entry that is answered, approved, declined, lifted or recalled. `accounts` is how many accounts it names. `role` is
    what the person was when judging.
    """

    number: int
    time: datetime
    kind: str
    role: str
    person: str
    reason: str
    hash: str
    concerns: str | None = None
    accounts: int | None = None
    until: datetime | None = None
    refers_to: int | None = None
    operator: str | None = None
    source: str | None = None


@dataclass(frozen=True)
class Standing:
    """What holds for one account of the case at the time of the dossier: cleared, bystander, or a measure in force."""

    account: str
    standing: str
    until: datetime | None = None


@dataclass(frozen=True)
class Subject:
    """What a dossier is about. `case` is None for a campaign that no person has judged; `scope` says which accounts
    belong to it; `status` is the state of the case in words. `clearances`: who was cleared, in whichever case; such
    accounts do not count."""

    name: str
    scope: Scope
    case: int | None = None
    title: str | None = None
    status: str | None = None
    judgements: Sequence[Judgement] = ()
    standings: Sequence[Standing] = ()
    clearances: Clearances | None = None

    @property
    def judged(self) -> bool:
        """Whether a person has said whether the scan is right."""
        return any(entry.kind not in UNWEIGHED for entry in self.judgements)


def of_campaign(row: Row, clearances: Clearances | None = None) -> Subject:
    """A campaign without a case."""
    return Subject(name=str(row["campaign_id"]), scope=Scope((str(row["campaign_id"]),)), clearances=clearances)


def rows_of(subject: Subject, result: Result) -> list[Row]:
    """The campaigns of the subject that this result holds, in its order."""
    return [row for row in result.campaigns if row["campaign_id"] in subject.scope.campaigns]
