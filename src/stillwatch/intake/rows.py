"""Records of a text log, checked value by value and gathered into tables."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import pyarrow as pa

from stillwatch.intake.errors import RecordError
from stillwatch.intake.times import kind, microseconds
from stillwatch.records import Column, TableSchema

ROWS_PER_TABLE = 100_000
"""Rows in a table made from text. Smaller tables cost more per row, larger ones more memory."""

Values = dict[str, Any]
Check = Callable[[Any, str], Any]

LARGEST_FLOAT = 3.4e38


def check_text(value: Any, name: str) -> str:
    """A text, as it is. Raises RecordError for anything else: a number is no identifier."""
    if not isinstance(value, str):
        raise RecordError(f"{name}: expected text, got {kind(value)}")
    return value


def check_number(value: Any, name: str) -> float:
    """A finite number. Raises RecordError."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RecordError(f"{name}: expected a number, got {kind(value)}")
    if not -LARGEST_FLOAT <= value <= LARGEST_FLOAT:
        raise RecordError(f"{name}: number out of range")
    return float(value)


def check_names(value: Any, name: str) -> list[str]:
    """A list of texts. Raises RecordError."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise RecordError(f"{name}: expected a list of texts")
    return value


def integer_check(bits: int) -> Check:
    """The check for a whole number that fits into `bits` bits; 12.0 is whole, 12.5 and true are not."""
    limit = 2 ** (bits - 1)

    def check(value: Any, name: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
            raise RecordError(f"{name}: expected a whole number, got {kind(value)}")
        if not -limit <= value < limit:
            raise RecordError(f"{name}: number out of range")
        return int(value)

    return check


def check_of(column: Column) -> Check:
    """The check that makes a decoded value fit a column."""
    if pa.types.is_integer(column.type):
        return integer_check(column.type.bit_width)
    if pa.types.is_floating(column.type):
        return check_number
    if pa.types.is_timestamp(column.type):
        return microseconds
    return check_names if pa.types.is_list(column.type) else check_text


def chosen_columns(schema: TableSchema, columns: Collection[str] | None) -> tuple[Column, ...]:
    """The columns asked for, in the schema's order; all for None. Raises ValueError on an unknown name."""
    if columns is None:
        return schema.columns
    unknown = sorted(set(columns) - set(schema.names))
    if unknown:
        raise ValueError(f"no column of {schema.name}: {', '.join(unknown)}. Columns: {', '.join(schema.names)}")
    return tuple(column for column in schema.columns if column.name in columns)


class RowBuffer:
    """Checked rows, column by column, until there are enough for a table.

    Required columns are checked even where they were not asked for, so that a record is accepted or not
    whichever columns are read.
    """

    def __init__(self, schema: TableSchema, columns: tuple[Column, ...]) -> None:
        self._schema = pa.schema([schema.arrow.field(column.name) for column in columns])
        wanted = {column.name for column in columns}
        read = [column for column in schema.columns if column.required or column.name in wanted]
        self._checks = [(column.name, check_of(column), column.required) for column in read]
        self._places = [place for place, column in enumerate(read) if column.name in wanted]
        self._rows: list[list[Any]] = []

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, values: Values) -> None:
        """Check and keep one record. Raises RecordError and keeps nothing if it does not fit."""
        row: list[Any] = []
        find, keep = values.get, row.append
        for name, check, required in self._checks:
            value = find(name)
            if value is None or (required and value == ""):
                if required:
                    raise RecordError(f"{name}: missing")
                keep(None)
            else:
                keep(check(value, name))
        self._rows.append(row)

    def table(self) -> pa.Table:
        """The rows so far as a table; the buffer is empty afterwards."""
        columns = list(zip(*self._rows, strict=True)) if self._rows else [()] * len(self._checks)
        self._rows = []
        pairs = zip(self._places, self._schema, strict=True)
        arrays = [pa.array(columns[place], type=field.type) for place, field in pairs]
        return pa.Table.from_arrays(arrays, schema=self._schema)
