"""Runs that are cut off: killed, or without room on the disk. The next run completes what they began, and the result
is, byte for byte, that of a run that was not disturbed."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from stillwatch.progress import Silent
from stillwatch.road import ScanOptions, scan
from stillwatch.store.manifest import FILE, read_manifest
from testrange.reading import WorldTables
from tests.road.logs import bytes_of, write_log

from .conftest import day_of

PROGRAM = Path(sys.executable).with_name("stillwatch")
BAD_INPUT = 2


@dataclass(frozen=True)
class Daily:
    """A log of which a store knows the first days, and what the next scan, undisturbed, makes of both."""

    log: Path
    known: Path
    key: Path
    result: dict[str, bytes]
    exchanges: int
    seconds: float

    def command(self, store: Path, out: Path) -> list[str]:
        told = (PROGRAM, "scan", self.log, "--store", store, "--out", out, "--key", self.key, "--threads", "1")
        return [str(part) for part in told]

    def check(self, store: Path, out: Path) -> None:
        """Run it again, undisturbed: everything is there, once, and nothing else."""
        found = scan(ScanOptions(self.log, out, self.key, threads=1, store=store), Silent())
        assert found.tables["campaigns"].num_rows
        assert bytes_of(out) == self.result
        manifest = read_manifest(store)
        kept = pa.concat_tables(
            [pq.read_table(store / s.signals.path, columns=["exchange"]) for s in manifest.segments]
        )
        assert (kept.num_rows, pc.count_distinct(kept["exchange"]).as_py()) == (self.exchanges, self.exchanges)
        assert {store / file.path for file in manifest.files} == set(store.rglob("*.parquet"))
        assert {p.name for p in store.iterdir() if p.is_file()} == {FILE, "lock", "readers"}


@pytest.fixture(scope="module")
def daily(world: WorldTables, few: pa.Table, key_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Daily:
    folder = tmp_path_factory.mktemp("daily")
    days = day_of(few)
    newest = pc.max(days).as_py()
    log = write_log(folder / "log", few.filter(pc.less(days, newest - 1)), world.accounts.slice(0, 700))
    trial = Daily(log, folder / "known", key_file, {}, few.num_rows, 0.0)
    subprocess.run(trial.command(trial.known, folder / "first"), check=False, timeout=300, capture_output=True)
    assert (folder / "first").exists()
    for day in (newest - 1, newest):
        pq.write_table(few.filter(pc.equal(days, day)), log / "exchanges" / f"{day}.parquet")
    pq.write_table(world.accounts, log / "accounts.parquet")
    shutil.copytree(trial.known, folder / "control")
    begun = time.monotonic()
    subprocess.run(trial.command(folder / "control", folder / "second"), check=False, timeout=300, capture_output=True)
    took = time.monotonic() - begun
    return Daily(log, trial.known, key_file, bytes_of(folder / "second"), few.num_rows, took)


NEXT, FIRST = "next days", "first days"


def _place(daily: Daily, place: Path, days: str) -> Path:
    """The store before the run: one that knows the first days, or none."""
    if days == NEXT:
        shutil.copytree(daily.known, place / "store")
    return place / "store"


def _kill_when(daily: Daily, place: Path, due: Callable[[], bool], number: signal.Signals = signal.SIGKILL) -> bool:
    """Run, and end it by a signal as soon as it is due; whether it was still running."""
    silent = subprocess.DEVNULL
    running = subprocess.Popen(daily.command(place / "store", place / "r"), stdout=silent, stderr=silent)
    while not due() and running.poll() is None:
        time.sleep(0.001)
    alive = running.poll() is None
    running.send_signal(number)
    running.wait(120)
    return alive


@pytest.mark.parametrize("part", [n / 10 for n in range(1, 11)])
def test_killed_at_some_time(daily: Daily, tmp_path: Path, part: float) -> None:
    """At ten points of time over a whole run; where they fall is chance, and no point is too early or too late."""
    shutil.copytree(daily.known, tmp_path / "store")
    due = time.monotonic() + part * daily.seconds
    _kill_when(daily, tmp_path, lambda: time.monotonic() >= due)
    daily.check(tmp_path / "store", tmp_path / "r")


@pytest.mark.parametrize(("days", "files"), [(NEXT, 1), (NEXT, 2), (NEXT, 4), (FIRST, 2), (FIRST, 9)])
def test_killed_while_it_writes(daily: Daily, tmp_path: Path, days: str, files: int) -> None:
    """As soon as so many new files are there, the last one half-written perhaps."""
    store = _place(daily, tmp_path, days)
    assert _kill_when(daily, tmp_path, _grown(store, files))
    daily.check(store, tmp_path / "r")


def _grown(store: Path, files: int) -> Callable[[], bool]:
    """Whether so many more files are there than now."""
    enough = _count(store) + files
    return lambda: _count(store) >= enough


def _count(store: Path) -> int:
    try:
        return sum(1 for _ in store.rglob("*.parquet"))
    except FileNotFoundError:  # removed while we looked
        return 0


@pytest.mark.parametrize(("days", "commits"), [(NEXT, 1), (NEXT, 2), (FIRST, 1), (FIRST, 3)])
def test_killed_as_the_manifest_is_replaced(daily: Daily, tmp_path: Path, days: str, commits: int) -> None:
    store = _place(daily, tmp_path, days)
    manifest = store / FILE
    seen: set[tuple[int, int]] = set()  # number and time: the number of a file that went is given to the next

    def look() -> int:
        if manifest.exists():
            found = manifest.stat()
            seen.add((found.st_ino, found.st_mtime_ns))
        return len(seen)

    had = look()

    def due() -> bool:
        return look() >= had + commits

    assert _kill_when(daily, tmp_path, due)
    daily.check(store, tmp_path / "r")


@pytest.mark.parametrize("files", [2, 4])
def test_stopped_in_order(daily: Daily, tmp_path: Path, files: int) -> None:
    """A run that is told to stop clears up after itself, and takes nothing away that counts."""
    store = _place(daily, tmp_path, NEXT)
    assert _kill_when(daily, tmp_path, _grown(store, files), signal.SIGTERM)
    assert {store / file.path for file in read_manifest(store).files} == set(store.rglob("*.parquet"))
    daily.check(store, tmp_path / "r")


def test_killed_again_and_again(daily: Daily, tmp_path: Path) -> None:
    """A store that is made by runs of which none but the last one ends."""
    for files in (1, 3, 5, 9):
        _kill_when(daily, tmp_path, _grown(tmp_path / "store", files))
    daily.check(tmp_path / "store", tmp_path / "r")


# No room.


def _complaint(ended: subprocess.CompletedProcess[str]) -> str:
    assert ended.returncode == BAD_INPUT, (ended.returncode, ended.stderr)
    assert "Traceback" not in ended.stderr
    return " ".join(ended.stderr.split())


@pytest.mark.parametrize("most", [500, 30_000, 120_000])
def test_a_write_that_fails(daily: Daily, tmp_path: Path, most: int) -> None:
    """No file may be longer than so many bytes, as if the disk were full then: manifest, names and signals fail."""
    shutil.copytree(daily.known, tmp_path / "store")
    ended = subprocess.run(
        daily.command(tmp_path / "store", tmp_path / "r"),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)),
    )
    told = _complaint(ended)
    assert "File too large" in told
    assert "What it held is whole" in told or "No result was changed" in told
    assert not (tmp_path / "r").exists()
    daily.check(tmp_path / "store", tmp_path / "r")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Mounts a file system of so many KiB."""
    disk = tmp_path / "disk"
    disk.mkdir()

    def make(size: int) -> Path:
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}k", "tmpfs", str(disk)]
        try:
            mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
        except OSError:
            mounted = False
        if not mounted:
            pytest.skip("needs the right to mount a file system")
        return disk

    yield make
    if os.path.ismount(disk):
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("size", [40, 300])
def test_a_disk_that_is_full(daily: Daily, small_disk: Callable[[int], Path], tmp_path: Path, size: int) -> None:
    """When there is room again, the run is repeated."""
    disk = small_disk(size)
    store = disk / "store"
    ended = subprocess.run(
        daily.command(store, tmp_path / "r"), capture_output=True, text=True, timeout=300, check=False
    )
    told = _complaint(ended)
    assert "No space left" in told
    assert "Make room" in told
    subprocess.run(["mount", "-o", "remount,size=100m", str(disk)], check=True)
    daily.check(store, tmp_path / "r")
