"""What a database can do to a judgement: nothing of it is lost, doubled, or told in a driver's words."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event, inspect, text

from stillwatch.casework import database as opening
from stillwatch.casework import judgements as j
from stillwatch.casework.chain import sealed
from stillwatch.casework.database import open_database
from stillwatch.casework.errors import BusyError, CaseworkError, ConflictError, LostConnectionError
from stillwatch.casework.ledger import Ledger
from stillwatch.casework.migrate import HEAD, VERSION_TABLE, version_of
from stillwatch.casework.schema import LEDGER, METADATA, PEOPLE
from stillwatch.casework.signing import SigningKey
from tests.casework.desk import ANN, judge, open_case
from tests.postgresql import PASSWORD, Server

Open = Callable[..., Ledger]
PERSON = {"name": "ann", "role": "analyst", "source": "local", "created_time": "x", "disabled": False}


# Its form.


def test_the_steps_make_the_tables_that_the_program_uses(url: str) -> None:
    database = open_database(url)
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True})
        assert compare_metadata(context, METADATA) == []
        assert version_of(connection) == HEAD
    database.close()


def test_only_its_owner_reads_a_new_file(tmp_path: Path) -> None:
    path = tmp_path / "desk.sqlite"
    database = open_database(path)
    with database.writing() as connection:
        connection.execute(PEOPLE.insert(), PERSON)
        assert {one.stat().st_mode & 0o777 for one in tmp_path.glob("desk.sqlite*")} == {0o600}
    database.close()


def test_the_last_step_is_the_one_that_is_expected() -> None:
    steps = Path(opening.__file__).parent / "migrations" / "versions"
    assert max(path.stem for path in steps.glob("step_*.py")) == f"step_{HEAD}"


def test_opening_again_takes_no_step(url: str) -> None:
    open_database(url).close()
    database = open_database(url)
    with database.reading() as connection:
        assert connection.execute(text(f"SELECT COUNT(*) FROM {VERSION_TABLE}")).scalar() == 1
    database.close()


def test_a_ledger_of_before_roles_were_noted_holds_and_goes_on(
    sqlite_url: str, open_ledger: Open, signing_key: SigningKey
) -> None:
    """Entries without a role hash as they did; the next one notes it."""
    old = open_ledger(sqlite_url)
    case = open_case(old)
    entries = list(old.entries())
    old.close()
    sealed_before = [entries[0]]
    for entry in entries[1:]:
        sealed_before.append(sealed(replace(entry, role=None, previous=sealed_before[-1].hash), signing_key))
    with sqlite3.connect(sqlite_url) as connection:
        connection.execute("DROP TRIGGER ledger_no_update")
        connection.execute("ALTER TABLE ledger DROP COLUMN role")
        connection.execute(f"UPDATE {VERSION_TABLE} SET version_num = '0001'")
        for entry in sealed_before:
            told = (entry.previous, entry.hash, entry.signature, entry.number)
            connection.execute("UPDATE ledger SET previous = ?, hash = ?, signature = ? WHERE number = ?", told)
    (signing_key.path.parent / "desk-witness.json").unlink()
    again = open_ledger(sqlite_url)
    judge(again, j.Commented(case=case, reason="r"))
    assert again.verify().fault is None
    assert [entry.role for entry in again.entries()] == [None, None, "analyst"]
    assert [entry.hash for entry in again.entries()][:2] == [entry.hash for entry in sealed_before]


def test_a_newer_form_is_refused(url: str) -> None:
    database = open_database(url)
    with database.writing() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))
    database.close()
    with pytest.raises(CaseworkError, match=r"written by a newer version .*9999.*Install the newer version"):
        open_database(url)


def test_a_database_of_something_else_is_refused(tmp_path: Path, postgresql_url: str) -> None:
    path = tmp_path / "other.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE invoices (n INTEGER)")
    with pytest.raises(CaseworkError, match="belongs to something else: it holds the table invoices"):
        open_database(path)
    engine = sa.create_engine(postgresql_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as beside:
        beside.execute(text("CREATE TABLE invoices (n INTEGER)"))
    open_database(postgresql_url).close()  # a server's database may hold other tables
    with engine.begin() as beside:
        beside.execute(text(f"DROP TABLE {VERSION_TABLE}"))
    engine.dispose()
    with pytest.raises(CaseworkError, match="belongs to something else: it holds the table"):
        open_database(postgresql_url)


def test_a_failed_step_leaves_nothing_behind(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise CaseworkError("stopped", "here", "")

    with monkeypatch.context() as patch:
        patch.setattr("alembic.operations.ops.CreateIndexOp.create_index", fail)
        with pytest.raises(CaseworkError, match="stopped"):
            open_database(url)
    engine = open_database(url).engine  # takes all steps now
    assert "reads" in inspect(engine).get_table_names()
    engine.dispose()


# What is no database, or cannot be reached.


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("These are notes, and no database at all.\n" * 40)
    with pytest.raises(CaseworkError, match=r"this file is no database: .*notes\.txt"):
        open_database(path)
    assert path.read_text().startswith("These are notes")


def test_a_damaged_file_is_told(tmp_path: Path, open_ledger: Open) -> None:
    path = tmp_path / "desk.sqlite"
    ledger = open_ledger(str(path))
    case = open_case(ledger)
    for _ in range(200):
        judge(ledger, j.Commented(case=case, reason="r" * 500))
    ledger.close()
    content = bytearray(path.read_bytes())
    content[8192:] = b"\x55" * (len(content) - 8192)
    path.write_bytes(bytes(content))
    with pytest.raises(CaseworkError, match="the database file is damaged"):
        open_ledger(str(path)).verify()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("mysql://ann:geheim@host/desk", "there is no ledger in mysql"),
        ("sqlite://", "a ledger in memory would be lost"),
        ("sqlite:///:memory:", "a ledger in memory would be lost"),
        ("postgresql://ann:geheim@host:port/desk", "not the URL of a database"),
        ("postgresql://ann:geheim@127.0.0.1:1/desk", "the database does not answer"),
        ("postgresql://127.0.0.1:1/desk?user=ann&password=geheim", "the database does not answer"),
        ("postgresql://ann:geheim@127.0.0.1:1/desk?no_such_option=1", "the database"),
        ("/no/such/folder/desk.sqlite", "there is no such folder"),
        ("", "this is a folder"),
    ],
)
def test_a_place_that_cannot_be_is_told_without_its_password(given: str, told: str) -> None:
    with pytest.raises(CaseworkError, match=told) as error:
        open_database(given)
    assert "geheim" not in str(error.value)


def test_refusals_of_a_server_are_told_without_its_password(postgresql_server: Server, postgresql_url: str) -> None:
    wrong = postgresql_url.replace("password", "passwort")
    with pytest.raises(CaseworkError) as error:
        open_database(wrong)
    assert PASSWORD not in str(error.value)
    assert "passwort" not in str(error.value)
    with pytest.raises(CaseworkError) as missing:
        open_database(postgresql_server.url("no_such_database"))
    assert PASSWORD not in str(missing.value)


def test_a_user_without_rights_is_told(postgresql_server: Server) -> None:
    with postgresql_server.database() as name:
        postgresql_server.run(f"CREATE ROLE {name}_reader LOGIN PASSWORD 'geheim'")
        url = f"postgresql://{name}_reader:geheim@/{name}?host={postgresql_server.folder}"
        with pytest.raises(CaseworkError, match=r"no permission.*Give this database user the right"):
            open_database(url)
    postgresql_server.run(f"DROP ROLE {name}_reader")


def test_a_row_that_is_there_already_is_a_conflict(url: str) -> None:
    database = open_database(url)
    with database.writing() as connection:
        connection.execute(PEOPLE.insert().values(PERSON))
    with pytest.raises(ConflictError, match="there already"), database.writing() as connection:
        connection.execute(PEOPLE.insert().values(PERSON))
    database.close()


# Other writers.


def test_a_writer_that_waits_too_long_is_told(url: str, open_ledger: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "PATIENCE_SECONDS", 0.2 if "sqlite" in url else 1)
    ledger, other = open_ledger(url), open_ledger(url)
    case = open_case(ledger)
    comment = j.Commented(case=case, reason="r")
    with other.database.writing(), pytest.raises(BusyError, match="another writer holds"):
        ledger.append(comment, ANN, "form")
    assert ledger.append(comment, ANN, "form").number == 3


def test_readers_go_on_while_somebody_writes(url: str, open_ledger: Open) -> None:
    ledger, other = open_ledger(url), open_ledger(url)
    open_case(ledger)
    with other.database.writing() as connection:
        connection.execute(PEOPLE.insert().values(PERSON))
        assert len(ledger.state().cases) == 1
        assert ledger.verify().entries == 2


# Faults in the middle of a judgement.


def _kill_before_commit(ledger: Ledger, server: Server) -> Callable[[], None]:
    """Ends the server's process for the connection once, between insert and commit."""
    killed: list[int] = []

    def kill(connection: sa.Connection, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO ledger") and not killed:
            killed.append(connection.connection.driver_connection.info.backend_pid)  # type: ignore[union-attr]
            assert server.run(f"SELECT pg_terminate_backend({killed[0]}, 10000)") == "t"

    event.listen(ledger.database.engine, "after_cursor_execute", kill)
    return lambda: event.remove(ledger.database.engine, "after_cursor_execute", kill)


def test_a_connection_lost_in_the_middle_leaves_one_entry_after_a_repeat(
    open_ledger: Open, postgresql_url: str, postgresql_server: Server
) -> None:
    ledger = open_ledger(postgresql_url)
    case = open_case(ledger)
    comment = j.Commented(case=case, reason="r")
    stop = _kill_before_commit(ledger, postgresql_server)
    with pytest.raises(LostConnectionError, match="Send the last judgement again") as error:
        ledger.append(comment, ANN, "form")
    stop()
    assert PASSWORD not in str(error.value)
    again = ledger.append(comment, ANN, "form")
    assert again.number == 3
    assert ledger.append(comment, ANN, "form") == again
    assert [e.token for e in ledger.entries()].count("form") == 1
    assert ledger.verify().holds


def test_a_connection_lost_after_the_commit_leaves_one_entry_after_a_repeat(
    open_ledger: Open, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server wrote it, and the answer never came: the other half of not knowing."""
    ledger = open_ledger(postgresql_url)
    case = open_case(ledger)
    comment = j.Commented(case=case, reason="r")

    def lost(*_: Any) -> None:
        raise LostConnectionError("the connection to the database was lost", ledger.where, "")

    with monkeypatch.context() as patch:
        patch.setattr(ledger, "_take", lost)  # what comes right after the transaction
        with pytest.raises(LostConnectionError):
            ledger.append(comment, ANN, "form")
    assert ledger.append(comment, ANN, "form").number == 3
    assert ledger.verify().entries == 3


def test_idle_connections_that_the_server_closed_are_opened_again(
    open_ledger: Open, postgresql_url: str, postgresql_server: Server
) -> None:
    ledger = open_ledger(postgresql_url)
    case = open_case(ledger)
    postgresql_server.run(
        "SELECT COUNT(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity WHERE datname LIKE 'desk_%'"
    )
    assert judge(ledger, j.Commented(case=case, reason="r")).number == 3


FULL = """
import resource, sys
from pathlib import Path
from stillwatch.casework import judgements as j
from stillwatch.casework.errors import CaseworkError
from stillwatch.casework.ledger import Ledger
from stillwatch.casework.roles import Author, Role
from stillwatch.casework.signing import open_signing_key
path, key = sys.argv[1:]
ledger = Ledger.open(path, open_signing_key(Path(key)))
ann = Author("ann", Role.ANALYST)
ledger.append(j.Opened(title="t", campaigns=("C-1",), reason="r"), ann, "opened")
size = max(Path(path).stat().st_size, Path(path + "-wal").stat().st_size)
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 60_000, resource.RLIM_INFINITY))
for n in range(10_000):
    try:
        ledger.append(j.Commented(case=1, reason=f"{n} " + "r" * 5000), ann, f"form-{n}")
    except CaseworkError as error:
        print(n, error)
        break
