"""Access over a database of each kind, with the clock in the hands of the test."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import delete

from stillwatch.access import Access, open_access, passwords
from stillwatch.casework.database import Database, open_database
from stillwatch.casework.schema import INVITATIONS, PEOPLE, READS, SESSIONS, SIGN_INS
from tests.access.provider import openid_provider
from tests.clock import Clock
from tests.postgresql import Server, postgresql_server

__all__ = ["openid_provider", "postgresql_server"]

IDLE, LONGEST = timedelta(minutes=30), timedelta(hours=12)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return str(tmp_path / "desk.sqlite")


@pytest.fixture(scope="session")
def kept_postgresql_url(postgresql_server: Server) -> Iterator[str]:
    """One database for all tests, emptied after each: to make a database takes a second."""
    with postgresql_server.database() as name:
        yield postgresql_server.url(name)


@pytest.fixture(params=["sqlite_url", "kept_postgresql_url"], ids=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """A place for the tables, of each kind that there is."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    opened = open_database(url)
    yield opened
    with opened.writing() as connection:
        for table in (SESSIONS, PEOPLE, SIGN_INS, INVITATIONS, READS):
            connection.execute(delete(table))
    opened.close()


@pytest.fixture
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same algorithm with a hundredth of the work, where a test is about something else."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=1024))


@pytest.fixture
def access(database: Database, clock: Clock) -> Access:
    return open_access(database, clock, IDLE, LONGEST)
