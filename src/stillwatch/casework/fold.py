"""From entries to the state: each entry taken in turn. Needs no database.

The fold keeps what it has built; taking one more entry costs as much as the case that it touches.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from stillwatch.casework import cases
from stillwatch.casework import judgements as judged
from stillwatch.casework.canonical import moment_of
from stillwatch.casework.cases import Appeal, Attribution, Case, Clearing, Decision, DeskState, Issue, Measure
from stillwatch.casework.chain import Entry
from stillwatch.casework.judgements import Judgement


@dataclass
class _Seen:
    """What the snapshots of entries say of one account, so far."""

    kinds: frozenset[str] = frozenset()
    harvested_exchanges: int = 0


@dataclass
class Fold:
    """Takes entries in order and gives the state after them. Not for several threads at once."""

    ledger: str | None = None
    _number: int = 0
    _cases: dict[int, Case] = field(default_factory=dict)
    _campaigns: dict[str, int] = field(default_factory=dict)
    _accounts: dict[str, tuple[int, ...]] = field(default_factory=dict)
    _clearings: dict[str, tuple[Clearing, ...]] = field(default_factory=dict)
    _latest: dict[str, Clearing] = field(default_factory=dict)
    _seen: dict[str, _Seen] = field(default_factory=dict)
    _recallable: dict[int, Judgement] = field(default_factory=dict)
    _state: DeskState | None = None

    def take(self, entry: Entry) -> None:
        """Take the next entry. Raises ValueError if it is no judgement of its kind."""
        judgement = entry.judgement
        decision = Decision(entry.number, entry.person, entry.moment, judgement.reason)
        self._look(entry)
        self._number, self._state = entry.number, None
        if isinstance(judgement, judged.Founded):
            self.ledger = judgement.ledger
            return
        case = entry.case_number or 0
        if isinstance(judgement, judged.Opened):
            self._cases[case] = Case(case, judgement.title, decision, judgement.campaigns)
            self._campaigns |= dict.fromkeys(judgement.campaigns, case)
        elif case in self._cases:
            _STEPS.get(judgement.kind, _nothing)(self, self._cases[case], judgement, decision)
        if case in self._cases:
            entries = self._cases[case].entries + (not isinstance(judgement, judged.Opened))
            self.change(case, entries=entries, last_entry=decision.entry, last_time=decision.time)

    def take_all(self, entries: Iterable[Entry]) -> None:
        """Take entries in order."""
        for entry in entries:
            self.take(entry)

    def state(self) -> DeskState:
        """The state after the entries so far; later ones do not change it. Cost: a copy of the indexes."""
        if self._state is None:
            self._state = DeskState(
                self.ledger,
                self._number,
                dict(self._cases),
                dict(self._campaigns),
                dict(self._accounts),
                dict(self._latest),
            )
        return self._state

    def recallable(self, entry: int) -> Judgement | None:
        """The judgement of an entry that could be recalled and was not."""
        return self._recallable.get(entry)

    def knows_evidence_on(self, account: str) -> bool:
        """Whether a snapshot of any entry says something of this account."""
        return account in self._seen

    def change(self, number: int, **columns: Any) -> None:
        """Put a case in place of the one before. Copied by its dictionary: `replace` with so many fields is most of
        what a long ledger costs."""
        case = object.__new__(Case)
        case.__dict__.update(self._cases[number].__dict__, **columns)
        self._cases[number] = case

    def _look(self, entry: Entry) -> None:
        if entry.evidence is None:
            return
        accounts = json.loads(entry.evidence).get("accounts", {})
        for account, said in accounts.items():
            before = self._seen.get(account, _Seen())
            self._seen[account] = _Seen(
                before.kinds.union(said["kinds"]), max(before.harvested_exchanges, said["harvested_exchanges"])
            )

    def name(self, accounts: Iterable[str], case: int) -> None:
        """Note that a case judges these accounts by name."""
        for account in accounts:
            before = self._accounts.get(account, ())
            if case not in before:
                self._accounts[account] = (*before, case)

    def clear(self, case: int, accounts: Iterable[str], kind: str, decision: Decision) -> None:
        """Clear accounts, on the evidence seen so far, and lift the measures on them."""
        for account in accounts:
            seen = self._seen.get(account, _Seen())
            made = Clearing(account, kind, case, decision, seen.kinds, seen.harvested_exchanges)
            self._clearings[account] = (*self._clearings.get(account, ()), made)
            self._latest[account] = made
        self.name(accounts, case)
        self.lift(accounts, decision)

    def lift(self, accounts: Iterable[str], decision: Decision, case: int | None = None, proposal: int = 0) -> None:
        """Lift measures on accounts: one measure, or all of them in all cases."""
        wanted = set(accounts)
        numbers = {case} if case is not None else {n for account in wanted for n in self._accounts.get(account, ())}
        for number in sorted(numbers):
            changed = tuple(
                _lifted(one, wanted, decision) if proposal in {0, one.proposal} else one
                for one in self._cases[number].measures
            )
            if changed != self._cases[number].measures:
                self.change(number, measures=changed)

    def unclear(self, entry: int, accounts: Iterable[str]) -> None:
        """Forget the clearances of an entry that was recalled."""
        for account in accounts:
            left = tuple(one for one in self._clearings[account] if one.decided.entry != entry)
            self._clearings[account] = left
            if left:
                self._latest[account] = left[-1]
            else:
                del self._latest[account]

    def cleared_by(self, case: int, accounts: Iterable[str], kinds: Collection[str]) -> frozenset[str]:
        """Those of some accounts that a case has cleared, in one of these ways, and not taken back."""
        return frozenset(
            account
            for account in accounts
            if any(one.case == case and one.kind in kinds for one in self._clearings.get(account, ()))
        )

    def keep_recallable(self, entry: int, judgement: Judgement) -> None:
        """Note that an entry can be recalled."""
        self._recallable[entry] = judgement

    def recall(self, entry: int) -> Judgement | None:
        """The entry's judgement, which can be recalled no more."""
        return self._recallable.pop(entry, None)

    def moved(self, campaigns: Iterable[str], case: int) -> None:
        """The campaigns' case is another one now."""
        self._campaigns |= dict.fromkeys(campaigns, case)

    def begin(self, case: Case) -> None:
        """A case that came out of another."""
        self._cases[case.number] = case

    def other(self, number: int) -> Case:
        """A case by number."""
        return self._cases[number]


