"""The chain: each entry names the hash of the one before, and is signed; the last one is noted outside the database.

An entry's canonical form is canonical JSON of its columns `number`, `time`, `person`, `kind`, `case_number`, `token`,
`body`, `evidence` and `previous`, and of `role` where it has one, as they are stored: `body` and `evidence` are texts
in it. Its hash is the SHA-256 of that in UTF-8; its signature is Ed25519 over `stillwatch ledger entry ` and the hash
in hexadecimal.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import cached_property
from typing import Any

import msgspec

from stillwatch.casework.canonical import moment_of
from stillwatch.casework.judgements import Judgement, read_judgement, trusted_judgement
from stillwatch.casework.signing import SigningKey, verify

NOTHING = "0" * 64
"""What stands for the hash of an entry before the first."""
PURPOSE = b"stillwatch ledger entry "
"""The desk's key signs other things too; a signature for one purpose must not pass for another."""


@dataclass(frozen=True)
class Entry:
    """One row of the ledger. `time`, `body` and `evidence` are texts, since they are hashed to the letter. `role` is
    that of the person when judging; None for the first entry, and for those of versions that did not note it."""

    number: int
    time: str
    person: str
    kind: str
    case_number: int | None
    token: str
    body: str
    evidence: str | None
    previous: str
    hash: str = ""
    signature: str = ""
    role: str | None = None

    @cached_property
    def judgement(self) -> Judgement:
        """What was judged. Raises ValueError for a body that is none of its kind."""
        return read_judgement(self.kind, self.case_number, self.body)

    def trust(self) -> None:
        """Read what was judged without checking its form: for an entry that the desk's signature covers. Raises
        ValueError for a kind that this version does not know."""
        self.__dict__["judgement"] = trusted_judgement(self.kind, self.case_number, self.body)

    @cached_property
    def moment(self) -> datetime:
        """When, in UTC. Raises ValueError for a time that is none."""
        return moment_of(self.time)

    def canonical(self) -> bytes:
        """What is hashed."""
        told = {name: value for name, value in self.__dict__.items() if name in HASHED}
        if self.role is not None:
            told["role"] = self.role
        return msgspec.json.encode(told, order="sorted")

    def reckoned_hash(self) -> str:
        """The hash that the entry should have."""
        return hashlib.sha256(self.canonical()).hexdigest()

    def row(self) -> dict[str, Any]:
        """The entry by column."""
        return {name: getattr(self, name) for name in COLUMNS}


@dataclass(frozen=True)
class Fault:
    """The first entry that does not hold, and how. `number` may be of an entry that is no longer there."""

    number: int
    what: str

    def __str__(self) -> str:
        return f"entry {self.number} does not hold: {self.what}"


COLUMNS = tuple(field.name for field in fields(Entry))
HASHED = frozenset(COLUMNS[: COLUMNS.index("hash")])
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
"""As `iso` writes times."""


def sealed(entry: Entry, key: SigningKey) -> Entry:
    """The entry with its hash and signature."""
    digest = entry.reckoned_hash()
    return replace(entry, hash=digest, signature=key.sign(PURPOSE + digest.encode()))


def fault_of(entry: Entry, before: Entry | None) -> Fault | None:
    """What is wrong with an entry that follows `before`, its signature apart. Cost: microseconds per kilobyte."""
    expected = before.number + 1 if before else 1
    if entry.number != expected:
        return Fault(expected, f"it is missing; the next one there is {entry.number}")
    try:
        canonical = _TIME.fullmatch(entry.time) is not None and bool(entry.moment)
        digest = entry.reckoned_hash()
    except (ValueError, TypeError):
        return Fault(entry.number, "its columns are none that this program writes")
    if entry.previous != (before.hash if before else NOTHING):
        return Fault(entry.number, "it does not follow the entry before, which was changed or put in its place")
    if digest != entry.hash:
        return Fault(entry.number, "its hash is not that of its content: one of its columns was changed")
    if not canonical or (before and entry.time < before.time):
        return Fault(entry.number, "its time is earlier than that of the entry before")
    return None


def signed(entry: Entry, public_key: str) -> bool:
    """Whether the entry's signature was made by the desk's key. It covers every entry before, through their hashes."""
    return verify(public_key, entry.signature, PURPOSE + entry.hash.encode())


def unsigned(entry: Entry) -> Fault:
    """The fault of an entry whose signature does not verify."""
    return Fault(entry.number, "it was not signed by the desk's key: it, or one before, was written by somebody else")
