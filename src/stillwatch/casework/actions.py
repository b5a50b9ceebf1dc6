"""Everything that people did about one account, out of the entries of the cases that name it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

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


def actions_on(account: str, entries: Iterable[Entry]) -> Iterator[Entry]:
    """The entries, given in order, that are about an account: those that name it, and those that decide on one that
    does. Cost: one pass; entries are decoded."""
    about: set[int] = set()
    for entry in entries:
        if _is_about(account, entry.judgement, about):
            about.add(entry.number)
            yield entry


def _is_about(account: str, judgement: Judgement, before: set[int]) -> bool:
    match judgement:
        case OnAccounts() | Split() | Lifted():
            return account in judgement.accounts
        case Appealed():
            return account == judgement.account
        case OfProposal():
            return judgement.proposal in before
        case Answered():
            return judgement.appeal in before
        case Recalled():
            return judgement.entry in before
    return False