def _lifted(measure: Measure, accounts: set[str], decision: Decision) -> Measure:
    if measure.accounts.isdisjoint(accounts):
        return measure
    fresh = dict.fromkeys(measure.remaining & accounts, decision)
    if not fresh or measure.declined or decision.time >= measure.until:
        return measure
    return replace(measure, lifted={**measure.lifted, **fresh})


Step = Callable[[Fold, Case, Any, Decision], None]


def _nothing(_fold: Fold, _case: Case, _judgement: Judgement, _decision: Decision) -> None:
    """A comment changes nothing but the number of entries."""


def _assigned(fold: Fold, case: Case, judgement: judged.Assigned, _: Decision) -> None:
    fold.change(case.number, assignee=judgement.to)


def _confirmed(fold: Fold, case: Case, judgement: judged.Confirmed, decision: Decision) -> None:
    confirmations = {**case.confirmations, decision.entry: judgement.campaigns}
    fold.change(case.number, confirmations=confirmations, status=cases.CONFIRMED)
    fold.keep_recallable(decision.entry, judgement)


def _closed(fold: Fold, case: Case, judgement: judged.Closed, _: Decision) -> None:
    fold.change(case.number, status=cases.CLOSED, outcome=judgement.outcome)


def _reopened(fold: Fold, case: Case, _judgement: judged.Reopened, _: Decision) -> None:
    fold.change(case.number, status=cases.CONFIRMED if case.confirmations else cases.OPEN, outcome=None)
    fold.moved(case.campaigns, case.number)


