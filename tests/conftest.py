"""One simulated world, scanned once, and a way to scan its variations: the real road, no stand-ins."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import settings

import stillwatch.road
from stillwatch.engine import DuckDBEngine, Step
from stillwatch.progress import Silent
from stillwatch.road import Scan, ScanOptions, scan
from testrange.presets import PRESETS
from testrange.reading import WorldTables, read_world
from testrange.worlds import write_world

settings.register_profile("untimed", deadline=None)  # no test depends on how busy the machine is
settings.load_profile("untimed")

ScanLog = Callable[..., Scan]
"""Scans a log; keyword arguments are those of ScanOptions."""
Said = list[tuple[str, str]]


class RecordingEngine(DuckDBEngine):
    """DuckDB itself, and a note of everything that it was told."""

    said: list[tuple[str, str]]

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        type(self).said = []

    def run(self, steps: Iterable[Step]) -> None:
        told = list(steps)
        self.said.extend((step.name, step.sql) for step in told)
        super().run(told)

    def fetch(self, sql: str) -> pa.Table:
        self.said.append(("fetch", sql))
        return super().fetch(sql)


@pytest.fixture(scope="session")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One key for all scans, so that their pseudonyms can be compared."""
    path = tmp_path_factory.mktemp("key") / "key"
    path.write_text("5b" * 32 + "\n")
    path.chmod(0o600)
    return path


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> WorldTables:
    """The small world: two campaigns among customers and all benign twins."""
    out = tmp_path_factory.mktemp("world")
    write_world(PRESETS["small"](7), out)
    return read_world(out)


@pytest.fixture(scope="session")
def scan_log(tmp_path_factory: pytest.TempPathFactory, key_file: Path) -> ScanLog:
    """Scan a log into a fresh directory."""

    def run(log: Path, **options: Any) -> Scan:
        out = tmp_path_factory.mktemp("scan") / "result"
        given: dict[str, Any] = {"log": log, "out": out, "key": key_file, "threads": 1}
        return scan(ScanOptions(**(given | options)), Silent())

    return run


@pytest.fixture(scope="session")
def scanned(world: WorldTables, scan_log: ScanLog) -> Scan:
    """The small world, scanned as it is."""
    return scan_log(world.directory)


@pytest.fixture(scope="session")
def spoken_sql(
    world: WorldTables, scan_log: ScanLog, tmp_path_factory: pytest.TempPathFactory
) -> list[tuple[str, str]]:
    """Name and text of every query of a scan that meets duplicates and is cut at a time."""
    log = tmp_path_factory.mktemp("spoken")
    (log / "exchanges").mkdir()
    pq.write_table(pa.concat_tables([world.exchanges, world.exchanges.slice(0, 50)]), log / "exchanges" / "all.parquet")
    pq.write_table(world.accounts, log / "accounts.parquet")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stillwatch.road, "DuckDBEngine", RecordingEngine)
        scan_log(log, as_of=datetime(2026, 5, 13, tzinfo=UTC))
    return list(dict.fromkeys(RecordingEngine.said))
