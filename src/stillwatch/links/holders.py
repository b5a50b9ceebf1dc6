"""How many members hold each value, where values go into the billions: a compiled loop beside a file.

Grouping by value and member is the one step that grows with everything that was ever said, and a general engine keeps
some forty bytes for each of its groups. Here a row is twelve: rows are put into buckets by the bits of the value, a run
of them at a time, and each bucket is counted by itself (partitioned hash aggregation; Graefe, Query evaluation
techniques for large databases, ACM Computing Surveys 1993, section 4).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import TracebackType

import numpy as np
import numpy.typing as npt
from numba import njit

from stillwatch.signals.kernel import mix

BUCKET_BITS = 10
BUCKETS = 1 << BUCKET_BITS
MOST_ROWS = 1 << 31
"""Rows that lie on disk at one time: 26 GB. Values of more rows than that are counted part by part, and whoever gives
them goes through them once for each."""
RUN = 1 << 22
"""Rows of a run: 48 MB, and as much again while it is put in order."""

U64 = np.uint64
Longs = npt.NDArray[np.int64]
Ints = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Counted:
    """Distinct values, in no order: how many members hold each, and how many rows name it."""

    value: Longs
    holders: Longs
    times: Longs


@dataclass(frozen=True)
class _Run:
    """Where a run of rows lies in the file, and where its buckets start in it."""

    offset: int
    rows: int
    starts: Longs


@dataclass(frozen=True)
class Part:
    """One of 2 ** `bits` parts of all values, about as large as the others."""

    number: int = 0
    bits: int = 0


def parts_of(rows: int) -> list[Part]:
    """As many parts as so many rows need, none of them more than MOST_ROWS if values are spread evenly."""
    bits = (max(rows - 1, 0) // MOST_ROWS).bit_length()
    return [Part(number, bits) for number in range(1 << bits)]


class Holders:
    """Rows of members and the values they hold, to be counted once all are there. Its file is gone with the context.

    What is not of its part is left out. Memory: a few runs, and a bucket for each thread. Disk: twelve bytes a row.
    Time: 60 ns a row.
    """

    def __init__(self, folder: Path, threads: int, part: Part = Part()) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._part, self._shift = U64(part.number), U64(64 - BUCKET_BITS - part.bits)
        self._file = NamedTemporaryFile(prefix="holders-", dir=folder, buffering=0)  # noqa: SIM115 - closed by __exit__
        self._threads = threads
        self._values, self._members = np.empty(RUN, np.int64), np.empty(RUN, np.int32)
        self._ordered = (np.empty(RUN, np.int64), np.empty(RUN, np.int32))
        self._filled = 0
        self._runs: list[_Run] = []

    def __enter__(self) -> Holders:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def add(self, members: Ints, bounds: Ints, values: Longs) -> None:
        """A member for each list of values, which lies in `values` from its bound to the next. No list is longer than
        a run. Raises OSError where the disk is full."""
        done, lists = 0, len(bounds) - 1
        while done < lists:
            rows, part = (self._values, self._members), (self._part, self._shift)
            done, self._filled = _expand((members, bounds, values), done, rows, self._filled, part)
            if done < lists:
                self._end_run()

    def counted(self, least: int) -> Iterator[Counted]:
        """The values that at least so many members hold, in portions."""
        self._end_run()
        with ThreadPoolExecutor(self._threads) as pool:
            yield from pool.map(lambda bucket: Counted(*_count(*self._bucket(bucket), least)), range(BUCKETS))

    def _end_run(self) -> None:
        rows = (self._values[: self._filled], self._members[: self._filled])
        starts = _put_in_order(rows, self._ordered, self._shift)
        offset = self._file.tell()
        for column in self._ordered:
            self._write(column[: self._filled].view(np.uint8).data)
        self._runs.append(_Run(offset, self._filled, starts))
        self._filled = 0

    def _bucket(self, bucket: int) -> tuple[Longs, Ints]:
        """All rows of one bucket."""
        sizes = [int(run.starts[bucket + 1] - run.starts[bucket]) for run in self._runs]
        values, members = np.empty(sum(sizes), np.int64), np.empty(sum(sizes), np.int32)
        at = 0
        for run, size in zip(self._runs, sizes, strict=True):
            first = int(run.starts[bucket])
            self._read(values[at : at + size], run.offset + 8 * first)
            self._read(members[at : at + size], run.offset + 8 * run.rows + 4 * first)
            at += size
        return values, members

    def _write(self, data: memoryview) -> None:
        """All of it: one call may write less than it was given."""
        try:
            while data:
                data = data[os.write(self._file.fileno(), data) :]
        except OSError as error:  # which does not know where
            raise OSError(error.errno, error.strerror, self._file.name) from error

    def _read(self, into: npt.NDArray[np.generic], offset: int) -> None:
        if into.size and os.preadv(self._file.fileno(), [into.view(np.uint8).data], offset) != into.nbytes:
            raise OSError("a temporary file was cut off while it was in use", self._file.name)


@njit(nogil=True, cache=True)
def _expand(lists, start, rows, filled, part):  # type: ignore[no-untyped-def]
    """A row for each value of the part in the lists from `start` on, after those filled. Returns the list that may not
    fit any more, or their number, and the rows filled now."""
    (members, bounds, values), (row_values, row_members) = lists, rows
    wanted, shift = part
    for k in range(start, bounds.shape[0] - 1):
        if filled + bounds[k + 1] - bounds[k] > row_values.shape[0]:
            return k, filled
        for j in range(bounds[k], bounds[k + 1]):
            if (mix(U64(values[j])) >> shift) >> U64(BUCKET_BITS) == wanted:
                row_values[filled], row_members[filled] = values[j], members[k]
                filled += 1
    return bounds.shape[0] - 1, filled


@njit(nogil=True, cache=True)
def _put_in_order(rows, ordered, shift):  # type: ignore[no-untyped-def]
    """Order rows by bucket (a counting sort); where each bucket starts, and where the last ends."""
    (values, members), (ordered_values, ordered_members) = rows, ordered
    starts, last = np.zeros(BUCKETS + 1, np.int64), U64(BUCKETS - 1)
    for value in values:
        starts[((mix(U64(value)) >> shift) & last) + U64(1)] += 1
    starts = np.cumsum(starts)
    place = starts[:-1].copy()
    for k in range(values.shape[0]):
        bucket = (mix(U64(values[k])) >> shift) & last
        ordered_values[place[bucket]], ordered_members[place[bucket]] = values[k], members[k]
        place[bucket] += 1
    return starts


@njit(nogil=True, cache=True)
def slot_of(slots, known, value):  # type: ignore[no-untyped-def]
    """The slot that holds the number of a value in `known`, or the empty one (-1) where it belongs."""
    mask = U64(slots.shape[0] - 1)
    slot = mix(U64(value)) & mask
    while slots[slot] >= 0 and known[slots[slot]] != value:
        slot = (slot + U64(1)) & mask
    return slot


@njit(nogil=True, cache=True)
def placed(known, size):  # type: ignore[no-untyped-def]
    """A hash table of so many slots, a power of two, from each of these values to its number."""
    slots = np.full(size, -1, np.int32)
    for number in range(known.shape[0]):
        slots[slot_of(slots, known, known[number])] = number
    return slots


@njit(nogil=True, cache=True)
def _pair(pairs, wanted):  # type: ignore[no-untyped-def]
    """The slot of a pair, or the empty one where it belongs."""
    mask = U64(pairs.shape[0] - 1)
    slot = mix(U64(wanted)) & mask
    while pairs[slot] >= 0 and pairs[slot] != wanted:
        slot = (slot + U64(1)) & mask
    return slot


@njit(nogil=True, cache=True)
def _doubled(pairs):  # type: ignore[no-untyped-def]
    """The same pairs in twice the slots."""
    larger = np.full(pairs.shape[0] * 2, -1, np.int64)
    for wanted in pairs:
        if wanted >= 0:
            larger[_pair(larger, wanted)] = wanted
    return larger


@njit(nogil=True, cache=True)
def _count(values, members, least):  # type: ignore[no-untyped-def]
    """Distinct values with at least `least` members: values, members and rows of each.

    Values are numbered as they come; a pair is the number and the member. Both tables are doubled when half full.
    """
    known, held, times = np.empty(1024, np.int64), np.zeros(1024, np.int64), np.zeros(1024, np.int64)
    slots, pairs = np.full(4096, -1, np.int32), np.full(8192, -1, np.int64)
    count, paired = 0, 0
    for k in range(values.shape[0]):
        slot = slot_of(slots, known, values[k])
        if slots[slot] < 0:
            if count == known.shape[0]:
                known = np.concatenate((known, np.empty_like(known)))
                held, times = np.concatenate((held, np.zeros_like(held))), np.concatenate((times, np.zeros_like(times)))
                slots = placed(known[:count], slots.shape[0] * 2)
                slot = slot_of(slots, known, values[k])
            slots[slot], known[count] = count, values[k]
            count += 1
        number = slots[slot]
        times[number] += 1
        wanted = (np.int64(number) << np.int64(32)) | np.int64(members[k])
        place = _pair(pairs, wanted)
        if pairs[place] < 0:
            pairs[place] = wanted
            held[number] += 1
            paired += 1
            if 2 * paired > pairs.shape[0]:
                pairs = _doubled(pairs)
    enough = np.flatnonzero(held[:count] >= least)
    return known[enough], held[enough], times[enough]
