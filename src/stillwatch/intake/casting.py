"""Whole columns made to fit a table schema. What cannot be cast becomes null; the caller rejects it.

The fast road is one Arrow cast. Only a batch in which that fails takes the careful road, value by value where
Arrow has no forgiving cast.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.intake.csvstream import UNDECODABLE
from stillwatch.intake.errors import RecordError
from stillwatch.intake.sources import decode
from stillwatch.intake.times import EARLIEST, EPOCH_UNITS, LATEST, SMALLEST_EPOCH, microseconds
from stillwatch.records import Column
from stillwatch.records.schema import TIMESTAMP

WHOLE = r"^\s*[+-]?\d{1,18}(\.0*)?\s*$"
REAL = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?\s*$"


def is_text(kind: pa.DataType) -> bool:
    """Whether a type is text of any layout, dictionaries of text included."""
    if pa.types.is_dictionary(kind):
        return is_text(kind.value_type)
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def is_list(kind: pa.DataType) -> bool:
    """Whether a type is a list of any layout."""
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))


def castable(source: pa.DataType, column: Column) -> bool:
    """Whether a column of type `source` can hold this column's values."""
    if pa.types.is_null(source):
        return True
    number = pa.types.is_integer(source) or pa.types.is_floating(source) or pa.types.is_decimal(source)
    target = column.type
    if pa.types.is_timestamp(target):
        return bool(pa.types.is_timestamp(source) or number or is_text(source))
    if pa.types.is_integer(target) or pa.types.is_floating(target):
        return bool(number or is_text(source))
    if pa.types.is_list(target):
        return (is_list(source) and is_text(source.value_type)) or is_text(source)
    return is_text(source)


def cast_column(values: pa.Array, column: Column) -> pa.Array:
    """The values in the column's type, null where one does not fit. The source must be castable."""
    if values.type == column.type and not pa.types.is_timestamp(column.type):
        return values
    if pa.types.is_null(values.type):
        return pa.nulls(len(values), column.type)
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if pa.types.is_timestamp(column.type):
        return _believable(_times(values, column.name))
    return _cast_value(values, column.type)


def _cast_value(values: pa.Array, kind: pa.DataType) -> pa.Array:
    if pa.types.is_integer(kind):
        return _integers(values, kind)
    if pa.types.is_floating(kind):
        return _reals(values, kind)
    if pa.types.is_list(kind) and is_text(values.type):
        return _lists(values, kind)
    return values.cast(kind)


def without_nan(values: pa.Array) -> pa.Array:
    """NaN as null: data frames write a missing number so."""
    if not pa.types.is_floating(values.type):
        return values
    return pc.if_else(pc.is_nan(values), pa.scalar(None, values.type), values)


def _between(values: pa.Array, low: float | int, high: float | int) -> pa.Array:
    """The values from low up to and including high, null elsewhere."""
    bounds = (pa.scalar(low, values.type), pa.scalar(high, values.type))
    inside = pc.and_(pc.greater_equal(values, bounds[0]), pc.less_equal(values, bounds[1]))
    return pc.if_else(inside, values, pa.scalar(None, values.type))


def _integers(values: pa.Array, kind: pa.DataType) -> pa.Array:
    if is_text(values.type):
        values = _matching(values, WHOLE).cast(pa.int64())
    elif not pa.types.is_integer(values.type):
        real = values.cast(pa.float64())
        values = pc.if_else(pc.equal(real, pc.floor(real)), real, pa.scalar(None, real.type))
    limit = 2 ** (kind.bit_width - 1)
    if values.type.bit_width >= kind.bit_width:
        low = 0 if pa.types.is_unsigned_integer(values.type) else -limit
        values = _between(values, low, limit - 1)
    return values.cast(kind)


def _reals(values: pa.Array, kind: pa.DataType) -> pa.Array:
    if is_text(values.type):
        values = _matching(values, REAL)
    real = values.cast(pa.float64(), safe=False)
    return _between(real, -3.4e38, 3.4e38).cast(kind)


