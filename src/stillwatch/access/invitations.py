"""Invitations: a link that lets one new person in, once, with a role that was decided by whoever made it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from stillwatch.access.errors import AccessError
from stillwatch.access.hashes import hash_of
from stillwatch.access.passwords import check_new_password, hash_password
from stillwatch.access.people import People, Person, spelled
from stillwatch.casework.canonical import iso, moment_of
from stillwatch.casework.database import Database
from stillwatch.casework.roles import Role
from stillwatch.casework.schema import INVITATIONS

TOKEN_BYTES = 32
VALID_FOR = timedelta(days=3)
FIRST_VALID_FOR = timedelta(hours=1)
"""The first admin's link stands in a terminal, and whoever has it owns the desk."""
INVALID = "This invitation was used, withdrawn, or is out of date. Ask an admin for a new one."


@dataclass(frozen=True)
class Invitation:
    """An invitation that can be used. `made_by` is empty for the first admin's."""

    role: Role
    made_by: str
    expires: datetime


class Invitations:
    """Links for new people. Only the hash of a link's token is kept."""

    def __init__(self, database: Database, clock: Callable[[], datetime], people: People) -> None:
        self._database = database
        self._clock = clock
        self._people = people

    def invite(self, role: Role, by: Person) -> str:
        """A token for somebody new."""
        return self._make(role, by.name, VALID_FOR)

    def invite_first_admin(self) -> str | None:
        """A token for the first admin if there is nobody yet; ones made before no longer hold."""
        if not self._people.nobody_yet():
            return None
        with self._database.writing() as connection:
            connection.execute(update(INVITATIONS).where(INVITATIONS.c.made_by.is_(None)).values(used=True))
        return self._make(Role.ADMIN, None, FIRST_VALID_FOR)

    def open(self) -> list[Invitation]:
        """Invitations that can still be used, the oldest first."""
        usable = INVITATIONS.c.used.is_(False), INVITATIONS.c.expires_time > iso(self._clock())
        with self._database.reading() as connection:
            rows = connection.execute(select(INVITATIONS).where(*usable).order_by(INVITATIONS.c.expires_time)).all()
        return [Invitation(Role(row.role), row.made_by or "", moment_of(row.expires_time)) for row in rows]

    def find(self, token: str) -> Role:
        """The role that this token gives. Raises AccessError if it gives none (any more)."""
        with self._database.reading() as connection:
            return self._role(connection, token)

    def accept(self, token: str, name: str, password: str) -> Person:
        """Let somebody in. Raises AccessError, PasswordError; the invitation can then be used again."""
        self.find(token)
        plain = spelled(name)
        check_new_password(password, plain)
        hashed = hash_password(password)
        with self._database.writing() as connection:
            role = self._role(connection, token)
            person = self._people.insert(connection, plain, role, password_hash=hashed)
            used = INVITATIONS.c.token_hash == hash_of(token)
            connection.execute(update(INVITATIONS).where(used).values(used=True))
        return person

    def _make(self, role: Role, by: str | None, valid_for: timedelta) -> str:
        token = secrets.token_urlsafe(TOKEN_BYTES)
        with self._database.writing() as connection:
            connection.execute(
                insert(INVITATIONS).values(
                    token_hash=hash_of(token),
                    role=role.value,
                    made_by=by,
                    expires_time=iso(self._clock() + valid_for),
                    used=False,
                )
            )
        return token

    def _role(self, connection: Connection, token: str) -> Role:
        row = connection.execute(select(INVITATIONS).where(INVITATIONS.c.token_hash == hash_of(token))).one_or_none()
        if row is None or row.used or row.expires_time <= iso(self._clock()):
            raise AccessError(INVALID)
        return Role(row.role)
