"""The contract between stages and engines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import pyarrow as pa


class EngineError(Exception):
    """A step failed inside the engine; the message names the step and shows its SQL."""


class EngineSettingError(EngineError):
    """The engine does not take a setting that a user chose, or lacks what it needs; the message names it."""

    def __init__(self, what: str, what_next: str = "") -> None:
        super().__init__(f"{what}. {what_next}" if what_next else what)
        self.what = what
        self.what_next = what_next


@dataclass(frozen=True)
class Step:
    """One named relational step: the table `name` is what `sql` (DuckDB dialect) returns.

    Steps that are read once may stay views (`keep=False`); what is read more than once is materialised. With `in_order`
    the engine joins in the order written and looks each left row up in the right table: for a join that an optimiser,
    which guesses sizes, would turn into a quadratic one. Spark keeps the order unless its cost-based optimiser is on.
    """

    name: str
    sql: str
    keep: bool = True
    in_order: bool = False


class Engine(Protocol):
    """What a stage may ask of an engine. Tables are known by name; rows have no order."""

    dialect: str

    def register(self, name: str, source: pa.Table | Path) -> None:
        """Make an Arrow table, a Parquet file or a directory of Parquet files known as `name`.

        All Parquet files below a directory are one table; the names of its folders say nothing."""

    def run(self, steps: Iterable[Step]) -> None:
        """Execute steps in order. Raises EngineError with the step's name and SQL."""

    def fetch(self, sql: str) -> pa.Table:
        """The rows of a query as an Arrow table, in the order the query asks for.

        Values are the same on every engine; the width of a whole number may differ where no CAST says it."""

    def drop(self, *names: str) -> None:
        """Forget tables and free what they hold."""

    def close(self) -> None:
        """Release memory, threads and temporary files."""


@runtime_checkable
class InProcess(Engine, Protocol):
    """An engine of this process, whose rows a compiled loop may read where that is many times faster than SQL.

    Whoever does so keeps the steps as well, for engines elsewhere, and a test that both give the same tables."""

    temporary: Path
    """Where temporary files may lie; its owner removes it."""
    threads: int

    def stream(self, sql: str) -> Iterator[pa.RecordBatch]:
        """The rows of a query in batches, in no order; meanwhile the engine takes nothing else but `collect`."""

    def collect(self, name: str, batches: pa.RecordBatchReader) -> None:
        """Make batches a table, one after the other. They may be made of what this engine streams."""
