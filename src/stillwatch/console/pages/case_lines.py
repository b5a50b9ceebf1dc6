"""What the ledger says of a campaign or an account, in a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request

from stillwatch.casework.actions import actions_on
from stillwatch.casework.cases import Case, DeskState, Measure
from stillwatch.casework.chain import Entry
from stillwatch.casework.ledger import Ledger
from stillwatch.casework.words import MEASURES, OUTCOMES, told
from stillwatch.console.guard import the_desk
from stillwatch.report.figures import counted, day

CLEARED = {"cleared": "cleared", "marked_bystander": "bystander", "answered": "appeal granted"}
"""How an account stands that is not accused again, in a few words, by the kind of the entry that says so."""


@dataclass(frozen=True)
class CaseLine:
    """A case in a line: `text` is its status and what is in force, such as "confirmed, 2 measures in force"."""

    number: int
    title: str
    text: str


@dataclass(frozen=True)
class Action:
    """One entry of the ledger about an account, in words."""

    entry: int
    time: datetime
    person: str
    case: int
    words: str
    reason: str


@dataclass(frozen=True)
class Standing:
    """What holds of one account by judgement, not by measurement: `lines` in words, and every action, newest first."""

    cases: tuple[CaseLine, ...]
    lines: tuple[str, ...]
    actions: tuple[Action, ...]


@dataclass(frozen=True)
class Cases:
    """The cases as they are at `time`."""

    ledger: Ledger
    state: DeskState
    time: datetime

    def of_campaign(self, campaign_id: str) -> CaseLine | None:
        """The case that is on a campaign; None if there is none."""
        case = self.state.case_of_campaign(campaign_id)
        return None if case is None else self._line(case)

    def of_account(self, account_id: str, campaigns: Sequence[str]) -> Standing:
        """The cases that name an account or are on its campaigns, and what was decided on it."""
        cases = {case.number: case for case in self.state.cases_of_account(account_id)}
        for campaign_id in campaigns:
            case = self.state.case_of_campaign(campaign_id)
            if case is not None and case.may_hold(account_id):
                cases[case.number] = case
        lines = tuple(self._line(cases[number]) for number in sorted(cases))
        return Standing(lines, self._lines(account_id), self._actions(account_id))

    def standing_words(self, account_id: str) -> tuple[str, ...]:
        """What people decided on an account that still holds, each in a few words: cleared, or measures in force."""
        clearing = self.state.clearing_of(account_id)
        cleared = () if clearing is None else (CLEARED.get(clearing.kind, clearing.kind),)
        return (*cleared, *(_measure_words(one) for one in self.state.measures_on(account_id, self.time)))

    def _actions(self, account_id: str) -> tuple[Action, ...]:
        found = {
            entry.number: _action(entry)
            for case in self.state.cases_of_account(account_id)
            for entry in actions_on([account_id], self.ledger.entries(case=case.number))
        }
        return tuple(found[number] for number in sorted(found, reverse=True))

    def matching(self, query: str) -> list[CaseLine]:
        """Cases of this number, or with this text in their title, in order."""
        wanted = query.casefold().removeprefix("case").strip()
        if not wanted:
            return []
        found = [c for c in self.state.cases.values() if wanted == str(c.number) or wanted in c.title.casefold()]
        return [self._line(case) for case in found]

    def _line(self, case: Case) -> CaseLine:
        status = OUTCOMES.get(case.outcome or "", case.status)
        parts = [f"closed as {status}" if case.outcome in ("resolved", "unfounded") else status]
        for number, noun in (
            (len(case.in_force(self.time)), "measure"),
            (len(case.pending(self.time)), "proposal"),
            (len(case.open_appeals), "open appeal"),
        ):
            if number:
                parts.append(counted(number, noun) + (" in force" if noun == "measure" else ""))
        return CaseLine(case.number, case.title, ", ".join(parts))

    def _lines(self, account_id: str) -> tuple[str, ...]:
        lines = []
        clearing = self.state.clearing_of(account_id)
        if clearing:
            what = {"cleared": "Cleared", "marked_bystander": "Marked as bystander"}.get(
                clearing.kind, "Cleared by a granted appeal"
            )
            lines.append(
                f"{what} on {day(clearing.decided.time)} by {clearing.decided.person}, in case {clearing.case}."
            )
        lines.extend(
            f"In force: {_measure_words(measure)}, until {day(measure.until)} (case {measure.case}, proposed by "
            f"{measure.proposed.person})."
            for measure in self.state.measures_on(account_id, self.time)
        )
        return tuple(lines)


def _measure_words(measure: Measure) -> str:
    return MEASURES.get(measure.measure, measure.measure)


def _action(entry: Entry) -> Action:
    judgement = entry.judgement
    return Action(entry.number, entry.moment, entry.person, entry.case_number or 0, told(judgement), judgement.reason)


def the_cases(request: Request) -> Cases:
    """The cases of now."""
    desk = the_desk(request)
    return Cases(desk.ledger, desk.ledger.state(), desk.settings.clock())


TheCases = Annotated[Cases, Depends(the_cases)]
