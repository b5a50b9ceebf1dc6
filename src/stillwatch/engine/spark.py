"""Apache Spark: the engine of a cluster where the logs already lie. The same steps, transpiled.

What a step keeps is written to Parquet below the temporary folder, so that nothing is computed twice and no plan grows.
The folder must be on a file system that the driver and all workers see under one path; on one machine any folder is.
"""

from __future__ import annotations

import itertools
import logging
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
from sqlglot.errors import SqlglotError

from stillwatch.engine.dialect import transpile
from stillwatch.engine.protocol import EngineError, Step
from stillwatch.engine.spark_session import open_session

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

GLOB = frozenset("{}[]*?\\")
"""Characters that Spark reads as a pattern in the name of a file."""


class SparkEngine:
    """Runs steps in a Spark session of its own, on the cores of this machine or on the cluster of `master`.

    `memory_limit` is the heap of the driver; what executors get is the cluster's affair (`spark-defaults.conf`).
    Cost: a second or so for each step, however small; starting takes some ten seconds.
    """

    dialect = "spark"

    def __init__(self, temporary: Path, master: str = "local[*]", memory_limit: str | None = None) -> None:
        self._folder = temporary.resolve()
        self._folder.mkdir(parents=True, exist_ok=True)
        self._parts = {name: self._folder / name for name in ("given", "kept")}
        self._stored: dict[str, Path] = {}
        self._numbers = itertools.count()
        # Spark's own record of every error, beside the exception that says the same.
        logging.getLogger("SQLQueryContextLogger").disabled = True
        self._session, self._owned = open_session(self._folder, master, memory_limit)

    def register(self, name: str, source: pa.Table | Path) -> None:
        with _naming(Step(name, f"register {type(source).__name__}")):
            if isinstance(source, pa.Table):
                place = self._place("given", name)
                place.mkdir(parents=True)
                pq.write_table(_plain(source), place / "part.parquet")
                self._show(name, self._read(place), place)
            else:
                self._show(name, self._read(source.resolve()))

    def run(self, steps: Iterable[Step]) -> None:
        for step in steps:
            with _naming(step):
                body = transpile(step.sql, self.dialect)
                if step.keep:
                    self._keep(step.name, self._session.sql(body))
                else:
                    self._session.sql(f"CREATE OR REPLACE TEMPORARY VIEW {step.name} AS {body}")
                    self._free(step.name)

    def fetch(self, sql: str) -> pa.Table:
        with _naming(Step("fetch", sql)):
            return _nullable(self._session.sql(transpile(sql, self.dialect)).toArrow())

    def drop(self, *names: str) -> None:
        for name in names:
            with _naming(Step(name, "drop")):
                self._session.catalog.dropTempView(name)
            self._free(name)

    def close(self) -> None:
        if self._owned:
            self._session.stop()
        for folder in self._parts.values():
            shutil.rmtree(folder, ignore_errors=True)

    def _place(self, part: str, name: str) -> Path:
        """A folder that nobody has read yet: a table may be made again from its older self."""
        return self._parts[part] / f"{name}-{next(self._numbers)}"

    def _keep(self, name: str, frame: DataFrame) -> None:
        place = self._place("kept", name)
        frame.write.parquet(_address(place))
        self._show(name, self._session.read.schema(frame.schema).parquet(_address(place, pattern=True)), place)

    def _read(self, source: Path) -> DataFrame:
        """A file, or all Parquet files below a folder; the names of folders say nothing, as in DuckDB."""
        reader = self._session.read
        if source.is_dir():
            reader = reader.options(recursiveFileLookup=True, pathGlobFilter="*.parquet")
        return reader.parquet(_address(source, pattern=True))

    def _show(self, name: str, frame: DataFrame, place: Path | None = None) -> None:
        frame.createOrReplaceTempView(name)
        self._free(name)
        if place is not None:
            self._stored[name] = place

    def _free(self, name: str) -> None:
        """Remove what an older table of this name holds."""
        if place := self._stored.pop(name, None):
            shutil.rmtree(place, ignore_errors=True)


def _address(place: Path, pattern: bool = False) -> str:
    """A path as Spark takes it, on the shared file system whatever the cluster's default is."""
    text = "".join(f"\\{c}" if pattern and c in GLOB else c for c in str(place))
    return f"file://{text}"


def _plain(table: pa.Table) -> pa.Table:
    """Without types that only Arrow has: dictionaries become their values, columns of nothing become integers."""
    fields = [field.with_type(_plain_type(field.type)) for field in table.schema]
    return table.cast(pa.schema(fields))


def _plain_type(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(kind):
        return kind.value_type
    return pa.int32() if pa.types.is_null(kind) else kind


def _nullable(table: pa.Table) -> pa.Table:
    """Every column may be null, as in DuckDB: Spark notes which cannot be, and Arrow takes that for another type."""
    return table.cast(pa.schema([field.with_nullable(True) for field in table.schema]))


@contextmanager
def _naming(step: Step) -> Iterator[None]:
    """Name the step and show its SQL when Spark fails in it."""
    from py4j.protocol import Py4JError  # noqa: PLC0415 - an optional extra, see spark_session
    from pyspark.errors import PySparkException  # noqa: PLC0415

    try:
        yield
    except (PySparkException, Py4JError, SqlglotError, OSError, pa.ArrowException) as error:
        raise EngineError(f"step '{step.name}' failed: {_first_lines(error)}\n\n{step.sql}") from error


def _first_lines(error: Exception) -> str:
    """What happened, without the stack of the Java side."""
    lines = [line for line in str(error).splitlines() if not line.lstrip().startswith(("at ", "..."))]
    return "\n".join(lines[:8])
