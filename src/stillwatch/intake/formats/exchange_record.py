"""Our own exchange record as Parquet, CSV or JSON lines: columns of the names in `EXCHANGES`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from stillwatch.intake.columnar import read_csv, read_header, read_parquet
from stillwatch.intake.formats.format import Format
from stillwatch.intake.jsonlog import Fields, Reading, read_json
from stillwatch.intake.rows import Values
from stillwatch.intake.sources import Sample, read_sample
from stillwatch.records import EXCHANGES, TableSchema

ENOUGH_COLUMNS = 3
"""Known column names that make a file one of ours. A missing required one is then named."""


def recognises(sample: Sample) -> bool:
    """Whether a Parquet file, a CSV header or JSON objects name enough of our columns."""
    return sample.is_parquet or recognises_table(sample, EXCHANGES)


def recognises_table(sample: Sample, schema: TableSchema) -> bool:
    """Whether text names enough columns of a schema, as JSON keys or in a CSV header."""
    if any(_is_flat(item) and len(set(item) & set(schema.names)) >= ENOUGH_COLUMNS for item in sample.objects):
        return True
    return is_csv(sample) and named_columns(sample, schema) >= ENOUGH_COLUMNS


def _is_flat(item: dict[str, Any]) -> bool:
    """Our records hold no objects; an envelope with `account_id` and `time` around two bodies is not ours."""
    return not any(isinstance(value, dict) for value in item.values())


def is_csv(sample: Sample) -> bool:
    """Whether text is no JSON; arbitrary text counts as CSV and fails on its header."""
    return sample.head.lstrip()[:1] not in (b"{", b"[")


def named_columns(sample: Sample, schema: TableSchema) -> int:
    """How many of a schema's columns the CSV header names."""
    return len(set(read_header(sample.head, schema)[0]) & set(schema.names))


def read(reading: Reading) -> Iterator[pa.Table]:
    """Tables from one file in whichever of the three encodings it is. Raises InputError."""
    return read_own(reading)


def read_own(reading: Reading) -> Iterator[pa.Table]:
    """Read a file that holds a schema of ours, by its content: Parquet, CSV or JSON lines."""
    sample = read_sample(reading.path)
    if sample.is_parquet:
        return read_parquet(reading)
    if is_csv(sample):
        return read_csv(reading)
    known = set(reading.schema.names).union(*reading.fields.values())
    unknown = sorted(set().union(*sample.objects) - known)
    if unknown:
        reading.aside.note(reading.file, f"columns that are not known were not read: {', '.join(unknown)}")
    return read_json(reading, convert)


def convert(record: dict[str, Any], fields: Fields) -> Values:
    """The record itself, with columns renamed where a mapping says so."""
    if not fields:
        return record
    renamed = {
        column: next((record[place] for place in places if place in record), None) for column, places in fields.items()
    }
    return record | renamed


FORMAT = Format(
    name="exchange-record",
    describe="our own columns (exchange_id, time, account_id, model, ...) as Parquet, CSV or JSON lines",
    recognises=recognises,
    read=read,
    fields={},
)