def _split(fold: Fold, case: Case, judgement: judged.Split, decision: Decision) -> None:
    into, taken = judgement.into or 0, frozenset(judgement.accounts)
    left = tuple(one for one in case.campaigns if one not in judgement.campaigns)
    confirmed = _confirmed_of(case, judgement.campaigns)
    fold.begin(
        Case(
            into,
            judgement.title,
            decision,
            judgement.campaigns,
            accounts=taken,
            without=case.without,
            parts_of=tuple(sorted({*left, *case.parts_of})) if taken else (),
            split_from=case.number,
            status=cases.CONFIRMED if confirmed else cases.OPEN,
            confirmations=confirmed,
            last_entry=decision.entry,
            last_time=decision.time,
            elsewhere=(decision.entry,),
        )
    )
    fold.name(judgement.accounts, into)
    fold.name(judgement.accounts, case.number)
    fold.moved(judgement.campaigns, into)
    still = _confirmed_of(case, {*left, *case.parts_of})
    fold.change(
        case.number,
        campaigns=left,
        confirmations=still,
        status=case.status if still else cases.OPEN,
        accounts=case.accounts - taken,
        without=case.without | taken,
        split_into=(*case.split_into, into),
    )


def _confirmed_of(case: Case, campaigns: Collection[str]) -> dict[int, tuple[str, ...]]:
    """What was confirmed of these campaigns, by the entry that did."""
    found = {n: tuple(one for one in named if one in campaigns) for n, named in case.confirmations.items()}
    return {n: named for n, named in found.items() if named}


def _merged(fold: Fold, case: Case, judgement: judged.Merged, decision: Decision) -> None:
    into = fold.other(judgement.into)
    fold.change(
        into.number,
        campaigns=tuple(sorted({*into.campaigns, *case.campaigns})),
        accounts=into.accounts | case.accounts,
        without=(into.without - case.accounts) | (case.without - into.accounts),
        parts_of=tuple(sorted({*into.parts_of, *case.parts_of})),
        confirmations={**into.confirmations, **case.confirmations},
        merged_from=(*into.merged_from, case.number),
        status=cases.CONFIRMED if into.confirmations or case.confirmations else into.status,
        elsewhere=(*into.elsewhere, decision.entry),
        entries=into.entries + 1,
        last_entry=decision.entry,
        last_time=decision.time,
    )
    fold.change(case.number, status=cases.CLOSED, outcome=cases.MERGED, merged_into=into.number)
    fold.moved(case.campaigns, into.number)
    fold.name(case.accounts, into.number)


def _cleared(fold: Fold, case: Case, judgement: judged.Cleared | judged.MarkedBystander, decision: Decision) -> None:
    accounts = judgement.accounts
    fold.clear(case.number, accounts, judgement.kind, decision)
    fold.keep_recallable(decision.entry, judgement)
    column = "cleared" if judgement.kind == "cleared" else "bystanders"
    fold.change(case.number, **{column: getattr(case, column).union(accounts)})


def _recalled(fold: Fold, case: Case, judgement: judged.Recalled, _: Decision) -> None:
    taken_back = fold.recall(judgement.entry)
    if isinstance(taken_back, judged.Confirmed):
        _unconfirm(fold, case, judgement.entry)
    elif isinstance(taken_back, judged.Attributed):
        if case.attribution and case.attribution.entered.entry == judgement.entry:
            fold.change(case.number, attribution=None)
    elif isinstance(taken_back, judged.Cleared | judged.MarkedBystander):
        fold.unclear(judgement.entry, taken_back.accounts)
        for column, kinds in _CLEARED_COLUMNS.items():
            others = getattr(case, column).difference(taken_back.accounts)
            still = fold.cleared_by(case.number, taken_back.accounts, kinds)
            fold.change(case.number, **{column: others | still})


