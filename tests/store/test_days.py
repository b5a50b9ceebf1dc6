"""Batches to segments of one day each."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from stillwatch.records.signals import SIGNALS
from stillwatch.signals import Signaller, Tally, open_key
from stillwatch.store.days import DaySegments
from stillwatch.store.manifest import Segment
from tests.road.logs import shuffled

from .conftest import day_of


def _segments(store: Path, batches: list[pa.Table], key_file: Path, held_rows: int) -> tuple[Segment, ...]:
    signaller = Signaller(open_key(key_file))
    days = DaySegments(store, "run", signaller, 90, held_rows)
    for batch in batches:
        days.add(batch, signaller.signals(batch))
    return days.finish()


@pytest.mark.parametrize("held_rows", [300, 1_000_000])
def test_every_exchange_lies_in_a_segment_of_its_day(
    few: pa.Table, store: Path, key_file: Path, held_rows: int
) -> None:
    scattered = shuffled(few, 1)
    batches = [scattered.slice(n, 700) for n in range(0, few.num_rows, 700)]
    segments = _segments(store, batches, key_file, held_rows)
    rows = Counter[int]()
    for segment in segments:
        table = pq.read_table(store / segment.signals.path)
        assert set(table["day"].to_pylist()) == {segment.day}
        assert table.num_rows == segment.signals.rows
        rows[segment.day] += table.num_rows
    assert rows == Counter(day_of(few).to_pylist())
    assert (len(segments) > len(rows)) == (held_rows == 300)


def test_signals_of_a_segment_are_those_of_the_door(few: pa.Table, store: Path, key_file: Path) -> None:
    segments = _segments(store, [few.slice(0, 900), few.slice(900)], key_file, 500)
    stored = pa.concat_tables([pq.read_table(store / s.signals.path) for s in segments])
    assert stored.column_names == list(SIGNALS.names)
    expected = Signaller(open_key(key_file)).signals(few).cast(stored.schema)
    order = [("exchange", "ascending")]
    assert stored.sort_by(order).combine_chunks().equals(expected.sort_by(order).combine_chunks())


def test_filled_columns_are_counted_by_day(few: pa.Table, store: Path, key_file: Path) -> None:
    segments = _segments(store, [few], key_file, 1_000_000)
    days = day_of(few)
    for segment in segments:
        tally = Tally()
        tally.add(few.filter(pc.equal(days, segment.day)))
        assert +Counter(segment.filled) == +tally.filled
