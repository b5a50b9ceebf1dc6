"""What a person can enter in the ledger: one frozen class for each kind, with its fields and its reason.

A judgement is checked here as far as it can be alone; whether it fits the case is checked by the rules when it is
appended.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any, ClassVar, Self

import msgspec

from stillwatch.casework.canonical import LONGEST, canonical_json, moment_of, normal, storable
from stillwatch.casework.errors import RuleError

MEASURES = ("verify_identity", "limit", "withhold_reasoning", "suspend")
CLOSINGS = ("resolved", "unfounded")
ANSWERS = ("granted", "refused")
MARKINGS = ("TLP:RED", "TLP:AMBER+STRICT", "TLP:AMBER", "TLP:GREEN", "TLP:CLEAR")
LONGEST_NAME = 200
LONGEST_IDENTIFIER = 500
"""Characters of the id of an account or a campaign, which a log may choose freely."""


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What a person judged, on which case and why. Texts are brought into normal form C. Raises RuleError for a field
    that no judgement can have."""

    kind: ClassVar[str]
    case: int | None
    reason: str

    def __post_init__(self) -> None:
        for name in _fields(self.kind):
            value = getattr(self, name)
            if name == "account":
                _identifiers(name, (value,))
            elif isinstance(value, str):
                object.__setattr__(self, name, _text(name, value))
            elif isinstance(value, tuple):
                object.__setattr__(self, name, _identifiers(name, value))
        if self.case is not None and self.case < 1:
            raise RuleError("there is no such case", "Cases are numbered from 1.")
        self.check()

    def check(self) -> None:
        """Raises RuleError for a field that does not fit."""
        _filled("reason", self.reason)

    def body(self) -> str:
        """The fields but `case`, as canonical JSON."""
        return canonical_json({name: getattr(self, name) for name in _fields(self.kind) if name != "case"})

    @classmethod
    def read(cls, case: int | None, body: Mapping[str, Any]) -> Self:
        """The judgement of a body that was decoded. Raises ValueError (msgspec's) for one that is none of this kind."""
        return msgspec.convert({"case": case, **body}, cls)


@cache
def _fields(kind: str) -> tuple[str, ...]:
    """Reckoned once for each kind: a long ledger is read at every start."""
    return tuple(field.name for field in fields(KINDS[kind]))


@dataclass(frozen=True, kw_only=True)
class Founded(Judgement):
    """The first entry: names the ledger, and the key that signs it."""

    kind = "founded"
    case: None = None
    reason: str = "The ledger begins."
    ledger: str
    public_key: str


@dataclass(frozen=True, kw_only=True)
class Opened(Judgement):
    """A case on one or more campaigns. Its number is given when it is appended."""

    kind = "opened"
    case: int | None = None
    title: str
    campaigns: tuple[str, ...]

    def check(self) -> None:
        super().check()
        _filled("title", self.title, LONGEST_NAME)
        _some("campaigns", self.campaigns)


@dataclass(frozen=True, kw_only=True)
class OfCase(Judgement):
    """A judgement on a case that is there."""

    case: int


@dataclass(frozen=True, kw_only=True)
class Assigned(OfCase):
    """Who works on the case from now on; nobody if null. The one kind that needs no reason."""

    kind = "assigned"
    reason: str = ""
    to: str | None

    def check(self) -> None:
        if self.to is not None:
            _filled("to", self.to, LONGEST_NAME)


@dataclass(frozen=True, kw_only=True)
class Commented(OfCase):
    """A remark: the reason is the comment."""

    kind = "commented"


@dataclass(frozen=True, kw_only=True)
class Confirmed(OfCase):
    """A person looked at these campaigns and agrees with the scan."""

    kind = "confirmed"
    campaigns: tuple[str, ...]

    def check(self) -> None:
        super().check()
        _some("campaigns", self.campaigns)


