"""What the stages may write in SQL, asked of everything that a real scan says."""

from __future__ import annotations

import re

import pytest
import sqlglot
from sqlglot import exp

from stillwatch.engine.dialect import ALLOWED_FUNCTIONS, forbidden_functions, functions_in, transpile

Said = list[tuple[str, str]]


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("SELECT hash(a) FROM t", {"HASH"}),
        ("SELECT md5(a), MAX(b) FROM t", {"MD5"}),
        ("SELECT a FROM t WHERE regexp_matches(a, 'x') GROUP BY a HAVING AVG(b) > 1", {"AVG"}),
        ("SELECT approx_count_distinct(a) FROM t", {"APPROX_DISTINCT"}),
        ("SELECT MEDIAN(a), LN(b), ROUND(c) FROM t", {"MEDIAN", "LN", "ROUND"}),
        ("SELECT my_own(a) FROM (SELECT random() AS a) AS s", {"MY_OWN", "RAND"}),
    ],
)
def test_functions_that_engines_disagree_on_are_named(sql: str, names: set[str]) -> None:
    assert names <= forbidden_functions(sql)


def test_what_the_stages_need_is_allowed() -> None:
    sql = (
        "SELECT a, CAST(SUM(b) AS BIGINT), COUNT(DISTINCT c), LEAST(MIN(d), MAX(e)), ROW_NUMBER() OVER (ORDER BY a), "
        "CASE WHEN a > 1 AND b < 2 OR c THEN 1 ELSE 0 END, COALESCE(a, ABS(b)) FROM t GROUP BY a"
    )
    assert forbidden_functions(sql) == frozenset()
    assert functions_in(sql) <= ALLOWED_FUNCTIONS


def test_duckdb_is_not_rewritten() -> None:
    assert transpile("SELECT  1 AS a", "duckdb") == "SELECT  1 AS a"


def test_the_scan_was_listened_to(spoken_sql: Said) -> None:
    names = {name for name, _ in spoken_sql}
    assert {"scanned", "population", "worded", "holdings", "proposed", "common_work", "harvested", "fetch"} <= names
    assert any("copy = 1" in sql for _, sql in spoken_sql)
    assert any("TIMESTAMPTZ" in sql for _, sql in spoken_sql)


def test_every_step_uses_allowed_functions_only(spoken_sql: Said) -> None:
    assert {(name, *sorted(bad)) for name, sql in spoken_sql if (bad := forbidden_functions(sql))} == set()


def _columns(sql: str, dialect: str) -> list[str]:
    query = sqlglot.parse_one(sql, dialect=dialect)
    assert isinstance(query, exp.Query)
    return query.named_selects


def test_every_step_becomes_spark(spoken_sql: Said) -> None:
    for name, sql in spoken_sql:
        told = sqlglot.transpile(sql, read="duckdb", write="spark", unsupported_level=sqlglot.ErrorLevel.RAISE)
        assert len(told) == 1, name
        assert told[0] == transpile(sql, "spark"), name
        assert _columns(told[0], "spark") == _columns(sql, "duckdb"), name


def _divides(cast: exp.Cast) -> bool:
    return cast.to.this in exp.DataType.INTEGER_TYPES and cast.this.find(exp.Div) is not None


def test_no_step_casts_a_quotient_to_a_whole_number(spoken_sql: Said) -> None:
    """DuckDB rounds 2.6 to 3 where Spark cuts it to 2: transpiled silently, decided differently."""
    casts = [(name, c) for name, sql in spoken_sql for c in sqlglot.parse_one(sql, dialect="duckdb").find_all(exp.Cast)]
    assert casts
    assert {name for name, cast in casts if _divides(cast)} == set()


def test_every_numbering_is_over_a_stated_order(spoken_sql: Said) -> None:
    for name, sql in spoken_sql:
        for window in sqlglot.parse_one(sql, dialect="duckdb").find_all(exp.Window):
            assert window.args.get("order") is not None, name


def test_no_step_sums_or_averages_floating_point(spoken_sql: Said) -> None:
    """A floating-point sum depends on the order in which threads meet the rows."""
    for name, sql in spoken_sql:
        for summed in sqlglot.parse_one(sql, dialect="duckdb").find_all(exp.Sum, exp.Avg):
            assert not summed.find(exp.Div), name
            assert not re.search(r"DOUBLE|FLOAT|\d\.\d", summed.sql()), name