_CLEARED_COLUMNS = {"cleared": ("cleared", "answered"), "bystanders": ("marked_bystander",)}


def _unconfirm(fold: Fold, case: Case, entry: int) -> None:
    """Also in the cases that took the case in, or that came out of it."""
    ahead, seen = [case.number], set[int]()
    while ahead:
        number = ahead.pop()
        if number in seen:
            continue
        seen.add(number)
        here = fold.other(number)
        left = {n: campaigns for n, campaigns in here.confirmations.items() if n != entry}
        status = here.status if here.status == cases.CLOSED or left else cases.OPEN
        fold.change(number, confirmations=left, status=status)
        ahead.extend(n for n in (here.merged_into, *here.split_into) if n is not None)


def _attributed(fold: Fold, case: Case, judgement: judged.Attributed, decision: Decision) -> None:
    fold.change(case.number, attribution=Attribution(judgement.operator, judgement.source, decision))
    fold.keep_recallable(decision.entry, judgement)


def _proposed(fold: Fold, case: Case, judgement: judged.Proposed, decision: Decision) -> None:
    made = Measure(
        decision.entry, case.number, judgement.measure, frozenset(judgement.accounts), moment_of(judgement.until),
        bool(judgement.second_person), decision,
    )  # fmt: skip
    fold.change(case.number, measures=(*case.measures, made))
    fold.name(judgement.accounts, case.number)


def _approved(fold: Fold, case: Case, judgement: judged.Approved, decision: Decision) -> None:
    fold.change(case.number, measures=_with(case, judgement.proposal, lambda one: replace(one, approved=decision)))


def _declined(fold: Fold, case: Case, judgement: judged.Declined, decision: Decision) -> None:
    fold.change(case.number, measures=_with(case, judgement.proposal, lambda one: replace(one, declined=decision)))


def _with(case: Case, proposal: int, change: Callable[[Measure], Measure]) -> tuple[Measure, ...]:
    return tuple(change(one) if one.proposal == proposal else one for one in case.measures)


def _lift(fold: Fold, case: Case, judgement: judged.Lifted, decision: Decision) -> None:
    fold.lift(judgement.accounts, decision, case.number, judgement.proposal)


def _appealed(fold: Fold, case: Case, judgement: judged.Appealed, decision: Decision) -> None:
    made = Appeal(decision.entry, case.number, judgement.account, judgement.statement, decision)
    fold.change(case.number, appeals=(*case.appeals, made))
    fold.name([judgement.account], case.number)


def _answered(fold: Fold, case: Case, judgement: judged.Answered, decision: Decision) -> None:
    changed = tuple(
        replace(one, outcome=judgement.outcome, answered=decision) if one.number == judgement.appeal else one
        for one in case.appeals
    )
    fold.change(case.number, appeals=changed)
    appeal = case.appeal(judgement.appeal)
    if appeal and judgement.outcome == "granted":
        fold.clear(case.number, [appeal.account], judgement.kind, decision)
        fold.change(case.number, cleared=case.cleared | {appeal.account})


def _issued(fold: Fold, case: Case, judgement: judged.Issued, decision: Decision) -> None:
    made = Issue(judgement.manifest, judgement.marking, judgement.redacted, decision)
    fold.change(case.number, dossiers=(*case.dossiers, made))


_STEPS: dict[str, Step] = {
    "assigned": _assigned,
    "confirmed": _confirmed,
    "closed": _closed,
    "reopened": _reopened,
    "split": _split,
    "merged": _merged,
    "cleared": _cleared,
    "marked_bystander": _cleared,
    "recalled": _recalled,
    "attributed": _attributed,
    "proposed": _proposed,
    "approved": _approved,
    "declined": _declined,
    "lifted": _lift,
    "appealed": _appealed,
    "answered": _answered,
    "issued": _issued,
}
