"""Parquet and CSV files that already hold our columns: read batch by batch, cast as columns, no row loops."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
import pyarrow.parquet as pq

from stillwatch.intake.casting import cast_column, castable, without_nan
from stillwatch.intake.csvstream import UNDECODABLE, CleanStream
from stillwatch.intake.errors import InputError
from stillwatch.intake.jsonlog import Reading
from stillwatch.intake.rows import chosen_columns
from stillwatch.intake.sources import READ_ERRORS, open_bytes, read_sample
from stillwatch.records import Column, TableSchema

BATCH_ROWS = 200_000
BATCH_BYTES = 256 * 1024 * 1024
"""Uncompressed; long answers make rows wide, and a batch is what bounds memory."""

BLOCK_BYTES = 16 * 1024 * 1024
"""One CSV block. A row must fit into it."""

DELIMITERS = ",;\t|"
CAST_ERRORS = (pa.ArrowException, ValueError, OverflowError)

Lines = Callable[[Sequence[int]], list[int]]
"""Positions of rows in a batch to their line or row numbers in the file."""


@dataclass(frozen=True)
class Plan:
    """Which column of the file feeds which of ours, which were asked for, and what makes text sound."""

    sources: tuple[tuple[Column, str | None], ...]
    wanted: pa.Schema
    checked: Callable[[pa.Array], pa.Array]

    @property
    def names(self) -> list[str]:
        return [name for _, name in self.sources if name is not None]


def read_parquet(reading: Reading) -> Iterator[pa.Table]:
    """Tables from one Parquet file. Raises InputError if it is damaged or a column has an unfit type."""
    try:
        file = pq.ParquetFile(reading.path)
        schema = file.schema_arrow
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _damaged(reading, error) from None
    plan = plan_columns(reading, schema.names, _sound)
    for column, name in plan.sources:
        if name is not None and not castable(schema.field(name).type, column):
            raise _unfit(reading, column, name, str(schema.field(name).type))
    return _parquet_tables(reading, file, plan)


def plan_columns(reading: Reading, names: Sequence[str], checked: Callable[[pa.Array], pa.Array]) -> Plan:
    """Find our columns among those of a file. Raises InputError if a required one is missing."""
    wanted = chosen_columns(reading.schema, reading.columns)
    asked = {column.name for column in wanted}
    sources = [(column, _source_name(column.name, names, reading)) for column in reading.schema.columns]
    missing = [column.name for column, name in sources if column.required and name is None]
    if missing:
        what_next = f"Required columns: {', '.join(reading.schema.required)}; a mapping can rename others to them"
        raise InputError(f"required columns missing ({', '.join(missing)})", reading.file, what_next)
    unknown = sorted(set(names) - {name for _, name in sources})
    if unknown:
        reading.aside.note(reading.file, f"columns that are not known were not read: {', '.join(unknown)}")
    read = tuple((column, name) for column, name in sources if column.required or column.name in asked)
    return Plan(read, pa.schema([reading.schema.arrow.field(column.name) for column in wanted]), checked)


def fit(batch: pa.RecordBatch, plan: Plan, reading: Reading, lines: Lines) -> pa.Table:
    """The rows of a batch that fit the schema; the others are set aside, each for its first unfit column."""
    columns: dict[str, pa.Array] = {}
    rejected = np.zeros(batch.num_rows, dtype=bool)
    for column, name in plan.sources:
        if name is None:
            columns[column.name] = pa.nulls(batch.num_rows, column.type)
            continue
        source = without_nan(batch.column(name))
        columns[column.name] = plan.checked(cast_column(source, column))
        for mask, reason in _faults(source, columns[column.name], column):
            reading.aside.add_all(reading.file, lines(np.flatnonzero(mask & ~rejected).tolist()), reason)
            rejected |= mask
    table = pa.Table.from_arrays([columns[name] for name in plan.wanted.names], names=plan.wanted.names)
    if rejected.any():
        table = table.filter(pa.array(~rejected))
    return table.cast(plan.wanted)


def read_csv(reading: Reading) -> Iterator[pa.Table]:
    """Tables from one CSV file with a header. Raises InputError without the required columns."""
    header, delimiter = read_header(read_sample(reading.path).head, reading.schema)
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise InputError(f"columns named twice ({', '.join(twice)})", reading.file, "Rename one of each")
    plan = plan_columns(reading, header, _unmarked)
    return _csv_tables(reading, plan, delimiter)


def read_header(head: bytes, schema: TableSchema) -> tuple[list[str], str]:
    """Column names and delimiter of a CSV file: the delimiter under which most of our columns appear."""
    text = head.decode("utf-8", errors="replace")
    first = next((line for line in text.splitlines() if line.strip()), "")
    headers = [(_split_header(first, delimiter), delimiter) for delimiter in DELIMITERS]
    return max(headers, key=lambda pair: len(set(pair[0]) & set(schema.names)))


def _split_header(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _source_name(column: str, names: Sequence[str], reading: Reading) -> str | None:
    name = next((place for place in reading.fields.get(column, (column,)) if place in names), None)
    if name is not None and list(names).count(name) > 1:
        raise InputError(f"column {name} is there twice", reading.file, "Rename one of them")
    return name


def _parquet_tables(reading: Reading, file: pq.ParquetFile, plan: Plan) -> Iterator[pa.Table]:
    start = 0
    batches = file.iter_batches(_batch_rows(file.metadata), columns=plan.names)
    while True:
        try:
            batch = next(batches, None)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise _damaged(reading, error) from None
        if batch is None:
            return
        yield fit(batch, plan, reading, _counted_from(start + 1))
        start += batch.num_rows


def _counted_from(first: int) -> Lines:
    return lambda places: [first + place for place in places]


def _batch_rows(metadata: pq.FileMetaData) -> int:
    groups = [metadata.row_group(index) for index in range(metadata.num_row_groups)]
    size = sum(group.total_byte_size for group in groups)
    width = max(1, size // max(1, metadata.num_rows))
    return int(max(1_000, min(BATCH_ROWS, BATCH_BYTES // width)))


def _sound(values: pa.Array) -> pa.Array:
    """Text with null for values that are no UTF-8, which Parquet files may hold; other types as they are."""
    try:
        values.validate(full=True)
    except pa.ArrowInvalid:
        return pa.array([_readable(value) for value in values], type=values.type)
    return values


def _readable(value: pa.Scalar) -> Any:
    try:
        return value.as_py()
    except UnicodeDecodeError:
        return None


def _unmarked(values: pa.Array) -> pa.Array:
    """Text with null for values in which a byte of the CSV file was no UTF-8."""
    if not pa.types.is_string(values.type):
        return values
    marked = pc.match_substring(values, UNDECODABLE)
    return pc.if_else(marked, pa.scalar(None, pa.string()), values) if pc.any(marked).as_py() else values


def _faults(source: pa.Array, result: pa.Array, column: Column) -> Iterator[tuple[Any, str]]:
    """Masks of the rows in which a column is missing or does not fit, with the reason."""
    if column.required:
        empty = _empty(source)
        if empty is not None:
            yield empty, f"{column.name}: missing"
    if result.null_count != source.null_count:
        mask = pc.and_(source.is_valid(), result.is_null())
        yield mask.to_numpy(zero_copy_only=False), f"{column.name}: not {expected(column)}"


def expected(column: Column) -> str:
    """What a value of a column must be, in words."""
    if pa.types.is_timestamp(column.type):
        return "a time between 1970 and 2200"
    if pa.types.is_list(column.type):
        return "a list of texts"
    if pa.types.is_integer(column.type):
        return f"a whole number of {column.type.bit_width} bits"
    return "a number" if pa.types.is_floating(column.type) else "valid UTF-8"


def _empty(source: pa.Array) -> Any:
    if pa.types.is_dictionary(source.type):
        source = source.dictionary_decode()
    kind = source.type
    sized = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_binary(kind)
    if sized:
        empty = pc.fill_null(pc.equal(pc.binary_length(source), 0), True)
    elif pa.types.is_string_view(kind):
        empty = pc.fill_null(pc.equal(source, ""), True)
    else:
        empty = source.is_null()
    return empty.to_numpy(zero_copy_only=False) if pc.any(empty).as_py() else None


def _csv_tables(reading: Reading, plan: Plan, delimiter: str) -> Iterator[pa.Table]:
    broken: list[int] = []

    def set_aside(row: pcsv.InvalidRow) -> str:
        broken.append(row.number)
        reading.reject(row.number, f"{row.actual_columns} fields instead of {row.expected_columns}")
        return "skip"

    start = 0
    with open_bytes(reading.path) as stream:
        counted = CleanStream(stream)
        parse = pcsv.ParseOptions(delimiter=delimiter, newlines_in_values=True, invalid_row_handler=set_aside)
        held: pa.RecordBatch | None = None
        for batch in _csv_batches(reading, counted, plan, parse):
            if held is not None:
                yield fit(held, plan, reading, _row_numbers(start, broken))
                start += held.num_rows
            held = batch
    if held is not None:
        yield from _last_batch(held, plan, reading, (start, broken, counted.open))


def _last_batch(
    batch: pa.RecordBatch, plan: Plan, reading: Reading, end: tuple[int, list[int], bool]
) -> Iterator[pa.Table]:
    """The last batch; a file that ends inside quotes was cut, so its last row is not whole."""
    start, broken, is_open = end
    numbers = _row_numbers(start, broken)
    if is_open and batch.num_rows:
        reading.reject(numbers([batch.num_rows - 1])[0], "the file ends inside a quoted value")
        batch = batch.slice(0, batch.num_rows - 1)
    yield fit(batch, plan, reading, numbers)


def _csv_batches(
    reading: Reading, stream: CleanStream, plan: Plan, parse: pcsv.ParseOptions
) -> Iterator[pa.RecordBatch]:
    names = list(dict.fromkeys(plan.names))
    convert = pcsv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()),
        include_columns=names,
        strings_can_be_null=True,
        null_values=[""],
    )
    options = pcsv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES)
    try:
        yield from pcsv.open_csv(stream, read_options=options, parse_options=parse, convert_options=convert)
    except (pa.ArrowException, ValueError, *READ_ERRORS):
        what_next = "Look for a quote that is never closed, or for damage in the compressed file"
        raise InputError("CSV cannot be parsed", reading.file, what_next) from None


def _row_numbers(start: int, broken: list[int]) -> Lines:
    """Rows count from 1 with the header; rows that the parser skipped shift those after them."""

    def numbers(places: Sequence[int]) -> list[int]:
        skipped = np.asarray(broken, dtype=np.int64)
        before = skipped - 2 - np.arange(len(skipped))
        rows = np.asarray(places, dtype=np.int64) + start
        return [int(row) for row in rows + 2 + np.searchsorted(before, rows, side="right")]

    return numbers


def _damaged(reading: Reading, error: Exception) -> InputError:
    if isinstance(error, PermissionError):
        return InputError("no permission to read", reading.file, "Grant read access or leave the file out")
    return InputError("not a complete Parquet file", reading.file, "Copy it again, or name its real format")


def _unfit(reading: Reading, column: Column, name: str, kind: str) -> InputError:
    what_next = f"Cast it to {column.type} where the file is written"
    return InputError(f"column {name} has the type {kind}, which cannot be {column.type}", reading.file, what_next)
