"""The audit of reads: who saw original identifiers, of what, and why. A row is there before anything is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, insert, select

from stillwatch.access.people import Person
from stillwatch.casework.canonical import iso, moment_of
from stillwatch.casework.database import Database
from stillwatch.casework.schema import READS


@dataclass(frozen=True)
class Read:
    """Somebody saw `count` original identifiers of a subject, such as an account, under its pseudonym."""

    number: int
    time: datetime
    person: str
    subject_kind: str
    subject: str
    reason: str
    count: int


class Reads:
    """Reads of original identifiers, the newest first."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def note(self, person: Person, subject_kind: str, subject: str, reason: str, count: int) -> None:
        """Write down a read that is about to happen."""
        with self._database.writing() as connection:
            connection.execute(
                insert(READS).values(
                    time=iso(self._clock()),
                    person=person.name,
                    subject_kind=subject_kind,
                    subject=subject,
                    reason=reason,
                    count=count,
                )
            )

    def page(self, before: int | None, most: int) -> Sequence[Read]:
        """Up to `most` reads with a number below `before`."""
        asked = select(READS).order_by(READS.c.number.desc()).limit(most)
        if before is not None:
            asked = asked.where(READS.c.number < before)
        with self._database.reading() as connection:
            rows = connection.execute(asked).all()
        return [
            Read(
                row.number,
                moment_of(row.time),
                row.person,
                row.subject_kind,
                row.subject,
                row.reason,
                row._mapping["count"],
            )
            for row in rows
        ]

    def count(self) -> int:
        """How many there are."""
        with self._database.reading() as connection:
            return connection.scalar(select(func.count()).select_from(READS)) or 0
