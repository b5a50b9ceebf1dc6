"""Which exchanges are harvest, by their ids as the log gives them: only when asked for.

Signals keep a hash of each id and not the id, so the ids pass by the door into a folder that ends with the scan, and
those of harvested exchanges are looked up there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch.engine import Engine
from stillwatch.signals import kernel

SEED = np.uint64(2)
"""The seed under which signals hash exchange ids; a test compares."""


def passing_ids(batches: Iterable[pa.Table], folder: Path) -> Iterator[pa.Table]:
    """Pass batches of exchanges on, setting their ids aside in `folder` on the way. Linear in bytes of ids."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, batch in enumerate(batches):
        ids = batch["exchange_id"].combine_chunks().cast(pa.string())
        named = pa.table({"exchange": exchange_keys(ids), "exchange_id": ids})
        pq.write_table(named, folder / f"part-{number:06d}.parquet", compression="zstd")
        yield batch


def exchange_keys(ids: pa.StringArray) -> pa.Int64Array:
    """The keys of exchange ids inside a scan."""
    if len(ids) == 0:
        return pa.array([], pa.int64())
    _, offsets, data = ids.buffers()
    bounds = np.frombuffer(offsets, np.int32)[ids.offset : ids.offset + len(ids) + 1]
    characters = np.frombuffer(data, np.uint8) if data else np.zeros(1, np.uint8)
    return pa.array(kernel.hash_values(characters, bounds, SEED).view(np.int64))


def harvested_ids(engine: Engine, folder: Path) -> pa.Table:
    """The harvested exchanges of listed groups: group, member, exchange id. Needs table `harvested`."""
    engine.register("exchange_ids", folder)
    return engine.fetch(
        "SELECT DISTINCT h.grp, h.member, i.exchange_id FROM harvested h "
        "JOIN exchange_ids i ON i.exchange = h.exchange WHERE h.taken ORDER BY h.grp, h.member, i.exchange_id"
    )
