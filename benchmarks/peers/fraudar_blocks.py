"""FRAUDAR (Hooi et al. 2016; rgmining-fraudar, GPL-3.0): dense blocks of accounts and sampled word 4-grams.

The matrix is binarised, an account holds a 4-gram that it used at least twice. Blocks are taken one after another; the
setting is how many of them are accused. What the package prints is its own business.
"""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import numpy as np
from common import LEAST_GROUP, Accused, main, shingles_by_account
from fraudar.export.greedy import logWeightedAveDegree
from scipy import sparse

BLOCKS = 16
ONE_IN = 16


def matrix(world: Path) -> tuple[list[str], sparse.csr_matrix]:
    uses = shingles_by_account(world, ONE_IN)
    names = sorted(uses)
    column: dict[int, int] = {}
    rows, columns = [], []
    for row, name in enumerate(names):
        for value, times in uses[name].items():
            if times >= 2:
                rows.append(row)
                columns.append(column.setdefault(value, len(column)))
    shape = (len(names), len(column))
    return names, sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape)


def accuse(world: Path, _: Path) -> Accused:
    names, edges = matrix(world)
    blocks: list[list[str]] = []
    for _number in range(BLOCKS):
        with contextlib.redirect_stdout(io.StringIO()):
            (rows, columns), _score = logWeightedAveDegree(edges.tolil())
        edges = without(edges, rows, columns)
        blocks.append([names[row] for row in sorted(rows)])
        if edges.nnz == 0:
            break
    blocks = [b for b in blocks if len(b) >= LEAST_GROUP]
    return {str(n): blocks[:n] for n in range(1, BLOCKS + 1)}


def without(edges: sparse.csr_matrix, rows: set[int], columns: set[int]) -> sparse.csr_matrix:
    """The matrix without the edges of a block."""
    found = edges.tocoo()
    inside = np.isin(found.row, list(rows)) & np.isin(found.col, list(columns))
    kept = ~inside
    return sparse.csr_matrix((found.data[kept], (found.row[kept], found.col[kept])), shape=edges.shape)


if __name__ == "__main__":
    main(accuse)
