"""Likeness: accounts whose requests, taken together, are as alike as the halves of one account's.

Accounts that draw from one hidden pool of tasks repeat no wording, yet the mix of their words, the lengths of what
goes in and comes out, and how often they follow up are the same mix. Each account is the mean of its exchanges; the
difference between its even and its odd days tells which differences are chance, and distances are measured in those
(linear discriminant coordinates; Fisher 1936). Two accounts are *alike* if each is among the other's nearest.

Everyone has nearest neighbours, so likeness proves nothing: it proposes whom to test, and no p-value counts it.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from numba import njit
from scipy.linalg import eigh

from stillwatch.engine import Engine, InProcess
from stillwatch.links.mixes import SUMMED, read_sums
from stillwatch.records.detector import Detector
from stillwatch.signals.kernel import BAG_LENGTH

DETECTOR = Detector(
    name="likeness",
    question="coordination",
    assumption="One hand deals one pool of tasks out over its accounts, so each of them shows the same mix of words, "
    "lengths and follow-ups.",
    innocent=("customers of one application", "people of one trade", "students of one course"),
    references=(
        "Fisher, The use of multiple measurements in taxonomic problems, 1936",
        "Jarvis and Patrick, Clustering using a similarity measure based on shared near neighbors, 1973",
        "Weinberger et al., Feature hashing for large scale multitask learning, ICML 2009",
    ),
    needs=("input_text", "output_tokens", "turn"),
)

LEAST_HALF = 8
"""Exchanges on its even and on its odd days from which an account says what chance does."""
LEAST_ACCOUNTS = 40
"""Accounts with a mix below which a log offers no scale."""
COORDINATES = 16
MOST_WEIGHT = 100
"""Exchanges beyond which the mean of an account is not taken to be more exact: accounts of one hand differ a little."""
NEIGHBOURS = 10
CELL = 1024
"""Accounts of a cell, on average; neighbours are looked for in the account's own and the next cells."""
NEXT_CELLS = 6
PART = 4096
"""Rows that one thread looks at in one go."""


@dataclass(frozen=True)
class Mixes:
    """Accounts with enough exchanges: `member`, number of `exchanges`, and coordinates in which the chance difference
    between two means of m and n exchanges has variance 1/m + 1/n in every direction."""

    member: npt.NDArray[np.int64]
    exchanges: npt.NDArray[np.int64]
    place: npt.NDArray[np.float64]


def read_mixes(engine: Engine) -> Mixes:
    """The accounts that have a mix, in the order of their numbers."""
    read = read_sums(engine)
    scale = np.array([BAG_LENGTH if name.startswith("b") else 1.0 for name in SUMMED])
    member, counts, parts = read.member, read.exchanges, read.sums / scale
    del read  # as large as the parts: 790 MB for 1.2 million accounts
    return Mixes(member, counts.sum(axis=0), _coordinates(parts, counts))


