"""The reading of now: read again when a scan has replaced the result, kept as it was where that cannot be read."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, Thread
from time import monotonic

from stillwatch.console.reading.reading import Reading, read
from stillwatch.report.result import SCAN_FILE, ResultError

log = logging.getLogger("stillwatch.console")
# A scan writes its result beside the old one and swaps them; while the parts on disk do not belong together, wait.
TRIES = 3
# A result that could not be read is tried again after so many seconds, though nothing on disk seems to have changed.
PATIENCE = 30.0
Stamp = tuple[tuple[str, int, int, int], ...]


@dataclass(frozen=True)
class Now:
    """The reading to answer with. `warning` says why it is older than what lies on disk; None if it is not."""

    reading: Reading
    warning: str | None = None


class Reader:
    """Reads the result at `path` when made, and again whenever it has been replaced.

    Raises ResultError when made; afterwards it keeps the last reading that was whole. `current` costs three looks at
    the file system, and is safe in threads: while one reads anew, the others go on with the old reading.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, Lock()
        self._prepares = False
        self._now = self._renewed(None)

    def prepare(self) -> None:
        """From now on, make what pages need in the background as soon as a result is read."""
        self._prepares = True
        Thread(target=self._now.reading.prepare, daemon=True).start()

    def current(self) -> Now:
        """The newest reading that can be had."""
        now = self._now
        due = _stamp(self._path) != self._seen or (now.warning is not None and monotonic() - self._tried > PATIENCE)
        if due and self._lock.acquire(blocking=False):
            try:
                now = self._now = self._renewed(now)
            finally:
                self._lock.release()
        return now

    def _renewed(self, before: Now | None) -> Now:
        """Read until what lies there did not change while it was read."""
        for _ in range(TRIES):
            stamp = _stamp(self._path)
            now = self._read_over(before)
            if stamp == _stamp(self._path):
                break
        if now.warning:
            log.warning("the result was replaced by one that cannot be read; the one before is shown")
        self._seen, self._tried = stamp, monotonic()
        if self._prepares and now.warning is None:
            Thread(target=now.reading.prepare, daemon=True).start()
        return now

    def _read_over(self, before: Now | None) -> Now:
        try:
            return Now(read(self._path))
        except ResultError as error:
            if before is None:
                raise
            return Now(before.reading, _still_the_old(error))


def _still_the_old(error: ResultError) -> str:
    return f"These pages show an older scan: what lies in its place now cannot be read. {error}"


def _stamp(path: Path) -> Stamp:
    """What tells one result from another: inode, time and size of the folder, its record and its first table."""
    found = []
    for file in (path, path / SCAN_FILE, path / "campaigns.parquet"):
        try:
            told = file.stat()
        except OSError:
            found.append((file.name, 0, 0, 0))
        else:
            found.append((file.name, told.st_ino, told.st_mtime_ns, told.st_size))
    return tuple(found)
