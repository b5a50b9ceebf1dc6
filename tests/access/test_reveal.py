"""Original identifiers: with key, role and reason, and written down before anything is shown."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import text

from stillwatch.access import Access
from stillwatch.access.reveal import Originals, RevealError
from stillwatch.casework.database import Database
from stillwatch.casework.errors import CaseworkError
from stillwatch.casework.roles import Role
from stillwatch.report.names import SCHEMA
from stillwatch.signals import KeyFileError, Seal, open_key

REASON = "appeal 7 asks for it"
NAMES = {"p1": "mila@customer.example", "p2": "=cmd|' /C calc'!A0", "p3": "otto@customer.example"}


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    open_key(path)
    return path


@pytest.fixture
def result(tmp_path: Path, key: Path) -> Path:
    folder = tmp_path / "result"
    folder.mkdir()
    _seal(folder, key, NAMES)
    return folder


def _seal(folder: Path, key: Path, names: dict[str, str]) -> None:
    seal = Seal(open_key(key))
    rows = [{"pseudonym": name, "sealed": seal.close(value)} for name, value in sorted(names.items())]
    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), folder / "new.parquet")
    (folder / "new.parquet").rename(folder / "names.parquet")


def test_an_analyst_with_a_reason_sees_what_was_asked_for(access: Access, result: Path, key: Path) -> None:
    originals = Originals(result, key, access.reads)
    ana = access.people.expect("ana", Role.ANALYST)
    assert originals.possible
    found = originals.reveal(ana, ("account", "p1"), ["p1", "unsealed"], f"  {REASON}\n")
    assert found == {"p1": "mila@customer.example"}
    (read,) = access.reads.page(None, 10)
    assert (read.person, read.subject_kind, read.subject, read.reason, read.count) == (
        "ana",
        "account",
        "p1",
        REASON,
        1,
    )


@pytest.mark.parametrize("reason", ["", "because", " " * 20, "x" * 501])
def test_without_a_reason_nothing_is_shown_or_written(access: Access, result: Path, key: Path, reason: str) -> None:
    ana = access.people.expect("ana", Role.ANALYST)
    with pytest.raises(RevealError, match="reason"):
        Originals(result, key, access.reads).reveal(ana, ("account", "p1"), ["p1"], reason)
    assert access.reads.count() == 0


def test_a_viewer_sees_none(access: Access, result: Path, key: Path) -> None:
    vi = access.people.expect("vi", Role.VIEWER)
    with pytest.raises(RevealError, match="role analyst"):
        Originals(result, key, access.reads).reveal(vi, ("account", "p1"), ["p1"], REASON)
    assert access.reads.count() == 0


def test_without_the_key_nobody_sees_any(access: Access, result: Path) -> None:
    originals = Originals(result, None, access.reads)
    assert not originals.possible
    with pytest.raises(RevealError, match="--key"):
        originals.reveal(access.people.expect("ana", Role.ADMIN), ("account", "p1"), ["p1"], REASON)


def test_a_missing_key_is_not_made(access: Access, result: Path, tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    with pytest.raises(KeyFileError):
        Originals(result, missing, access.reads).reveal(
            access.people.expect("ana", Role.ADMIN), ("account", "p1"), ["p1"], REASON
        )
    assert not missing.exists()


def test_another_key_opens_nothing(access: Access, result: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    open_key(other)
    ana = access.people.expect("ana", Role.ANALYST)
    with pytest.raises(KeyFileError, match="not made with this key"):
        Originals(result, other, access.reads).reveal(ana, ("account", "p1"), ["p1"], REASON)


def test_what_cannot_be_written_down_is_not_shown(access: Access, result: Path, key: Path, database: Database) -> None:
    ana = access.people.expect("ana", Role.ANALYST)
    originals = Originals(result, key, access.reads)
    assert originals.reveal(ana, ("account", "p1"), ["p1"], REASON)
    with database.writing() as connection:
        connection.execute(text("ALTER TABLE reads RENAME TO taken_away"))
    with pytest.raises(CaseworkError):
        originals.reveal(ana, ("account", "p1"), ["p1"], REASON)
    with database.writing() as connection:
        connection.execute(text("ALTER TABLE taken_away RENAME TO reads"))


def test_a_new_result_is_opened_anew(access: Access, result: Path, key: Path) -> None:
    originals = Originals(result, key, access.reads)
    ana = access.people.expect("ana", Role.ANALYST)
    assert originals.reveal(ana, ("account", "p9"), ["p9"], REASON) == {}
    _seal(result, key, {"p9": "new@customer.example"})
    assert originals.reveal(ana, ("account", "p9"), ["p9"], REASON) == {"p9": "new@customer.example"}
    shutil.rmtree(result)
    assert not originals.possible
    assert originals.reveal(ana, ("account", "p9"), ["p9"], REASON) == {}


def test_reads_are_paged_from_the_newest(access: Access) -> None:
    ana = access.people.expect("ana", Role.ANALYST)
    for number in range(7):
        access.reads.note(ana, "account", "x" * 300 + str(number), REASON, number)
    first = access.reads.page(None, 3)
    assert [read.count for read in first] == [6, 5, 4]
    assert [read.count for read in access.reads.page(first[-1].number, 3)] == [3, 2, 1]
    assert access.reads.count() == 7
