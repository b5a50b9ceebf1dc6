"""Who may judge what, and when: each judgement is held against the state that it would change. Raises RuleError.

A role may do what the ones before it may. Nobody approves what they proposed, and nobody answers an appeal against what
they proposed or approved.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from stillwatch.casework import cases
from stillwatch.casework import judgements as judged
from stillwatch.casework.canonical import moment_of
from stillwatch.casework.cases import MORE_HARVEST, Case, Clearing, DeskState, Measure
from stillwatch.casework.errors import RuleError
from stillwatch.casework.fold import Fold
from stillwatch.casework.judgements import Judgement
from stillwatch.casework.roles import Author, Role

SECOND_PERSON_SIZE = 10
"""Accounts on which one person may put measures alone. A family and its devices fit; a customer's whole team does not.
Judgement."""
MOST_DAYS = 366
"""The longest that a measure may run before somebody has to look again. Judgement: a year is a review period that
regulators know."""
NAMED_MOST = 1_000
"""Accounts up to which each one of a split or a measure must be known; a larger set is a campaign's, and its snapshot
holds no accounts."""
ON_CLOSED = frozenset({"reopened", "commented", "appealed", "answered", "lifted", "recalled", "issued"})
"""What may be judged on a closed case: what undoes, what is said against it, and what reports it."""
ON_MERGED = ON_CLOSED - {"reopened"}


@dataclass(frozen=True)
class Setting:
    """What a judgement is held against, beside the entries: who judges, when, by which size; and what its snapshot says
    of each account, None where none was taken."""

    author: Author
    time: datetime
    evidence: Mapping[str, Mapping[str, Any]] | None = None
    second_person_size: int = SECOND_PERSON_SIZE


def check(fold: Fold, judgement: Judgement, setting: Setting) -> Judgement:
    """The judgement as it is to be appended, with the numbers that only now are known. Raises RuleError."""
    _permitted(judgement, setting.author)
    state = fold.state()
    if isinstance(judgement, judged.Opened):
        _free(state, judgement.campaigns)
        return judged.settled(judgement, case=_next_case(state))
    case = _case(state, judgement)
    _workable(case, judgement)
    rule = _RULES.get(judgement.kind)
    if rule:
        rule(_Bench(fold, state, case, setting), judgement)
    if isinstance(judgement, judged.Split):
        return judged.settled(judgement, into=_next_case(state))
    if isinstance(judgement, judged.Proposed):
        return judged.settled(judgement, second_person=_needs_second_person(state, case, judgement, setting))
    return judgement


def least_role(kind: str) -> Role:
    """The least role that may enter a judgement of this kind."""
    return Role.APPROVER if kind in {"approved", "declined", "answered"} else Role.ANALYST


@dataclass(frozen=True)
class _Bench:
    fold: Fold
    state: DeskState
    case: Case
    setting: Setting


_ARTICLES = {Role.VIEWER: "a", Role.ANALYST: "an", Role.APPROVER: "an", Role.ADMIN: "an"}


def _permitted(judgement: Judgement, author: Author) -> None:
    if judgement.kind == "founded":
        raise RuleError("a ledger begins once", "This one has begun.")
    least = least_role(judgement.kind)
    if author.role < least:
        raise RuleError(
            f"{_ARTICLES[author.role]} {author.role.value} may not do this ({judgement.kind.replace('_', ' ')})",
            f"It takes the role {least.value}.",
        )


def _next_case(state: DeskState) -> int:
    return max(state.cases, default=0) + 1


def _case(state: DeskState, judgement: Judgement) -> Case:
    case = state.case(judgement.case or 0)
    if case is None:
        raise RuleError(f"there is no case {judgement.case}", f"There are {len(state.cases)} cases.")
    return case


def _workable(case: Case, judgement: Judgement) -> None:
    if case.merged_into is not None and judgement.kind not in ON_MERGED:
        raise RuleError(f"case {case.number} went into case {case.merged_into}", "Judge there.")
    if case.status == cases.CLOSED and judgement.kind not in ON_CLOSED:
        raise RuleError(f"case {case.number} is closed ({case.outcome})", "Reopen it first.")


def _evidence(bench: _Bench) -> Mapping[str, Mapping[str, Any]]:
    return bench.setting.evidence or {}


def _free(state: DeskState, campaigns: Iterable[str], but: int | None = None) -> None:
    for campaign in campaigns:
        case = state.case_of_campaign(campaign)
        if case and case.status != cases.CLOSED and case.number != but:
            raise RuleError(f"campaign {campaign} is in case {case.number} already", "Go on there.")


def _confirmed(bench: _Bench, judgement: judged.Confirmed) -> None:
    strange = sorted(set(judgement.campaigns) - set(bench.case.all_campaigns))
    if strange:
        raise RuleError(f"campaign {strange[0]} is not in case {bench.case.number}", "Confirm campaigns of the case.")


def _closed(bench: _Bench, judgement: judged.Closed) -> None:
    case, time = bench.case, bench.setting.time
    if pending := case.pending(time):
        raise RuleError(f"the proposal of entry {pending[0].proposal} is undecided", "Have it decided, or withdraw it.")
    whole = list(_with_taken_in(bench.state, case))
    if unanswered := [appeal for one in whole for appeal in one.open_appeals]:
        raise RuleError(f"the appeal of entry {unanswered[0].number} has no answer", "Have it answered first.")
    running = [measure for one in whole for measure in one.in_force(time)]
    if judgement.outcome == "unfounded" and running:
        raise RuleError(
            f"the measure of entry {running[0].proposal} is in force", "Lift it first: there is no ground for it then."
        )


def _with_taken_in(state: DeskState, case: Case) -> Iterator[Case]:
    """The case, and those that went into it: their measures and appeals stay where they were entered."""
    yield case
    for number in case.merged_from:
        yield from _with_taken_in(state, state.cases[number])


def _reopened(bench: _Bench, _: judged.Reopened) -> None:
    if bench.case.status != cases.CLOSED:
        raise RuleError(f"case {bench.case.number} is not closed", "Go on with it.")
    _free(bench.state, bench.case.campaigns, bench.case.number)


def _split(bench: _Bench, judgement: judged.Split) -> None:
    case, leaving = bench.case, set(judgement.campaigns)
    if strange := sorted(leaving - set(case.campaigns)):
        raise RuleError(f"campaign {strange[0]} is not whole in case {case.number}", "Split off one that is.")
    if leaving and leaving == set(case.campaigns) and not case.accounts:
        raise RuleError(f"nothing would be left in case {case.number}", "Leave at least one campaign in it.")
    _within(bench, judgement.accounts)
    _known(bench, judgement.accounts)


def _known(bench: _Bench, accounts: Collection[str]) -> None:
    """A slip is no account: the snapshot holds those that the result lists, the ledger those judged before."""
    if bench.setting.evidence is None or len(accounts) > NAMED_MOST:
        return
    for account in accounts:
        if account not in bench.setting.evidence and not bench.state.cases_of_account(account):
            raise RuleError(f"there is no account {account} in the result", "Name accounts as the result writes them.")


def _within(bench: _Bench, accounts: Iterable[str]) -> None:
    """An account must belong to the case, as far as the entries tell."""
    for account in accounts:
        if not bench.case.may_hold(account):
            raise RuleError(
                f"an account does not belong to case {bench.case.number}: {account}",
                "It was split off, or is of another campaign.",
            )


def _merged(bench: _Bench, judgement: judged.Merged) -> None:
    into = bench.state.case(judgement.into)
    if into is None or into.number == bench.case.number:
        raise RuleError(f"there is no other case {judgement.into}", "Name the case that takes this one in.")
    if into.status == cases.CLOSED:
        raise RuleError(f"case {into.number} is closed", "Reopen it first.")
    if pending := bench.case.pending(bench.setting.time):
        raise RuleError(f"the proposal of entry {pending[0].proposal} is undecided", "Have it decided, or withdraw it.")


def _cleared(bench: _Bench, judgement: judged.OnAccounts) -> None:
    _within(bench, judgement.accounts)
    unseen = next((a for a in judgement.accounts if a not in _evidence(bench)), None)
    if unseen is not None:
        raise RuleError(
            f"there is no snapshot of the evidence on account {unseen}",
            "An account is cleared on what a result says of it; judge it from a result that holds it.",
        )


def _recalled(bench: _Bench, judgement: judged.Recalled) -> None:
    found = bench.fold.recallable(judgement.entry)
    if found is None or found.case != bench.case.number:
        raise RuleError(
            f"entry {judgement.entry} of case {bench.case.number} is nothing that can be recalled, or was already",
            "Recall an entry that cleared, marked, confirmed or attributed.",
        )


def _proposed(bench: _Bench, judgement: judged.Proposed) -> None:
    until, time = moment_of(judgement.until), bench.setting.time
    if until <= time:
        raise RuleError("the measure would end in the past", "Give an end that is still to come.")
    if until > time + timedelta(days=MOST_DAYS):
        raise RuleError(f"the measure would run longer than {MOST_DAYS} days", "Give an earlier end; renew it then.")
    _within(bench, judgement.accounts)
    _known(bench, judgement.accounts)
    clearings = (bench.state.clearing_of(account) for account in judgement.accounts)
    standing = next((one for one in clearings if one and not _outdone(bench, one)), None)
    if standing is not None:
        entry, answered = standing.decided.entry, standing.kind == "answered"
        raise RuleError(
            f"account {standing.account} was cleared in entry {entry}",
            "That was the answer to an appeal: it takes new evidence." if answered else "Recall that entry first.",
        )


def _outdone(bench: _Bench, clearing: Clearing) -> bool:
    """Whether a snapshot shows new evidence on an account whose appeal was granted, as the next scan counts it. The
    answer to an appeal is not recalled; without this, nothing could ever be done about such an account."""
    seen = _evidence(bench).get(clearing.account)
    if seen is None or clearing.kind != "answered":
        return False
    new_kinds = set(seen["kinds"]) - clearing.kinds
    return bool(new_kinds) or seen["harvested_exchanges"] > MORE_HARVEST * clearing.harvested_exchanges


def _needs_second_person(state: DeskState, case: Case, judgement: judged.Proposed, setting: Setting) -> bool:
    """Many small measures are one large one: those in force that nobody else approved count too. Also those of other
    cases on the same campaigns: else a split, or another case after the first was closed, would be a way round."""
    same = [one for one in state.cases.values() if not set(case.all_campaigns).isdisjoint(one.all_campaigns)]
    running = [one for other in same for one in other.in_force(setting.time)]
    alone = {account for one in running if one.approved is None for account in one.remaining}
    return len(alone.union(judgement.accounts)) > setting.second_person_size


def _decided(bench: _Bench, judgement: judged.OfProposal) -> None:
    measure, author = _measure(bench.case, judgement.proposal), bench.setting.author.name
    state = measure.state(bench.setting.time)
    if state != cases.PENDING:
        raise RuleError(f"the proposal of entry {measure.proposal} is {state}", "Only an undecided one is decided on.")
    if measure.proposed.person == author:
        raise RuleError("nobody decides on what they proposed", "Ask another approver.")


def _measure(case: Case, proposal: int) -> Measure:
    found = case.measure(proposal)
    if found is None:
        raise RuleError(f"entry {proposal} proposes nothing in case {case.number}", "Name the entry of a proposal.")
    return found


def _lifted(bench: _Bench, judgement: judged.Lifted) -> None:
    measure = _measure(bench.case, judgement.proposal)
    state = measure.state(bench.setting.time)
    if state not in {cases.IN_FORCE, cases.PENDING}:
        raise RuleError(f"the measure of entry {measure.proposal} is {state}", "There is nothing to lift.")
    strange = next((a for a in judgement.accounts if a not in measure.remaining), None)
    if strange is not None:
        raise RuleError(f"the measure of entry {measure.proposal} is not on account {strange}", "Name one it is on.")


def _appealed(bench: _Bench, judgement: judged.Appealed) -> None:
    account, case = judgement.account, bench.case
    named = case.number in {one.number for one in bench.state.cases_of_account(account)}
    if not named and account not in _evidence(bench):
        raise RuleError(
            f"case {case.number} holds nothing on account {account}", "Enter the appeal in the case that judges it."
        )
    if any(one.account == account for one in case.open_appeals):
        raise RuleError("an appeal for this account is open already", "Comment on it, or answer it.")


def _answered(bench: _Bench, judgement: judged.Answered) -> None:
    appeal, author = bench.case.appeal(judgement.appeal), bench.setting.author.name
    if appeal is None:
        raise RuleError(f"entry {judgement.appeal} is no appeal in case {bench.case.number}", "Name an appeal's entry.")
    if appeal.answered:
        raise RuleError(f"the appeal of entry {appeal.number} was answered in entry {appeal.answered.entry}", "")
    if author in involved(bench.state, appeal.account):
        raise RuleError(
            "nobody answers an appeal against what they proposed or approved", "Ask an approver who did neither."
        )
    known = appeal.account in _evidence(bench) or bench.fold.knows_evidence_on(appeal.account)
    if judgement.outcome == "granted" and not known:
        raise RuleError(
            f"there is no snapshot of the evidence on account {appeal.account}",
            "To grant an appeal clears the account, on what a result says of it; answer from a result that holds it.",
        )


def involved(state: DeskState, account: str) -> set[str]:
    """Everybody who proposed or approved a measure on an account, in any case."""
    measures = [one for case in state.cases_of_account(account) for one in case.measures if account in one.accounts]
    return {d.person for one in measures for d in (one.proposed, one.approved) if d is not None}


_RULES: dict[str, Callable[[_Bench, Any], None]] = {
    "confirmed": _confirmed,
    "closed": _closed,
    "reopened": _reopened,
    "split": _split,
    "merged": _merged,
    "cleared": _cleared,
    "marked_bystander": _cleared,
    "recalled": _recalled,
    "proposed": _proposed,
    "approved": _decided,
    "declined": _decided,
    "lifted": _lifted,
    "appealed": _appealed,
    "answered": _answered,
}
