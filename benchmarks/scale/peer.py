"""Another program on the edges of a world: `peer.py WHICH EDGES SCRATCH`, in an environment of its own.

FRAUDAR takes one block of accounts and shingles. coordination-network-toolkit compares the contents and the two rarest
shingles of exchanges within a minute, as messages and their links. Nothing of them is copied here.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

WINDOW = 60


def fraudar(edges: Path, _: Path) -> int:
    from fraudar.export.greedy import logWeightedAveDegree  # noqa: PLC0415 - each program needs its own only
    from scipy import sparse  # noqa: PLC0415

    table = pq.read_table(edges / "pairs.parquet")
    codes = [np.unique(np.asarray(table[name]), return_inverse=True)[1] for name in ("account", "shingle")]
    matrix = sparse.csr_matrix((np.ones(table.num_rows), codes))
    with contextlib.redirect_stdout(io.StringIO()):
        logWeightedAveDegree(matrix.tolil())
    return int(table.num_rows)


def messages(edges: Path) -> Iterator[tuple[object, ...]]:
    for batch in pq.ParquetFile(edges / "acts.parquet").iter_batches(65_536):
        for row in batch.to_pylist():
            name, links = str(row["account"]), [str(s) for s in row["shingles"] or []]
            yield str(row["exchange"]), name, name, None, None, str(row["content"] or ""), row["time"], links


def toolkit(edges: Path, scratch: Path) -> int:
    from coordination_network_toolkit.compute_networks import (  # noqa: PLC0415
        compute_co_link_network,
        compute_co_tweet_network,
    )
    from coordination_network_toolkit.preprocess import preprocess_data  # noqa: PLC0415

    database = str(scratch / "edges.db")
    with contextlib.redirect_stdout(io.StringIO()):
        preprocess_data(database, messages(edges))
        compute_co_tweet_network(database, WINDOW, min_edge_weight=2, n_threads=2)
        compute_co_link_network(database, WINDOW, n_threads=2, min_edge_weight=2)
    return int(pq.read_metadata(edges / "acts.parquet").num_rows)


WHICH: dict[str, Callable[[Path, Path], int]] = {"fraudar": fraudar, "toolkit": toolkit}

if __name__ == "__main__":
    started = time.monotonic()
    rows = WHICH[sys.argv[1]](Path(sys.argv[2]), Path(sys.argv[3]))
    told = {"kind": "stage", "name": sys.argv[1], "from": started, "to": time.monotonic(), "rows": rows}
    print(json.dumps(told))
