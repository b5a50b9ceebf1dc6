"""The ledger: entries that are only ever added, in a chain that shows whether one was touched.

State is folded from the entries and kept; each look reads only what is new. Entries are checked against the chain as
they are read, so what does not hold never becomes state.
"""

from __future__ import annotations

import gc
import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, insert, or_, select

from stillwatch.casework.canonical import canonical_json, iso
from stillwatch.casework.cases import DeskState
from stillwatch.casework.chain import NOTHING, Entry, Fault, fault_of, sealed, signed, unsigned
from stillwatch.casework.database import Database, open_database
from stillwatch.casework.errors import BrokenChainError, CaseworkError, RuleError
from stillwatch.casework.fold import Fold
from stillwatch.casework.judgements import Founded, Judgement, Split, settled
from stillwatch.casework.roles import Author
from stillwatch.casework.rules import SECOND_PERSON_SIZE, Setting, check
from stillwatch.casework.schema import LEDGER
from stillwatch.casework.signing import SigningKey
from stillwatch.casework.witness import Noted, Witness

PROGRAM = "stillwatch"
"""Who enters the first entry."""
LONGEST_TOKEN = 128
PAGE = 2_000
"""Entries read at once; a megabyte or two."""


@dataclass(frozen=True)
class Verification:
    """What a look at the whole ledger found. `fault` is the first entry that does not hold, None if all do. `witness`
    says how the end compares with what was noted outside the database: `agrees`, `behind` (it knows an earlier entry,
    which is there), or `missing` (a ledger that was cut short would not be noticed)."""

    ledger: str | None
    entries: int
    last_time: str | None
    last_hash: str | None
    public_key: str
    witness: str
    fault: Fault | None

    @property
    def holds(self) -> bool:
        return self.fault is None


