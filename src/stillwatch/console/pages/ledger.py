"""The ledger as it is: entries, newest first, and whether the chain holds."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import Annotated

from fastapi import Query

from stillwatch.casework.chain import Entry
from stillwatch.casework.words import told
from stillwatch.console.guard import TheDesk
from stillwatch.console.shown import Asked, Leaf, leaf_of
from stillwatch.console.twin import Pages

pages = Pages("ledger")
ROWS = 100


@dataclass(frozen=True)
class LedgerEntry:
    """One entry: who did what, and its hash. `reason` as the person wrote it."""

    number: int
    time: str
    person: str
    kind: str
    case: int | None
    told: str
    reason: str
    hash: str


@dataclass(frozen=True)
class LedgerPage:
    """Entries, newest first. `fault` says which entry does not hold, if one does not."""

    entries: int
    public_key: str
    fault: str | None
    leaf: Leaf
    shown: tuple[LedgerEntry, ...]
    asked: Asked


@pages.view("/ledger", "ledger.html.j2")
def ledger_page(desk: TheDesk, asked: Annotated[Asked, Query()]) -> LedgerPage:
    """The ledger, newest entries first."""
    ledger = desk.ledger
    total = ledger.state().number
    leaf = leaf_of(total, ROWS, asked.page)
    newest = total - (leaf.first - 1)
    found = islice(ledger.entries(after=max(0, newest - ROWS)), ROWS if total else 0)
    shown = sorted((entry for entry in found if entry.number <= newest), key=lambda entry: -entry.number)
    fault = ledger.fault
    return LedgerPage(total, ledger.public_key, str(fault) if fault else None, leaf, tuple(map(_entry, shown)), asked)


def _entry(entry: Entry) -> LedgerEntry:
    judgement = entry.judgement
    return LedgerEntry(
        entry.number,
        entry.time,
        entry.person,
        entry.kind,
        entry.case_number,
        told(judgement),
        judgement.reason,
        entry.hash,
    )
