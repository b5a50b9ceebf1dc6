"""`/cases/N`: one case, what was decided on it, and the forms to decide more."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Path, Query, Request, Response

from stillwatch.access import Person
from stillwatch.casework.cases import CLOSED, Appeal, Case, Clearing, Measure
from stillwatch.casework.chain import Entry
from stillwatch.casework.counting import CaseSums
from stillwatch.casework.judgements import Attributed, Cleared, Confirmed, MarkedBystander
from stillwatch.casework.roles import Role
from stillwatch.casework.rules import involved
from stillwatch.casework.words import MEASURES, told
from stillwatch.console.casebook import Casebook, casebook
from stillwatch.console.csv_files import csv_response
from stillwatch.console.guard import PageError, the_desk
from stillwatch.console.pages.cases import status_of
from stillwatch.console.pages.sums import ThenAndNow, case_sums
from stillwatch.console.twin import Pages, person_of
from stillwatch.records import CAMPAIGNS
from stillwatch.report.result import Row

pages = Pages("cases")
Number = Annotated[int, Path(ge=1, le=2**31, description="Number of the case.")]
DAYS_OF_A_MEASURE = 30
"""What the form offers as the end of a measure; a person chooses."""
NAMED = 200
"""Accounts of one measure or one kind of judgement that a page names; all of them are in the ledger."""
SUMMED = ("accounts", "harvested_exchanges")
ENTRIES = 200
"""Entries that the page of a case shows, the latest; the ledger's page has all of them."""


@dataclass(frozen=True)
class CampaignLine:
    """A campaign of the case, and what the scan of now says of it; nulls where it no longer lists it. Sums are over the
    accounts of the case, now and as the scan counted them."""

    campaign_id: str
    listed: bool
    verdict: str | None
    q_value: float | None
    accounts: int | None
    harvested_exchanges: int | None
    accounts_at_scan: int | None
    harvested_exchanges_at_scan: int | None
    confirmed: bool


@dataclass(frozen=True)
class MeasureLine:
    """A measure, of this `case` or of one that was merged with it. `may_decide`: the reader may approve or decline it;
    `may_lift`: may end it early."""

    case: int
    proposal: int
    measure: str
    words: str
    accounts: int
    named: tuple[str, ...]
    lifted: int
    state: str
    proposed_by: str
    proposed: datetime
    reason: str
    decided_by: str | None
    decided: datetime | None
    until: datetime
    may_decide: bool
    may_lift: bool


@dataclass(frozen=True)
class AppealLine:
    """An appeal and its answer. `may_answer`: the reader may answer it."""

    number: int
    account: str
    statement: str
    entered_by: str
    entered: datetime
    outcome: str | None
    answered_by: str | None
    answered: datetime | None
    reason: str | None
    may_answer: bool


@dataclass(frozen=True)
class ClearedLine:
    """An account that is not accused again on the evidence that people had seen."""

    account: str
    kind: str
    entry: int
    decided_by: str
    decided: datetime
    reason: str


@dataclass(frozen=True)
class AttributionLine:
    """The operator that a person named, and their source."""

    operator: str
    source: str
    entered_by: str
    entered: datetime
    entry: int


@dataclass(frozen=True)
class EntryLine:
    """One entry of the ledger on this case. `recallable`: it can still be taken back."""

    number: int
    time: datetime
    person: str
    kind: str
    words: str
    reason: str
    evidence: bool
    recallable: bool


@dataclass(frozen=True)
class Offer:
    """What the forms of the page begin with. `token` makes a form that is sent twice one entry."""

    token: str
    until: str
    accounts: str
    people: tuple[str, ...]
    other_cases: tuple[tuple[int, str], ...]
    measures: tuple[tuple[str, str], ...]
    harvesters: int
    taking_part: int
    second_person_above: int


