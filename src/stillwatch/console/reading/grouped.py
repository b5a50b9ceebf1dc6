"""Rows of a table by the text in one column, found by binary search."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Rows = npt.NDArray[np.int64]


class Grouped:
    """A table and where the rows of each key lie; a key is a value of `column`, which has no nulls.

    Built in O(n log n) once; a look-up costs O(log keys) and the rows asked for. Rows of one key keep their order.
    """

    def __init__(self, table: pa.Table, column: str) -> None:
        codes, self._keys = _ranked(table[column])
        order = np.argsort(codes, kind="stable")
        sorted_already = bool((codes[1:] >= codes[:-1]).all())
        self._table = table.combine_chunks()
        self._order: Rows | None = None if sorted_already else order
        self._starts = np.searchsorted(codes[order], np.arange(len(self._keys) + 1))

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, key: str) -> bool:
        return self._place(key) is not None

    def rows(self, key: str) -> pa.Table:
        """The rows of `key`; none if it has none."""
        place = self._place(key)
        if place is None:
            return self._table.slice(0, 0)
        start, stop = int(self._starts[place]), int(self._starts[place + 1])
        if self._order is None:
            return self._table.slice(start, stop - start)
        return self._table.take(pa.array(self._order[start:stop]))

    def count(self, key: str) -> int:
        """How many rows `key` has."""
        place = self._place(key)
        return 0 if place is None else int(self._starts[place + 1] - self._starts[place])

    def beginning_with(self, prefix: str) -> Iterator[str]:
        """Keys that begin with `prefix`, in order."""
        for place in range(self._first_from(prefix), len(self._keys)):
            key = self._key(place)
            if not key.startswith(prefix):
                return
            yield key

    def _place(self, key: str) -> int | None:
        place = self._first_from(key)
        return place if place < len(self._keys) and self._key(place) == key else None

    def _first_from(self, key: str) -> int:
        return bisect_left(range(len(self._keys)), key, key=self._key)

    def _key(self, place: int) -> str:
        return str(self._keys[place].as_py())


def _ranked(column: pa.ChunkedArray) -> tuple[Rows, pa.Array]:
    """For each row the rank of its value among the distinct ones, and these in order.

    Arrow orders text by its UTF-8, which is the order of code points, as Python's.
    """
    encoded = pa.chunked_array(column).combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    order = pc.sort_indices(encoded.dictionary).to_numpy()
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return rank[encoded.indices.to_numpy()], encoded.dictionary.take(pa.array(order))
