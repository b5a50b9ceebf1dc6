"""One group: what was seen of it beside what is inferred, what it took, what ties it, and what speaks against it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from stillwatch.console.guard import TheDesk
from stillwatch.console.pages.case_lines import CaseLine, Cases, TheCases
from stillwatch.console.pages.shared_values import SharedValue, shared_value
from stillwatch.console.pages.sums import ThenAndNow, sums_of
from stillwatch.console.reading import CountedNow, OpenCampaign, Reading
from stillwatch.console.shown import Picture, TheReading, opened
from stillwatch.console.twin import Id, Pages
from stillwatch.report import wording
from stillwatch.report.figures import number_of
from stillwatch.report.plain import plain_row
from stillwatch.report.prices import ListPrice, Prices
from stillwatch.report.result import Row
from stillwatch.report.taught import taught, taught_lines

pages = Pages("campaigns")
SHARED_SHOWN = 12
EXPOSURE_SHOWN = 24
OVERLAPS_SHOWN = 12
DOUBTS_SHOWN = 12


@dataclass(frozen=True)
class CampaignName:
    """Which group a page is about, for its heading and its way back. `cleared`: accounts that count no more, since
    people cleared them after the scan; `gone`: nobody else is left, so that nobody is accused."""

    campaign_id: str
    verdict: str
    noun: str
    accused: bool
    case: CaseLine | None
    cleared: int
    gone: bool


@dataclass(frozen=True)
class Taken:
    """Harvested exchanges and their tokens; `price` at list price, None without a price file."""

    exchanges: int
    input_tokens: int
    output_tokens: int
    reasoning_tokens: int
    estimated: bool
    price: ListPrice | None


@dataclass(frozen=True)
class Day:
    """One day of a group."""

    day: date
    exchanges: int | None
    harvested_exchanges: int | None
    accounts: int | None
    new_accounts: int | None


@dataclass(frozen=True)
class Release:
    """When a model was first asked for in the log."""

    model: str
    first_seen: str


@dataclass(frozen=True)
class CampaignPage:
    """All of one group that fits on a page; its members, evidence and network have pages of their own."""

    warning: str | None
    name: CampaignName
    first_seen: datetime | None
    last_seen: datetime | None
    observed: tuple[str, ...]
    inferred: tuple[str, ...]
    timeline: tuple[Day, ...]
    models: tuple[Release, ...]
    sums: ThenAndNow
    capabilities: tuple[tuple[str, float], ...]
    taken: Taken
    exposure: tuple[Mapping[str, Any], ...]
    taught: tuple[str, ...]
    shared: tuple[SharedValue, ...]
    shared_total: int
    overlaps: tuple[Mapping[str, Any], ...]
    roles: tuple[tuple[str, int], ...]
    explanations: tuple[Mapping[str, Any], ...]
    doubts: tuple[str, ...]
    doubts_total: int
    chapter: Picture
    other_models: Picture


@pages.view("/campaigns/{campaign}", "campaign.html.j2")
def campaign_page(campaign: Id, now: TheReading, desk: TheDesk, cases: TheCases) -> CampaignPage:
    """One group."""
    found = opened(now.reading, campaign)
    sighting = found.sighting
    counted = now.reading.counted(cases.state)
    exposure = counted.exposure(campaign)
    return CampaignPage(
        warning=now.warning,
        name=name_of(found, cases, now.reading),
        first_seen=found.row["first_seen"],
        last_seen=found.row["last_seen"],
        observed=found.observed,
        inferred=found.inferred,
        timeline=tuple(_day(row) for row in sighting.timeline),
        models=_releases(found),
        sums=_sums(found, counted, exposure, desk.prices),
        capabilities=_shares(counted.rows[campaign]),
        taken=_taken(exposure, desk.prices.of(exposure) if desk.prices else None),
        exposure=tuple(plain_row(row) for row in exposure[:EXPOSURE_SHOWN]),
        taught=tuple(taught_lines(sighting)),
        shared=tuple(shared_value(row, found.accounts_in_log) for row in sighting.telling(SHARED_SHOWN)),
        shared_total=len(sighting.shared),
        overlaps=tuple(plain_row(row) for row in sighting.overlaps[:OVERLAPS_SHOWN]),
        roles=found.roles,
        explanations=tuple(plain_row(row) for row in sighting.explanations),
        doubts=found.doubts[:DOUBTS_SHOWN],
        doubts_total=len(found.doubts),
        chapter=found,
        other_models=taught(sighting),
    )


def name_of(found: OpenCampaign, cases: Cases, reading: Reading) -> CampaignName:
    """The heading of every page on a group."""
    row, campaign = found.row, found.campaign_id
    counted = reading.counted(cases.state)
    gone = campaign in counted.gone
    return CampaignName(
        campaign_id=campaign,
        verdict=row["verdict"],
        noun=wording.noun(row),
        accused=found.sighting.accused and not gone,
        case=cases.of_campaign(campaign),
        cleared=len(counted.spared_of(campaign)),
        gone=gone,
    )


def _sums(found: OpenCampaign, counted: CountedNow, exposure: Sequence[Row], prices: Prices | None) -> ThenAndNow:
    campaign = found.campaign_id
    return ThenAndNow(
        now=sums_of([counted.rows[campaign]], exposure, prices),
        at_scan=sums_of([found.row], found.sighting.exposure, prices),
        cleared=len(counted.spared_of(campaign)),
        tells_tokens=counted.tells_days,
        tells_price=counted.tells_kinds,
    )


def _shares(row: Row) -> tuple[tuple[str, float], ...]:
    """Capabilities with their share of harvested exchanges, the most harvested first."""
    told = sorted(dict(row["capabilities"] or ()).items(), key=lambda item: (-(item[1] or 0), item[0]))
    return tuple((name, share or 0.0) for name, share in told)


def _day(row: Row) -> Day:
    return Day(row["day"], row["exchanges"], row["harvested_exchanges"], row["accounts"], row["new_accounts"])


def _releases(found: OpenCampaign) -> tuple[Release, ...]:
    entries = found.result.entries("models")
    return tuple(Release(str(entry.get("model", "")), str(entry.get("first_seen", ""))) for entry in entries)


def _taken(exposure: Sequence[Row], price: ListPrice | None) -> Taken:
    def total(column: str) -> int:
        return round(sum(number_of(row, column) for row in exposure))

    return Taken(
        exchanges=total("harvested_exchanges"),
        input_tokens=total("input_tokens"),
        output_tokens=total("output_tokens"),
        reasoning_tokens=total("reasoning_tokens"),
        estimated=any(row["tokens_estimated"] for row in exposure),
        price=price,
    )