@dataclass(frozen=True, kw_only=True)
class Closed(OfCase):
    """The work is done (`resolved`), or there was nothing to it (`unfounded`)."""

    kind = "closed"
    outcome: str

    def check(self) -> None:
        super().check()
        _one_of("outcome", self.outcome, CLOSINGS)


@dataclass(frozen=True, kw_only=True)
class Reopened(OfCase):
    """Work on a closed case goes on."""

    kind = "reopened"


@dataclass(frozen=True, kw_only=True)
class Split(OfCase):
    """Accounts, or whole campaigns, that go into a case of their own. `into` is given when it is appended."""

    kind = "split"
    accounts: tuple[str, ...] = ()
    campaigns: tuple[str, ...] = ()
    title: str
    into: int | None = None

    def check(self) -> None:
        super().check()
        _some("accounts or campaigns", self.accounts or self.campaigns)
        _filled("title", self.title, LONGEST_NAME)


@dataclass(frozen=True, kw_only=True)
class Merged(OfCase):
    """The case goes on in the case `into`, which takes its campaigns and accounts in."""

    kind = "merged"
    into: int


@dataclass(frozen=True, kw_only=True)
class OnAccounts(OfCase):
    """A judgement on some accounts, each by itself."""

    accounts: tuple[str, ...]

    def check(self) -> None:
        super().check()
        _some("accounts", self.accounts)


@dataclass(frozen=True, kw_only=True)
class Cleared(OnAccounts):
    """These accounts do not belong to the group: not accused again on the same evidence."""

    kind = "cleared"


@dataclass(frozen=True, kw_only=True)
class MarkedBystander(OnAccounts):
    """These accounts stand beside the group and take no part: not accused again on the same evidence."""

    kind = "marked_bystander"


@dataclass(frozen=True, kw_only=True)
class Recalled(OfCase):
    """An entry that no longer holds; it stays in the ledger."""

    kind = "recalled"
    entry: int


@dataclass(frozen=True, kw_only=True)
class Attributed(OfCase):
    """A named operator, entered by a person with a source. Nothing in a scan leads to one."""

    kind = "attributed"
    operator: str
    source: str

    def check(self) -> None:
        super().check()
        _filled("operator", self.operator, LONGEST_NAME)
        _filled("source", self.source)


@dataclass(frozen=True, kw_only=True)
class Proposed(OnAccounts):
    """A measure on accounts until a time. `second_person`, given when it is appended: whether it needs approval."""

    kind = "proposed"
    measure: str
    until: str
    second_person: bool | None = None

    def check(self) -> None:
        super().check()
        _one_of("measure", self.measure, MEASURES)
        try:
            moment_of(self.until)
        except ValueError:
            raise RuleError("until is not a time", "Write it as 2026-06-05 or 2026-06-05T12:00:00Z.") from None


@dataclass(frozen=True, kw_only=True)
class OfProposal(OfCase):
    """An answer to a proposal, named by the number of its entry."""

    proposal: int


@dataclass(frozen=True, kw_only=True)
class Approved(OfProposal):
    """A second person agrees: the measure is in force."""

    kind = "approved"


@dataclass(frozen=True, kw_only=True)
class Declined(OfProposal):
    """A second person does not agree."""

    kind = "declined"


@dataclass(frozen=True, kw_only=True)
class Lifted(OfProposal):
    """A measure ends early on these accounts; on a proposal that nobody decided, it is withdrawn for them."""

    kind = "lifted"
    accounts: tuple[str, ...]

    def check(self) -> None:
        super().check()
        _some("accounts", self.accounts)


@dataclass(frozen=True, kw_only=True)
class Appealed(OfCase):
    """What the holder of an account says against a judgement or a measure."""

    kind = "appealed"
    account: str
    statement: str

    def check(self) -> None:
        super().check()
        _filled("account", self.account, LONGEST_IDENTIFIER)
        _filled("statement", self.statement)


