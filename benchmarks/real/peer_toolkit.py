"""coordination-network-toolkit 1.5.2 (MIT) on events: accounts that post the same link within a window.

`PEER EVENTS OUT`, in the environment of `benchmarks/peers`. Objects are given as links and each act as a message. 1 s
and weight 2 are the defaults of its command, 10 s is CooRTweet's, 60 s and an hour are common in use. It makes networks
and no groups: connected components of at least five accounts stand in.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
from coordination_network_toolkit.compute_networks import compute_co_link_network
from coordination_network_toolkit.preprocess import preprocess_data
from coordination_toolkit import groups

WINDOWS = (1, 10, 60, 3600)
WEIGHTS = (2, 3)


def messages(events: Path) -> Iterator[tuple[object, ...]]:
    table = pq.read_table(events).drop_null()
    for number, row in enumerate(table.to_pylist()):
        account = row["account"]
        yield f"m{number}", account, account, None, None, "", row["time"].timestamp(), [row["object"]]


def find(events: Path) -> dict[str, list[list[str]]]:
    found = {}
    with tempfile.TemporaryDirectory() as scratch, contextlib.redirect_stdout(io.StringIO()):
        database = str(Path(scratch) / "edges.db")
        preprocess_data(database, messages(events))
        for window in WINDOWS:
            compute_co_link_network(database, window, n_threads=1, min_edge_weight=1)
            by_weight = groups(database, "co_link", window)
            found |= {f"{window} s, weight {w}": by_weight[f"co_link, {window} s, weight {w}"] for w in WEIGHTS}
    return found


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(json.dumps(find(Path(sys.argv[1]))))
