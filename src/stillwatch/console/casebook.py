"""Between pages and ledger: the state of now beside the result of now, and how a form becomes an entry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from fastapi import Request

from stillwatch.access import Person
from stillwatch.casework.cases import Case, DeskState
from stillwatch.casework.chain import Entry
from stillwatch.casework.errors import BrokenChainError, RuleError
from stillwatch.casework.judgements import (
    Answered,
    Appealed,
    Assigned,
    Cleared,
    Commented,
    Judgement,
    MarkedBystander,
    OnAccounts,
    Opened,
    Split,
)
from stillwatch.casework.snapshot import snapshot
from stillwatch.console.guard import PageError, the_desk
from stillwatch.console.reading import Reading
from stillwatch.records import MEMBERS

SCOPES = {"harvester": ("harvester",), "taking_part": ("harvester", "mixed")}
"""Which roles a form means that names no accounts one by one. Bystanders are in none: nothing is done to them."""

ACCOUNTS_IN_SNAPSHOT = 1_000
"""Of a measure on more accounts, the snapshot keeps the campaigns only: each account takes 140 bytes. Who is cleared is
cleared on evidence, so then all are kept."""


@dataclass(frozen=True)
class Casebook:
    """What is, at the time of one request: the cases, and the scan that they are about."""

    state: DeskState
    reading: Reading
    time: datetime

    def case(self, number: int) -> Case:
        """The case of this number. Raises PageError 404."""
        found = self.state.case(number)
        if found is None:
            raise PageError(404, "There is no such case", "Cases are numbered from 1; the list has all of them.")
        return found

    def in_scope(self, case: Case, scope: str) -> tuple[str, ...]:
        """Accounts of the case that have one of the scope's roles in this scan and are not cleared, in order."""
        found: set[str] = set()
        for campaign_id in case.all_campaigns:
            members = self.reading.by_campaign[MEMBERS.name].rows(campaign_id)
            chosen = members.filter(pc.is_in(members["role"], value_set=pa.array(SCOPES[scope])))
            found.update(chosen["account_id"].to_pylist())
        may_hold = case.scope.may_hold
        return tuple(sorted(a for a in found if may_hold(a) and self.state.clearing_of(a) is None))


def casebook(request: Request) -> Casebook:
    """The state and the scan of now. Cost: reads what is new in the ledger."""
    desk = the_desk(request)
    return Casebook(desk.ledger.state(), desk.reader.current().reading, desk.settings.clock())


def record(request: Request, person: Person, judge: Callable[[Casebook], Judgement], token: str) -> Entry:
    """Append what a person judged, with what the result said of it at that moment. The same form sent twice is one
    entry. Raises PageError 409 where the rules forbid it, and CaseworkError."""
    desk = the_desk(request)
    book = casebook(request)
    try:
        judgement = judge(book)
        evidence = evidence_for(book, judgement)
        return desk.ledger.append(judgement, person.author, token, evidence)
    except RuleError as error:
        raise PageError(409, error.what, error.what_next) from error
    except BrokenChainError as error:
        raise PageError(409, "The ledger does not hold", str(error)) from error


def evidence_for(book: Casebook, judgement: Judgement) -> dict[str, Any] | None:
    """What the scan of now says of what is judged; None for what rests on no evidence, or where it says nothing."""
    if isinstance(judgement, Assigned | Commented):
        return None
    case = book.state.case(judgement.case or 0)
    campaigns = judgement.campaigns if isinstance(judgement, Opened) else case.all_campaigns if case else ()
    listed = [campaign for campaign in campaigns if campaign in book.reading.rows or isinstance(judgement, Opened)]
    return snapshot(book.reading.result, listed, _judged_alone(book, case, judgement)) or None


def _judged_alone(book: Casebook, case: Case | None, judgement: Judgement) -> tuple[str, ...]:
    """Accounts that are judged by name, as far as the scan of now lists them."""
    if isinstance(judgement, OnAccounts | Split):
        whole = isinstance(judgement, Cleared | MarkedBystander) or len(judgement.accounts) <= ACCOUNTS_IN_SNAPSHOT
        accounts = judgement.accounts if whole else ()
    elif isinstance(judgement, Appealed):
        accounts = (judgement.account,)
    elif isinstance(judgement, Answered):
        appeal = case.appeal(judgement.appeal) if case else None
        accounts = (appeal.account,) if appeal else ()
    else:
        accounts = ()
    return tuple(account for account in accounts if book.reading.memberships(account))
