"""Which files a store has read."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch.intake import LogFile
from stillwatch.store.manifest import Input, read_manifest
from stillwatch.store.seen import TICK, Found, find_contents

from .conftest import Add


def _look(path: Path, known: list[Input]) -> Found:
    return next(find_contents([LogFile(path, "x", path.stat().st_size)], known, 1))


def _known(found: Found) -> list[Input]:
    return [Input(str(found.file.path), "x", found.file.bytes, found.sha256, 0, found.stamp)]


def _bytes_read() -> int:
    return int(Path("/proc/self/io").read_text().split()[1])


def _wait_a_tick() -> None:
    time.sleep(TICK / 1e9 + 0.1)


def test_a_file_that_just_changed_has_no_stamp(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"one")
    assert _look(path, []).stamp is None
    _wait_a_tick()
    assert _look(path, []).stamp is not None


def test_a_change_is_seen_with_size_and_time_put_back(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"one")
    _wait_a_tick()
    before, times = _look(path, []), path.stat()
    path.write_bytes(b"two")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert path.stat().st_mtime_ns == times.st_mtime_ns
    assert _look(path, _known(before)).sha256 != before.sha256


def test_a_file_that_did_not_change_is_not_read(tmp_path: Path) -> None:
    path, size = tmp_path / "log", 30_000_000
    path.write_bytes(bytes(size))
    _wait_a_tick()
    before = _bytes_read()
    found = _look(path, [])
    read = _bytes_read()
    assert read - before >= size
    assert _look(path, _known(found)) == found
    assert _bytes_read() - read < size / 100


def test_a_store_remembers_stamps(few: pa.Table, add: Add, store: Path, tmp_path: Path) -> None:
    """Also of a file that was only touched since."""
    log = tmp_path / "log.parquet"
    pq.write_table(few, log)
    _wait_a_tick()
    add(log)
    first = read_manifest(store).inputs[0].stamp
    log.touch()
    _wait_a_tick()
    assert add(log) == 0
    second = read_manifest(store).inputs[0].stamp
    assert None not in {first, second}
    assert first != second
