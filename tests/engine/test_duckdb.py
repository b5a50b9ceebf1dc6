from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.engine import DuckDBEngine, EngineError, Step


@pytest.fixture
def engine(tmp_path: Path) -> DuckDBEngine:
    return DuckDBEngine(tmp_path / "spill", threads=1)


def test_steps_build_on_tables_and_on_one_another(engine: DuckDBEngine) -> None:
    engine.register("numbers", pa.table({"n": [1, 2, 3, 4]}))
    engine.run(
        [Step("even", "SELECT n FROM numbers WHERE n % 2 = 0"), Step("more", "SELECT n + 1 AS n FROM even", False)]
    )
    assert engine.fetch("SELECT n FROM more ORDER BY n DESC")["n"].to_pylist() == [5, 3]


def test_a_folder_of_parquet_parts_is_one_table(engine: DuckDBEngine, tmp_path: Path) -> None:
    (tmp_path / "parts" / "deep").mkdir(parents=True)
    for n, place in enumerate(("a.parquet", "b.parquet", "deep/c.parquet")):
        pq.write_table(pa.table({"n": [n]}), tmp_path / "parts" / place)
    engine.register("parts", tmp_path / "parts")
    engine.register("one", tmp_path / "parts" / "b.parquet")
    assert engine.fetch("SELECT n FROM parts ORDER BY n")["n"].to_pylist() == [0, 1, 2]
    assert engine.fetch("SELECT n FROM one")["n"].to_pylist() == [1]


def test_a_step_can_be_run_again(engine: DuckDBEngine) -> None:
    engine.run([Step("t", "SELECT 1 AS n"), Step("t", "SELECT 2 AS n")])
    assert engine.fetch("SELECT n FROM t")["n"].to_pylist() == [2]


def test_a_kept_step_outlives_its_source_and_a_view_follows_it(engine: DuckDBEngine) -> None:
    engine.run([Step("source", "SELECT 1 AS n"), Step("kept", "SELECT n FROM source")])
    engine.run([Step("view", "SELECT n FROM source", keep=False), Step("source", "SELECT 2 AS n")])
    assert engine.fetch("SELECT n FROM kept")["n"].to_pylist() == [1]
    assert engine.fetch("SELECT n FROM view")["n"].to_pylist() == [2]


def test_a_failing_step_says_which_and_shows_its_sql(engine: DuckDBEngine) -> None:
    with pytest.raises(EngineError) as failure:
        engine.run([Step("good", "SELECT 1 AS n"), Step("broken_one", "SELECT nothing FROM good")])
    assert "broken_one" in str(failure.value)
    assert "SELECT nothing FROM good" in str(failure.value)
    with pytest.raises(EngineError, match="fetch"):
        engine.fetch("SELECT FROM WHERE")


def test_dropped_tables_are_gone_and_dropping_again_is_no_fault(engine: DuckDBEngine) -> None:
    engine.run([Step("t", "SELECT 1 AS n")])
    engine.drop("t", "never_there")
    with pytest.raises(EngineError, match="t"):
        engine.fetch("SELECT n FROM t")


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
