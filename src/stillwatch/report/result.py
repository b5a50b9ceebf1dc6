"""Reading back what a scan left behind: the tables, checked against their schemas, and `scan.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stillwatch.records import ACTIVITY, CAMPAIGNS, HOLDINGS, OVERLAPS, RESULT_TABLES, USAGE, TableSchema

Row = Mapping[str, Any]

SCAN_FILE = "scan.json"
# A result without them can be read: only the picture of how accounts hang together, what groups share, or the days
# and kinds of work of single accounts are lost.
OPTIONAL_TABLES = frozenset({HOLDINGS.name, OVERLAPS.name, ACTIVITY.name, USAGE.name})
# Columns that results of earlier versions lack; there they are empty.
ADDED = {CAMPAIGNS.name: ("asked_with",)}
ACCUSATION = "distillation"
VERDICT_ORDER = (ACCUSATION, "coordinated", "watch")


class ResultError(Exception):
    """A result cannot be read. Says what is wrong, where, and what to do next; never a record's content."""


class UnknownSubjectError(ResultError):
    """What was asked about is neither a campaign nor an account of the result."""


@dataclass(frozen=True)
class Result:
    """One scan's tables by name, in the schemas of `stillwatch.records`, and its `scan.json`."""

    path: Path
    tables: Mapping[str, pa.Table]
    scan: Mapping[str, Any] = field(default_factory=dict)

    def table(self, schema: TableSchema) -> pa.Table:
        return self.tables[schema.name]

    def of_campaign(self, schema: TableSchema, campaign_id: str) -> pa.Table:
        table = self.table(schema)
        return table.filter(pc.equal(table["campaign_id"], campaign_id))

    @property
    def campaigns(self) -> list[Row]:
        """Campaign rows: accusations first, then coordinated, then watch; the surest first in each."""
        rows: list[Row] = self.tables["campaigns"].to_pylist()
        return sorted(rows, key=_campaign_order)

    @property
    def accused(self) -> list[Row]:
        return [row for row in self.campaigns if row["verdict"] == ACCUSATION]

    def part(self, key: str) -> Mapping[str, Any]:
        """An object inside `scan.json`; empty where the scan did not record it."""
        value = self.scan.get(key)
        return value if isinstance(value, Mapping) else {}

    def entries(self, key: str) -> list[Mapping[str, Any]]:
        """A list of objects inside `scan.json`; empty where the scan did not record it."""
        value = self.scan.get(key)
        return [entry for entry in value if isinstance(entry, Mapping)] if isinstance(value, list) else []


def load_result(path: Path) -> Result:
    """Read the result directory at `path`. Raises ResultError if it is missing, damaged or something else."""
    _require_result(path)
    tables = {schema.name: _read_table(path, schema) for schema in RESULT_TABLES}
    return Result(path, tables, _read_scan(path))


def _campaign_order(row: Row) -> tuple[int, float, int, str]:
    verdict = row["verdict"]
    rank = VERDICT_ORDER.index(verdict) if verdict in VERDICT_ORDER else len(VERDICT_ORDER)
    q_value = 1.0 if row["q_value"] is None else row["q_value"]
    return rank, q_value, -(row["harvested_exchanges"] or 0), row["campaign_id"]


def _require_result(path: Path) -> None:
    if not path.exists():
        raise ResultError(f"No result at {path}: nothing is there. Run `stillwatch scan` to write one.")
    if not path.is_dir():
        raise ResultError(f"No result at {path}: it is a file. Give the directory that `stillwatch scan` wrote.")
    present = [schema.name for schema in RESULT_TABLES if (path / f"{schema.name}.parquet").exists()]
    if not present:
        raise ResultError(
            f"No result in {path}: it holds none of the tables of a scan, such as campaigns.parquet. "
            "Give the directory that `stillwatch scan` wrote."
        )


def _read_table(path: Path, schema: TableSchema) -> pa.Table:
    file = path / f"{schema.name}.parquet"
    if not file.exists():
        if schema.name in OPTIONAL_TABLES:
            return schema.arrow.empty_table()
        raise ResultError(
            f"The result in {path} is incomplete: {file.name} is missing. "
            "The scan may have been interrupted; run it again."
        )
    try:
        table = pq.read_table(file, partitioning=None)
    except (pa.ArrowException, OSError) as error:
        raise ResultError(
            f"The table {file} cannot be read as Parquet ({type(error).__name__}). Run the scan again."
        ) from error
    return _conform(table, schema, file)


def _conform(table: pa.Table, schema: TableSchema, file: Path) -> pa.Table:
    for name in ADDED.get(schema.name, ()):
        if name not in table.column_names:
            field = schema.arrow.field(name)
            table = table.append_column(field, pa.nulls(table.num_rows, field.type))
    missing = [name for name in schema.names if name not in table.column_names]
    if missing:
        raise ResultError(
            f"The table {file} lacks the column(s) {', '.join(missing)}. It was written by another version "
            "of Stillwatch or by hand; run the scan again with this version."
        )
    try:
        return table.select(list(schema.names)).cast(schema.arrow)
    except (pa.ArrowException, ValueError) as error:
        raise ResultError(f"The table {file} does not fit its schema: {_misfit(table, schema)}.") from error


def _misfit(table: pa.Table, schema: TableSchema) -> str:
    for column in schema.columns:
        values = table[column.name]
        if column.required and values.null_count:
            return f"column {column.name} has {values.null_count} empty row(s) and allows none"
        try:
            values.cast(column.type)
        except (pa.ArrowException, ValueError):
            return f"column {column.name} is {values.type}, expected {column.type}"
    return "its columns have other types than expected"


def _read_scan(path: Path) -> Mapping[str, Any]:
    file = path / SCAN_FILE
    if not file.exists():
        return {}
    try:
        scan = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise ResultError(f"The scan record {file} is damaged: {type(error).__name__}. Run the scan again.") from error
    if not isinstance(scan, dict):
        raise ResultError(f"The scan record {file} is damaged: expected an object. Run the scan again.")
    return scan
