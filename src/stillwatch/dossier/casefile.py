"""A case of the ledger as the subject of a dossier."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from stillwatch.casework import judgements as judged
from stillwatch.casework.actions import actions_on
from stillwatch.casework.canonical import moment_of
from stillwatch.casework.cases import Case, DeskState
from stillwatch.casework.chain import Entry
from stillwatch.casework.clearances import Clearances
from stillwatch.casework.ledger import Ledger
from stillwatch.casework.rules import least_role
from stillwatch.casework.sums import kept
from stillwatch.casework.words import MEASURES, OUTCOMES
from stillwatch.dossier.errors import DossierError
from stillwatch.dossier.subject import Judgement, Standing, Subject
from stillwatch.records import MEMBERS
from stillwatch.report.result import Result

ISSUED = "issued"


def open_subject(
    ledger: Ledger, number: int, result: Result, as_of: datetime | None = None
) -> tuple[Subject, datetime]:
    """The case with this number as of a time, and that time: without `as_of`, that of the last judgement on it, or on
    one of its accounts in another case. `result` says which accounts its campaigns have.

    That a dossier was issued is no judgement: it does not move the time, so that the same case gives the same dossier.
    Raises DossierError for a case that is not there, BrokenChainError for a ledger that does not hold.
    """
    ledger.state()
    ledger.require_sound()
    entries = [one for one in ledger.entries(case=number, until=as_of) if one.kind != ISSUED]
    state = ledger.state(as_of)
    case = state.case(number)
    if case is None or not entries:
        raise DossierError(f"There is no case {number} in the ledger {ledger.where}{_whose(ledger, as_of)}.")
    listed = frozenset(kept(result.table(MEMBERS), case.scope)["account_id"].to_pylist())
    elsewhere = () if as_of else _elsewhere(ledger, case, state, listed)
    when = as_of or max(entry.moment for entry in (*entries, *elsewhere))
    return _subject(case, state, entries, _standings(case, state, listed, when)), when


def _elsewhere(ledger: Ledger, case: Case, state: DeskState, listed: Collection[str]) -> list[Entry]:
    """Entries of other cases on accounts of this one: what they decided holds here too."""
    numbers = {number for account in listed for number in state.cases_by_account.get(account, ())}
    return [
        entry for number in sorted(numbers - {case.number}) for entry in actions_on(listed, ledger.entries(case=number))
    ]


def _whose(ledger: Ledger, as_of: datetime | None) -> str:
    if as_of is not None:
        return " at that time"
    known = sorted(ledger.state().cases)
    return f"; there are {', '.join(map(str, known[:20]))}" if known else "; it holds no case yet"


def _subject(case: Case, state: DeskState, entries: list[Entry], standings: Iterable[Standing]) -> Subject:
    return Subject(
        name=f"case {case.number}",
        scope=case.scope,
        case=case.number,
        title=case.title,
        status=_status(case),
        judgements=tuple(_judgement(entry, case) for entry in entries),
        standings=tuple(standings),
        clearances=Clearances.of(state),
    )


def _status(case: Case) -> str:
    return case.status + (f", {OUTCOMES.get(case.outcome, case.outcome)}" if case.outcome else "")


def _judgement(entry: Entry, case: Case) -> Judgement:
    one = entry.judgement
    named = case.attribution if case.attribution and case.attribution.entered.entry == entry.number else None
    accounts = getattr(one, "accounts", None)
    until = getattr(one, "until", None)
    return Judgement(
        number=entry.number,
        time=entry.moment,
        kind=entry.kind,
        role=entry.role or f"at least {least_role(entry.kind).value}",
        person=entry.person,
        reason=_reason(one),
        hash=entry.hash,
        concerns=_CONCERNS.get(entry.kind, _nothing)(one),
        accounts=len(accounts) if accounts is not None else (1 if entry.kind == "appealed" else None),
        until=moment_of(until) if until else None,
        refers_to=next((n for name in ("proposal", "appeal", "entry") if (n := getattr(one, name, None))), None),
        operator=named.operator if named else None,
        source=named.source if named else None,
    )


def _reason(one: judged.Judgement) -> str:
    return f"{one.reason} Statement: {one.statement}" if isinstance(one, judged.Appealed) else one.reason


def _nothing(_: Any) -> None:
    return None


# What was judged, in words: never a person, whom an assignment names, nor an account.
_CONCERNS: Mapping[str, Callable[[Any], str | None]] = {
    "opened": lambda one: ", ".join(one.campaigns),
    "confirmed": lambda one: ", ".join(one.campaigns),
    "closed": lambda one: OUTCOMES[one.outcome],
    "split": lambda one: f"into case {one.into}",
    "merged": lambda one: f"into case {one.into}",
    "proposed": lambda one: MEASURES[one.measure] + (", needs a second person" if one.second_person else ""),
    "answered": lambda one: str(one.outcome),
}


def _standings(case: Case, state: DeskState, listed: Collection[str], when: datetime) -> Iterator[Standing]:
    """What holds for accounts, in whichever case it was judged: who was cleared elsewhere is cleared here too."""
    own = case.cleared | case.bystanders
    yield from (Standing(account, "cleared") for account in sorted(case.cleared.intersection(listed)))
    yield from (Standing(account, "bystander") for account in sorted(case.bystanders.intersection(listed)))
    for account, clearing in sorted(state.clearings.items()):
        if account not in own and account in listed:
            yield Standing(account, "bystander" if clearing.kind == "marked_bystander" else "cleared")
    for other in state.cases.values():
        for measure in other.in_force(when):
            held = sorted(measure.remaining.intersection(listed))
            yield from (Standing(account, MEASURES[measure.measure], measure.until) for account in held)
