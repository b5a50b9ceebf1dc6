"""Which files of a log a store has read: by their content, whatever they are called.

A *stamp* saves reading a file again to hash it: its inode, size, and times of change. The kernel sets the time of the
last change of a file (ctime) and no program can choose it, so a changed file has another stamp, also if its size and
its time of modification are put back. One that changed within TICK before it was looked at could change once more
within the same tick of a coarse clock; it gets no stamp, and is read again next time (as git does with its index).
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from stillwatch.intake import InputError, LogFile
from stillwatch.store.manifest import Input

TICK = 2_000_000_000
"""Nanoseconds: the coarsest clock of a file system (FAT)."""

Stamp = tuple[int, ...]
Known = dict[tuple[str, Stamp | None], str]
"""Path and stamp of files that were read, to the hash of what they held."""


@dataclass(frozen=True)
class Found:
    """A file of a log, the hash of its bytes, and its stamp if it can be trusted."""

    file: LogFile
    sha256: str
    stamp: Stamp | None


def find_contents(files: Sequence[LogFile], known: Sequence[Input], threads: int) -> Iterator[Found]:
    """What each file holds, in their order. Reads those whose stamp is not known: some 1 GB a second and thread."""
    by_stamp: Known = {(i.path, i.stamp): i.sha256 for i in known if i.stamp is not None}
    with ThreadPoolExecutor(max(threads, 1)) as pool:
        yield from pool.map(lambda file: _found(file, by_stamp), files)


def content_hash(path: Path) -> str:
    """The hash of a file's bytes. Raises InputError if it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", path, "Check the path and its permissions.") from error


def _found(file: LogFile, by_stamp: Known) -> Found:
    now = time.time_ns()
    stat = file.path.stat()
    stamp = (stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
    content = by_stamp.get((str(file.path), stamp)) or content_hash(file.path)
    return Found(file, content, stamp if stat.st_ctime_ns < now - TICK else None)