class Ledger:
    """One desk's ledger. May be used by several threads, and by several processes at once."""

    def __init__(self, database: Database, key: SigningKey, second_person_size: int = SECOND_PERSON_SIZE) -> None:
        self.database = database
        self.second_person_size = second_person_size
        self._key = key
        self._witness = Witness.beside(key.path)
        self._alone = threading.RLock()
        self._fold = Fold()
        self._last: Entry | None = None
        self._fault: Fault | None = None

    @classmethod
    def open(
        cls, url: str | Path, key: SigningKey, second_person_size: int = SECOND_PERSON_SIZE, make: bool = True
    ) -> Ledger:
        """Open the ledger at a path or URL; an empty database becomes a new ledger. Without `make`, one that is not
        there is an error. Raises CaseworkError; a chain that does not hold is no error here, see `fault`."""
        ledger = cls(open_database(url, make), key, second_person_size)
        try:
            if ledger.state().number == 0 and ledger.fault is None:
                ledger._found(make)
        except BaseException:
            ledger.close()
            raise
        return ledger

    def close(self) -> None:
        """Close the database."""
        self.database.close()

    @property
    def where(self) -> str:
        """The place of the ledger, without a password."""
        return self.database.where

    @property
    def public_key(self) -> str:
        """The key that its entries verify with."""
        return self._key.public_key

    @property
    def fault(self) -> Fault | None:
        """The first entry found so far that does not hold; None while all do. Nothing is appended after one."""
        return self._fault

    def require_sound(self) -> None:
        """Raises BrokenChainError if an entry does not hold."""
        if self._fault:
            raise BrokenChainError(
                str(self._fault), self.where, "Nothing more is written. Compare with a backup; keep both as evidence."
            )

    def state(self, as_of: datetime | None = None) -> DeskState:
        """What is, after all entries; or after those up to a time. Reads only entries that are new since the last call,
        for a time all entries up to it. Where the chain breaks, the state is that before the break."""
        with self._alone:
            with self.database.reading() as connection:
                self._catch_up(connection)
            if as_of is None:
                return self._fold.state()
        past = Fold()
        past.take_all(self.entries(until=as_of, upto=self._last.number if self._last else 0))
        return past.state()

    def entries(
        self, case: int | None = None, after: int = 0, until: datetime | None = None, upto: int | None = None
    ) -> Iterator[Entry]:
        """Entries in order: of one case, after a number, up to a time or number. Raises CaseworkError."""
        wanted = select(LEDGER).where(LEDGER.c.number > after)
        if case is not None:
            found = self.state().case(case)
            elsewhere = found.elsewhere if found else ()
            wanted = wanted.where(or_(LEDGER.c.case_number == case, LEDGER.c.number.in_(elsewhere)))
        if until is not None:
            wanted = wanted.where(LEDGER.c.time <= iso(until))
        if upto is not None:
            wanted = wanted.where(LEDGER.c.number <= upto)
        with self.database.reading() as connection:
            yield from _rows(connection, wanted)

    def append(
        self, judgement: Judgement, author: Author, token: str, evidence: Mapping[str, Any] | None = None
    ) -> Entry:
        """Append one judgement, in one transaction that no other writer's can overlap, and return its entry.

        `token` is of the form that was sent: the same again gives the entry that is there, and nothing is written.
        `evidence` is a snapshot of what a result said (`casework.snapshot`). Raises RuleError for what may not be
        judged, BrokenChainError on a chain that does not hold, LostConnectionError where it is not known whether the
        entry was written: append it again with the same token then.
        """
        if not token or len(token) > LONGEST_TOKEN:
            raise RuleError("the form has no token", "Load the page again.")
        with self._alone:
            with self.database.writing() as connection:
                self._catch_up(connection)
                self._check_end(connection)
                self.require_sound()
                there = self._repeated(connection, judgement, author, token)
                entry = there or self._append(connection, judgement, author, token, evidence)
            self._take([entry] if there is None else [])
            self._note()
            return entry

    def verify(self) -> Verification:
        """Check every entry: number, time, hash, signature, content, and the witness. Cost: about 0.2 ms an entry."""
        witnessed = self._witness.read()  # before the entries: what is appended meanwhile is not missed then
        before: Entry | None = None
        fault: Fault | None = None
        ledger: str | None = None
        with self.database.reading() as connection:
            for entry in _rows(connection, select(LEDGER)):
                fault = fault_of(entry, before) or self._fault_of_content(entry)
                if fault:
                    break
                ledger = ledger or _ledger_of(entry)
                before = entry
            witness, cut = _compare(witnessed, ledger, before, connection) if fault is None else ("unknown", None)
        with self._alone:
            self._fault = fault or cut
        return Verification(
            ledger,
            before.number if before else 0,
            before.time if before else None,
            before.hash if before else None,
            self.public_key,
            witness,
            fault or cut,
        )

    def _fault_of_content(self, entry: Entry) -> Fault | None:
        if not signed(entry, self.public_key):
            return unsigned(entry)
        try:
            _ = entry.judgement
        except ValueError as error:
            return Fault(entry.number, f"it is {error}")
        return None

    def _found(self, make: bool) -> None:
        """The first entry. A place where a ledger was seen before does not get a new one in silence."""
        lost = next((noted for noted in self._witness.read().values() if noted.place == self.where), None)
        if lost is not None:
            self._fault = Fault(1, f"the ledger is empty, but had {lost.number} entries")
            raise BrokenChainError(
                str(self._fault),
                self.where,
                f"Put it back from a backup. If it was removed on purpose, remove its line from {self._witness.path}.",
            )
        if not make:
            raise CaseworkError("there is no ledger in this database", self.where, "Name the desk's own.")
        with self._alone:
            with self.database.writing() as connection:
                self._catch_up(connection)
                if self._last is None:  # another process may have been faster
                    founded = Founded(ledger=secrets.token_hex(16), public_key=self.public_key)
                    self._insert(connection, founded, None, founded.ledger, None)
            self.state()
            self._note()

    def _catch_up(self, connection: Connection) -> None:
        """Read what is new, check it, and fold it. A signature covers every entry before it, so the last is enough
        where the chain is whole; what it covers was written by this program, and its form is not checked again."""
        if self._fault:
            return
        witnessed = self._witness.read()  # before the entries: another process may append and note meanwhile
        last = self._last.number if self._last else 0
        fresh = list(_rows(connection, select(LEDGER).where(LEDGER.c.number > last)))
        if fresh and signed(fresh[-1], self.public_key) and self._follow(fresh):
            with _uncollected(len(fresh)):
                self._fold_covered(fresh)
        elif fresh:
            unknown = next((entry for entry in fresh if not signed(entry, self.public_key)), None)
            self._fault = unsigned(unknown) if unknown else None
            self._take(fresh if unknown is None else fresh[: unknown.number - last - 1])
        if self._fault is None and fresh:
            _, self._fault = _compare(witnessed, self._fold.ledger, self._last, connection)

    def _follow(self, entries: list[Entry]) -> bool:
        """Whether each of these entries has the hash of its content and follows the one before."""
        return all(
            fault_of(entry, before) is None for before, entry in zip([self._last, *entries], entries, strict=False)
        )

    def _fold_covered(self, entries: list[Entry]) -> None:
        """Fold entries that a signature covers, up to one that this version cannot read."""
        for entry in entries:
            try:
                entry.trust()
                self._fold.take(entry)
            except (ValueError, KeyError) as error:
                self._fault = Fault(entry.number, f"it is {error}")
                return
            self._last = entry

    def _take(self, entries: list[Entry]) -> None:
        """Fold entries, up to one that does not hold."""
        for entry in entries:
            fault = fault_of(entry, self._last)
            if fault is None:
                try:
                    self._fold.take(entry)
                except (ValueError, KeyError) as error:
                    fault = Fault(entry.number, f"it is {error}")
            if fault:
                self._fault = fault
                return
            self._last = entry

    def _check_end(self, connection: Connection) -> None:
        """The end of the chain that was read before is still there, as it was; and nothing was cut off it."""
        if self._last is None or self._fault:
            return
        found = connection.execute(select(LEDGER).where(LEDGER.c.number == self._last.number)).first()
        if found is None:
            self._fault = Fault(self._last.number, "it was there and is no longer")
        elif Entry(*found) != self._last:
            self._fault = Fault(self._last.number, "it was changed since it was read")
        else:
            _, self._fault = _compare(self._witness.read(), self._fold.ledger, self._last, connection)

    def _repeated(self, connection: Connection, judgement: Judgement, author: Author, token: str) -> Entry | None:
        row = connection.execute(select(LEDGER).where(LEDGER.c.token == token)).first()
        if row is None:
            return None
        there = Entry(*row)
        if there.person != author.name or not _same(there.judgement, judgement):
            raise RuleError(
                f"this form was sent before, as entry {there.number}, with another content", "Load the page again."
            )
        return there

    def _append(
        self,
        connection: Connection,
        judgement: Judgement,
        author: Author,
        token: str,
        evidence: Mapping[str, Any] | None,
    ) -> Entry:
        time = self._now()
        seen = None if evidence is None else evidence.get("accounts", {})
        setting = Setting(author, time, seen, self.second_person_size)
        return self._insert(
            connection, check(self._fold, judgement, setting), author, token, evidence, time
        )  # fmt: skip

    def _insert(
        self,
        connection: Connection,
        judgement: Judgement,
        author: Author | None,
        token: str,
        evidence: Mapping[str, Any] | None,
        time: datetime | None = None,
    ) -> Entry:
        entry = sealed(
            Entry(
                number=self._last.number + 1 if self._last else 1,
                time=iso(time or self._now()),
                person=author.name if author else PROGRAM,
                kind=judgement.kind,
                case_number=judgement.case,
                token=token,
                body=judgement.body(),
                evidence=None if evidence is None else canonical_json(evidence),
                previous=self._last.hash if self._last else NOTHING,
                role=author.role.value if author else None,
            ),
            self._key,
        )
        connection.execute(insert(LEDGER).values(entry.row()))
        return entry

    def _now(self) -> datetime:
        """The clock, but never earlier than the last entry: clocks are set back."""
        now = datetime.now(UTC)
        return max(now, self._last.moment) if self._last else now

    def _note(self) -> None:
        ledger = self._fold.ledger
        if ledger and self._last and self._fault is None:
            self._witness.note(ledger, Noted(self._last.number, self._last.hash, self.where))


