"""What is left behind when a scan fails."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stillwatch.intake import InputError
from stillwatch.progress import Silent
from stillwatch.road import Scan, ScanOptions, scan
from testrange.reading import WorldTables

from .logs import (
    FILES,
    ScanLog,
    bytes_of,
    write_log,
)


def test_an_older_result_is_replaced_whole(scanned: Scan, world: WorldTables, scan_log: ScanLog) -> None:
    found = scan_log(world.directory, keep_text_days=3)
    (found.out / "report.html").write_text("an older page")
    again = scan_log(world.directory, out=found.out)
    assert {p.name for p in again.out.iterdir()} == FILES
    assert bytes_of(again.out) == bytes_of(scanned.out)
    assert sorted(p.name for p in again.out.parent.iterdir()) == ["result"]


def test_a_failed_scan_leaves_the_older_result(
    scanned: Scan, world: WorldTables, key_file: Path, tmp_path: Path
) -> None:
    log = write_log(tmp_path / "log", world.exchanges.slice(0, 500), None)
    out = tmp_path / "result"
    scan(ScanOptions(log, out, key_file, threads=1), Silent())
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    broken = log / "exchanges" / "part.parquet"
    broken.write_bytes(broken.read_bytes()[:-2000])
    with pytest.raises(InputError):
        scan(ScanOptions(log, out, key_file, threads=1), Silent())
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["log", "result"]


def test_other_peoples_files_are_left_alone(world: WorldTables, key_file: Path, tmp_path: Path) -> None:
    log = write_log(tmp_path / "log", world.exchanges.slice(0, 500), None)
    out = tmp_path / "home"
    out.mkdir()
    (out / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="something else"):
        scan(ScanOptions(log, out, key_file, threads=1), Silent())
    assert [p.name for p in out.iterdir()] == ["thesis.txt"]


def test_a_stop_while_the_folder_is_made_leaves_nothing(
    world: WorldTables, key_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = write_log(tmp_path / "log", world.exchanges.slice(0, 500), None)
    made = Path.mkdir

    def stopped(self: Path, *arguments: Any, **more: Any) -> None:
        made(self, *arguments, **more)
        if self.name.startswith(".stillwatch-"):
            raise KeyboardInterrupt

    monkeypatch.setattr(Path, "mkdir", stopped)
    with pytest.raises(KeyboardInterrupt):
        scan(ScanOptions(log, tmp_path / "result", key_file, threads=1), Silent())
    assert [p.name for p in tmp_path.iterdir()] == ["log"]
