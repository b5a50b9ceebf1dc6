"""Batches of signals to segments, each of one day: as they come, whatever order the log has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.signals import Signaller
from stillwatch.store.files import write_parquet
from stillwatch.store.manifest import Segment
from stillwatch.store.names import Met, add_met, met_in, sealed_table

HELD_ROWS = 400_000
"""Exchanges kept in memory, some 150 MB, before the fullest day is written. More make fewer and larger segments of a
log that is not ordered by time."""
EPOCH = np.datetime64("1970-01-01", "D")


@dataclass
class _Held:
    """What is in memory of one day."""

    pieces: list[pa.Table] = field(default_factory=list)
    rows: int = 0
    filled: Counter[str] = field(default_factory=Counter)
    met: Met = field(default_factory=dict)


class DaySegments:
    """Collects signals by day and writes them as segments under new names.

    Days that are not among the `window` that end with the newest are dropped, and counted in `outside`. Memory is
    bounded by `held_rows` and one batch.
    """

    def __init__(self, store: Path, run: str, signaller: Signaller, window: int, held_rows: int = HELD_ROWS) -> None:
        self._store, self._run, self._signaller = store, run, signaller
        self._window, self._most = window, held_rows
        self._held: dict[int, _Held] = {}
        self._written: list[Segment] = []
        self._newest = 0
        self.outside = 0

    def add(self, records: pa.Table, signals: pa.Table) -> None:
        """Take a batch of exchange records and what the door made of it, row by row."""
        days = np.asarray(signals["day"])
        self._newest = max(self._newest, int(days.max()))
        columns = met_in(records, signals, self._account_names(records))
        signals = _plain(signals)
        for day, rows in _rows_of_days(days):
            if day <= self._newest - self._window:
                self.outside += len(rows)
                continue
            held = self._held.setdefault(day, _Held())
            held.pieces.append(signals.take(rows))  # a copy: a slice would keep the whole batch in memory
            held.rows += len(rows)
            held.filled.update(_filled(records, rows))
            for kind, pseudonyms, values in columns:
                add_met(held.met, kind, pseudonyms.take(rows), values.take(rows))
        while sum(held.rows for held in self._held.values()) > self._most:
            self._write(max(self._held, key=lambda day: (self._held[day].rows, day)))

    def finish(self) -> tuple[Segment, ...]:
        """Write what is left; all segments."""
        for day in sorted(self._held):
            self._write(day)
        return tuple(self._written)

    def _write(self, day: int) -> None:
        held = self._held.pop(day)
        path = f"day={EPOCH + day}/{self._run}-{len(self._written):05d}.parquet"
        table = pa.concat_tables(held.pieces)
        signals = write_parquet(self._store, f"signals/{path}", table, ("account_id", "model"))
        names = write_parquet(self._store, f"names/{path}", sealed_table(held.met, self._signaller), ("kind",))
        self._written.append(Segment(day, signals, names, dict(sorted(held.filled.items()))))

    def _account_names(self, records: pa.Table) -> pa.Array | None:
        if not self._signaller.hides_accounts:
            return None
        return self._signaller.pseudonyms.of(pa.concat_arrays(records["account_id"].chunks), "account")


def _plain(signals: pa.Table) -> pa.Table:
    """With texts in place of dictionaries, so that pieces of many batches can be one table."""
    kinds = [f.with_type(f.type.value_type) if pa.types.is_dictionary(f.type) else f for f in signals.schema]
    return signals.cast(pa.schema(kinds))


def _rows_of_days(days: npt.NDArray[np.int32]) -> Iterator[tuple[int, pa.Array]]:
    order = np.argsort(days, kind="stable")
    distinct, starts = np.unique(days[order], return_index=True)
    for day, rows in zip(distinct, np.split(order, starts[1:]), strict=True):
        yield int(day), pa.array(rows)


def _filled(records: pa.Table, rows: pa.Array) -> dict[str, int]:
    """For each column how many of these rows have a value."""
    if len(rows) == records.num_rows:
        return {n: len(rows) - records.column(n).null_count for n in records.column_names}
    return {n: _valid(records.column(n), rows) for n in records.column_names}


def _valid(column: pa.ChunkedArray, rows: pa.Array) -> int:
    if column.null_count in {0, len(column)}:
        return len(rows) if column.null_count == 0 else 0
    return int(pc.sum(pc.is_valid(column).take(rows)).as_py())
