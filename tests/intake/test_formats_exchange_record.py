from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pcsv
import pyarrow.parquet as pq
import pytest

from stillwatch.intake import Aside, InputError, open_log, read_exchanges
from stillwatch.records import EXCHANGES

from .conftest import Outcome, native

Read = Callable[..., Outcome]
Lines = Callable[..., Path]

FULL = {
    "exchange_id": "e1",
    "time": datetime(2026, 1, 1, tzinfo=UTC),
    "account_id": "a",
    "model": "m",
    "client_asn": 64500,
    "turn": 2,
    "input_text": 'He said "yes",\nthen left.',
    "input_tokens": 10,
    "tool_names": ["search", "run"],
    "temperature": 0.5,
    "status": 200,
}


def full_rows(count: int) -> pa.Table:
    rows = [FULL | {"exchange_id": f"e{number}"} for number in range(count)]
    return pa.Table.from_pylist(rows, schema=EXCHANGES.arrow)


def write_all(folder: Path, table: pa.Table) -> dict[str, Path]:
    """The same rows in the three encodings."""
    paths = {kind: folder / f"log.{kind}" for kind in ("parquet", "csv", "jsonl")}
    pq.write_table(table, paths["parquet"], row_group_size=7)
    rows = table.to_pylist()
    for row in rows:
        row["time"] = row["time"].isoformat()
    paths["jsonl"].write_text("".join(json.dumps(row) + "\n" for row in rows))
    names = pa.array([json.dumps(row["tool_names"]) for row in rows])
    flat = table.set_column(table.column_names.index("tool_names"), "tool_names", names)
    pcsv.write_csv(flat, paths["csv"])
    return paths


def test_the_three_encodings_read_the_same(tmp_path: Path, read: Read) -> None:
    table = full_rows(23)
    for path in write_all(tmp_path, table).values():
        outcome = read(path)
        assert outcome.table.equals(table)
        assert outcome.aside.count == 0


