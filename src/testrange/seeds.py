"""Deterministic randomness without state: hashes of integers, uniform numbers and identifiers made from them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Integers = NDArray[np.uint64]
Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Flags = NDArray[np.bool_]
Words = NDArray[np.object_]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)


def number(*names: object) -> int:
    """A 64-bit number that stands for some names, the same on every machine."""
    text = "\x1f".join(str(name) for name in names)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def generator(*names: object) -> np.random.Generator:
    """A random generator of its own for each combination of names (world seed, group, purpose)."""
    return np.random.default_rng(number(*names))


def mix(*values: NDArray[np.generic] | int) -> Integers:
    """Hash columns of integers into one column (splitmix64 over each in turn)."""
    state = np.zeros(1, dtype=np.uint64)
    with np.errstate(over="ignore"):
        for value in values:
            column = np.uint64(value) if isinstance(value, int) else value.astype(np.uint64)
            state = (state ^ column) + _GOLDEN
            state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            state ^= state >> np.uint64(31)
    return state


def unit(hashes: Integers) -> Floats:
    """Hashes as uniform numbers in [0, 1)."""
    return (hashes >> np.uint64(11)).astype(np.float64) * (1.0 / (1 << 53))


def hexadecimal(hashes: Integers, prefix: str = "", digits: int = 16) -> pa.StringArray:
    """Each hash as `digits` lower-case hexadecimal characters after a prefix; more than 16 hashes again."""
    words = [hashes] if digits <= 16 else [hashes, mix(hashes, 7)]
    raw = (
        np.ascontiguousarray(np.stack(words, axis=1).astype(">u8")).view(np.uint8).reshape(len(hashes), 8 * len(words))
    )
    nibbles = np.empty((len(hashes), raw.shape[1] * 2), dtype=np.uint8)
    nibbles[:, 0::2] = _HEX[raw >> 4]
    nibbles[:, 1::2] = _HEX[raw & 15]
    head = np.broadcast_to(np.frombuffer(prefix.encode(), dtype=np.uint8), (len(hashes), len(prefix)))
    return fixed_width(np.concatenate([head, nibbles[:, :digits]], axis=1))


def fixed_width(characters: NDArray[np.uint8]) -> pa.StringArray:
    """Rows of a byte matrix as an Arrow string column, without a loop."""
    rows, width = characters.shape
    offsets = np.arange(rows + 1, dtype=np.int32) * width
    data = np.ascontiguousarray(characters)
    return pa.StringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(data))


def weighted(rng: np.random.Generator, weights: Sequence[float] | Floats, size: int) -> Indices:
    """Draw indices in proportion to weights."""
    cumulative = np.cumsum(np.asarray(weights, dtype=np.float64))
    found: Indices = np.searchsorted(cumulative, rng.random(size) * cumulative[-1], side="right").astype(np.int64)
    return found


def either(chosen: Flags, yes: object, no: object) -> Words:
    """`numpy.where` for object columns; a single value, None included, stands for all rows."""
    found = np.empty(len(chosen), dtype=object)
    for rows, value in ((chosen, yes), (~chosen, no)):
        found[rows] = value[rows] if isinstance(value, np.ndarray) else value
    return found


def words(values: Sequence[object] | NDArray[np.generic]) -> Words:
    """A NumPy object column from Python values, None kept."""
    column = np.empty(len(values), dtype=object)
    column[:] = list(values)
    return column
