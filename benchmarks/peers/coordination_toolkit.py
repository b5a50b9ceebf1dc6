"""coordination-network-toolkit 1.5.2 (MIT): accounts that send the same message, or the same 4-gram, within a window.

It makes networks and no groups; connected components of at least five accounts stand in. `co_tweet` compares whole
messages. For `co_link` the two rarest shared 4-grams of each message are given as its links, which is the nearest it
comes to templates.
"""

from __future__ import annotations

import contextlib
import io
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from common import Accused, components, exchanges, main, shingles
from coordination_network_toolkit.compute_networks import compute_co_link_network, compute_co_tweet_network
from coordination_network_toolkit.preprocess import preprocess_data

WINDOWS = (60, 3600)
WEIGHTS = (1, 2, 3, 5, 10, 20)
ONE_IN = 16


def messages(world: Path) -> Iterator[tuple[object, ...]]:
    table = exchanges(world, ["exchange_id", "account_id", "time", "input_text"])
    rows = [
        (r["exchange_id"], r["account_id"], r["time"].timestamp(), r["input_text"] or "") for r in table.to_pylist()
    ]
    values = [shingles(text, ONE_IN) for *_, text in rows]
    holders = Counter(v for _, v in {(row[1], v) for row, of in zip(rows, values, strict=True) for v in of})
    for (name, account, time, text), of in zip(rows, values, strict=True):
        shared = sorted((v for v in of if holders[v] >= 3), key=lambda v: (holders[v], v))[:2]
        yield name, account, account, None, None, text, time, [str(v) for v in shared]


def accuse(world: Path, _: Path) -> Accused:
    found: Accused = {}
    with tempfile.TemporaryDirectory() as scratch, contextlib.redirect_stdout(io.StringIO()):
        database = str(Path(scratch) / "edges.db")
        preprocess_data(database, messages(world))
        for window in WINDOWS:
            compute_co_tweet_network(database, window, min_edge_weight=1, n_threads=1)
            found |= groups(database, "co_tweet", window)
            compute_co_link_network(database, window, n_threads=1, min_edge_weight=1)
            found |= groups(database, "co_link", window)
    return found


def groups(database: str, network: str, window: int) -> Accused:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        edges = connection.execute(f"select user_1, user_2, weight from {network}_network").fetchall()
    return {
        f"{network}, {window} s, weight {least}": components((a, b) for a, b, w in edges if w >= least and a != b)
        for least in WEIGHTS
    }


if __name__ == "__main__":
    main(accuse)