def _matching(values: pa.Array, pattern: str) -> pa.Array:
    values = values.cast(pa.string())
    fits = pc.match_substring_regex(values, pattern)
    fitting = pc.if_else(fits, values, pa.scalar(None, pa.string()))
    # Arrow reads no plus sign, and no point without digits on both sides.
    whole = pc.replace_substring_regex(pc.utf8_trim_whitespace(fitting), r"^([+-]?)\.", r"\10.")
    return pc.replace_substring_regex(whole, r"^\+|\.0*$", "")


def _times(values: pa.Array, name: str) -> pa.Array:
    if pa.types.is_timestamp(values.type):
        return _timestamps(values)
    if is_text(values.type):
        return _text_times(values.cast(pa.string()), name)
    if pa.types.is_integer(values.type):
        return _epochs(values.cast(pa.int64(), safe=False))
    return _epochs(values.cast(pa.float64(), safe=False))


def _timestamps(values: pa.Array) -> pa.Array:
    """Timestamps of any unit and zone; without a zone they are taken as UTC. Nanoseconds are cut."""
    if values.type == TIMESTAMP:
        return values
    unit = values.type.unit
    if unit in ("s", "ms"):
        # Bounds before the cast: multiplying a far-off sentinel would overflow and fail the whole batch.
        scale = 1_000_000 if unit == "s" else 1_000
        raw = _between(values.cast(pa.int64()), 0, LATEST // scale)
        return pc.multiply(raw, scale).cast(TIMESTAMP)
    return values.cast(pa.timestamp(unit, tz="UTC")).cast(TIMESTAMP, safe=False)


def _epochs(values: pa.Array) -> pa.Array:
    result = pa.nulls(len(values), pa.int64())
    low = SMALLEST_EPOCH
    for high, factor in EPOCH_UNITS:
        bounds = [pa.scalar(bound, pa.float64()).cast(values.type) for bound in (low, min(high, 9e18))]
        here = pc.and_(pc.greater_equal(values, bounds[0]), pc.less(values, bounds[1]))
        inside = pc.if_else(here, values, pa.scalar(None, values.type))
        result = pc.coalesce(result, _scaled(inside, factor))
        low = high
    return result.cast(TIMESTAMP)


def _scaled(values: pa.Array, factor: float) -> pa.Array:
    if pa.types.is_integer(values.type):
        return pc.multiply(values, int(factor)) if factor >= 1 else pc.divide(values, 1000)
    return pc.round(pc.multiply(values, factor)).cast(pa.int64())


def _text_times(values: pa.Array, name: str) -> pa.Array:
    for kind in (TIMESTAMP, pa.timestamp("us")):
        try:
            return values.cast(kind).cast(TIMESTAMP)
        except pa.ArrowInvalid:
            continue
    return pa.array([_time_or_none(text, name) for text in values.to_pylist()], type=pa.int64()).cast(TIMESTAMP)


def _time_or_none(text: str | None, name: str) -> int | None:
    try:
        return None if text is None else microseconds(text, name)
    except RecordError:
        return None


def _believable(times: pa.Array) -> pa.Array:
    return _between(times.cast(pa.int64()), EARLIEST, LATEST - 1).cast(TIMESTAMP)


def _lists(values: pa.Array, kind: pa.DataType) -> pa.Array:
    """Lists written as text: a JSON array, or names between semicolons. Each distinct text is read once."""
    coded = values.dictionary_encode()
    lists = pa.array([_names(text) for text in coded.dictionary.to_pylist()], type=kind)
    return lists.take(coded.indices)


def _names(text: str) -> list[str] | None:
    if UNDECODABLE in text:
        return None
    if not text.lstrip().startswith("["):
        return [name.strip() for name in text.split(";") if name.strip()]
    try:
        names = decode(text.encode())
    except ValueError:
        return None
    return names if isinstance(names, list) and all(isinstance(name, str) for name in names) else None
