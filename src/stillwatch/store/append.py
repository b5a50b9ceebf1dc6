"""New files of a log into a store: what the store has not seen, whole or not at all."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.intake import Aside, InputError, Log, read_accounts, read_exchanges
from stillwatch.signals import Signaller, registrations
from stillwatch.store.accounts import merged, read_registered
from stillwatch.store.days import EPOCH, DaySegments
from stillwatch.store.files import MANIFEST_DRAFT, StoredFile, sync_folder, sync_folders, telling_where, write_parquet
from stillwatch.store.locks import READING, WRITING, nobody_reading, writing
from stillwatch.store.manifest import (
    FILE,
    Input,
    Manifest,
    Registered,
    Settings,
    check_mapping,
    check_settings,
    is_store,
    read_manifest,
    without_rejects,
    write_manifest,
)
from stillwatch.store.names import held_by, registered_names
from stillwatch.store.seen import Found, content_hash, find_contents

FOLDERS = ("signals", "names", "registrations", "rejects")
DEFAULT_WINDOW = 90
"""Days."""
LONGEST_PAUSE = 31
"""Days after which a first new day is not believed if it would end all others. A judgement: a wrong clock is more usual
than a month without traffic."""
BYTES_AT_ONCE = 4 * 1024**3
"""Bytes of input after which what was read is made to count: a run that is cut off goes on from there."""


@dataclass(frozen=True)
class Arrival:
    """What a run brings to a store: a log, the accounts beside it, and the window if one is asked for."""

    log: Log
    accounts: Path | None = None
    window: int | None = None
    format: str | None = None


def append(
    store: Path, arrival: Arrival, settings: Settings, signaller: Signaller, threads: int
) -> Generator[int, None, None]:
    """Read the files of a log that the store has not seen into it; yields how many exchanges were read so far.

    Makes the store if there is none. Reads files that may be new for their hash, and new ones for their exchanges.
    Raises InputError; the store then holds what it held, and of many gigabytes also files before the one at fault.
    Killed at any point, the next run completes it.
    """
    _make(store)
    read = 0
    with writing(store):
        writer = _Writer(store, _opened(store, settings), arrival.window, signaller, threads)
        try:
            writer.remove_leftovers()
            if arrival.accounts is not None:
                writer.register(arrival.accounts)
            for files in _portions(writer.unseen(arrival)):
                for rows in writer.read(files, arrival.log):
                    read += rows
                    yield read
            writer.commit(writer.manifest.in_window())
        finally:
            writer.remove_leftovers()
    yield read


class _Writer:
    """The one that holds the lock. `manifest` is what counts, with the window that was asked for."""

    def __init__(self, store: Path, saved: Manifest, window: int | None, signaller: Signaller, threads: int) -> None:
        self.store, self.manifest = store, replace(saved, window=window or saved.window)
        self._saved, self._signaller, self._threads = saved, signaller, threads

    def unseen(self, arrival: Arrival) -> list[Found]:
        """The files of a log whose content the store has not read. Reads all that changed since it looked last."""
        known = {i.sha256: i for i in self.manifest.inputs}
        new: dict[str, Found] = {}
        stamps: dict[str, Found] = {}
        for found in find_contents(arrival.log.files, self.manifest.inputs, self._threads):
            held = known.get(found.sha256)
            if held is None:
                new.setdefault(found.sha256, found)
                continue
            if arrival.format not in {None, held.format}:
                raise InputError(
                    f"this file was read into the store as {held.format}",
                    found.file.path,
                    "Leave out --format, or start a new store from the logs with another --store.",
                )
            stamps[found.sha256] = found
        self.manifest = replace(self.manifest, inputs=tuple(_restamped(i, stamps) for i in self.manifest.inputs))
        return list(new.values())

    def read(self, files: list[Found], log: Log) -> Iterator[int]:
        """Read files and make them count, all of them at once; yields the rows of each batch."""
        segments = DaySegments(self.store, secrets.token_hex(8), self._signaller, self.manifest.window)
        sources = [_Source(found) for found in files]
        batches = (batch for source in sources for batch in source.batches(log))
        for records, signals in _signalled(batches, self._signaller, self._threads):
            segments.add(records, signals)
            yield records.num_rows
        written = segments.finish()
        newest = max((s.day for s in (*self.manifest.segments, *written)), default=None)
        if newest is None:
            _nothing_read(sources)
        inputs = tuple(source.told(self.store, newest or 0) for source in sources)
        again = {i.path for i in inputs}
        before = tuple(without_rejects(i) if i.path in again else i for i in self.manifest.inputs)
        grown = replace(
            self.manifest,
            segments=self.manifest.segments + written,
            inputs=before + inputs,
            outside=self.manifest.outside + segments.outside,
        ).in_window()
        self._check_jump(grown)
        self.commit(grown)

    def register(self, path: Path) -> None:
        """Merge the records of an accounts file, unless it is the one that was merged last."""
        held = self.manifest.registered
        content = content_hash(path)
        if held and held.source.sha256 == content:
            return
        aside = Aside()
        accounts = read_accounts(path, aside)
        new = registrations(accounts, self._signaller)
        names = registered_names(accounts, new, self._signaller)
        if held:
            old, old_names = read_registered(self.store, held)
            new, names = merged(old, new), pa.concat_tables([old_names, names])
        run = secrets.token_hex(8)
        source = Input(str(path), "accounts", path.stat().st_size, content, 0)
        registered = Registered(
            _with_aside(self.store, source, aside),
            write_parquet(self.store, f"registrations/{run}.parquet", new),
            write_parquet(self.store, f"names/registrations/{run}.parquet", held_by(new, names), ("kind",)),
        )
        self.commit(replace(self.manifest, registered=registered))

    def commit(self, manifest: Manifest) -> None:
        """Make a manifest count: its files are on the disk before it is."""
        if manifest == self._saved:
            return
        old = {file.path for file in self._saved.files}
        sync_folders(self.store, [file for file in manifest.files if file.path not in old])
        write_manifest(self.store, manifest)
        self.manifest = self._saved = manifest

    def remove_leftovers(self) -> None:
        """Remove what the manifest does not name: days that expired, and what a run that was cut off left behind.

        Left to a later run while somebody reads. Goes by the manifest on the disk: a run that is stopped as it replaces
        it may not know yet which one counts."""
        named = {self.store / file.path for file in read_manifest(self.store).files}
        with telling_where(self.store), nobody_reading(self.store) as alone:
            if not alone:
                return
            for draft in self.store.glob(f"{FILE}.*{MANIFEST_DRAFT}"):
                draft.unlink()
            for folder in (self.store / name for name in FOLDERS):
                for path in sorted(folder.rglob("*"), reverse=True):
                    if path.is_dir() and not any(path.iterdir()):
                        path.rmdir()
                    elif not path.is_dir() and path not in named:
                        path.unlink()

    def _check_jump(self, grown: Manifest) -> None:
        """One wrong clock must not throw a store away."""
        had, newest = self.manifest.newest, grown.newest
        if had is not None and newest is not None and newest - had >= max(grown.window, LONGEST_PAUSE):
            raise InputError(
                f"a new exchange is of {EPOCH + newest}, which would end every day of the store, the newest "
                f"{EPOCH + had}",
                self.store,
                "Check the times of the log. If they are right, start a new store with another --store.",
            )


class _Source:
    """A file while it is read."""

    def __init__(self, found: Found) -> None:
        self.file, self.aside = found.file, Aside()
        self._found, self._last_day = found, -1

    def batches(self, log: Log) -> Iterator[pa.Table]:
        for batch in read_exchanges(Log((self.file,), log.mapping), self.aside):
            last = pc.max(batch["time"]).cast(pa.int64()).as_py()
            self._last_day = max(self._last_day, last // 86_400_000_000)
            yield batch

    def told(self, store: Path, newest: int) -> Input:
        """What the manifest says of the file. One without any exchange counts as of the store's newest day."""
        day = newest if self._last_day < 0 else self._last_day
        file, found = self.file, self._found
        told = Input(str(file.path), file.format, file.bytes, found.sha256, day, found.stamp)
        return _with_aside(store, told, self.aside)


