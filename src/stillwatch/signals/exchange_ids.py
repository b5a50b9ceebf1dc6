"""Exchange ids, set aside at the door: only when asked for, and in a folder that ends with the scan.

Signals keep a hash of each id and not the id; the ids of harvested exchanges are looked up here afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch.signals.stage import exchange_keys


def passing_ids(batches: Iterable[pa.Table], folder: Path) -> Iterator[pa.Table]:
    """Pass batches of exchanges on, setting their ids aside in `folder` on the way: `exchange` (the key inside the
    scan) and `exchange_id`. Linear in bytes of ids."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, batch in enumerate(batches):
        ids = pa.concat_arrays(batch["exchange_id"].chunks or [pa.array([], pa.string())])
        named = pa.table({"exchange": exchange_keys(ids), "exchange_id": ids})
        pq.write_table(named, folder / f"part-{number:06d}.parquet", compression="zstd")
        yield batch
