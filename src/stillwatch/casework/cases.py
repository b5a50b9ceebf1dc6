"""What is: cases, measures, appeals and clearances, as they follow from the entries of the ledger. Never stored.

A `DeskState` belongs to one number of entries. What ends by itself (a measure) is asked with a time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from stillwatch.casework.scope import Scope

OPEN, CONFIRMED, CLOSED = "open", "confirmed", "closed"
PENDING, IN_FORCE, DECLINED, LIFTED, EXPIRED, LAPSED = (
    "proposed", "in force", "declined", "lifted", "expired", "lapsed",
)  # fmt: skip
"""Where a measure stands. `lapsed`: its end came before anybody decided on it."""
MERGED = "merged"
MORE_HARVEST = 2
"""New evidence is more than this many times the harvested exchanges that were known. A scan a week later sees some more
of the same; twice as much is another matter. Judgement."""


@dataclass(frozen=True)
class Decision:
    """Who decided, when, why, and in which entry."""

    entry: int
    person: str
    time: datetime
    reason: str


@dataclass(frozen=True)
class Measure:
    """A measure on accounts, by the number of the entry that proposed it. `lifted`: where it ended early."""

    proposal: int
    case: int
    measure: str
    accounts: frozenset[str]
    until: datetime
    second_person: bool
    proposed: Decision
    approved: Decision | None = None
    declined: Decision | None = None
    lifted: Mapping[str, Decision] = field(default_factory=dict)

    @property
    def since(self) -> datetime | None:
        """When it came into force; None if it has not."""
        if not self.second_person:
            return self.proposed.time
        return self.approved.time if self.approved else None

    @cached_property
    def remaining(self) -> frozenset[str]:
        """The accounts on which it was not lifted. Kept, as lists ask it once for each of their accounts."""
        return self.accounts.difference(self.lifted)

    def state(self, time: datetime) -> str:
        """Where it stands at a time: proposed, in force, declined, lifted, expired or lapsed."""
        if self.declined:
            return DECLINED
        if not self.remaining:
            return LIFTED
        if self.since is None:
            return PENDING if time < self.until else LAPSED
        return IN_FORCE if time < self.until else EXPIRED

    def holds(self, account: str, time: datetime) -> bool:
        """Whether it is in force on an account at a time."""
        return account in self.accounts and account not in self.lifted and self.state(time) == IN_FORCE


@dataclass(frozen=True)
class Appeal:
    """What was said for an account, by the number of its entry, and the answer."""

    number: int
    case: int
    account: str
    statement: str
    entered: Decision
    outcome: str | None = None
    answered: Decision | None = None


@dataclass(frozen=True)
class Attribution:
    """An operator that a person named, with a source."""

    operator: str
    source: str
    entered: Decision


@dataclass(frozen=True)
class Issue:
    """A dossier that was made."""

    manifest: str
    marking: str
    redacted: bool
    made: Decision


@dataclass(frozen=True)
class Clearing:
    """Why an account is not accused again: `kind` is `cleared`, `marked_bystander` or `answered` (an appeal).

    `kinds` and `harvested_exchanges` are the evidence on the account that people had seen when it was cleared: all
    kinds of evidence that any snapshot up to then holds, and the most harvested exchanges.
    """

    account: str
    kind: str
    case: int
    decided: Decision
    kinds: frozenset[str]
    harvested_exchanges: int


@dataclass(frozen=True)
class Case:
    """One case. It holds the accounts of its `campaigns` but those in `without`, and the single `accounts`, which come
    from campaigns in `parts_of`. `outcome` is set where it is closed: resolved, unfounded or merged. `confirmations`:
    campaigns by the entry that confirmed them. `elsewhere`: entries of other cases that made it or went into it."""

    number: int
    title: str
    opened: Decision
    campaigns: tuple[str, ...]
    accounts: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()
    parts_of: tuple[str, ...] = ()
    split_from: int | None = None
    split_into: tuple[int, ...] = ()
    merged_into: int | None = None
    merged_from: tuple[int, ...] = ()
    assignee: str | None = None
    status: str = OPEN
    outcome: str | None = None
    confirmations: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    cleared: frozenset[str] = frozenset()
    bystanders: frozenset[str] = frozenset()
    measures: tuple[Measure, ...] = ()
    appeals: tuple[Appeal, ...] = ()
    attribution: Attribution | None = None
    dossiers: tuple[Issue, ...] = ()
    elsewhere: tuple[int, ...] = ()
    entries: int = 1
    last_entry: int = 0
    last_time: datetime | None = None

    @property
    def confirmed(self) -> tuple[str, ...]:
        """Campaigns that a person confirmed."""
        return tuple(sorted({one for campaigns in self.confirmations.values() for one in campaigns}))

    @property
    def all_campaigns(self) -> tuple[str, ...]:
        """Campaigns that it is about, whole or in part."""
        return tuple(sorted(self.scope.campaigns))

    @property
    def scope(self) -> Scope:
        """Which accounts it is about."""
        return Scope(self.campaigns, self.parts_of, self.accounts, self.without)

    def may_hold(self, account: str) -> bool:
        """Whether an account of its campaigns belongs to the case."""
        return self.scope.may_hold(account)

    def measure(self, proposal: int) -> Measure | None:
        """The measure that an entry proposed."""
        return next((one for one in self.measures if one.proposal == proposal), None)

    def appeal(self, number: int) -> Appeal | None:
        """The appeal that an entry holds."""
        return next((one for one in self.appeals if one.number == number), None)

    @property
    def open_appeals(self) -> tuple[Appeal, ...]:
        """Appeals that nobody has answered."""
        return tuple(one for one in self.appeals if one.answered is None)

    def pending(self, time: datetime) -> tuple[Measure, ...]:
        """Proposals that nobody has decided on."""
        return tuple(one for one in self.measures if one.state(time) == PENDING)

    def in_force(self, time: datetime) -> tuple[Measure, ...]:
        """Measures in force at a time."""
        return tuple(one for one in self.measures if one.state(time) == IN_FORCE)


@dataclass(frozen=True)
class DeskState:
    """All cases after the entry `number`, and ways to find them. `ledger` is the id of the ledger."""

    ledger: str | None = None
    number: int = 0
    cases: Mapping[int, Case] = field(default_factory=dict)
    case_by_campaign: Mapping[str, int] = field(default_factory=dict)
    cases_by_account: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    clearings: Mapping[str, Clearing] = field(default_factory=dict)

    def case(self, number: int) -> Case | None:
        """A case by its number."""
        return self.cases.get(number)

    def case_of_campaign(self, campaign_id: str) -> Case | None:
        """The case that is on a campaign: the open one, otherwise the one that was opened last."""
        number = self.case_by_campaign.get(campaign_id)
        return None if number is None else self.cases[number]

    def merged_with(self, case: Case) -> Sequence[Case]:
        """The case, those that it took in, and those into which it went, by number."""
        found = {case.number: case}
        ahead = [*case.merged_from]
        while ahead:
            taken = self.cases[ahead.pop()]
            found[taken.number] = taken
            ahead.extend(n for n in taken.merged_from if n not in found)
        into = case.merged_into
        while into is not None and into not in found:
            found[into] = self.cases[into]
            into = found[into].merged_into
        return [found[number] for number in sorted(found)]

    def cases_of_account(self, account_id: str) -> Sequence[Case]:
        """Cases with a judgement on this account by name, in order."""
        return [self.cases[number] for number in self.cases_by_account.get(account_id, ())]

    def measures_on(self, account_id: str, time: datetime) -> Sequence[Measure]:
        """Measures in force on an account at a time, oldest first."""
        found = [m for case in self.cases_of_account(account_id) for m in case.measures if m.holds(account_id, time)]
        return sorted(found, key=lambda measure: measure.proposal)

    def clearing_of(self, account_id: str) -> Clearing | None:
        """Why an account is not accused again, if it is cleared or marked as bystander."""
        return self.clearings.get(account_id)
