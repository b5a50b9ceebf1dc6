"""The witness: a file beside the signing key that notes how far each ledger has come. Whoever cuts a ledger short in
the database cannot change it.

JSON: ledger id to `number` and `hash` of its last entry, and `place`, where it was. It only goes forward.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stillwatch.casework.canonical import canonical_json
from stillwatch.casework.errors import CaseworkError

NAME = "desk-witness.json"


@dataclass(frozen=True)
class Noted:
    """The last entry of a ledger that was seen here."""

    number: int
    hash: str
    place: str


@dataclass(frozen=True)
class Witness:
    """The witness file of one desk."""

    path: Path

    @classmethod
    def beside(cls, key: Path) -> Witness:
        """The witness that lies beside the signing key."""
        return cls(key.with_name(NAME))

    def read(self) -> dict[str, Noted]:
        """What was noted of each ledger, by its id; nothing where the file is lost. Raises CaseworkError."""
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
            return {ledger: Noted(**one) for ledger, one in content.items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise CaseworkError(
                f"the witness file cannot be read ({type(error).__name__})",
                self.path,
                "Put it back from a backup. Without it a ledger that was cut short is not noticed.",
            ) from error

    def note(self, ledger: str, noted: Noted) -> None:
        """Note the end of a ledger, unless a later one is noted. The file is replaced whole. Raises CaseworkError."""
        try:
            with self._alone():
                known = self.read()
                before = known.get(ledger)
                if before is None or noted.number > before.number:
                    self._write(known | {ledger: noted})
        except OSError as error:
            raise CaseworkError(
                f"the judgement was written, but its number could not be noted ({error.strerror})",
                self.path,
                "Make room, or give the right to write here; then run `stillwatch ledger verify`.",
            ) from error

    def _write(self, known: dict[str, Noted]) -> None:
        beside = self.path.with_name(f".{NAME}.{os.getpid()}")
        content: dict[str, Any] = {ledger: vars(one) for ledger, one in known.items()}
        with beside.open("w", encoding="utf-8") as file:
            file.write(canonical_json(content) + "\n")
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.path)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One writer at a time, of all processes on this machine."""
        with self.path.with_name(f".{NAME}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
