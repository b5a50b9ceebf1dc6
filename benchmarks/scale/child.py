"""One measurement in a process of its own: `python -m benchmarks.scale.child WHAT WORLD SCRATCH THREADS MEMORY`.

Tells what it does as JSON lines with readings of the machine's monotonic clock, which the watching process shares.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch import road
from stillwatch.engine import DuckDBEngine, Engine, SparkEngine, Step
from stillwatch.road import Prepared, ScanOptions
from testrange.score import score


def tell(kind: str, name: str, started: float, **more: object) -> None:
    print(json.dumps({"kind": kind, "name": name, "from": started, "to": time.monotonic(), **more}), flush=True)


class Told:
    """A progress that tells each stage."""

    @contextmanager
    def stage(self, name: str, total: int | None = None) -> Iterator[Callable[[int], None]]:  # noqa: ARG002
        started = time.monotonic()
        yield lambda _: None
        tell("stage", name, started)


class ToldEngine(DuckDBEngine):
    """The engine itself, telling each step; what is streamed with the loop that reads it."""

    def run(self, steps: Iterable[Step]) -> None:
        for step in steps:
            started = time.monotonic()
            super().run([step])
            tell("step", step.name, started)

    def stream(self, sql: str) -> Iterator[pa.RecordBatch]:
        started = time.monotonic()
        yield from super().stream(sql)
        tell("step", f"stream {sql[:60]}", started)

    def fetch(self, sql: str) -> pa.Table:
        started = time.monotonic()
        table = super().fetch(sql)
        tell("step", f"fetch {sql[:60]}", started, rows=table.num_rows, bytes=table.nbytes)
        return table


class ToldSpark(SparkEngine):
    """Spark, telling each step."""

    def run(self, steps: Iterable[Step]) -> None:
        for step in steps:
            started = time.monotonic()
            super().run([step])
            tell("step", step.name, started)


def signals(world: Path, scratch: Path, threads: int, memory: str | None) -> None:
    """Scan signals that are ready."""
    judged(world, scratch, memory, ToldEngine(scratch / "spill", threads, memory))


def spark(world: Path, scratch: Path, threads: int, memory: str | None) -> None:
    """The same on Spark, in this process and on as many cores."""
    judged(world, scratch, memory, ToldSpark(scratch / "spark", f"local[{threads}]", memory))


def judged(world: Path, scratch: Path, memory: str | None, engine: Engine) -> None:
    known = json.loads((world / "world.json").read_text())["written"]
    registered = pq.read_table(world / "registrations")
    options = ScanOptions(log=world, out=scratch / "result", key=world / "key", memory_limit=memory)
    engine.register("signals", world / "signals")
    _, tables = road.judge(engine, Prepared(registered, set(known["columns"])), options, Told())
    (scratch / "result").mkdir()
    for name, table in tables.items():
        pq.write_table(table, scratch / "result" / f"{name}.parquet")
    engine.close()
    tell("found", score(scratch / "result", world).to_text(), time.monotonic())


def raw(world: Path, scratch: Path, threads: int, memory: str | None) -> None:
    """Scan a log with its texts, from files to result."""
    setattr(road, "DuckDBEngine", ToldEngine)  # noqa: B010 - the road makes its engine itself
    options = ScanOptions(log=world, out=scratch / "result", key=scratch / "key", threads=threads, memory_limit=memory)
    road.scan(options, Told())
    tell("found", score(scratch / "result", world).to_text(), time.monotonic())


def floor(world: Path, scratch: Path, threads: int, memory: str | None) -> None:
    """DuckDB reads every column of the same files and aggregates by account, out of core like a scan."""
    folder = world / ("signals" if (world / "signals").exists() else "exchanges")
    first = next(folder.rglob("*.parquet"))
    account = "account" if folder.name == "signals" else "account_id"
    sums = ", ".join(summed(f) for f in pq.read_schema(first) if f.name != account)
    settings: dict[str, Any] = {"threads": threads, "temp_directory": str(scratch / "spill")}
    connection = duckdb.connect(config=settings | ({"memory_limit": memory} if memory else {}))
    files = f"read_parquet('{folder}/**/*.parquet', hive_partitioning = false)"
    started = time.monotonic()
    connection.execute(f"SELECT {account}, COUNT(*), {sums} FROM {files} GROUP BY {account}").to_arrow_table()
    tell("stage", "floor", started)


def summed(column: pa.Field) -> str:
    """An aggregate that has to read the column."""
    name = f'"{column.name}"'
    if pa.types.is_fixed_size_list(column.type):
        return f"SUM({name}[1])"
    if pa.types.is_list(column.type):
        return f"SUM(LEN({name}))"
    if pa.types.is_integer(column.type):
        return f"SUM(CAST({name} AS DOUBLE))"
    if pa.types.is_string(column.type) or pa.types.is_dictionary(column.type):
        return f"SUM(LENGTH({name}))"
    return f"MAX({name})"


WHAT = {"signals": signals, "spark": spark, "raw": raw, "floor": floor}

if __name__ == "__main__":
    what, world, scratch, threads, memory = sys.argv[1:]
    WHAT[what](Path(world), Path(scratch), int(threads), memory or None)
