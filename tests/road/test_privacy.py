"""What must not get out of a log, and texts that are kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from stillwatch.report.names import open_names
from stillwatch.report.page import write_report
from stillwatch.report.result import load_result
from stillwatch.road import Scan
from stillwatch.signals import KeyFileError, open_key
from stillwatch.signals.texts import expire_texts
from testrange.reading import WorldTables

from .logs import (
    CUT,
    TABLES,
    ScanLog,
    bytes_of,
    mapped,
    rows_of,
)


@pytest.fixture(scope="module")
def hidden(world: WorldTables, scan_log: ScanLog) -> Scan:
    """The small world, scanned with account ids hidden, with its page."""
    found = scan_log(world.directory, pseudonymise_accounts=True)
    write_report(load_result(found.out), found.out / "report.html")
    return found


@pytest.fixture(scope="module")
def reported(scanned: Scan) -> Scan:
    """The small world with its page."""
    write_report(load_result(scanned.out), scanned.out.parent / "report.html")
    return scanned


def _said(result: Path) -> str:
    """Everything that a result directory says, decompressed: values of all columns, names of columns, metadata."""
    said: list[str] = []
    for path in sorted(p for p in [*result.rglob("*"), *result.parent.glob("report.html")] if p.is_file()):
        if path.suffix != ".parquet":
            said.append(path.read_bytes().decode("utf-8", "replace"))
            continue
        table = pq.read_table(path)
        said.append(repr(table.schema.metadata))
        said.extend(text for column in table.columns for text in _texts(column.to_pylist()))
    return "\n".join(said)


def _texts(values: list[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, bytes):
            yield value.decode("latin-1")
        elif isinstance(value, list):
            yield from (str(part) for part in value)
        elif value is not None:
            yield str(value)


def test_hidden_accounts_leave_no_name(hidden: Scan, world: WorldTables) -> None:
    said = _said(hidden.out)
    ids = set(world.exchanges["account_id"].to_pylist())
    assert hidden.tables["members"].num_rows > 0
    assert not [name for name in ids if name in said]
    assert not re.search("ac_[0-9a-f]{8}", said)


def test_hidden_accounts_change_nothing_else(hidden: Scan, scanned: Scan, key_file: Path) -> None:
    names = open_names(hidden.out, open_key(key_file))
    before = scanned.tables
    for name, table in hidden.tables.items():
        if name == "names":
            continue
        named = "account_id" in table.column_names
        assert rows_of(mapped(table, "account_id", names.__getitem__) if named else table) == rows_of(before[name]), (
            name
        )


def test_names_open_with_their_key_only(hidden: Scan, key_file: Path, tmp_path: Path) -> None:
    names = open_names(hidden.out, open_key(key_file))
    assert set(hidden.tables["members"]["account_id"].to_pylist()) <= names.keys()
    with pytest.raises(KeyFileError, match="key"):
        open_names(hidden.out, open_key(tmp_path / "another"))


def test_sealed_names_give_back_every_shared_value(scanned: Scan, world: WorldTables, key_file: Path) -> None:
    names = open_names(scanned.out, open_key(key_file))
    columns = {
        "payment": world.accounts["payment_fingerprint"],
        "device": world.accounts["device_fingerprint"],
        "signup_address": world.accounts["signup_ip"],
        "email_domain": world.accounts["email_domain"],
        "address": world.exchanges["client_ip"],
    }
    originals = {detector: set(column.to_pylist()) for detector, column in columns.items()}
    shared = [row for row in scanned.tables["shared"].to_pylist() if row["detector"] in columns]
    assert {row["detector"] for row in shared} >= {"payment", "device", "address"}
    for row in shared:
        assert names[row["value"]] in originals[row["detector"]]


@pytest.mark.parametrize("which", ["reported", "hidden"])
def test_no_original_value_gets_out(which: str, world: WorldTables, request: pytest.FixtureRequest) -> None:
    found: Scan = request.getfixturevalue(which)
    said = _said(found.out)
    secret = {
        "exchanges": ("client_ip", "user_agent", "tls_fingerprint", "conversation_id", "api_key_id", "exchange_id"),
        "accounts": ("payment_fingerprint", "device_fingerprint", "signup_ip", "email_domain", "organization_id"),
    }
    words = set(re.split(r"[\s\"'<>,;()]+", said))
    for table, columns in secret.items():
        for column in columns:
            values = {str(v) for v in getattr(world, table)[column].to_pylist() if v is not None}
            assert values, column
            assert not values & words, column
            few = sorted(values)[:: max(1, len(values) // 400)]
            assert not [v for v in few if v in said], column


@pytest.mark.parametrize("which", ["reported", "hidden"])
def test_no_piece_of_a_prompt_gets_out(which: str, world: WorldTables, request: pytest.FixtureRequest) -> None:
    """No 47 characters in a row of any text: each such run holds one of the pieces of 24 that are looked for."""
    found: Scan = request.getfixturevalue(which)
    said, size = _said(found.out), 24
    windows = {said[k : k + size] for k in range(len(said) - size)}
    for column in ("system_text", "input_text"):
        for text in set(world.exchanges[column].drop_null().to_pylist()):
            assert not [p for k in range(0, len(text) - size + 1, size) if (p := text[k : k + size]) in windows]


# Kept texts.


def _kept(found: Scan) -> pa.Table:
    return pq.read_table(found.out / "texts" / "texts.parquet")


def test_kept_texts_are_those_of_members(scanned: Scan, world: WorldTables, scan_log: ScanLog) -> None:
    found = scan_log(world.directory, keep_text_days=3)
    members = set(found.tables["members"]["account_id"].to_pylist())
    kept = _kept(found)
    expected = world.exchanges.filter(pc.is_in(world.exchanges["account_id"], pa.array(sorted(members))))
    assert rows_of(kept) == rows_of(expected.select(kept.column_names))
    assert kept.num_rows > 0
    assert bytes_of(found.out) == bytes_of(scanned.out)


def test_kept_texts_go_when_their_time_is_over(world: WorldTables, scan_log: ScanLog) -> None:
    found = scan_log(world.directory, keep_text_days=3)
    now = datetime.now(UTC)
    assert not expire_texts(found.out, now + timedelta(days=2, hours=23))
    assert (found.out / "texts" / "texts.parquet").exists()
    assert expire_texts(found.out, now + timedelta(days=3, minutes=1))
    assert sorted(p.name for p in found.out.iterdir()) == sorted(
        [*(f"{t}.parquet" for t in TABLES), "names.parquet", "scan.json"]
    )
    assert not expire_texts(found.out, now + timedelta(days=4))
    load_result(found.out)


def test_kept_texts_under_hidden_accounts_bear_pseudonyms(world: WorldTables, scan_log: ScanLog) -> None:
    found = scan_log(world.directory, keep_text_days=3, pseudonymise_accounts=True)
    members = set(found.tables["members"]["account_id"].to_pylist())
    kept = set(_kept(found)["account_id"].to_pylist())
    assert kept == members
    assert not kept & set(world.exchanges["account_id"].to_pylist())


def test_kept_texts_end_at_as_of(world: WorldTables, scan_log: ScanLog) -> None:
    kept = _kept(scan_log(world.directory, keep_text_days=3, as_of=CUT))
    assert kept.num_rows > 0
    assert pc.max(kept["time"]).as_py() < CUT
