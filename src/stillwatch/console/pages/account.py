"""One account: its role in each group, what holds it there, its days, what speaks for it, what was decided on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from stillwatch.console.guard import PageError
from stillwatch.console.pages.campaign import CampaignName, name_of
from stillwatch.console.pages.case_lines import Cases, Standing, TheCases
from stillwatch.console.pages.shared_values import rarity
from stillwatch.console.reading import OpenCampaign, Reading
from stillwatch.console.shown import LONGEST, Picture, TheReading, opened
from stillwatch.console.twin import Id, Pages
from stillwatch.report.explain_account import NO_CAMPAIGN, account_sections
from stillwatch.report.figures import visible
from stillwatch.report.plain import plain_row
from stillwatch.report.result import Row
from stillwatch.report.sections import Section
from stillwatch.report.sighting import Sighting
from stillwatch.report.timeline import Timeline, draw_timeline

pages = Pages("accounts")
HELD_SHOWN = 200
# Sections of an explanation that this page shows as tables, or that the evidence page has.
SHOWN_ELSEWHERE = ("Shared values that link it", "Do these accounts", "Does their work", "What the scan could not see")


@dataclass(frozen=True)
class Held:
    """A shared value that the account holds. `others`: members that hold it too; `outside`: accounts outside."""

    kind: str
    value: str
    others: int | None
    outside: int | None
    exchanges: int | None
    strength: float | None
    first_seen: datetime | None
    rarity: str


@dataclass(frozen=True)
class Lines:
    """Lines under a title; `nature` is observation, inference or caution."""

    title: str
    nature: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Membership:
    """The account in one group: its row of `members`, what holds it, and what is said of that."""

    name: CampaignName
    member: Mapping[str, Any]
    held: tuple[Held, ...]
    held_total: int
    said: tuple[Lines, ...]


@dataclass(frozen=True)
class AccountDay:
    """One day of the account: all of its exchanges, and those judged to be harvest."""

    day: date
    exchanges: int
    harvested_exchanges: int
    tokens: int | None


@dataclass(frozen=True)
class Used:
    """What the account used of one capability and model: all of its exchanges, and of these the harvested ones and
    their tokens."""

    capability: str
    model: str
    exchanges: int
    harvested_exchanges: int
    input_tokens: int
    output_tokens: int
    reasoning_tokens: int
    tokens_estimated: bool


@dataclass(frozen=True)
class AccountPage:
    """One account. `days` and `usage` are empty where the result does not tell them (`tells_days`, `tells_kinds`)."""

    warning: str | None
    account_id: str
    standing: Standing
    memberships: tuple[Membership, ...]
    tells_holdings: bool
    tells_days: bool
    days: tuple[AccountDay, ...]
    tells_kinds: bool
    usage: tuple[Used, ...]
    timeline: Picture


@pages.view("/accounts/{account}", "account.html.j2")
def account_page(account: Id, now: TheReading, cases: TheCases) -> AccountPage:
    """One account that a group lists, or that people judged when one did."""
    reading = now.reading
    rows = reading.memberships(account)
    standing = cases.of_account(account, [row["campaign_id"] for row in rows])
    if not rows and not standing.actions:
        detail = f"“{visible(account[:LONGEST])}” is not among the {reading.accounts:,} accounts listed. {NO_CAMPAIGN}"
        raise PageError(404, "This account is in no listed group", detail)
    days = reading.days_of(account)
    return AccountPage(
        warning=now.warning,
        account_id=account,
        standing=standing,
        memberships=tuple(_membership(reading, row, cases) for row in rows),
        tells_holdings=reading.tells_holdings,
        tells_days=reading.tells_days,
        days=tuple(AccountDay(r["day"], r["exchanges"], r["harvested_exchanges"], r["tokens"]) for r in days),
        tells_kinds=reading.tells_kinds,
        usage=tuple(_used(row) for row in reading.usage_of(account)),
        timeline=_timeline(reading, days),
    )


def _used(row: Row) -> Used:
    return Used(**{one.name: row[one.name] for one in fields(Used)})


def _membership(reading: Reading, row: Row, cases: Cases) -> Membership:
    found = opened(reading, row["campaign_id"])
    sighting = found.sighting_of(row, reading.held_by(row["account_id"], found.campaign_id))
    held = sighting.held_by(row["account_id"])
    return Membership(
        name_of(found, cases, reading),
        plain_row(row),
        tuple(_held(found, one) for one in held[:HELD_SHOWN]),
        len(held),
        _said(found, sighting, row),
    )


def _held(found: OpenCampaign, one: Row) -> Held:
    shared = found.shared_by_value.get((one["detector"], one["value"]))
    return Held(
        kind=one["detector"],
        value=one["value"],
        others=max(0, (shared["accounts_inside"] or 0) - 1) if shared else None,
        outside=shared["accounts_outside"] if shared else None,
        exchanges=one["exchanges"],
        strength=one["strength"],
        first_seen=one["first_seen"],
        rarity=rarity(shared, found.accounts_in_log) if shared else "",
    )


def _said(found: OpenCampaign, sighting: Sighting, row: Row) -> tuple[Lines, ...]:
    """The explanation of this account, but for what the page shows as tables."""
    sections: Sequence[Section] = account_sections(found.result, [(sighting, row)], None)
    return tuple(
        Lines(section.title, section.nature, tuple(section.lines))
        for section in sections
        if not section.title.startswith(SHOWN_ELSEWHERE)
    )


def _timeline(reading: Reading, days: Sequence[Row]) -> Timeline | None:
    """The account's days as the report draws a group's."""
    rows = [{**row, "accounts": 1, "new_accounts": 0} for row in days]
    return draw_timeline(rows, reading.result.entries("models"))
