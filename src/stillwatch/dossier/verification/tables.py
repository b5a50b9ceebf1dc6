"""Tables from anywhere: Parquet as Arrow, with limits, since a small file can grow without end."""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

MOST_CELLS = 50_000_000
MOST_BYTES = 1 << 30
"""The holdings of a campaign of 25,000 accounts are a million cells and thirty megabytes."""


class TableError(Exception):
    """A table cannot be read; the message says why in a few words."""


def read_table(content: bytes) -> pa.Table:
    """The table in a Parquet file, of plain types only. Raises TableError."""
    try:
        file = pq.ParquetFile(io.BytesIO(content))
        _require_small(file.metadata)
        strings = [one.name for one in file.schema_arrow if pa.types.is_string(one.type)]
        for one in file.schema_arrow:
            _require_plain(one)
        # As dictionaries, texts take no more than the file holds until their whole length is known.
        table = pq.ParquetFile(io.BytesIO(content), read_dictionary=strings).read()
        return _spelled_out(table)
    except (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError) as error:
        raise TableError(f"it is no Parquet that can be read ({type(error).__name__})") from error


def _require_small(metadata: pq.FileMetaData) -> None:
    grown = sum(metadata.row_group(place).total_byte_size for place in range(metadata.num_row_groups))
    if metadata.num_rows * metadata.num_columns > MOST_CELLS or grown > MOST_BYTES:
        raise TableError(f"it holds more than {MOST_CELLS:,} cells or {MOST_BYTES:,} bytes")


def _require_plain(column: pa.Field) -> None:
    kind = column.type
    plain = (
        pa.types.is_string(kind)
        or pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_date32(kind)
        or pa.types.is_timestamp(kind)
    )
    if not plain:
        raise TableError(f"a column has a type that no dossier uses ({str(kind)[:40]})")


def _spelled_out(table: pa.Table) -> pa.Table:
    for place, column in enumerate(table.schema):
        if pa.types.is_dictionary(column.type):
            if _length(table.column(place)) > MOST_BYTES:
                raise TableError(f"the texts of a column are longer than {MOST_BYTES:,} bytes")
            table = table.set_column(place, column.name, table.column(place).cast(pa.string()))
    return table


def _length(column: pa.ChunkedArray) -> int:
    total = 0
    for chunk in column.chunks:
        lengths = pc.cast(pc.binary_length(chunk.dictionary), pa.int64())
        total += pc.sum(lengths.take(chunk.indices)).as_py() or 0
    return total