def _make(store: Path) -> None:
    """Make the folder, or raise InputError if it is something else than a store."""
    if is_store(store):
        return
    there = store.exists()
    found = {entry.name for entry in store.iterdir()} if store.is_dir() else set()
    own = {name for name in found if name in {WRITING, READING} or name.endswith(MANIFEST_DRAFT)}
    if found - own or (there and not store.is_dir()):
        raise InputError("there is something else than a store", store, "Choose another --store.")
    with telling_where(store):
        store.mkdir(parents=True, exist_ok=True, mode=0o700)
        store.chmod(0o700)
        sync_folder(store.parent)


def _opened(store: Path, settings: Settings) -> Manifest:
    """The manifest under the lock; a store that holds nothing yet takes the settings that it is given."""
    held = read_manifest(store) if is_store(store) else None
    if held is None or not (held.inputs or held.registered):
        held = Manifest(settings, held.window if held else DEFAULT_WINDOW)
        write_manifest(store, held)
    check_settings(store, held.settings, settings)
    check_mapping(store, held.settings, settings)
    return held


def _restamped(source: Input, found: dict[str, Found]) -> Input:
    """A file that was read, as the system knows it now: one that was only touched need not be read every day."""
    there = found.get(source.sha256)
    return source if there is None or str(there.file.path) != source.path else replace(source, stamp=there.stamp)


def _with_aside(store: Path, source: Input, aside: Aside) -> Input:
    rejects: StoredFile | None = None
    table = aside.table()
    if table.num_rows:
        rejects = write_parquet(store, f"rejects/{secrets.token_hex(8)}.parquet", table)
    return replace(source, rejected=aside.count, rejects=rejects, notes=tuple(sorted(aside.notes)))


def _nothing_read(sources: list[_Source]) -> None:
    tables = [source.aside.table() for source in sources]
    first = next((str(t["reason"][0]) for t in tables if t.num_rows), "none")
    count = sum(source.aside.count for source in sources)
    files = sources[0].file.path if len(sources) == 1 else sources[0].file.path.parent
    raise InputError("no exchange could be read", files, f"{count} records were kept aside; the first: {first}")


def _portions(files: list[Found]) -> Iterator[list[Found]]:
    portion: list[Found] = []
    for found in files:
        portion.append(found)
        if sum(f.file.bytes for f in portion) >= BYTES_AT_ONCE:
            yield portion
            portion = []
    if portion:
        yield portion


def _signalled(batches: Iterable[pa.Table], signaller: Signaller, threads: int) -> Iterator[tuple[pa.Table, pa.Table]]:
    """Batches with their signals, in their order. Memory holds no more batches than threads, and one."""
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[tuple[pa.Table, Future[pa.Table]]] = deque()
        for batch in batches:
            waiting.append((batch, pool.submit(signaller.signals, batch)))
            if len(waiting) > threads:
                records, signals = waiting.popleft()
                yield records, signals.result()
        for records, signals in waiting:
            yield records, signals.result()