def test_text_in_pandas_habits(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(
        b"\xef\xbb\xbfexchange_id;time;account_id;model;turn;temperature;tool_names;extra\r\n"
        b"1;2026-01-01 00:00:00;007;m;3.0;1e-1;a; b;;\r\n".replace(b"a; b;;", b'"a; b";x')
    )
    outcome = read(path)
    row = outcome.rows[0]
    assert (row["account_id"], row["turn"], row["tool_names"]) == ("007", 3, ["a", "b"])
    assert "extra" in outcome.aside.notes[0]


CSV_FAULTS = b"""exchange_id,time,account_id,model,turn,temperature,tool_names
1,2026-01-01,a,m,1,0.5,
2,2026-01-01,,m,1,,
3,soon,a,m,1,,
4,2026-01-01,a,m,1.5,,
5,2026-01-01,a,m,99999,,
6,2026-01-01,a
7,2026-01-01,a,m,1,warm,
8,2026-01-01,a,\xff,1,,
9,2026-01-01,a,m,1,,[1]
10,2026-01-01,a,m,1,0.5,"""


def test_each_fault_of_a_csv_row_is_set_aside(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "log.csv"
    path.write_bytes(CSV_FAULTS)
    outcome = read(path)
    assert [row["exchange_id"] for row in outcome.rows] == ["1", "10"]
    assert outcome.rejects == [
        (3, "account_id: missing"),
        (4, "time: not a time between 1970 and 2200"),
        (5, "turn: not a whole number of 16 bits"),
        (6, "turn: not a whole number of 16 bits"),
        (7, "3 fields instead of 7"),
        (8, "temperature: not a number"),
        (9, "model: not valid UTF-8"),
        (10, "tool_names: not a list of texts"),
    ]


def test_a_csv_cut_inside_quotes_loses_its_last_row(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "log.csv"
    path.write_text('exchange_id,time,account_id,model,input_text\n1,2026-01-01,a,m,x\n2,2026-01-01,a,m,"half')
    outcome = read(path)
    assert outcome.table.num_rows == 1
    assert outcome.rejects == [(3, "the file ends inside a quoted value")]


JSON_FAULTS: list[tuple[bytes, str]] = [
    (b'{"exchange_id": "1"', "JSON ends early"),
    (b"[1, 2]", "no JSON object"),
    (b"{} {}", "JSON has characters after its end"),
    (b'{"exchange_id": "\xff"}', "invalid UTF-8"),
    (b"[" * 100_000, "JSON is nested too deeply"),
    (b"nothing", "no valid JSON"),
    (json.dumps(native(exchange_id=None)).encode(), "exchange_id: missing"),
    (json.dumps(native(account_id=12)).encode(), "account_id: expected text, got an integer"),
    (json.dumps(native(time="soon")).encode(), "time: not an ISO-8601 time or an epoch"),
    (json.dumps(native(turn=1.5)).encode(), "turn: expected a whole number, got a number"),
    (json.dumps(native(turn=40000)).encode(), "turn: number out of range"),
    (json.dumps(native(status=True)).encode(), "status: expected a whole number, got a boolean"),
    (json.dumps(native(tool_names="a")).encode(), "tool_names: expected a list of texts"),
    (json.dumps(native(temperature="hot")).encode(), "temperature: expected a number, got text"),
]


def test_each_fault_of_a_json_line_is_set_aside(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "log.jsonl"
    good = json.dumps(native()).encode()
    path.write_bytes(b"\n".join([good, *(line for line, _ in JSON_FAULTS), b"", good, b'{"exch']))
    outcome = read(path)
    assert outcome.table.num_rows == 2
    expected = [(number, reason) for number, (_, reason) in enumerate(JSON_FAULTS, start=2)]
    assert outcome.rejects == [*expected, (len(JSON_FAULTS) + 4, "JSON ends early")]


def test_one_json_document(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "log.json"
    path.write_text(json.dumps([native(1), native(2, turn="x"), 5], indent=2))
    outcome = read(path)
    assert outcome.table.num_rows == 1
    assert outcome.rejects == [(2, "turn: expected a whole number, got text"), (3, "no JSON object")]


def parquet(folder: Path, **columns: Any) -> Path:
    base = {"exchange_id": ["1", "2"], "time": [1767225600] * 2, "account_id": ["a", "b"], "model": ["m"] * 2}
    path = folder / "log.parquet"
    pq.write_table(pa.table(base | columns), path)
    return path


def test_parquet_types_that_fit_are_cast(tmp_path: Path, read: Read) -> None:
    path = parquet(
        tmp_path,
        model=pa.array(["m", "n"]).dictionary_encode(),
        account_id=pa.array(["a", "b"], pa.large_string()),
        user_agent=pa.array(["x", None], pa.string_view()),
        turn=pa.array([1, None], pa.int64()),
        input_tokens=pa.array([10.0, float("nan")]),
        output_tokens=pa.array([3, 4], pa.uint64()),
        temperature=pa.array([0.5, None], pa.float64()),
        tool_names=pa.array([["a"], None], pa.large_list(pa.large_string())),
        system_text=pa.nulls(2),
    )
    rows = read(path).rows
    assert [row["model"] for row in rows] == ["m", "n"]
    assert [row["user_agent"] for row in rows] == ["x", None]
    assert [row["input_tokens"] for row in rows] == [10, None]
    assert [row["tool_names"] for row in rows] == [["a"], None]


def test_parquet_values_that_do_not_fit_cost_their_row(tmp_path: Path, read: Read) -> None:
    path = parquet(tmp_path, turn=[70_000, 1], account_id=["a", None], output_tokens=pa.array([1, 2**63], pa.uint64()))
    assert read(path).rejects == [(1, "turn: not a whole number of 16 bits"), (2, "account_id: missing")]


@pytest.mark.parametrize(
    ("name", "values"), [("turn", [[1], [2]]), ("model", [1, 2]), ("tool_names", [1, 2]), ("time", [True, False])]
)
def test_parquet_types_that_cannot_fit_are_named(tmp_path: Path, read: Read, name: str, values: list[Any]) -> None:
    with pytest.raises(InputError, match=f"column {name} has the type"):
        read(parquet(tmp_path, **{name: values}))


def test_a_cut_parquet_file(tmp_path: Path, read: Read) -> None:
    path = parquet(tmp_path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match="not a complete Parquet file"):
        read(path)


@pytest.mark.parametrize("kind", ["parquet", "csv", "jsonl"])
def test_batches_join_to_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    table = full_rows(500)
    path = write_all(tmp_path, table)[kind]
    monkeypatch.setattr("stillwatch.intake.columnar.BATCH_ROWS", 1000)
    monkeypatch.setattr("stillwatch.intake.columnar.BLOCK_BYTES", 4096)
    monkeypatch.setattr("stillwatch.intake.jsonlog.ROWS_PER_TABLE", 60)
    tables = list(read_exchanges(open_log(path), Aside()))
    assert pa.concat_tables(tables).combine_chunks().equals(table)
    assert kind == "parquet" or len(tables) > 3


def test_row_numbers_survive_batches_and_broken_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: Read
) -> None:
    monkeypatch.setattr("stillwatch.intake.columnar.BLOCK_BYTES", 512)
    faults = {7: "x", 50: "y", 51: "z", 200: "w"}
    rows = [f"e{line},2026-01-01,{'' if line in faults else 'a'},m" for line in range(2, 300)]
    for line in (8, 52, 100):
        rows[line - 2] = "broken"
    path = tmp_path / "log.csv"
    path.write_text("\n".join(["exchange_id,time,account_id,model", *rows]) + "\n")
    rejects = read(path).rejects
    assert [line for line, _ in rejects] == [7, 8, 50, 51, 52, 100, 200]