@dataclass(frozen=True)
class CasePage:
    """One case as of now."""

    number: int
    title: str
    status: str
    closed: bool
    assignee: str | None
    opened_by: str
    opened: datetime
    reason: str
    split_from: int | None
    split_into: tuple[int, ...]
    merged_into: int | None
    merged_from: tuple[int, ...]
    own_accounts: int
    campaigns: tuple[CampaignLine, ...]
    sums: ThenAndNow
    measures: tuple[MeasureLine, ...]
    appeals: tuple[AppealLine, ...]
    cleared: tuple[ClearedLine, ...]
    attribution: AttributionLine | None
    dossiers: int
    entries: tuple[EntryLine, ...]
    entries_before: int
    offer: Offer | None


@pages.view("/cases/{number}", "case.html.j2")
def case(
    request: Request,
    number: Number,
    account: Annotated[str, Query(max_length=500, description="An account to fill into the forms.")] = "",
) -> CasePage:
    """One case: what it is about, what was decided, by whom and why, and what can be decided."""
    book, person = casebook(request), person_of(request)
    one = book.case(number)
    entries = list(the_desk(request).ledger.entries(case=number))
    may_judge = person.role >= Role.ANALYST
    counted = book.reading.counted(book.state)
    sums = counted.in_case(one.scope)
    return CasePage(
        number=one.number,
        title=one.title,
        status=status_of(one),
        closed=one.status == CLOSED,
        assignee=one.assignee,
        opened_by=one.opened.person,
        opened=one.opened.time,
        reason=one.opened.reason,
        split_from=one.split_from,
        split_into=one.split_into,
        merged_into=one.merged_into,
        merged_from=one.merged_from,
        own_accounts=len(one.accounts),
        campaigns=_campaigns(book, one, sums),
        sums=case_sums(counted, sums, the_desk(request).prices),
        measures=_measures(book, one, person),
        appeals=tuple(_appeal(book, appeal, person) for appeal in reversed(one.appeals)),
        cleared=_cleared(book, one),
        attribution=_attribution(one),
        dossiers=len(one.dossiers),
        entries=tuple(_entry(book, one, entry) for entry in reversed(entries[-ENTRIES:])),
        entries_before=max(0, len(entries) - ENTRIES),
        offer=_offer(request, book, one, account) if may_judge else None,
    )


@pages.file("/cases/{number}/measures/{proposal}.csv", "text/csv")
def measure_csv(request: Request, number: Number, proposal: Number) -> Response:
    """The accounts on which a measure is, all of them, with how it stands, for whoever carries it out."""
    book = casebook(request)
    measure = book.case(number).measure(proposal)
    if measure is None:
        raise PageError(404, "There is no such measure", f"Entry {proposal} proposes nothing in case {number}.")
    rows = (
        (account, measure.measure, measure.state(book.time), measure.until) for account in sorted(measure.remaining)
    )
    return csv_response(f"measure-{proposal}.csv", ("account_id", "measure", "state", "until"), rows)


def _campaigns(book: Casebook, one: Case, sums: CaseSums) -> tuple[CampaignLine, ...]:
    now, then = (
        {row["campaign_id"]: row for row in tables[CAMPAIGNS.name].to_pylist()} for tables in (sums.now, sums.at_scan)
    )
    return tuple(
        CampaignLine(
            campaign_id=campaign_id,
            listed=campaign_id in now,
            **_said(book.reading.rows.get(campaign_id), ("verdict", "q_value")),
            **_said(now.get(campaign_id), SUMMED),
            **{f"{name}_at_scan": value for name, value in _said(then.get(campaign_id), SUMMED).items()},
            confirmed=campaign_id in one.confirmed,
        )
        for campaign_id in one.all_campaigns
    )


def _said(row: Row | None, names: Sequence[str]) -> dict[str, Any]:
    return {name: row[name] if row else None for name in names}


def _measures(book: Casebook, one: Case, person: Person) -> tuple[MeasureLine, ...]:
    """The case's own, and those of the cases that it was merged with; the newest first."""
    found = [measure for case in book.state.merged_with(one) for measure in case.measures]
    ordered = sorted(found, key=lambda measure: measure.proposal, reverse=True)
    return tuple(_measure(book, measure, person) for measure in ordered)


