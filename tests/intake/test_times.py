from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from stillwatch.intake.casting import cast_column
from stillwatch.intake.errors import RecordError
from stillwatch.intake.times import microseconds
from stillwatch.records import EXCHANGES
from stillwatch.records.schema import TIMESTAMP

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
AT = 1_767_225_600_000_000
TIME = next(column for column in EXCHANGES.columns if column.name == "time")

GOOD: list[Any] = [
    "2026-01-01T00:00:00Z",
    "2026-01-01T00:00:00",
    "2026-01-01 00:00:00 UTC",
    "2026-01-01T01:00:00+01:00",
    "2026-01-01T00:00:00.000000000Z",
    "2026-01-01",
    "1767225600",
    "1767225600.0",
    1767225600,
    1767225600.0,
    1767225600000,
    1767225600000000,
    1767225600000000000,
    "1767225600000000000",
]
BAD: list[Any] = [
    "",
    "soon",
    "2026-13-01",
    "2026-02-30T00:00:00Z",
    "0001-01-01",
    "9999-01-01",
    5,
    -1,
    True,
    None,
    [],
    "5",
]


@pytest.mark.parametrize("value", GOOD)
def test_a_time_in_any_writing(value: Any) -> None:
    assert microseconds(value) == AT


@pytest.mark.parametrize("value", BAD)
def test_what_is_no_time(value: Any) -> None:
    with pytest.raises(RecordError, match=r"^time: "):
        microseconds(value)


def test_columns_of_times_read_like_single_values() -> None:
    texts = [value for value in GOOD + BAD if isinstance(value, str)]
    for layout in (pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())):
        result = cast_column(pa.array(texts).cast(layout), TIME)
        assert result.to_pylist() == [NEW_YEAR if text in GOOD else None for text in texts]
    numbers = [value for value in GOOD if isinstance(value, int)]
    assert cast_column(pa.array(numbers, pa.int64()), TIME).to_pylist() == [NEW_YEAR] * len(numbers)
    assert cast_column(pa.array([1767225600.0, 5.0]), TIME).to_pylist() == [NEW_YEAR, None]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Zurich"])
def test_timestamps_of_any_unit_and_zone(unit: str, zone: str | None) -> None:
    source = pa.array([AT, None], pa.int64()).cast(TIMESTAMP).cast(pa.timestamp(unit, tz="UTC"))
    source = source.cast(pa.timestamp(unit, tz=zone)) if zone else source.cast(pa.int64()).cast(pa.timestamp(unit))
    result = cast_column(source, TIME)
    assert result.type == TIMESTAMP
    assert result.to_pylist() == [NEW_YEAR, None]


def test_a_far_off_sentinel_costs_its_row_only() -> None:
    sentinel = pa.array([2**62, AT // 1_000_000], pa.int64()).cast(pa.timestamp("s"))
    assert cast_column(sentinel, TIME).to_pylist() == [None, NEW_YEAR]
