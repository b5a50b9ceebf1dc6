"""What the forms of a case do: each becomes one entry of the ledger, or a message why not.

The rules are casework's; nothing is decided here.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Form, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from stillwatch.casework import judgements as j
from stillwatch.casework.cases import Case
from stillwatch.casework.errors import RuleError
from stillwatch.casework.roles import Role
from stillwatch.casework.words import told
from stillwatch.console.casebook import Casebook, casebook, record
from stillwatch.console.pages.case import Number, accounts_in
from stillwatch.console.twin import Pages, person_of, then

pages = Pages("judgements")
Reason = Annotated[str, Field(max_length=10_000)]
Entry = Annotated[int, Field(ge=1, le=2**31)]
Seen = Annotated[int, Field(ge=0, le=2**31, description="Accounts in the scope when the form was shown.")]
Lines = Annotated[str, Field(max_length=1_500_000, description="Account ids, one a line.")]


@dataclass(frozen=True)
class About:
    """What a form is about: the case as it is now, and the book it stands in."""

    case: Case
    book: Casebook


class Sent(BaseModel, ABC):
    """What every form carries: why, and the token that makes a repeat harmless."""

    token: Annotated[str, Field(min_length=8, max_length=100, pattern=r"^[A-Za-z0-9_-]+$")]
    reason: Reason = ""

    @abstractmethod
    def judged(self, about: About) -> j.Judgement:
        """The judgement that the form stands for. Raises RuleError for what no judgement can be."""


class Assign(Sent):
    """Give the case to somebody, or to nobody."""

    to: Annotated[str, Field(max_length=200)] = ""

    def judged(self, about: About) -> j.Judgement:
        return j.Assigned(case=about.case.number, reason=self.reason, to=self.to or None)


class Comment(Sent):
    """Say something."""

    def judged(self, about: About) -> j.Judgement:
        return j.Commented(case=about.case.number, reason=self.reason)


class Confirm(Sent):
    """Agree with the scan on all campaigns of the case."""

    def judged(self, about: About) -> j.Judgement:
        return j.Confirmed(case=about.case.number, reason=self.reason, campaigns=about.case.all_campaigns)


class Close(Sent):
    """End the work on the case."""

    outcome: Literal["resolved", "unfounded"]

    def judged(self, about: About) -> j.Judgement:
        return j.Closed(case=about.case.number, reason=self.reason, outcome=self.outcome)


class Reopen(Sent):
    """Go on with a closed case."""

    def judged(self, about: About) -> j.Judgement:
        return j.Reopened(case=about.case.number, reason=self.reason)


class Split(Sent):
    """Put accounts, or whole campaigns, into a case of their own."""

    accounts: Lines = ""
    campaigns: Annotated[list[str], Field(max_length=1_000)] = []
    title: Annotated[str, Field(max_length=200)]

    def judged(self, about: About) -> j.Judgement:
        accounts, campaigns = accounts_in(self.accounts), tuple(self.campaigns)
        return j.Split(
            case=about.case.number, reason=self.reason, accounts=accounts, campaigns=campaigns, title=self.title
        )


class Merge(Sent):
    """Go on with this case inside another."""

    into: Entry

    def judged(self, about: About) -> j.Judgement:
        return j.Merged(case=about.case.number, reason=self.reason, into=self.into)


class Clear(Sent):
    """Clear accounts."""

    accounts: Lines

    def judged(self, about: About) -> j.Judgement:
        return j.Cleared(case=about.case.number, reason=self.reason, accounts=accounts_in(self.accounts))


class Bystanders(Clear):
    """Mark accounts as bystanders."""

    def judged(self, about: About) -> j.Judgement:
        return j.MarkedBystander(case=about.case.number, reason=self.reason, accounts=accounts_in(self.accounts))


class Recall(Sent):
    """Take an entry back."""

    entry: Entry

    def judged(self, about: About) -> j.Judgement:
        return j.Recalled(case=about.case.number, reason=self.reason, entry=self.entry)


class Attribute(Sent):
    """Name an operator."""

    operator: Annotated[str, Field(max_length=200)]
    source: Reason

    def judged(self, about: About) -> j.Judgement:
        return j.Attributed(case=about.case.number, reason=self.reason, operator=self.operator, source=self.source)


class Propose(Sent):
    """Propose a measure on accounts that are named, or on all that have a role."""

    measure: Literal["verify_identity", "limit", "withhold_reasoning", "suspend"]
    scope: Literal["harvester", "taking_part", "named"]
    accounts: Lines = ""
    until: Annotated[str, Field(max_length=40)]
    seen_harvester: Seen = 0
    seen_taking_part: Seen = 0

    def judged(self, about: About) -> j.Judgement:
        accounts = accounts_in(self.accounts) if self.scope == "named" else self._in_scope(about)
        return j.Proposed(
            case=about.case.number, reason=self.reason, accounts=accounts, measure=self.measure, until=self.until
        )

    def _in_scope(self, about: About) -> tuple[str, ...]:
        """All accounts in the scope, if they are as many as the person saw: a scan may have come in between."""
        found = about.book.in_scope(about.case, self.scope)
        seen = self.seen_harvester if self.scope == "harvester" else self.seen_taking_part
        if len(found) != seen:
            raise RuleError(
                f"there are {len(found):,} such accounts now, and the page showed {seen:,}",
                "A new scan came in between. Open the case again and look.",
            )
        return found


class Approve(Sent):
    """Agree with a proposal."""

    proposal: Entry

    def judged(self, about: About) -> j.Judgement:
        return j.Approved(case=about.case.number, reason=self.reason, proposal=self.proposal)


class Decline(Approve):
    """Disagree with a proposal."""

    def judged(self, about: About) -> j.Judgement:
        return j.Declined(case=about.case.number, reason=self.reason, proposal=self.proposal)


class Lift(Sent):
    """End a measure early: on the accounts named, or on all of them."""

    proposal: Entry
    accounts: Lines = ""

    def judged(self, about: About) -> j.Judgement:
        measure = about.case.measure(self.proposal)
        everybody = tuple(sorted(measure.remaining)) if measure else ()
        accounts = accounts_in(self.accounts) or everybody
        return j.Lifted(case=about.case.number, reason=self.reason, proposal=self.proposal, accounts=accounts)


class Appeal(Sent):
    """Enter what the holder of an account says."""

    account: Annotated[str, Field(max_length=500)]
    statement: Reason

    def judged(self, about: About) -> j.Judgement:
        return j.Appealed(
            case=about.case.number, reason=self.reason, account=self.account.strip(), statement=self.statement
        )


class Answer(Sent):
    """Answer an appeal."""

    appeal: Entry
    outcome: Literal["granted", "refused"]

    def judged(self, about: About) -> j.Judgement:
        return j.Answered(case=about.case.number, reason=self.reason, appeal=self.appeal, outcome=self.outcome)


FORMS: dict[str, tuple[type[Sent], Role]] = {
    "assign": (Assign, Role.ANALYST),
    "comment": (Comment, Role.ANALYST),
    "confirm": (Confirm, Role.ANALYST),
    "close": (Close, Role.ANALYST),
    "reopen": (Reopen, Role.ANALYST),
    "split": (Split, Role.ANALYST),
    "merge": (Merge, Role.ANALYST),
    "clear": (Clear, Role.ANALYST),
    "bystanders": (Bystanders, Role.ANALYST),
    "recall": (Recall, Role.ANALYST),
    "attribute": (Attribute, Role.ANALYST),
    "propose": (Propose, Role.ANALYST),
    "approve": (Approve, Role.APPROVER),
    "decline": (Decline, Role.APPROVER),
    "lift": (Lift, Role.ANALYST),
    "appeal": (Appeal, Role.ANALYST),
    "answer": (Answer, Role.APPROVER),
}
"""Every form on the page of a case, by the last part of its path, and the role that it takes."""


class Open(BaseModel):
    """Open a case on a campaign."""

    token: Annotated[str, Field(min_length=8, max_length=100, pattern=r"^[A-Za-z0-9_-]+$")]
    campaign: Annotated[str, Field(min_length=1, max_length=500)]
    title: Annotated[str, Field(max_length=200)] = ""
    reason: Reason = ""


@pages.form("/cases/open", Role.ANALYST)
def open_case(request: Request, sent: Annotated[Open, Form()]) -> Response:
    """Open a case on a campaign that the scan lists."""
    title = sent.title.strip() or f"Campaign {sent.campaign}"
    judgement = j.Opened(reason=sent.reason, title=title, campaigns=(sent.campaign,))
    entry = record(request, person_of(request), lambda _: judgement, sent.token)
    return then(f"/cases/{entry.case_number}", f"Case {entry.case_number} is open.")


def _handler(kind: str, form: type[Sent]) -> Callable[..., Response]:
    def handler(request: Request, number: Number, sent: Sent) -> Response:
        case = casebook(request).case(number)
        entry = record(request, person_of(request), lambda book: sent.judged(About(case, book)), sent.token)
        return then(f"/cases/{number}", f"Entry {entry.number}: you {told(entry.judgement)}.")

    handler.__name__ = f"{kind}_case"
    handler.__doc__ = form.__doc__
    # The module's annotations are texts; this one names a class that only the closure knows.
    handler.__annotations__ = {
        "request": Request,
        "number": Number,
        "sent": Annotated[form, Form()],
        "return": Response,
    }
    return handler


for _kind, (_form, _role) in FORMS.items():
    pages.form(f"/cases/{{number}}/{_kind}", _role)(_handler(_kind, _form))
