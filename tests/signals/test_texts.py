from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.records import EXCHANGES
from stillwatch.signals import Key, Signaller
from stillwatch.signals.texts import COLUMNS, FOLDER, NOTE, expire_texts, keep_texts_of, passing_texts

START = datetime(2026, 5, 4, tzinfo=UTC)


def _batch(*accounts: str, first: int = 0) -> pa.Table:
    rows = [
        {
            "exchange_id": f"x{first + n}",
            "time": START + timedelta(minutes=first + n),
            "account_id": account,
            "model": "m",
            "input_text": f"asked by {account}",
            "output_text": None if n % 2 else f"answered to {account}",
            "client_ip": "203.0.113.9",
        }
        for n, account in enumerate(accounts)
    ]
    return pa.Table.from_pylist(rows, schema=EXCHANGES.arrow)


def _kept(tmp_path: Path, accounts: set[str], days: int = 3) -> tuple[pa.Table, datetime]:
    (tmp_path / "result").mkdir()
    batches = [_batch("a", "b", "c", first=10), _batch("a", "d", "a", first=0)]
    assert list(passing_texts(iter(batches), tmp_path / "aside", Signaller(Key(bytes(32))), None)) == batches
    until = keep_texts_of(accounts, tmp_path / "aside", tmp_path / "result", days)
    return pq.read_table(tmp_path / "result" / FOLDER / "texts.parquet"), until


def test_texts_of_the_named_accounts_are_kept_in_order_of_time(tmp_path: Path) -> None:
    kept, _ = _kept(tmp_path, {"a", "d"})
    assert kept.column_names == list(COLUMNS)
    assert kept["exchange_id"].to_pylist() == ["x0", "x1", "x2", "x10"]
    assert kept["input_text"].to_pylist() == ["asked by a", "asked by d", "asked by a", "asked by a"]
    assert kept["output_text"].null_count == 1


def test_what_was_set_aside_is_deleted(tmp_path: Path) -> None:
    _kept(tmp_path, {"a"})
    assert not (tmp_path / "aside").exists()
    assert {p.name for p in (tmp_path / "result" / FOLDER).iterdir()} == {"texts.parquet", NOTE}


@pytest.mark.parametrize("accounts", [set(), {"nobody"}])
def test_without_members_nothing_is_kept(tmp_path: Path, accounts: set[str]) -> None:
    kept, _ = _kept(tmp_path, accounts)
    assert kept.num_rows == 0
    assert not (tmp_path / "aside").exists()


def test_texts_are_there_until_their_time_and_gone_from_then_on(tmp_path: Path) -> None:
    before = datetime.now(UTC)
    _, until = _kept(tmp_path, {"a"}, days=5)
    assert before + timedelta(days=5) <= until <= datetime.now(UTC) + timedelta(days=5)
    said = datetime.fromisoformat(json.loads((tmp_path / "result" / FOLDER / NOTE).read_text())["delete_after"])
    assert abs(said - until) < timedelta(seconds=1)
    assert not expire_texts(tmp_path / "result", said - timedelta(seconds=1))
    assert (tmp_path / "result" / FOLDER / "texts.parquet").exists()
    assert expire_texts(tmp_path / "result", said)
    assert not (tmp_path / "result" / FOLDER).exists()
    assert not expire_texts(tmp_path / "result", said)


def test_now_is_the_clocks_unless_told(tmp_path: Path) -> None:
    _kept(tmp_path, {"a"})
    note = tmp_path / "result" / FOLDER / NOTE
    assert not expire_texts(tmp_path / "result")
    note.write_text(json.dumps({"delete_after": (datetime.now(UTC) - timedelta(seconds=5)).isoformat()}))
    assert expire_texts(tmp_path / "result")


def test_a_result_without_texts_has_nothing_to_delete(tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("page")
    assert not expire_texts(tmp_path, datetime(2100, 1, 1, tzinfo=UTC))
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]
