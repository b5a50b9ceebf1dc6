"""What a store refuses, what it says then, and that it stays as it was."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.intake import InputError
from stillwatch.progress import Silent
from stillwatch.road import ScanOptions, scan
from stillwatch.signals import open_key
from stillwatch.store.files import StoredFile
from stillwatch.store.locks import reading, writing
from stillwatch.store.manifest import FILE, FORMAT, read_manifest
from testrange.reading import WorldTables
from tests.road.logs import write_log

from .conftest import Add, Look


def _state(store: Path) -> dict[str, bytes]:
    return {str(p.relative_to(store)): p.read_bytes() for p in sorted(store.rglob("*")) if p.is_file()}


@pytest.fixture
def log(few: pa.Table, tmp_path: Path) -> Path:
    return write_log(tmp_path / "log", few.slice(0, 800), None)


@pytest.fixture
def filled(add: Add, log: Path, store: Path) -> Path:
    """A store that holds a log."""
    add(log)
    return store


def _refused(look: Look, path: Path, match: str, **options: Any) -> None:
    with pytest.raises(InputError, match=match) as told:
        look(path, **options)
    assert told.value.what_next


# Settings.


@pytest.mark.parametrize("by", ["log", "path"])
def test_another_key(look: Look, filled: Path, log: Path, tmp_path: Path, by: str) -> None:
    """Also where the log cannot be read: the key comes first."""
    open_key(tmp_path / "other")
    before = _state(filled)
    (log / "exchanges" / "part.parquet").write_bytes(b"PAR1 and no more")
    named: dict[str, Any] = {"store": filled} if by == "log" else {}
    _refused(look, log if by == "log" else filled, "another key", key=tmp_path / "other", **named)
    assert _state(filled) == before


def test_no_key_is_made_for_a_store_that_has_one(look: Look, filled: Path, tmp_path: Path) -> None:
    _refused(look, filled, "no key file", key=tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_accounts_hidden_or_not(look: Look, filled: Path, log: Path) -> None:
    _refused(look, log, "without --pseudonymise-accounts", store=filled, pseudonymise_accounts=True)
    _refused(look, filled, "without --pseudonymise-accounts", pseudonymise_accounts=True)


def test_other_places_of_columns(look: Look, filled: Path, log: Path) -> None:
    _refused(look, log, "filled with no --field", store=filled, mapping={"account_id": ["api_key_id"]})


def test_another_format_of_the_store(look: Look, filled: Path, log: Path) -> None:
    told = json.loads((filled / FILE).read_text()) | {"format": FORMAT + 1, "news": []}
    (filled / FILE).write_text(json.dumps(told))
    before = _state(filled)
    _refused(look, log, f"format {FORMAT + 1}.*start a new store", store=filled)
    _refused(look, filled, f"format {FORMAT + 1}")
    assert _state(filled) == before


def test_the_same_file_in_another_format(look: Look, filled: Path, log: Path) -> None:
    _refused(look, log, "read into the store as exchange-record", store=filled, format="openai")


# Options that do not go together.


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"list_exchanges": True}, "--list-exchanges"),
        ({"keep_text_days": 3}, "--keep-text"),
    ],
)
def test_what_a_store_does_not_hold(look: Look, filled: Path, log: Path, options: dict[str, Any], match: str) -> None:
    _refused(look, filled, match, **options)
    _refused(look, log, match, store=filled, **options)


def test_a_store_is_not_added_to_a_store(look: Look, filled: Path, tmp_path: Path) -> None:
    _refused(look, filled, "scanned as it is", store=tmp_path / "second")
    _refused(look, filled, "scanned as it is", format="openai")
    assert not (tmp_path / "second").exists()


def test_a_window_without_a_store(look: Look, log: Path) -> None:
    _refused(look, log, "--window needs a store", window_days=7)


def test_places_that_would_mix(look: Look, filled: Path, log: Path) -> None:
    _refused(look, log, "lies in the log", store=log / "store")
    _refused(look, filled, "in the store", out=filled / "result")
    assert not (filled / "result").exists()


# Folders and files.


def test_a_folder_with_other_things(look: Look, log: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "thesis.txt").write_text("years of work")
    _refused(look, log, "something else than a store", store=home)
    _refused(look, log, "something else than a store", store=home / "thesis.txt")
    assert [p.name for p in home.iterdir()] == ["thesis.txt"]


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("harm", [Path.unlink, _cut, _flip], ids=["missing", "cut", "flipped"])
@pytest.mark.parametrize("which", ["signals", "names"])
def test_a_damaged_file_is_named(look: Look, filled: Path, harm: Callable[[Path], None], which: str) -> None:
    segment = read_manifest(filled).segments[0]
    file: StoredFile = getattr(segment, which)
    harm(filled / file.path)
    _refused(look, filled, file.path)


@pytest.mark.parametrize("content", [None, "", "{", '{"kind": "stillwatch-store", "format": 1}', "[1]"])
def test_a_damaged_manifest_is_named(look: Look, filled: Path, log: Path, content: str | None) -> None:
    (filled / FILE).unlink()
    if content is not None:
        (filled / FILE).write_text(content)
    before = _state(filled)
    _refused(look, filled, FILE)
    _refused(look, log, FILE, store=filled)
    assert _state(filled) == before


# More than one process.


def test_a_second_writer_is_told(look: Look, add: Add, filled: Path, log: Path) -> None:
    before = _state(filled)
    with writing(filled):
        _refused(look, log, "another scan is writing.*Nothing was changed", store=filled)
        assert look(filled).statement["counts"]["exchanges"] == 800
    assert _state(filled) == before
    add(log)


HOLD = """
import sys, pathlib
from stillwatch.store.locks import writing
with writing(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_the_lock_of_a_dead_writer_is_free(add: Add, filled: Path, log: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(filled)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout
        assert writer.stdout.readline() == "held\n"
        with pytest.raises(InputError, match="another scan"):
            add(log)
        writer.kill()
    assert add(log) == 0


def test_a_reader_keeps_the_files_that_it_reads(few: pa.Table, add: Add, filled: Path, tmp_path: Path) -> None:
    before = set(filled.rglob("*.parquet"))
    with reading(filled):
        add(write_log(tmp_path / "more", few, None), window=1)
        assert before <= set(filled.rglob("*.parquet"))
    add(tmp_path / "more")
    assert len(list(filled.rglob("*.parquet"))) == len(list(read_manifest(filled).files))


# Who can read.


def test_only_the_owner_can_read(filled: Path) -> None:
    assert stat.S_IMODE(filled.stat().st_mode) == 0o700
    files = [p for p in filled.rglob("*") if p.is_file()]
    assert len(files) > 5
    assert {stat.S_IMODE(p.stat().st_mode) for p in files} == {0o600}


def test_no_original_and_no_key_is_in_a_store(world: WorldTables, key_file: Path, store: Path, tmp_path: Path) -> None:
    """In no file, compressed or not; the manifest has no account either."""
    options = ScanOptions(world.directory, tmp_path / "r", key_file, threads=1, store=store)
    scan(options, Silent())
    said = {p: _said(p) for p in store.rglob("*") if p.is_file()}
    secret = {
        "exchanges": ("client_ip", "user_agent", "tls_fingerprint", "conversation_id", "exchange_id", "input_text"),
        "accounts": ("payment_fingerprint", "device_fingerprint", "signup_ip", "email_domain", "organization_id"),
    }
    for table, columns in secret.items():
        for column in columns:
            values = sorted({str(v) for v in getattr(world, table)[column].to_pylist() if v is not None})
            for value in values[:: max(1, len(values) // 60)]:
                assert not [p for p, text in said.items() if value in text], column
    manifest = (store / FILE).read_text()
    assert key_file.read_text().strip() not in manifest
    assert not [a for a in set(world.accounts["account_id"].to_pylist()) if a in manifest]


def _said(path: Path) -> str:
    if path.suffix != ".parquet":
        return path.read_text()
    table = pq.read_table(path)
    texts = [c for c in table.column_names if pa.types.is_string(table.schema.field(c).type)]
    sealed = [c for c in table.column_names if pa.types.is_binary(table.schema.field(c).type)]
    said = [str(v) for c in texts for v in table[c].unique().to_pylist()]
    said += [v.decode("latin-1") for c in sealed for v in table[c].to_pylist()]
    return repr(table.schema.metadata) + "\n".join(said)


def test_a_store_that_cannot_be_made_is_told(look: Look, log: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    for place in (tmp_path / "file" / "store", Path("/proc/nowhere")):
        _refused(look, log, "store", store=place)
    assert not (tmp_path / "result").exists()
