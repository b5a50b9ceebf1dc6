"""Access over a database of each kind, with the clock in the hands of the test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from stillwatch.access import Access, open_access
from stillwatch.casework.database import Database, open_database
from tests.access.provider import openid_provider
from tests.postgresql import postgresql_server, postgresql_url

__all__ = ["openid_provider", "postgresql_server", "postgresql_url"]

IDLE, LONGEST = timedelta(minutes=30), timedelta(hours=12)


@dataclass
class Clock:
    """The time that access is told."""

    time: datetime = datetime(2026, 6, 8, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def pass_by(self, **spans: float) -> None:
        self.time += timedelta(**spans)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return str(tmp_path / "desk.sqlite")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """A place for the tables, of each kind that there is."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    opened = open_database(url)
    yield opened
    opened.close()


@pytest.fixture
def access(database: Database, clock: Clock) -> Access:
    return open_access(database, clock, IDLE, LONGEST)
