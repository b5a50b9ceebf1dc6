"""Ids pass by the door unchanged, under the keys that signals give their exchanges."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch.records import EXCHANGES
from stillwatch.signals import Key, Signaller
from stillwatch.signals.exchange_ids import passing_ids
from stillwatch.signals.stage import exchange_keys
from testrange.reading import WorldTables


def test_keys_are_those_of_the_signals(world: WorldTables) -> None:
    batch = world.exchanges.slice(17, 500).select(list(EXCHANGES.names))
    keys = exchange_keys(batch["exchange_id"].combine_chunks())
    assert keys.to_pylist() == Signaller(Key(bytes(32))).signals(batch)["exchange"].to_pylist()


def test_ids_pass_by_unchanged(tmp_path: Path) -> None:
    batches = [pa.table({"exchange_id": pa.array(ids, pa.string())}) for ids in (["a", "é", ""], [], ["b"])]
    assert list(passing_ids(iter(batches), tmp_path)) == batches
    assert pq.read_table(tmp_path)["exchange_id"].to_pylist() == ["a", "é", "", "b"]