def _coordinates(parts: npt.NDArray[np.float64], counts: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Means of accounts in the directions in which accounts differ most, in units of the chance of one exchange."""
    told = (counts >= LEAST_HALF).all(axis=0)
    if told.sum() < LEAST_ACCOUNTS:
        return np.zeros((counts.shape[1], 0))
    mean = parts.sum(axis=0) / counts.sum(axis=0)[:, None]
    halves = parts[:, told]
    halves /= counts[:, told][:, :, None]
    weight = np.sqrt(1.0 / (1.0 / counts[:, told]).sum(axis=0))
    differences = halves[0] - halves[1]
    del halves
    differences *= weight[:, None]
    chance = _spread(differences)
    if not chance.any():  # every half is like the other: a log with nothing to tell a mix from
        return np.zeros((counts.shape[1], 0))
    between = np.cov(mean.T)
    strength, directions = eigh(between, chance + 1e-3 * np.trace(chance) / len(chance) * np.eye(len(chance)))
    best = directions[:, np.argsort(strength)[::-1][:COORDINATES]]
    # Rounded, so that the last bits of a sum decide no neighbour.
    return np.asarray(np.round((mean - mean.mean(axis=0)) @ best, 6), np.float64)


def _spread(rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return rows.T @ rows / len(rows)


@dataclass(frozen=True)
class Likeness:
    """`near`: for every account of the scan the NEIGHBOURS most alike, the nearest first, -1 where there is none.
    `mixed` accounts have a mix. `pairs`: a < b, each among the other's nearest; `common` of their nearest are the
    same."""

    near: npt.NDArray[np.int64]
    mixed: int
    pairs: pa.Table


def find_likeness(engine: Engine, accounts: int) -> Likeness:
    """Who is alike. Needs `scanned` and `population`. One pass over the exchanges, then N log N in cells of CELL."""
    mixes = read_mixes(engine)
    near = np.full((accounts, NEIGHBOURS), -1, np.int64)
    if mixes.place.shape[1] > 0:
        threads = engine.threads if isinstance(engine, InProcess) else 1
        found = nearest(mixes.place, 1.0 / np.minimum(mixes.exchanges, MOST_WEIGHT), NEIGHBOURS, threads)
        near[mixes.member] = np.where(found >= 0, mixes.member[found], -1)
    return Likeness(near, int(mixes.member.size), _mutual(near))


def _mutual(near: npt.NDArray[np.int64]) -> pa.Table:
    """Pairs of which each is among the other's nearest, with the number of nearest that they have in common."""
    a, b, common = _find_mutual(near)
    return pa.table({"a": a, "b": b, "common": common})


def nearest(
    place: npt.NDArray[np.float64], chance: npt.NDArray[np.float64], count: int, threads: int = 1
) -> npt.NDArray[np.int64]:
    """For each row the `count` nearest others by squared distance over the sum of chances; -1 where there are fewer.

    Exact up to 4 cells of rows; beyond, neighbours are looked for in the nearest NEXT_CELLS cells around evenly
    chosen rows (inverted file; Jégou et al. 2011). The same for any number of threads."""
    cells = max(1, place.shape[0] // CELL)
    if cells <= 4:
        return _among(place, chance, np.zeros(place.shape[0], np.int64), np.zeros((1, 1), np.int64), count, threads)
    seeds: npt.NDArray[np.float64] = place[np.linspace(0, place.shape[0] - 1, cells).astype(np.int64)]
    for _ in range(3):
        cell = _closest(place, seeds, 1, threads)[:, 0]
        filled = np.bincount(cell, minlength=cells)
        sums = np.stack([np.bincount(cell, place[:, k], minlength=cells) for k in range(place.shape[1])], axis=1)
        middles = sums / np.maximum(filled, 1)[:, None]
        seeds = np.asarray(np.round(np.where(filled[:, None] > 0, middles, seeds), 6), np.float64)
    around = _closest(seeds, seeds, min(NEXT_CELLS, cells), threads)
    return _among(place, chance, _closest(place, seeds, 1, threads)[:, 0], around, count, threads)


def _in_parts(rows: int, threads: int, work: Callable[[int, int], None]) -> None:
    """Do the work of all rows, a part at a time, on several threads: no row waits for another."""
    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(lambda start: work(start, min(start + PART, rows)), range(0, rows, PART)):
            pass


def _closest(
    rows: npt.NDArray[np.float64], seeds: npt.NDArray[np.float64], count: int, threads: int
) -> npt.NDArray[np.int64]:
    """The `count` closest seeds of each row, the closest first."""
    found = np.zeros((rows.shape[0], count), np.int64)
    _in_parts(rows.shape[0], threads, lambda start, end: _find_closest(rows[start:end], seeds, found[start:end]))
    return found


def _among(
    place: npt.NDArray[np.float64],
    chance: npt.NDArray[np.float64],
    cell: npt.NDArray[np.int64],
    around: npt.NDArray[np.int64],
    count: int,
    threads: int,
) -> npt.NDArray[np.int64]:
    """For each row the `count` nearest others of the cells around its own, the nearest first."""
    order = np.argsort(cell, kind="stable")
    starts = np.searchsorted(cell[order], np.arange(around.shape[0] + 1))
    rows = (order, place[order].copy(), chance[order].copy())
    found = np.full((place.shape[0], count), -1, np.int64)
    _in_parts(
        place.shape[0], threads, lambda start, end: _find_nearest(rows, cell, (around, starts), (start, end), found)
    )
    return found


@njit(nogil=True, cache=True, inline="always")
def _insert(best, found, row, value, label):  # type: ignore[no-untyped-def]
    """Put a neighbour into its place among the best of a row."""
    k = best.shape[0] - 1
    while k > 0 and best[k - 1] > value:
        best[k], found[row, k] = best[k - 1], found[row, k - 1]
        k -= 1
    best[k], found[row, k] = value, label


@njit(nogil=True, cache=True)
def _find_closest(rows, seeds, found):  # type: ignore[no-untyped-def]
    """Most seeds are given up after four coordinates, as below."""
    best, near = np.empty(found.shape[1]), min(4, rows.shape[1])
    for i in range(rows.shape[0]):
        best[:] = np.inf
        for j in range(seeds.shape[0]):
            d = 0.0
            for k in range(near):
                d += (rows[i, k] - seeds[j, k]) ** 2
            if d >= best[-1]:
                continue
            for k in range(near, rows.shape[1]):
                d += (rows[i, k] - seeds[j, k]) ** 2
            if d < best[-1]:
                _insert(best, found, i, d, j)


@njit(nogil=True, cache=True)
def _find_mutual(near):  # type: ignore[no-untyped-def]
    """The pairs in order, and how many of the first one's nearest are among the second one's."""
    most = near.size // 2
    first, second, common = np.empty(most, np.int64), np.empty(most, np.int64), np.zeros(most, np.int64)
    count = 0
    for a in range(near.shape[0]):
        for b in np.sort(near[a]):
            if b > a and (near[b] == a).any():
                first[count], second[count] = a, b
                for one in near[a]:
                    common[count] += (near[b] == one).any()
                count += 1
    return first[:count].copy(), second[:count].copy(), common[:count].copy()


@njit(nogil=True, cache=True)
def _find_nearest(rows, cell, cells, part, found):  # type: ignore[no-untyped-def]
    """Of a part of the rows in order of their cells.

    Coordinates in which accounts differ most come first, so most pairs are given up after four of them.
    """
    (order, place, chance), (around, starts) = rows, cells
    width = place.shape[1]
    best = np.empty(found.shape[1])
    for own in range(part[0], part[1]):
        i = order[own]
        best[:] = np.inf
        for c in around[cell[i]]:
            for p in range(starts[c], starts[c + 1]):
                scale = chance[own] + chance[p]
                enough = best[-1] * scale
                d = 0.0
                for k in range(min(4, width)):
                    d += (place[own, k] - place[p, k]) ** 2
                if d >= enough:
                    continue
                for k in range(4, width):
                    d += (place[own, k] - place[p, k]) ** 2
                if d < enough and p != own:
                    _insert(best, found, i, d / scale, order[p])
