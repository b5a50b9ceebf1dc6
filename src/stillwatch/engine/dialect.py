"""Which SQL the stages may write, and how it becomes another engine's.

Transpiling fails silently where two engines share a function's name and not its meaning (`hash`), so a step may
only call functions on the allow-list below: those whose results agree on DuckDB and Spark (`arg_max` does not: nulls,
and ties). Hashes, sketches and
floating-point statistics are computed in Python over Arrow, never in SQL, and aggregates over exchanges are integers:
a floating-point sum would depend on the order in which threads meet the rows.
"""

from __future__ import annotations

from functools import lru_cache

import sqlglot
from sqlglot import exp

ALLOWED_FUNCTIONS = frozenset(
    {
        "ABS",
        "AND",
        "ARRAY_SIZE",
        "CASE",
        "CAST",
        "COALESCE",
        "COUNT",
        "GREATEST",
        "IF",
        "LEAST",
        "MAX",
        "MIN",
        "OR",
        "ROW_NUMBER",
        "SUM",
        "UNNEST",
        "EXPLODE",
    }
)


def functions_in(sql: str) -> frozenset[str]:
    """Names of all functions that a DuckDB query calls, upper case."""
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    return frozenset(_name(node) for node in tree.find_all(exp.Func))


def forbidden_functions(sql: str) -> frozenset[str]:
    """Functions in a query that are not known to agree on every engine."""
    return functions_in(sql) - ALLOWED_FUNCTIONS


@lru_cache(maxsize=512)
def transpile(sql: str, dialect: str) -> str:
    """The query in another engine's dialect; DuckDB's own queries pass unchanged."""
    if dialect == "duckdb":
        return sql
    return sqlglot.transpile(sql, read="duckdb", write=dialect)[0]


def _name(node: exp.Func) -> str:
    return node.name.upper() if isinstance(node, exp.Anonymous) else node.sql_name()