@contextmanager
def _uncollected(entries: int) -> Iterator[None]:
    """Without the search for cycles while many entries are folded: they make none, and looking for some among all that
    was built took a third of the time (100,000 entries)."""
    pauses = entries > PAGE and gc.isenabled()
    if pauses:
        gc.disable()
    try:
        yield
    finally:
        if pauses:
            gc.enable()


def _compare(
    witnessed: Mapping[str, Noted], ledger: str | None, last: Entry | None, connection: Connection
) -> tuple[str, Fault | None]:
    """What the witness says of the end of the chain."""
    noted = witnessed.get(ledger or "")
    if noted is None or last is None:
        return "missing", None
    if noted.number > last.number:
        what = f"it is missing; the witness beside the signing key has seen {noted.number} entries"
        return "ahead", Fault(last.number + 1, what)
    of_then = connection.execute(select(LEDGER.c.hash).where(LEDGER.c.number == noted.number)).scalar()
    if of_then != noted.hash:
        return "differs", Fault(noted.number, "it is not the one that the witness beside the signing key has seen")
    return ("agrees" if noted.number == last.number else "behind"), None


def _rows(connection: Connection, wanted: Select[Any]) -> Iterator[Entry]:
    found = connection.execute(wanted.order_by(LEDGER.c.number).execution_options(yield_per=PAGE))
    for rows in found.partitions():
        yield from (Entry(*row) for row in rows)


def _ledger_of(entry: Entry) -> str | None:
    return entry.judgement.ledger if isinstance(entry.judgement, Founded) else None


def _same(there: Judgement, sent: Judgement) -> bool:
    """Whether two judgements are the same but for what is given when one is appended."""
    given: dict[str, Any] = {}
    if sent.case is None:
        given["case"] = there.case
    if isinstance(there, Split):
        given["into"] = there.into
    if there.kind == "proposed":
        given["second_person"] = getattr(there, "second_person", None)
    return type(there) is type(sent) and settled(sent, **given) == there