@dataclass(frozen=True, kw_only=True)
class Answered(OfCase):
    """The answer to an appeal. `granted` lifts every measure on the account and clears it."""

    kind = "answered"
    appeal: int
    outcome: str

    def check(self) -> None:
        super().check()
        _one_of("outcome", self.outcome, ANSWERS)


@dataclass(frozen=True, kw_only=True)
class Issued(OfCase):
    """A dossier was made. `manifest` is the SHA-256 of its manifest, in hexadecimal; `marking` is of TLP 2.0."""

    kind = "issued"
    manifest: str
    marking: str
    redacted: bool

    def check(self) -> None:
        super().check()
        _one_of("marking", self.marking, MARKINGS)
        if len(self.manifest) != 64 or set(self.manifest) - set("0123456789abcdef"):
            raise RuleError("manifest is no SHA-256 in hexadecimal", "Name the hash of the dossier's manifest.")


KINDS: Mapping[str, type[Judgement]] = {
    kind.kind: kind
    for kind in (
        Founded, Opened, Assigned, Commented, Confirmed, Closed, Reopened, Split, Merged, Cleared, MarkedBystander,
        Recalled, Attributed, Proposed, Approved, Declined, Lifted, Appealed, Answered, Issued,
    )
}  # fmt: skip
"""Every kind of entry by its name."""


def read_judgement(kind: str, case: int | None, body: str) -> Judgement:
    """The judgement that an entry holds. Raises ValueError if it holds none; the message quotes nothing of it."""
    if kind not in KINDS:
        raise ValueError("of a kind that this version does not know")
    try:
        found = KINDS[kind].read(case, json.loads(body))
    except (ValueError, TypeError, RuleError):
        raise ValueError(f"no judgement of the kind {kind}") from None
    if found.body() != body:
        raise ValueError("not in canonical form")
    return found


def trusted_judgement(kind: str, case: int | None, body: str) -> Judgement:
    """The judgement of a body that is known to be one that this program wrote: nothing is checked again, which is most
    of what reading costs. Raises ValueError for a kind that this version does not know."""
    if kind not in KINDS:
        raise ValueError("of a kind that this version does not know")
    told = msgspec.json.decode(body)
    for name in _LISTS.intersection(told):
        told[name] = tuple(told[name])
    found = object.__new__(KINDS[kind])
    found.__dict__.update(told, case=case)
    return found


_LISTS = frozenset({"accounts", "campaigns"})
"""Fields that are tuples here and lists in JSON; a test compares with the classes."""


def settled(judgement: Judgement, **given: Any) -> Judgement:
    """The judgement with what is given when it is appended: a new case's number, whether approval is needed."""
    return replace(judgement, **given)


def _text(name: str, value: str) -> str:
    if not storable(value):
        raise RuleError(f"{name} holds control characters", "Remove them.")
    if len(value) > LONGEST:
        raise RuleError(f"{name} is longer than {LONGEST:,} characters", "Shorten it.")
    return normal(value)


def _identifiers(name: str, values: tuple[str, ...]) -> tuple[str, ...]:
    """Ids are those of a result, to the letter, whatever a log chose to write: sorted, each once, and not changed."""
    for value in values:
        if not value or len(value) > LONGEST_IDENTIFIER or any("\ud800" <= c <= "\udfff" for c in value):
            raise RuleError(f"{name} holds what is no id", "Name ids as the result writes them.")
    return tuple(sorted(set(values)))


def _filled(name: str, value: str, longest: int = LONGEST) -> None:
    if not value:
        raise RuleError(f"{name} is missing", "Every judgement says why." if name == "reason" else f"Give the {name}.")
    if len(value) > longest:
        raise RuleError(f"{name} is longer than {longest:,} characters", "Shorten it.")


def _some(name: str, values: Sequence[str]) -> None:
    if not values:
        raise RuleError(f"no {name}", f"Name at least one of the {name}.")


def _one_of(name: str, value: str, choices: Sequence[str]) -> None:
    if value not in choices:
        raise RuleError(f"{name} is none of {', '.join(choices)}", "Choose one of them.")
