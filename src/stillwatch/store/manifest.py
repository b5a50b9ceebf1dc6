"""The manifest: what counts in a store. Replaced as one; a file that it does not name is no part of the store."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from stillwatch import __version__
from stillwatch.intake import InputError
from stillwatch.store.files import StoredFile, replace_text

FILE, LOCK = "manifest.json", "lock"
KIND = "stillwatch-store"
FORMAT = 1
"""Raise it whenever SIGNALS, or what a column of it means, changes: signals of two makes must not meet in one scan."""


@dataclass(frozen=True)
class Settings:
    """What a store is made with and keeps for good: signals under other settings could not be joined with its own.

    `key` is a fingerprint that the key makes of itself; the key cannot be had from it. `mapping` is where a log keeps
    columns, as a scan is told.
    """

    key: str
    accounts_pseudonymised: bool
    mapping: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Segment:
    """Signals of one day (days since 1970, UTC), the sealed names met in them, and how often each column of the log is
    filled."""

    day: int
    signals: StoredFile
    names: StoredFile
    filled: dict[str, int]


@dataclass(frozen=True)
class Input:
    """A file that was read. `last_day` is its newest day; `current` is false once its path was read again with other
    content: what was set aside then is told by file and line, and those are others now. `stamp` is how the system knew
    the file (see `store.seen`)."""

    path: str
    format: str
    bytes: int
    sha256: str
    last_day: int
    stamp: tuple[int, ...] | None = None
    rejected: int = 0
    rejects: StoredFile | None = None
    notes: tuple[str, ...] = ()
    current: bool = True


@dataclass(frozen=True)
class Registered:
    """The account records so far, merged, and the accounts file that was given last."""

    source: Input
    accounts: StoredFile
    names: StoredFile


@dataclass(frozen=True)
class Manifest:
    """All that counts. `outside` exchanges fell out of the window, or lay before it when they came."""

    settings: Settings
    window: int
    outside: int = 0
    inputs: tuple[Input, ...] = ()
    segments: tuple[Segment, ...] = ()
    registered: Registered | None = None
    kind: str = KIND
    format: int = FORMAT
    version: str = __version__

    @property
    def newest(self) -> int | None:
        """The newest day."""
        return max((s.day for s in self.segments), default=None)

    @property
    def files(self) -> Iterator[StoredFile]:
        """Every file that is part of the store."""
        for segment in self.segments:
            yield from (segment.signals, segment.names)
        yield from (i.rejects for i in self.inputs if i.rejects)
        if self.registered:
            yield from (self.registered.accounts, self.registered.names)
            if self.registered.source.rejects:
                yield self.registered.source.rejects

    @property
    def filled(self) -> Counter[str]:
        """How many exchanges of the window fill each column."""
        total: Counter[str] = Counter()
        for segment in self.segments:
            total.update(segment.filled)
        return total

    def in_window(self) -> Manifest:
        """Without the days that are not among the `window` that end with the newest, and what came with them alone."""
        newest = self.newest
        if newest is None:
            return self
        first = newest - self.window + 1
        gone = sum(s.signals.rows for s in self.segments if s.day < first)
        return replace(
            self,
            outside=self.outside + gone,
            segments=tuple(s for s in self.segments if s.day >= first),
            inputs=tuple(i if i.last_day >= first else without_rejects(i) for i in self.inputs),
        )


@dataclass(frozen=True)
class _Head:
    """What a manifest of any format has."""

    kind: str
    format: int


def without_rejects(source: Input) -> Input:
    """A file that was read and has no part in results any more; its hash stays, so that it is not read again."""
    return replace(source, rejected=0, rejects=None, notes=(), current=False)


def is_store(folder: Path) -> bool:
    """Whether a folder is a store, also one of another format or one whose manifest is damaged or lost."""
    return (folder / LOCK).is_file() and ((folder / FILE).is_file() or (folder / "signals").is_dir())


def read_manifest(folder: Path) -> Manifest:
    """What counts in a store now. Raises InputError for another format, or a damaged file."""
    path, kept = folder / FILE, "Restore it from a backup, or start a new store from the logs with another --store."
    try:
        content = path.read_bytes()
        head = msgspec.json.decode(content, type=_Head)
        if head.kind == KIND and head.format != FORMAT:
            raise InputError(
                f"this store has format {head.format}, and this version of Stillwatch reads format {FORMAT}",
                folder,
                "Scan it with the version that made it, or start a new store from the logs with another --store.",
            )
        return msgspec.json.decode(content, type=Manifest)
    except FileNotFoundError:
        raise InputError("the manifest of the store is missing", path, kept) from None
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", path, "Give read access to all of the store.") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise InputError("the manifest of the store is damaged", path, kept) from None


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Replace the manifest as one: after a crash either it or the one before is there, whole."""
    told = json.loads(msgspec.json.encode(manifest))
    replace_text(folder / FILE, json.dumps(told, indent=1, sort_keys=True) + "\n")


def check_settings(folder: Path, held: Settings, given: Settings) -> None:
    """Raise InputError if a store was made with other settings than a scan is told."""
    if held.key != given.key:
        raise InputError(
            "the store was made with another key",
            folder,
            "Name the key that it was made with by --key. If that key is lost, start a new store from the logs.",
        )
    if held.accounts_pseudonymised != given.accounts_pseudonymised:
        had = "with" if held.accounts_pseudonymised else "without"
        raise InputError(
            f"the store was made {had} --pseudonymise-accounts",
            folder,
            "Scan it the same way, or start a new store from the logs with another --store.",
        )


def check_mapping(folder: Path, held: Settings, given: Settings) -> None:
    """Raise InputError if a log is to be read otherwise than those in the store were."""
    if dict(held.mapping) != dict(given.mapping):
        options = " ".join(f"--field {c}={p}" for c, places in sorted(held.mapping.items()) for p in places)
        raise InputError(
            f"the store was filled with {options or 'no --field'}",
            folder,
            "Give the same, or start a new store from the logs with another --store.",
        )
