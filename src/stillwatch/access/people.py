"""People: who there is, what they may do, and how they prove who they are."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from stillwatch.access.errors import AccessError
from stillwatch.access.passwords import check_new_password, hash_password, needs_new_hash, verify_password
from stillwatch.casework.canonical import iso, moment_of
from stillwatch.casework.database import Database
from stillwatch.casework.roles import Author, Role
from stillwatch.casework.schema import PEOPLE, SESSIONS

LONGEST_NAME = 64
LOCAL, OPENID = "local", "oidc"


@dataclass(frozen=True)
class Person:
    """One person. `source` is `local` (a password of this desk) or `oidc` (known to the provider as `subject`)."""

    name: str
    role: Role
    source: str
    created: datetime
    disabled: bool = False

    @property
    def author(self) -> Author:
        """The person as one who judges, with the role of this moment."""
        return Author(self.name, self.role)


def spelled(name: str) -> str:
    """The one spelling of a name. Raises AccessError if it cannot be one."""
    plain = unicodedata.normalize("NFKC", name).strip().casefold()
    if not plain or len(plain) > LONGEST_NAME or not plain.isprintable():
        raise AccessError(f"A name has 1 to {LONGEST_NAME} printable characters.")
    return plain


class People:
    """Those who may use the desk. Every change is one transaction that no other change overlaps."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def everybody(self) -> Sequence[Person]:
        """All people, those who are disabled too, by name."""
        with self._database.reading() as connection:
            return [person_of(row) for row in connection.execute(select(PEOPLE).order_by(PEOPLE.c.name))]

    def nobody_yet(self) -> bool:
        """Whether there is no person at all, so that the first one must be let in."""
        with self._database.reading() as connection:
            return connection.scalar(select(func.count()).select_from(PEOPLE)) == 0

    def find(self, name: str) -> Person | None:
        """The person of that name in any spelling."""
        try:
            plain = spelled(name)
        except AccessError:
            return None
        with self._database.reading() as connection:
            return _find(connection, plain)

    def add(self, name: str, role: Role, password: str) -> Person:
        """Add somebody who signs in with a password. Raises AccessError for a name that is taken, PasswordError."""
        plain = spelled(name)
        check_new_password(password, plain)
        hashed = hash_password(password)
        with self._database.writing() as connection:
            return self.insert(connection, plain, role, password_hash=hashed)

    def insert(self, connection: Connection, name: str, role: Role, source: str = LOCAL, **proof: str | None) -> Person:
        """Add somebody within a transaction of the caller's."""
        if _find(connection, name) is not None:
            raise AccessError(f"There is somebody called {name} already. Choose another name.")
        now = self._clock()
        connection.execute(
            insert(PEOPLE).values(
                name=name,
                role=role.value,
                source=source,
                created_time=iso(now),
                disabled=False,
                **proof,
            )
        )
        return Person(name, role, source, now)

    def by_password(self, name: str, password: str) -> Person | None:
        """Who signs in so; None if name or password is wrong, or the person disabled. Takes the same time for each."""
        try:
            plain = spelled(name)
        except AccessError:
            plain = ""
        with self._database.reading() as connection:
            row = connection.execute(select(PEOPLE).where(PEOPLE.c.name == plain)).one_or_none()
        hashed = row.password_hash if row else None
        if not verify_password(password, hashed) or row is None or row.disabled:
            return None
        if needs_new_hash(row.password_hash):
            self._keep_hash(plain, hash_password(password))
        return person_of(row)

    def by_subject(self, subject: str) -> Person | None:
        """Whom the OpenID Connect provider knows under `subject`, also if disabled."""
        with self._database.reading() as connection:
            mine = (PEOPLE.c.source == OPENID) & (PEOPLE.c.subject == subject)
            row = connection.execute(select(PEOPLE).where(mine)).one_or_none()
        return person_of(row) if row else None

    def add_by_subject(self, name: str, role: Role, subject: str) -> Person:
        """Add somebody who signs in through the provider. Raises AccessError if the name is taken."""
        with self._database.writing() as connection:
            return self.insert(connection, spelled(name), role, source=OPENID, subject=subject)

    def expect(self, name: str, role: Role) -> Person:
        """Add somebody who will sign in through the provider under this name. Raises AccessError if it is taken."""
        with self._database.writing() as connection:
            return self.insert(connection, spelled(name), role, source=OPENID)

    def expected(self, name: str, subject: str) -> Person | None:
        """Whom `expect` added and who now signs in for the first time; from now on the subject tells who they are."""
        try:
            plain = spelled(name)
        except AccessError:
            return None
        awaited = (PEOPLE.c.name == plain) & (PEOPLE.c.source == OPENID) & PEOPLE.c.subject.is_(None)
        with self._database.writing() as connection:
            if not connection.execute(update(PEOPLE).where(awaited).values(subject=subject)).rowcount:
                return None
            return _find(connection, plain)

    def change_password(self, name: str, password: str) -> None:
        """Give somebody a new password, and end their sessions. Raises AccessError, PasswordError."""
        plain = spelled(name)
        check_new_password(password, plain)
        hashed = hash_password(password)
        with self._database.writing() as connection:
            person = _required(connection, plain)
            if person.source != LOCAL:
                raise AccessError(f"{plain} signs in through the OpenID Connect provider and has no password here.")
            connection.execute(update(PEOPLE).where(PEOPLE.c.name == plain).values(password_hash=hashed))
            _end_sessions(connection, plain)

    def change_role(self, name: str, role: Role) -> None:
        """Give somebody another role, and end their sessions. Raises AccessError if no admin would be left."""
        self._change(name, role != Role.ADMIN, role=role.value)

    def disable(self, name: str) -> None:
        """Let somebody in no more, and end their sessions. Raises AccessError if no admin would be left."""
        self._change(name, True, disabled=True)

    def enable(self, name: str) -> None:
        """Let somebody in again."""
        self._change(name, False, disabled=False)

    def _change(self, name: str, takes_admin_away: bool, **values: object) -> None:
        with self._database.writing() as connection:
            person = _required(connection, spelled(name))
            active_admin = person.role == Role.ADMIN and not person.disabled
            if takes_admin_away and active_admin and _active_admins(connection) == 1:
                raise AccessError(f"{person.name} is the last admin. Make somebody else an admin first.")
            connection.execute(update(PEOPLE).where(PEOPLE.c.name == person.name).values(**values))
            _end_sessions(connection, person.name)

    def _keep_hash(self, name: str, hashed: str) -> None:
        with self._database.writing() as connection:
            connection.execute(update(PEOPLE).where(PEOPLE.c.name == name).values(password_hash=hashed))


def _find(connection: Connection, name: str) -> Person | None:
    row = connection.execute(select(PEOPLE).where(PEOPLE.c.name == name)).one_or_none()
    return person_of(row) if row else None


def _required(connection: Connection, name: str) -> Person:
    person = _find(connection, name)
    if person is None:
        raise AccessError(f"There is nobody called {name}. `stillwatch user list` shows who there is.")
    return person


def _active_admins(connection: Connection) -> int:
    active = (PEOPLE.c.role == Role.ADMIN.value) & PEOPLE.c.disabled.is_(False)
    return connection.scalar(select(func.count()).select_from(PEOPLE).where(active)) or 0


def _end_sessions(connection: Connection, name: str) -> None:
    connection.execute(update(SESSIONS).where(SESSIONS.c.person == name).values(ended=True))


def person_of(row: Row[Any]) -> Person:
    """The person of a row of `people`."""
    return Person(row.name, Role(row.role), row.source, moment_of(row.created_time), bool(row.disabled))
