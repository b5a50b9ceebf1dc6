"""The engine that figures are taken from and checked with: DuckDB, in memory, that reaches no file and no network.

The same engine serves the one who issues and the one who verifies, so a query of a manifest from anywhere can be run:
only single SELECT statements, with a limit on memory, on time and on rows.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Any

import duckdb
import pyarrow as pa

MEMORY = "1GB"
SECONDS = 20.0
"""For one query. The slowest of a campaign of 25,000 accounts takes a tenth of a second on two cores."""
MOST_ROWS = 100_000
"""Rows that one figure may have; the longest of our own have a few hundred."""
CONFIGURATION: dict[str, str | int | float | list[str]] = {
    "temp_directory": "",
    # One thread: sums of fractions come out the same each time.
    "threads": 1,
    "memory_limit": MEMORY,
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
}

Rows = tuple[tuple[Any, ...], ...]


class QueryError(Exception):
    """A query gave no answer; the message says why in a few words."""


class SealedEngine:
    """Tables in memory and nothing else."""

    def __init__(self, tables: Mapping[str, pa.Table], seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self.tables = frozenset(tables)
        self._connection = duckdb.connect(":memory:", config=dict(CONFIGURATION))
        for name, table in tables.items():
            self._connection.register("arriving", table)
            self._connection.execute(f'CREATE TABLE "{name}" AS SELECT * FROM arriving')
            self._connection.unregister("arriving")
        # Not among the settings above: without access to files the folder for large queries could not be taken away.
        self._connection.execute("SET enable_external_access = false")
        self._connection.execute("SET lock_configuration = true")

    def __enter__(self) -> SealedEngine:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self._connection.close()

    def rows(self, query: str) -> Rows:
        """All rows of one SELECT statement. Raises QueryError if it is none, fails, or takes or gives too much."""
        self._require_select(query)
        timer = threading.Timer(self._seconds, self._connection.interrupt)
        timer.start()
        try:
            found = self._connection.execute(query).fetchmany(MOST_ROWS + 1)
        except duckdb.InterruptException as error:
            raise QueryError(f"it was stopped after {self._seconds:g} seconds") from error
        except duckdb.OutOfMemoryException as error:
            raise QueryError(f"it takes more than {MEMORY} of memory") from error
        except duckdb.PermissionException as error:
            raise QueryError("it reaches for a file, which is not allowed") from error
        except (duckdb.Error, OverflowError, ValueError) as error:
            raise QueryError(f"DuckDB cannot run it ({type(error).__name__})") from error
        finally:
            timer.cancel()
        if len(found) > MOST_ROWS:
            raise QueryError(f"it gives more than {MOST_ROWS:,} rows")
        return tuple(tuple(row) for row in found)

    def _require_select(self, query: str) -> None:
        try:
            statements = self._connection.extract_statements(query)
        except duckdb.Error as error:
            raise QueryError(f"it is no SQL ({type(error).__name__})") from error
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise QueryError("it is not one SELECT statement")


def literal(text: str) -> str:
    """`text` as a constant of SQL."""
    return "'" + text.replace("'", "''") + "'"
