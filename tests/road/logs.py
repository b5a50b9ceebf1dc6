"""Variations of a log, and what a result says, for the tests of the road."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch.records import RESULT_TABLES
from stillwatch.road import Scan

TABLES = [schema.name for schema in RESULT_TABLES]
FILES = {*(f"{name}.parquet" for name in TABLES), "names.parquet", "scan.json"}
CUT = datetime(2026, 5, 11, 6, tzinfo=UTC)
ScanLog = Callable[..., Scan]


def tables_of(result: Path) -> dict[str, pa.Table]:
    return {name: pq.read_table(result / f"{name}.parquet") for name in TABLES}


def bytes_of(result: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(result.glob("*.parquet"))}


def write_log(folder: Path, exchanges: pa.Table, accounts: pa.Table | None) -> Path:
    (folder / "exchanges").mkdir(parents=True)
    pq.write_table(exchanges, folder / "exchanges" / "part.parquet")
    if accounts is not None:
        pq.write_table(accounts, folder / "accounts.parquet")
    return folder


def shuffled(table: pa.Table, seed: int) -> pa.Table:
    return table.take(pa.array(np.random.default_rng(seed).permutation(table.num_rows)))


def mapped(table: pa.Table, column: str, change: Callable[[Any], Any]) -> pa.Table:
    place = table.schema.get_field_index(column)
    field = table.schema.field(place)
    return table.set_column(place, field, pa.array([change(v) for v in table[column].to_pylist()], field.type))


def permuted(table: pa.Table, column: str, seed: int) -> pa.Table:
    place = table.schema.get_field_index(column)
    return table.set_column(place, table.schema.field(place), shuffled(table.select([column]), seed)[column])


def rows_of(table: pa.Table) -> list[str]:
    return sorted(repr(sorted(row.items())) for row in table.to_pylist())


def unseen(found: Scan) -> set[str]:
    return {entry["evidence"] for entry in found.statement["could_not_see"]}
