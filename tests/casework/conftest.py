"""Ledgers in SQLite and in PostgreSQL, and the people of a desk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stillwatch.casework.ledger import Ledger
from stillwatch.casework.signing import SigningKey, open_signing_key
from tests.postgresql import postgresql_server, postgresql_url

__all__ = ["postgresql_server", "postgresql_url"]


@pytest.fixture
def signing_key(tmp_path: Path) -> SigningKey:
    """A desk's key; its witness lies beside it."""
    (tmp_path / "desk").mkdir()
    return open_signing_key(tmp_path / "desk" / "desk-signing.key")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return str(tmp_path / "desk.sqlite")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    """A place for a ledger, of each kind that there is."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
def open_ledger(signing_key: SigningKey) -> Iterator[Callable[..., Ledger]]:
    """Opens ledgers, and closes them afterwards."""
    opened: list[Ledger] = []

    def call(url: str, second_person_size: int = 10) -> Ledger:
        opened.append(Ledger.open(url, signing_key, second_person_size))
        return opened[-1]

    yield call
    for ledger in opened:
        ledger.close()


@pytest.fixture
def ledger(open_ledger: Callable[..., Ledger], sqlite_url: str) -> Ledger:
    """A new ledger in a file."""
    return open_ledger(sqlite_url)
