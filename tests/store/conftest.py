"""A small log in several files, and how it comes to a store: the real road, no stand-ins."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from stillwatch.intake import open_log
from stillwatch.progress import Silent
from stillwatch.road import Scan, ScanOptions, scan
from stillwatch.signals import Signaller, open_key
from stillwatch.store import Arrival, append, settings_of
from testrange.reading import WorldTables

Add = Callable[..., int]
Look = Callable[..., Scan]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Where a store may be made."""
    return tmp_path / "store"


@pytest.fixture
def add(store: Path, key_file: Path) -> Add:
    """Add a log to the store without scanning; how many exchanges were read."""

    def run(log: Path, accounts: Path | None = None, window: int | None = None) -> int:
        key = open_key(key_file)
        arrival = Arrival(open_log(log), accounts, window)
        return list(append(store, arrival, settings_of(key, False, {}), Signaller(key), 1))[-1]

    return run


@pytest.fixture
def look(tmp_path: Path, key_file: Path) -> Look:
    """Scan a log or a store into `tmp_path`; keyword arguments are those of ScanOptions."""

    def run(log: Path, **options: Any) -> Scan:
        given: dict[str, Any] = {"log": log, "out": tmp_path / "result", "key": key_file, "threads": 1}
        return scan(ScanOptions(**(given | options)), Silent())

    return run


@pytest.fixture(scope="session")
def few(world: WorldTables) -> pa.Table:
    """The exchanges, on all days, of a campaign and of one account in four."""
    ids = pc.unique(world.exchanges["account_id"]).sort()
    fourth = ids.take(pa.array(range(0, len(ids), 4))).to_pylist()
    kept = fourth + world.members("campaign:fixed-prompt")["account_id"].to_pylist()
    return world.exchanges.filter(pc.is_in(world.exchanges["account_id"], pa.array(kept)))


def day_of(table: pa.Table) -> pa.ChunkedArray:
    """Days since 1970 of exchanges."""
    return pc.divide(table["time"].cast(pa.int64()), 86_400_000_000)
