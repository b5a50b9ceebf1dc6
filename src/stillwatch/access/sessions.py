"""Sessions: a random token in one browser, ended by time, by its owner, or with the person."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, insert, select, update

from stillwatch.access.hashes import hash_of
from stillwatch.access.people import Person, person_of
from stillwatch.casework.canonical import iso, moment_of
from stillwatch.casework.database import Database
from stillwatch.casework.schema import PEOPLE, SESSIONS

TOKEN_BYTES = 32
NOTED_EVERY = timedelta(minutes=1)
"""Use is written down so often at most: a page view is no write."""


class Sessions:
    """Who is signed in where. A session ends after `idle` without use (to a minute), and `longest` after its start."""

    def __init__(self, database: Database, clock: Callable[[], datetime], idle: timedelta, longest: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._idle = idle
        self._longest = longest

    def start(self, person: Person) -> str:
        """A new session of this person; its token, which is nowhere else than in their browser."""
        token, now = secrets.token_urlsafe(TOKEN_BYTES), iso(self._clock())
        with self._database.writing() as connection:
            connection.execute(
                insert(SESSIONS).values(
                    token_hash=hash_of(token), person=person.name, created_time=now, last_used_time=now, ended=False
                )
            )
        return token

    def person(self, token: str) -> Person | None:
        """Whose session it is, if it has not ended. Using a session keeps it alive."""
        hashed = hash_of(token)
        live = SESSIONS.c.ended.is_(False), PEOPLE.c.disabled.is_(False)
        asked = (
            select(PEOPLE, SESSIONS.c.created_time.label("started"), SESSIONS.c.last_used_time)
            .join(SESSIONS, PEOPLE.c.name == SESSIONS.c.person)
            .where(SESSIONS.c.token_hash == hashed, *live)
        )
        with self._database.reading() as connection:
            row = connection.execute(asked).one_or_none()
        now = self._clock()
        if row is None or self._over(row, now):
            return None
        if now - moment_of(row.last_used_time) >= NOTED_EVERY:
            self._note_use(hashed, now)
        return person_of(row)

    def end(self, token: str) -> None:
        """End a session; nothing happens if it has ended already."""
        with self._database.writing() as connection:
            connection.execute(update(SESSIONS).where(SESSIONS.c.token_hash == hash_of(token)).values(ended=True))

    def _over(self, row: Row[Any], now: datetime) -> bool:
        return now - moment_of(row.last_used_time) > self._idle or now - moment_of(row.started) > self._longest

    def _note_use(self, hashed: str, now: datetime) -> None:
        with self._database.writing() as connection:
            mine = SESSIONS.c.token_hash == hashed
            connection.execute(update(SESSIONS).where(mine).values(last_used_time=iso(now)))
