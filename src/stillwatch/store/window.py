"""What a scan gets from a store: the signals of its window, and what else passed the door with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch.intake import Aside, InputError, Log, LogFile
from stillwatch.signals import Tally
from stillwatch.store.accounts import filled, no_accounts
from stillwatch.store.days import EPOCH
from stillwatch.store.files import check_files
from stillwatch.store.locks import reading
from stillwatch.store.manifest import Input, Manifest, Settings, check_settings, read_manifest
from stillwatch.store.names import find_sealed


@dataclass(frozen=True)
class Window:
    """A store as it was when it was opened; its files stay as long as it is open.

    `log` are the files whose exchanges or faults lie in the window, as they were when they were read; `account_columns`
    those of the account record that are filled.
    """

    store: Path
    manifest: Manifest
    registered: pa.Table
    aside: Aside

    @property
    def log(self) -> Log:
        files = (LogFile(Path(i.path), i.format, i.bytes) for i in self.manifest.inputs if i.current)
        return Log(tuple(sorted(files, key=lambda file: file.path)), dict(self.manifest.settings.mapping))

    @property
    def tally(self) -> Tally:
        return Tally(sum(s.signals.rows for s in self.manifest.segments), filled=self.manifest.filled)

    @property
    def account_columns(self) -> set[str]:
        return filled(self.registered)

    @property
    def told(self) -> dict[str, Any]:
        """What `scan.json` says of the store."""
        days = sorted({s.day for s in self.manifest.segments})
        return {
            "window_days": self.manifest.window,
            "days": len(days),
            "first_day": str(EPOCH + days[0]),
            "last_day": str(EPOCH + days[-1]),
            "outside_window": self.manifest.outside,
        }

    def sealed(self, kind: str, wanted: Set[str]) -> Mapping[str, bytes]:
        """The sealed originals behind some pseudonyms, as shown. Reads every name of that kind in the window."""
        files = [s.names for s in self.manifest.segments]
        if self.manifest.registered:
            files.append(self.manifest.registered.names)
        return find_sealed([self.store / file.path for file in files if file.rows], kind, wanted)


@contextmanager
def open_window(store: Path, settings: Settings, signals: Path, threads: int) -> Iterator[Window]:
    """Open a store for a scan, with a link to each of its segments in the folder `signals`.

    Every file is read once for its checksum. An engine reads a folder, and those of a store may hold more than what
    counts; so it gets one with links. Raises InputError for another key or setting, and for a damaged store.
    """
    with reading(store):
        manifest = read_manifest(store)
        check_settings(store, manifest.settings, settings)
        if not manifest.segments:
            raise InputError("the store holds no exchange", store, "Add a log: stillwatch scan LOG --store STORE.")
        check_files(store, list(manifest.files), threads)
        signals.mkdir()
        for number, segment in enumerate(manifest.segments):
            (signals / f"part-{number:06d}.parquet").symlink_to((store / segment.signals.path).resolve())
        yield Window(store, manifest, _registered(store, manifest), _aside(store, manifest))


def _registered(store: Path, manifest: Manifest) -> pa.Table:
    if manifest.registered is None:
        return no_accounts()
    return pq.read_table(store / manifest.registered.accounts.path)


def _aside(store: Path, manifest: Manifest) -> Aside:
    """What was set aside when the files of the window were read, and when the accounts were."""
    aside = Aside()
    sources: list[Input] = [i for i in manifest.inputs if i.current]
    if manifest.registered:
        sources.append(manifest.registered.source)
    for source in sources:
        aside.notes.extend(note for note in source.notes if note not in aside.notes)
        if source.rejects:
            for row in pq.read_table(store / source.rejects.path).to_pylist():
                aside.add(row["file"], row["line"], row["reason"])
    aside.count = sum(source.rejected for source in sources)
    return aside
