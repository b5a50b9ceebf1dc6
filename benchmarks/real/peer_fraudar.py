"""FRAUDAR (Hooi et al. 2016; rgmining-fraudar, GPL-3.0) on events: dense blocks of accounts and objects.

`PEER EVENTS OUT`, in the environment of `benchmarks/peers`. The matrix is binary: this account acted on this object.
Blocks are taken one after another; the setting is how many. A process of its own; no code of it is copied.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from common import LEAST_GROUP
from fraudar.export.greedy import logWeightedAveDegree
from fraudar_blocks import without
from scipy import sparse

BLOCKS = (1, 4, 16)


def matrix(events: Path) -> tuple[list[str], sparse.csr_matrix]:
    table = pq.read_table(events, columns=["account", "object"]).drop_null()
    codes = [table[name].combine_chunks().dictionary_encode() for name in ("account", "object")]
    rows, columns = (np.asarray(code.indices) for code in codes)
    shape = tuple(len(code.dictionary) for code in codes)
    edges = sparse.csr_matrix((np.ones(rows.size), (rows, columns)), shape=shape)
    edges.data[:] = 1
    return codes[0].dictionary.to_pylist(), edges


def find(events: Path) -> dict[str, list[list[str]]]:
    names, edges = matrix(events)
    blocks: list[list[str]] = []
    for _ in range(max(BLOCKS)):
        if edges.nnz == 0:
            break
        with contextlib.redirect_stdout(io.StringIO()):
            (rows, columns), _score = logWeightedAveDegree(edges.tolil())
        edges = without(edges, rows, columns)
        edges.eliminate_zeros()
        blocks.append(sorted(names[row] for row in rows))
    return {f"{n} block{'s' if n > 1 else ''}": [b for b in blocks[:n] if len(b) >= LEAST_GROUP] for n in BLOCKS}


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(json.dumps(find(Path(sys.argv[1]))))