def _measure(book: Casebook, measure: Measure, person: Person) -> MeasureLine:
    decided = measure.approved or measure.declined
    state = measure.state(book.time)
    return MeasureLine(
        case=measure.case,
        proposal=measure.proposal,
        measure=measure.measure,
        words=MEASURES[measure.measure],
        accounts=len(measure.accounts),
        named=tuple(sorted(measure.remaining)[:NAMED]),
        lifted=len(measure.lifted),
        state=state,
        proposed_by=measure.proposed.person,
        proposed=measure.proposed.time,
        reason=measure.proposed.reason,
        decided_by=decided.person if decided else None,
        decided=decided.time if decided else None,
        until=measure.until,
        may_decide=state == "proposed" and person.role >= Role.APPROVER and person.name != measure.proposed.person,
        may_lift=state in {"proposed", "in force"} and person.role >= Role.ANALYST,
    )


def _appeal(book: Casebook, appeal: Appeal, person: Person) -> AppealLine:
    answered = appeal.answered
    return AppealLine(
        number=appeal.number,
        account=appeal.account,
        statement=appeal.statement,
        entered_by=appeal.entered.person,
        entered=appeal.entered.time,
        outcome=appeal.outcome,
        answered_by=answered.person if answered else None,
        answered=answered.time if answered else None,
        reason=answered.reason if answered else None,
        may_answer=answered is None
        and person.role >= Role.APPROVER
        and person.name not in involved(book.state, appeal.account),
    )


def _cleared(book: Casebook, one: Case) -> tuple[ClearedLine, ...]:
    found = (book.state.clearing_of(account) for account in sorted(one.cleared | one.bystanders)[:NAMED])
    return tuple(_clearing(clearing) for clearing in found if clearing is not None)


def _clearing(clearing: Clearing) -> ClearedLine:
    decided = clearing.decided
    return ClearedLine(clearing.account, clearing.kind, decided.entry, decided.person, decided.time, decided.reason)


def _attribution(one: Case) -> AttributionLine | None:
    said = one.attribution
    if said is None:
        return None
    return AttributionLine(said.operator, said.source, said.entered.person, said.entered.time, said.entered.entry)


def _entry(book: Casebook, one: Case, entry: Entry) -> EntryLine:
    return EntryLine(
        number=entry.number,
        time=entry.moment,
        person=entry.person,
        kind=entry.kind,
        words=told(entry.judgement),
        reason=entry.judgement.reason,
        evidence=entry.evidence is not None,
        recallable=_recallable(book, one, entry),
    )


def _recallable(book: Casebook, one: Case, entry: Entry) -> bool:
    """Whether what the entry says is still so, and can be taken back."""
    match entry.judgement:
        case Confirmed(campaigns=campaigns):
            return any(campaign in one.confirmed for campaign in campaigns)
        case Cleared(accounts=accounts) | MarkedBystander(accounts=accounts):
            found = (book.state.clearing_of(account) for account in accounts)
            return any(clearing is not None and clearing.decided.entry == entry.number for clearing in found)
        case Attributed():
            return one.attribution is not None and one.attribution.entered.entry == entry.number
    return False


def _offer(request: Request, book: Casebook, one: Case, account: str) -> Offer:
    desk = the_desk(request)
    others = [c for c in book.state.cases.values() if c.number != one.number and c.status != CLOSED]
    return Offer(
        token=secrets.token_urlsafe(18),
        until=(book.time + timedelta(days=DAYS_OF_A_MEASURE)).date().isoformat(),
        accounts=account,
        people=tuple(p.name for p in desk.access.people.everybody() if not p.disabled and p.role >= Role.ANALYST),
        other_cases=tuple((c.number, c.title) for c in sorted(others, key=lambda c: c.number)),
        measures=tuple(MEASURES.items()),
        harvesters=len(book.in_scope(one, "harvester")),
        taking_part=len(book.in_scope(one, "taking_part")),
        second_person_above=desk.settings.second_person_above,
    )


def accounts_in(text: str) -> tuple[str, ...]:
    """Account ids that a person wrote, one a line."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())
