"""Sign-in is slowed after wrong tries: per name and per address, kept in the database, so a restart forgets nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from stillwatch.access.errors import AccessError
from stillwatch.access.hashes import hash_of
from stillwatch.access.people import spelled
from stillwatch.casework.canonical import iso, moment_of
from stillwatch.casework.database import Database
from stillwatch.casework.schema import SIGN_INS

WINDOW = timedelta(hours=1)
"""Wrong tries older than that count no more."""
KEPT_FOR = timedelta(days=1)
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)
"""A name can be kept waiting by somebody else's tries, so the wait has an end that its owner can bear. At one try per
15 minutes a guesser has 35,000 tries a year."""
FREE_TRIES_OF_NAME = 5
FREE_TRIES_OF_ADDRESS = 20
"""More people than one sit behind an address."""


class TooManyTriesError(AccessError):
    """Sign-in has to wait. `until` is when to try again."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"Too many wrong tries. Try again at {until:%H:%M:%S} UTC.")
        self.until = until


@dataclass(frozen=True)
class Attempt:
    """One try to sign in, which counts as wrong until it is known to be right."""

    number: int


class Throttle:
    """The tries to sign in, by hashes of name and address."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def begin(self, name: str, address: str) -> Attempt:
        """Note a try before the password is looked at, so that many at once get no more than one after the other.
        Raises TooManyTriesError, and then notes nothing: whoever waits is not kept waiting by asking."""
        hashes = {"name_hash": hash_of(_plain(name)), "address_hash": hash_of(address)}
        of_name, of_address = (SIGN_INS.c[column] == value for column, value in hashes.items())
        with self._database.writing() as connection:
            now = self._clock()
            connection.execute(delete(SIGN_INS).where(SIGN_INS.c.time < iso(now - KEPT_FOR)))
            of_name &= SIGN_INS.c.number > _last_right(connection, of_name)
            until = max(
                _free_at(_wrong(connection, of_name, now), FREE_TRIES_OF_NAME, now),
                _free_at(_wrong(connection, of_address, now), FREE_TRIES_OF_ADDRESS, now),
            )
            if until > now:
                raise TooManyTriesError(until)
            made = connection.execute(insert(SIGN_INS).values(time=iso(now), succeeded=False, **hashes))
            key = made.inserted_primary_key
        return Attempt(key[0] if key else 0)

    def succeeded(self, attempt: Attempt) -> None:
        """The try was right: the wrong ones of this name before it count no more."""
        with self._database.writing() as connection:
            connection.execute(update(SIGN_INS).where(SIGN_INS.c.number == attempt.number).values(succeeded=True))


def _last_right(connection: Connection, mine: ColumnElement[bool]) -> int:
    return connection.scalar(select(func.max(SIGN_INS.c.number)).where(mine, SIGN_INS.c.succeeded)) or 0


def _wrong(connection: Connection, mine: ColumnElement[bool], now: datetime) -> Sequence[str]:
    recent = SIGN_INS.c.time > iso(now - WINDOW)
    return connection.scalars(select(SIGN_INS.c.time).where(mine, recent, SIGN_INS.c.succeeded.is_(False))).all()


def _free_at(wrong: Sequence[str], free: int, now: datetime) -> datetime:
    """When the next try is free: each wrong one beyond the free ones doubles the wait."""
    beyond = len(wrong) - free
    if beyond < 0:
        return now
    return moment_of(max(wrong)) + min(FIRST_WAIT * (1 << min(beyond, 16)), LONGEST_WAIT)


def _plain(name: str) -> str:
    try:
        return spelled(name)
    except AccessError:
        return name[:200]
