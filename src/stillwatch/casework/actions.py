"""Everything that people did about some accounts, out of the entries of the cases that name them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from stillwatch.casework.chain import Entry
from stillwatch.casework.judgements import (
    Answered,
    Appealed,
    Judgement,
    Lifted,
    OfProposal,
    OnAccounts,
    Recalled,
    Split,
)


def actions_on(accounts: Collection[str], entries: Iterable[Entry]) -> Iterator[Entry]:
    """The entries, given in order, that are about one of these accounts: those that name it, and those that decide on
    one that does. Cost: one pass; entries are decoded."""
    about, wanted = set[int](), frozenset(accounts)
    for entry in entries:
        if _is_about(wanted, entry.judgement, about):
            about.add(entry.number)
            yield entry


def _is_about(accounts: frozenset[str], judgement: Judgement, before: set[int]) -> bool:
    match judgement:
        case OnAccounts() | Split() | Lifted():
            return not accounts.isdisjoint(judgement.accounts)
        case Appealed():
            return judgement.account in accounts
        case OfProposal():
            return judgement.proposal in before
        case Answered():
            return judgement.appeal in before
        case Recalled():
            return judgement.entry in before
    return False
