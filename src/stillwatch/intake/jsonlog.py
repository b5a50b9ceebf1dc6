"""JSON lines to tables: decode, split into records, convert, check; faults are set aside with their line."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from stillwatch.intake.aside import Aside
from stillwatch.intake.errors import RecordError
from stillwatch.intake.rows import ROWS_PER_TABLE, RowBuffer, Values, chosen_columns
from stillwatch.intake.sources import decode, read_document, read_lines
from stillwatch.records import TableSchema

Fields = Mapping[str, tuple[str, ...]]
"""Column to the places where a log has it, first match wins. A place is a path of keys joined by dots."""

Convert = Callable[[dict[str, Any], Fields], Values]
Split = Callable[[dict[str, Any]], Iterator[dict[str, Any]]]


@dataclass(frozen=True)
class Reading:
    """What a reader is asked for: file, table, its columns (None for all), places of fields, the aside."""

    path: Path
    schema: TableSchema
    aside: Aside
    columns: Collection[str] | None
    fields: Fields

    @property
    def file(self) -> str:
        return str(self.path)

    def reject(self, line: int | None, reason: str) -> None:
        self.aside.add(self.file, line, reason)


def one_record(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The split for formats in which a line is a record."""
    yield document


def read_json(reading: Reading, convert: Convert, split: Split = one_record) -> Iterator[pa.Table]:
    """Tables from JSON lines, or from one JSON document or array. Never raises for what a record holds."""
    rows = RowBuffer(reading.schema, chosen_columns(reading.schema, reading.columns))
    for line, record in _records(reading, split):
        try:
            rows.add(convert(record, reading.fields))
        except RecordError as fault:
            reading.reject(line, str(fault))
        if len(rows) >= ROWS_PER_TABLE:
            yield rows.table()
    if len(rows):
        yield rows.table()


def _records(reading: Reading, split: Split) -> Iterator[tuple[int | None, dict[str, Any]]]:
    for line, document in _documents(reading):
        if not isinstance(document, dict):
            reading.reject(line, "no JSON object")
            continue
        try:
            for record in split(document):
                yield line, record
        except RecordError as fault:
            reading.reject(line, str(fault))


def _documents(reading: Reading) -> Iterator[tuple[int | None, Any]]:
    lines = read_lines(reading.path)
    first = next(lines, None)
    if first is None:
        return
    if not _decodes(first[1]):
        document = read_document(reading.path)
        if document is not None:
            yield from _items(document)
            return
    yield from _decoded(first, reading)
    for numbered in lines:
        yield from _decoded(numbered, reading)


def _items(document: Any) -> Iterator[tuple[int | None, Any]]:
    """A file that is one document has no lines to name; the items of an array count as rows."""
    if isinstance(document, list):
        yield from enumerate(document, start=1)
    else:
        yield None, document


def _decoded(numbered: tuple[int, bytes | None], reading: Reading) -> Iterator[tuple[int, Any]]:
    number, line = numbered
    if line is None:
        reading.reject(number, "line too long, or the compressed data ends early")
        return
    try:
        value = decode(line)
    except ValueError as error:
        reading.reject(number, str(error))
        return
    yield number, value


def _decodes(line: bytes | None) -> bool:
    try:
        return line is not None and isinstance(decode(line), dict)
    except ValueError:
        return False
