"""Original identifiers behind pseudonyms: with the key, the role, and a reason that is written down first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from stillwatch.access.errors import AccessError
from stillwatch.access.people import Person
from stillwatch.access.reads import Reads
from stillwatch.casework.roles import Role
from stillwatch.report.names import FILE, open_names
from stillwatch.signals import KeyFileError, open_key

SHORTEST_REASON = 8
LONGEST_REASON = 500


class RevealError(AccessError):
    """Originals are not shown: why, and what would be needed. May be shown as it is."""


@dataclass(frozen=True)
class _Opened:
    stamp: tuple[int, int]
    names: Mapping[str, str]


class Originals:
    """The sealed names of one result. Opened on first use, and again when a scan has replaced the result."""

    def __init__(self, result: Path, key: Path | None, reads: Reads) -> None:
        self._result = result
        self._key = key
        self._reads = reads
        self._opened: _Opened | None = None
        self._lock = Lock()

    @property
    def possible(self) -> bool:
        """Whether the console was started with a key, and the result keeps sealed names."""
        return self._key is not None and (self._result / FILE).exists()

    def reveal(
        self, person: Person, subject: tuple[str, str], pseudonyms: Iterable[str], reason: str
    ) -> Mapping[str, str]:
        """Originals of those pseudonyms that have one. `subject` is kind and id of what they were asked for.

        A row is in the audit of reads before this returns. Raises RevealError without key, role or reason;
        KeyFileError if the key is another one.
        """
        if person.role < Role.ANALYST:
            raise RevealError(f"Original identifiers take the role analyst; yours is {person.role.value}.")
        if self._key is None:
            raise RevealError("This console was started without the key. Start it with --key to see originals.")
        stated = " ".join(reason.split())
        if not SHORTEST_REASON <= len(stated) <= LONGEST_REASON:
            raise RevealError(f"State the reason in {SHORTEST_REASON} to {LONGEST_REASON} characters; it is kept.")
        names = self._names(self._key)
        found = {pseudonym: names[pseudonym] for pseudonym in pseudonyms if pseudonym in names}
        self._reads.note(person, subject[0], subject[1], stated, len(found))
        return found

    def _names(self, key: Path) -> Mapping[str, str]:
        """Kept in memory: to open 25,000 seals takes a tenth of a second."""
        file = self._result / FILE
        if not file.exists():
            return {}
        if not key.exists():
            raise KeyFileError(f"no key file at {key}. Put back the key that the scan was made with.")
        status = file.stat()
        now = (status.st_ino, status.st_mtime_ns)
        with self._lock:
            if self._opened is None or self._opened.stamp != now:
                self._opened = _Opened(now, open_names(self._result, open_key(key)))
            return self._opened.names
