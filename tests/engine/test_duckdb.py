"""What is DuckDB's own; what every engine does alike is in test_contract."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from stillwatch.engine import DuckDBEngine, EngineError, EngineSettingError, InProcess, SparkEngine, Step
from stillwatch.engine.duckdb import BATCH


@pytest.fixture
def engine(tmp_path: Path) -> DuckDBEngine:
    return DuckDBEngine(tmp_path / "spill", threads=1)


def test_times_are_utc_whatever_the_machine_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    engine = DuckDBEngine(tmp_path, threads=1)
    told = engine.fetch("SELECT CAST(CAST('2026-05-05 12:00:00' AS TIMESTAMPTZ) AS VARCHAR) AS t")["t"][0].as_py()
    assert told.startswith("2026-05-05 12:00:00+00")


def test_no_extension_is_fetched(engine: DuckDBEngine) -> None:
    told = engine.fetch(
        "SELECT name, value FROM duckdb_settings() WHERE name IN "
        "('autoinstall_known_extensions', 'autoload_known_extensions') ORDER BY name"
    )
    assert told["value"].to_pylist() == ["false", "false"]


def test_joins_are_kept_in_order_for_one_step_alone(engine: DuckDBEngine) -> None:
    def switched_off() -> str:
        told = engine.fetch("SELECT CAST(current_setting('disabled_optimizers') AS VARCHAR) AS v")["v"][0].as_py()
        return str(told or "")

    before = switched_off()
    asked = "SELECT CAST(current_setting('disabled_optimizers') AS VARCHAR) AS v"
    engine.run([Step("inside", asked, in_order=True)])
    assert "join_order" in engine.fetch("SELECT v FROM inside")["v"][0].as_py()
    assert switched_off() == before
    with pytest.raises(EngineError):
        engine.run([Step("wrong", "SELECT nothing FROM nowhere", in_order=True)])
    assert switched_off() == before


def test_a_limit_that_is_no_size_is_named(tmp_path: Path) -> None:
    with pytest.raises(EngineSettingError, match="plenty"):
        DuckDBEngine(tmp_path, threads=1, memory_limit="plenty")


@pytest.mark.parametrize(("limit", "files"), [(None, 0), ("1GB", 1)])
def test_under_a_limit_tables_lie_in_a_file(tmp_path: Path, limit: str | None, files: int) -> None:
    engine = DuckDBEngine(tmp_path / "it's here", threads=1, memory_limit=limit)
    engine.run([Step("numbers", "SELECT 7 AS n"), Step("seen", "SELECT n FROM numbers", keep=False)])
    assert engine.fetch("SELECT n FROM seen")["n"].to_pylist() == [7]
    assert len(list(tmp_path.rglob("*.duckdb"))) == files
    engine.close()


def test_a_place_that_is_no_folder_is_the_users_affair(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(OSError, match="taken"):
        DuckDBEngine(tmp_path / "taken", threads=1, memory_limit="1GB")


# Rows that a compiled loop reads.


def test_only_an_engine_of_this_process_streams(engine: DuckDBEngine) -> None:
    assert isinstance(engine, InProcess)
    assert not hasattr(SparkEngine, "stream")


def test_a_query_is_streamed_in_batches(engine: DuckDBEngine) -> None:
    rows = 2 * BATCH + 7
    batches = list(engine.stream(f"SELECT n, [n, n + 1] AS both FROM range({rows}) AS t(n)"))
    assert len(batches) > 2
    assert max(batch.num_rows for batch in batches) <= BATCH
    table = pa.Table.from_batches(batches).sort_by("n")
    assert table["n"].to_pylist() == list(range(rows))
    assert table["both"][BATCH].as_py() == [BATCH, BATCH + 1]


def test_after_a_stream_the_engine_goes_on(engine: DuckDBEngine) -> None:
    """Also after one that was left, and after one that failed on its way; the error shows the query."""
    next(engine.stream("SELECT n FROM range(1000000) AS t(n)"))
    assert engine.fetch("SELECT 1 AS n")["n"].to_pylist() == [1]
    wrong = "CAST(CASE WHEN n = 900000 THEN 'no number' ELSE '1' END AS INTEGER)"
    with pytest.raises(EngineError, match=r"(?s)no number.*SELECT CAST"):
        list(engine.stream(f"SELECT {wrong} FROM range(1000000) AS t(n)"))
    assert engine.fetch("SELECT 2 AS n")["n"].to_pylist() == [2]


def test_batches_are_collected_in_place_of_what_was_there(engine: DuckDBEngine) -> None:
    engine.run([Step("kept", "SELECT 'old' AS n")])
    for start in (0, 100):
        batches = [pa.record_batch({"n": [start, start + 1]}), pa.record_batch({"n": [start + 2]})]
        engine.collect("kept", pa.RecordBatchReader.from_batches(batches[0].schema, iter(batches)))
        assert engine.fetch("SELECT n FROM kept ORDER BY n")["n"].to_pylist() == [start, start + 1, start + 2]
    engine.register("kept_view", pa.table({"n": [1]}))
    engine.collect("kept_view", pa.table({"n": [2]}).to_reader())
    assert engine.fetch("SELECT n FROM kept_view")["n"].to_pylist() == [2]


@pytest.mark.parametrize("limit", [None, "1GB"])
def test_what_is_streamed_can_be_collected_at_once(tmp_path: Path, limit: str | None) -> None:
    engine = DuckDBEngine(tmp_path / "spill", threads=2, memory_limit=limit)
    rows = 2 * BATCH + 7
    engine.run([Step("numbers", f"SELECT n FROM range({rows}) AS t(n)"), Step("seen", "SELECT n FROM numbers", False)])
    schema = pa.schema({"twice": pa.int64()})
    twice = (pa.record_batch([pa.array(np.asarray(b["n"]) * 2)], schema) for b in engine.stream("SELECT n FROM seen"))
    engine.collect("doubled", pa.RecordBatchReader.from_batches(schema, twice))
    found = engine.fetch("SELECT COUNT(*) AS rows, SUM(twice) AS total FROM doubled").to_pylist()
    assert found == [{"rows": rows, "total": rows * (rows - 1)}]
    engine.close()


def test_what_fails_while_it_is_collected_is_said(engine: DuckDBEngine) -> None:
    wrong = (
        "SELECT CAST(CASE WHEN n = 900000 THEN 'no number' ELSE '1' END AS INTEGER) AS n FROM range(1000000) AS t(n)"
    )
    batches = pa.RecordBatchReader.from_batches(pa.schema({"n": pa.int32()}), engine.stream(wrong))
    with pytest.raises(EngineError, match="no number"):
        engine.collect("never", batches)
    with pytest.raises(EngineError, match="never"):
        engine.fetch("SELECT * FROM never")
    assert engine.fetch("SELECT 2 AS n")["n"].to_pylist() == [2]
