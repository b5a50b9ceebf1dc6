"""What every engine does alike, asked of each: DuckDB here, Spark on a cluster of two workers."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.engine import DuckDBEngine, Engine, EngineError, Step
from stillwatch.engine.dialect import ALLOWED_FUNCTIONS, functions_in


def rows(engine: Engine, sql: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in engine.fetch(sql).to_pylist()]


# Tables come and go.


def test_steps_build_on_tables_and_on_one_another(engine: Engine) -> None:
    engine.register("numbers", pa.table({"n": [1, 2, 3, 4]}))
    engine.run(
        [Step("even", "SELECT n FROM numbers WHERE n % 2 = 0"), Step("more", "SELECT n + 1 AS n FROM even", False)]
    )
    assert rows(engine, "SELECT n FROM more ORDER BY n DESC") == [(5,), (3,)]


def test_a_folder_of_parquet_parts_is_one_table(engine: Engine, tmp_path: Path) -> None:
    """Also one whose name has what a shell would read as a pattern, and folders that are named after a column."""
    parts = tmp_path / "a {b} [c] * ? é" / ".parts"
    for n, place in enumerate(("a.parquet", "b.parquet", "day=7/c.parquet")):
        (parts / place).parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table({"n": [n], "day": [n]}), parts / place)
    (parts / "day=7" / "notes.txt").write_text("no table")
    engine.register("parts", parts)
    assert rows(engine, "SELECT n, day FROM parts ORDER BY n") == [(0, 0), (1, 1), (2, 2)]


def test_one_parquet_file_is_a_table(engine: Engine, tmp_path: Path) -> None:
    pq.write_table(pa.table({"n": [1, None]}), tmp_path / "one.parquet")
    engine.register("one", tmp_path / "one.parquet")
    assert rows(engine, "SELECT n FROM one ORDER BY n") == [(1,), (None,)]


def test_what_is_not_there_cannot_be_registered(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="missing"):
        engine.register("missing", tmp_path / "nowhere.parquet")


def test_every_type_of_column_comes_back(engine: Engine) -> None:
    given = pa.table(
        {
            "flag": pa.array([True, None]),
            "tiny": pa.array([-128, None], pa.int8()),
            "small": pa.array([1, None], pa.int16()),
            "whole": pa.array([2**31 - 1, None], pa.int32()),
            "long": pa.array([-(2**63), None], pa.int64()),
            "real": pa.array([0.1, None], pa.float64()),
            "text": pa.array(["é\n'\"", None]),
            "time": pa.array([datetime(2026, 5, 5, 1, 2, 3, 456789, UTC), None], pa.timestamp("us", "UTC")),
            "list": pa.array([[1, None], None], pa.list_(pa.int64())),
        }
    )
    engine.register("given", given)
    engine.run([Step("kept", "SELECT * FROM given")])
    for name in ("given", "kept"):
        got = engine.fetch(f"SELECT * FROM {name} ORDER BY whole")
        assert got.schema.names == given.schema.names
        assert got.to_pylist() == given.to_pylist()
        same = [k for k in given.column_names if k != "list"]
        assert got.select(same).schema.types == given.select(same).schema.types


def test_columns_that_only_arrow_has_become_plain(engine: Engine) -> None:
    encoded = pa.array(["b", None, "a", "b"]).dictionary_encode()
    bags = pa.FixedSizeListArray.from_arrays(pa.array([1, 2, 3, 4, 5, 6, 7, -8], pa.int8()), 2)
    engine.register("odd", pa.table({"name": encoded, "bag": bags, "nothing": pa.nulls(4)}))
    assert rows(engine, "SELECT CAST(name AS VARCHAR) AS name, COUNT(*) AS n FROM odd GROUP BY name ORDER BY 1") == [
        ("a", 1),
        ("b", 2),
        (None, 1),
    ]
    assert rows(engine, "SELECT MIN(name) AS least, COUNT(nothing) AS n FROM odd") == [("a", 0)]
    told = "SELECT CAST(SUM(bag[1]) AS BIGINT) AS first, CAST(SUM(bag[2]) AS BIGINT) AS second FROM odd"
    assert rows(engine, told) == [(1 + 3 + 5 + 7, 2 + 4 + 6 - 8)]


def test_an_empty_table_keeps_its_columns(engine: Engine) -> None:
    engine.register("empty", pa.table({"a": pa.array([], pa.int32()), "t": pa.array([], pa.timestamp("us", "UTC"))}))
    engine.run([Step("none", "SELECT a, t, CAST(1 AS BIGINT) AS one FROM empty")])
    got = engine.fetch("SELECT * FROM none")
    assert got.schema == pa.schema([("a", pa.int32()), ("t", pa.timestamp("us", "UTC")), ("one", pa.int64())])
    assert rows(engine, "SELECT COUNT(*) AS n, SUM(a) AS s, MAX(t) AS t FROM none") == [(0, None, None)]


def test_any_column_that_is_fetched_may_be_null(engine: Engine) -> None:
    got = engine.fetch("SELECT COUNT(*) AS n, CAST(0 AS BIGINT) AS z FROM (SELECT 1 AS a) AS t")
    assert all(field.nullable for field in got.schema)


def test_a_step_and_a_table_can_be_given_again(engine: Engine) -> None:
    engine.run([Step("t", "SELECT 1 AS n"), Step("t", "SELECT 2 AS n"), Step("t", "SELECT n + 1 AS n FROM t")])
    assert rows(engine, "SELECT n FROM t") == [(3,)]
    engine.register("r", pa.table({"n": [1]}))
    engine.register("r", pa.table({"m": ["x"]}))
    assert engine.fetch("SELECT * FROM r").to_pylist() == [{"m": "x"}]


def test_a_kept_step_outlives_its_source_and_a_view_follows_it(engine: Engine) -> None:
    engine.run([Step("source", "SELECT 1 AS n"), Step("kept", "SELECT n FROM source")])
    engine.run([Step("view", "SELECT n FROM source", keep=False), Step("source", "SELECT 2 AS n")])
    assert rows(engine, "SELECT n FROM kept") == [(1,)]
    assert rows(engine, "SELECT n FROM view") == [(2,)]


def test_a_kept_step_outlives_a_table_that_was_given_again(engine: Engine) -> None:
    engine.register("given", pa.table({"n": [1]}))
    engine.run([Step("kept", "SELECT n FROM given"), Step("view", "SELECT n FROM given", keep=False)])
    engine.register("given", pa.table({"n": [2]}))
    assert rows(engine, "SELECT k.n AS k, v.n AS v FROM kept k CROSS JOIN view v") == [(1, 2)]


def test_a_failing_step_says_which_and_shows_its_sql(engine: Engine) -> None:
    with pytest.raises(EngineError) as failure:
        engine.run([Step("good", "SELECT 1 AS n"), Step("broken_one", "SELECT nothing FROM good")])
    assert "broken_one" in str(failure.value)
    assert "SELECT nothing FROM good" in str(failure.value)
    assert "at org.apache" not in str(failure.value)
    with pytest.raises(EngineError, match="fetch"):
        engine.fetch("SELECT FROM WHERE")
    assert rows(engine, "SELECT n FROM good") == [(1,)]


def test_a_step_that_fails_while_it_runs_says_which(engine: Engine) -> None:
    engine.register("numbers", pa.table({"n": [1, 0]}))
    for sql in ("SELECT 1 // n AS d FROM numbers", "SELECT 1 % n AS d FROM numbers"):
        with pytest.raises(EngineError, match="by_nothing"):
            engine.run([Step("by_nothing", sql)])
    with pytest.raises(EngineError, match="too_much"):
        engine.run([Step("too_much", "SELECT 9223372036854775807 + n AS n FROM numbers")])


def test_dropped_tables_are_gone_and_dropping_again_is_no_fault(engine: Engine) -> None:
    engine.register("given", pa.table({"n": [1]}))
    engine.run([Step("kept", "SELECT 1 AS n"), Step("view", "SELECT n FROM kept", keep=False)])
    engine.drop("kept", "view", "given", "never_there")
    engine.drop("kept")
    for name in ("kept", "view", "given"):
        with pytest.raises(EngineError, match=name):
            engine.fetch(f"SELECT n FROM {name}")


def test_closing_leaves_no_tables_behind(engine: Engine, tmp_path: Path) -> None:
    engine.register("given", pa.table({"n": [1]}))
    engine.run([Step("kept", "SELECT n FROM given")])
    engine.close()
    assert list((tmp_path / "engine").rglob("*.parquet")) == []


# Values.

WHOLE = [-9, -7, -3, -1, 0, 1, 2, 7, 9]


def test_whole_numbers_divide_alike(engine: Engine) -> None:
    """Towards zero, and the remainder has the sign of what is divided."""
    pairs = [(a, b) for a, b in itertools.product(WHOLE, WHOLE) if b]
    table = pa.table({"a": [a for a, _ in pairs], "b": [b for _, b in pairs]})
    engine.register("pairs", table)
    got = rows(engine, "SELECT a, b, a // b AS q, a % b AS r, a * 1000 // b AS m, a / b AS f FROM pairs")
    cut = {(a, b): int(np.fix(a / b)) for a, b in pairs}
    assert sorted(got) == sorted(
        (a, b, cut[a, b], a - b * cut[a, b], int(np.fix(a * 1000 / b)), a / b) for a, b in pairs
    )


def test_sums_of_whole_numbers_are_exact(engine: Engine) -> None:
    big = 2**53 + 1
    engine.register("numbers", pa.table({"n": pa.array([big, 1, None, -1], pa.int64()), "k": [1, 1, 2, 1]}))
    got = rows(
        engine,
        "SELECT k, CAST(SUM(n) AS BIGINT) AS s, CAST(SUM(n) AS BIGINT) * 100 // COUNT(*) AS m, COUNT(*) AS c, "
        "COUNT(n) AS v FROM numbers GROUP BY k ORDER BY k",
    )
    assert got == [(1, big, big * 100 // 3, 3, 3), (2, None, None, 1, 0)]


@pytest.mark.parametrize("share", ["0.3", "0.5", "0.75"])
def test_counts_are_compared_with_shares_alike(engine: Engine, share: str) -> None:
    engine.register("pairs", pa.table({"a": [a for a in range(60) for _ in range(60)], "b": [*range(60)] * 60}))
    got = rows(engine, f"SELECT COUNT(CASE WHEN a >= {share} * b THEN 1 END) AS n FROM pairs")
    tenths = round(float(share) * 100)
    assert got == [(sum(100 * a >= tenths * b for a in range(60) for b in range(60)),)]


def test_whole_numbers_become_real_alike(engine: Engine) -> None:
    values = [1, 3, 7, 10**6 + 1, 7 * 10**15 + 3, -5]
    engine.register("numbers", pa.table({"n": values}))
    got = rows(engine, "SELECT n, CAST(n AS DOUBLE) / 1000000 AS d FROM numbers")
    assert sorted(got) == sorted((n, n / 1_000_000) for n in values)


def test_nulls_come_last_and_text_is_ordered_by_its_bytes(engine: Engine) -> None:
    engine.register("t", pa.table({"a": [2, None, 1, None], "s": ["b", "B", "é", None]}))
    assert rows(engine, "SELECT a FROM t ORDER BY a") == [(1,), (2,), (None,), (None,)]
    assert rows(engine, "SELECT a FROM t ORDER BY a DESC") == [(2,), (1,), (None,), (None,)]
    assert rows(engine, "SELECT s FROM t ORDER BY s") == [("B",), ("b",), ("é",), (None,)]
    numbered = "SELECT s, ROW_NUMBER() OVER (ORDER BY a, s DESC) - 1 AS n FROM t ORDER BY 2"
    assert rows(engine, numbered) == [("é", 0), ("b", 1), ("B", 2), (None, 3)]


def test_rows_are_numbered_within_parts(engine: Engine) -> None:
    engine.register("t", pa.table({"k": [1, 1, None, 2, None], "a": [5, 4, 3, 2, 1]}))
    got = rows(engine, "SELECT k, a, ROW_NUMBER() OVER (PARTITION BY k ORDER BY a) AS n FROM t ORDER BY k, a")
    assert got == [(1, 4, 1), (1, 5, 2), (2, 2, 1), (None, 1, 1), (None, 3, 2)]


def test_lists_are_taken_apart_and_empty_ones_give_no_row(engine: Engine) -> None:
    lists = pa.array([[10, 20, 20], [], None, [30, None]], pa.list_(pa.int64()))
    engine.register("t", pa.table({"n": [1, 2, 3, 4], "list": lists}))
    got = rows(engine, "SELECT n, 0 AS place, UNNEST(list) AS item FROM t ORDER BY n, item")
    assert got == [(1, 0, 10), (1, 0, 20), (1, 0, 20), (4, 0, 30), (4, 0, None)]


def test_places_of_a_list_are_counted_from_one(engine: Engine) -> None:
    engine.register("t", pa.table({"bag": pa.array([[10, 20, 30]], pa.list_(pa.int8()))}))
    assert rows(engine, "SELECT bag[1] AS a, bag[3] AS c, bag[1 + 1] AS b FROM t") == [(10, 30, 20)]


def test_times_are_utc_and_compared_to_the_microsecond(engine: Engine) -> None:
    start = datetime(2026, 5, 13, tzinfo=UTC)
    times = [start - timedelta(microseconds=1), start, start + timedelta(hours=2)]
    engine.register("t", pa.table({"time": pa.array(times, pa.timestamp("us", "UTC")), "n": [0, 1, 2]}))
    for written in ("2026-05-13T00:00:00+00:00", "2026-05-13 02:00:00+02:00"):
        cut = f"SELECT n FROM t WHERE time < CAST('{written}' AS TIMESTAMPTZ)"
        assert rows(engine, cut) == [(0,)]
    assert rows(engine, "SELECT MIN(time) AS a, MAX(time) AS b, COUNT(DISTINCT time) AS n FROM t") == [
        (times[0], times[2], 3)
    ]
    engine.run([Step("kept", "SELECT time FROM t")])
    got = engine.fetch("SELECT time FROM kept ORDER BY time")["time"]
    assert got.to_pylist() == times
    assert got.cast(pa.int64()).to_pylist() == [round(t.timestamp() * 1_000_000) for t in times]


def test_an_alias_does_not_hide_the_column_that_is_summed(engine: Engine) -> None:
    engine.register("t", pa.table({"k": [1, 1, 2], "uses": [1, 2, 9], "first": [4, 3, 2]}))
    got = rows(
        engine,
        "SELECT k, CAST(SUM(uses) AS BIGINT) AS uses, MIN(first) AS first FROM t GROUP BY k "
        "HAVING COUNT(*) >= 2 AND SUM(uses) >= COUNT(*)",
    )
    assert got == [(1, 3, 3)]


CASES: dict[str, tuple[str, list[tuple[Any, ...]]]] = {
    "ABS": ("SELECT ABS(a) AS x FROM v ORDER BY k", [(3,), (None,), (4,)]),
    "AND": ("SELECT a > 0 AND b > 0 AS x FROM v ORDER BY k", [(False,), (None,), (None,)]),
    "ARRAY_SIZE": ("SELECT ARRAY_LENGTH(items) AS x FROM v ORDER BY k", [(2,), (0,), (1,)]),
    "OR": ("SELECT a < 0 OR b > 0 AS x FROM v ORDER BY k", [(True,), (True,), (None,)]),
    "CASE": ("SELECT CASE WHEN a > 0 THEN 1 WHEN b > 0 THEN 2 END AS x FROM v ORDER BY k", [(2,), (2,), (1,)]),
    "CAST": ("SELECT CAST(CAST(k AS VARCHAR) AS INTEGER) + 1 AS x FROM v ORDER BY k", [(2,), (3,), (4,)]),
    "COALESCE": ("SELECT COALESCE(a, b, 0) AS x FROM v ORDER BY k", [(-3,), (2,), (4,)]),
    "COUNT": ("SELECT COUNT(*) AS n, COUNT(a) AS a, COUNT(DISTINCT b) AS b FROM v", [(3, 2, 2)]),
    "GREATEST": ("SELECT GREATEST(a, b) AS x FROM v ORDER BY k", [(1,), (2,), (4,)]),
    "LEAST": ("SELECT LEAST(a, b) AS x FROM v ORDER BY k", [(-3,), (2,), (4,)]),
    "IF": ("SELECT IF(a > 0, 1, 0) AS x FROM v ORDER BY k", [(0,), (0,), (1,)]),
    "MAX": ("SELECT MAX(a) AS a, MAX(flag) AS f FROM v", [(4, True)]),
    "MIN": ("SELECT MIN(a) AS a, MIN(flag) AS f FROM v", [(-3, False)]),
    "SUM": ("SELECT CAST(SUM(a) AS BIGINT) AS a FROM v", [(1,)]),
    "ROW_NUMBER": ("SELECT k, ROW_NUMBER() OVER (ORDER BY a) AS x FROM v ORDER BY k", [(1, 1), (2, 3), (3, 2)]),
    "EXPLODE": ("SELECT k, UNNEST(items) AS x FROM v ORDER BY k, x", [(1, 1), (1, 2), (3, 5)]),
    "UNNEST": ("SELECT v.k, u.x FROM v CROSS JOIN UNNEST(v.items) AS u(x) ORDER BY k, x", [(1, 1), (1, 2), (3, 5)]),
}
"""Each function that a step may call: nulls are left out by aggregates, GREATEST and LEAST, and spread elsewhere."""
VALUES = pa.table(
    {
        "k": [1, 2, 3],
        "a": [-3, None, 4],
        "b": [1, 2, None],
        "flag": [True, False, None],
        "items": pa.array([[1, 2], [], [5]], pa.list_(pa.int64())),
    }
)


def test_every_function_that_a_step_may_call_has_a_case() -> None:
    assert {name for sql, _ in CASES.values() for name in functions_in(sql)} == ALLOWED_FUNCTIONS


@pytest.mark.parametrize("name", sorted(CASES))
def test_functions_agree(engine: Engine, name: str) -> None:
    engine.register("v", VALUES)
    sql, expected = CASES[name]
    assert rows(engine, sql) == expected


def test_random_tables_are_joined_and_counted_alike(engine: Engine, tmp_path: Path) -> None:
    """What one engine says of a table with every kind of gap, DuckDB says too."""
    rng = np.random.default_rng(11)
    size = 4000
    table = pa.table(
        {
            "k": pa.array(rng.integers(0, 40, size), mask=rng.random(size) < 0.1),
            "v": pa.array(rng.integers(-(2**62), 2**62, size), mask=rng.random(size) < 0.1),
            "s": pa.array([f"n{n}" for n in rng.integers(0, 30, size)], mask=rng.random(size) < 0.1),
        }
    )
    queries = [
        "SELECT k, COUNT(*) AS n, COUNT(DISTINCT s) AS d, MIN(v) AS a, MAX(s) AS b FROM t GROUP BY k ORDER BY k",
        "SELECT a.k, COUNT(*) AS n, COUNT(b.n) AS m FROM t a LEFT JOIN (SELECT s, COUNT(*) AS n FROM t WHERE k < 9 "
        "GROUP BY s HAVING COUNT(*) > 25) AS b ON b.s = a.s GROUP BY a.k HAVING COUNT(*) * 2 >= COUNT(b.n) ORDER BY 1",
        "SELECT DISTINCT LEAST(a.k, b.k) AS x, GREATEST(a.k, b.k) AS y FROM t a JOIN t b ON b.s = a.s "
        "WHERE a.k <> b.k AND a.v > b.v ORDER BY x, y",
        "SELECT k, s, v, ROW_NUMBER() OVER (PARTITION BY k ORDER BY s, v) AS n FROM t ORDER BY k, s, v",
    ]
    other = DuckDBEngine(tmp_path / "other", threads=1)
    for asked in (engine, other):
        asked.register("t", table)
    for sql in queries:
        assert rows(engine, sql) == rows(other, sql), sql
    other.close()