"""


def test_a_full_disk_is_told_and_the_ledger_is_whole(
    tmp_path: Path, open_ledger: Open, signing_key: SigningKey
) -> None:
    """A limit on the size of files stands for the end of the disk: the write fails in the same place."""
    path = str(tmp_path / "desk.sqlite")
    ended = subprocess.run(
        [sys.executable, "-c", FULL, path, str(signing_key.path)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    number, _, told = ended.stdout.partition(" ")
    assert "disk" in told
    assert "Make room and try again" in told
    ledger = open_ledger(path)
    found = ledger.verify()
    assert (found.holds, found.entries, found.witness) == (True, 2 + int(number), "agrees")
    failed = j.Commented(case=1, reason=f"{number} " + "r" * 5000)
    assert ledger.append(failed, ANN, f"form-{number}").number == 3 + int(number)


def _fill(ledger: Ledger, case: int) -> None:
    for _ in range(1000):
        judge(ledger, j.Commented(case=case, reason="r" * 5000))


def test_a_full_disk_itself(tmp_path: Path, open_ledger: Open, signing_key: SigningKey) -> None:
    """The same on a real disk that is full: a small one in memory, which only root can make."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(place)]
    if os.getuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("a small disk cannot be mounted here")
    try:
        ledger = Ledger.open(place / "desk.sqlite", signing_key)
        case = open_case(ledger)
        with pytest.raises(CaseworkError, match=r"disk.*Make room and try again"):
            _fill(ledger, case)
        count = len(list(ledger.entries()))
        assert ledger.verify().holds
        ledger.close()
        again = Ledger.open(place / "desk.sqlite", signing_key, make=False)
        assert again.verify().entries == count
        again.close()
    finally:
        subprocess.run(["umount", str(place)], check=False)


def test_a_witness_that_cannot_be_written_is_told_and_nothing_is_doubled(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = open_case(ledger)
    comment = j.Commented(case=case, reason="r")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        with pytest.raises(CaseworkError, match="was written, but its number could not be noted"):
            ledger.append(comment, ANN, "form")
    assert ledger.append(comment, ANN, "form").number == 3
    assert ledger.verify().witness == "agrees"


def test_nothing_that_people_wrote_is_in_an_error(ledger: Ledger) -> None:
    case = open_case(ledger)
    with ledger.database.writing() as connection:
        connection.execute(text("ALTER TABLE ledger RENAME COLUMN signature TO signed"))
    with pytest.raises(CaseworkError) as error:
        ledger.append(j.Commented(case=case, reason="a secret reason"), ANN, "form")
    seen: BaseException | None = error.value
    while seen is not None:
        assert "a secret reason" not in str(seen)
        seen = seen.__cause__
    assert LEDGER.name == "ledger"
