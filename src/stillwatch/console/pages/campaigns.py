"""All listed groups: in any order, filtered, each with its days at a glance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Depends, Query, Response
from pydantic import Field

from stillwatch.console.csv_files import csv_response
from stillwatch.console.pages.case_lines import CaseLine, TheCases
from stillwatch.console.reading import CountedNow, Reading
from stillwatch.console.shown import LONGEST, Asked, Leaf, Picture, TheReading, cut, leaf_of
from stillwatch.console.twin import Pages
from stillwatch.records import CAMPAIGNS
from stillwatch.report import wording
from stillwatch.report.figures import number_of
from stillwatch.report.result import VERDICT_ORDER, Row

pages = Pages("campaigns")
ROWS = 50
CAPABILITIES_SHOWN = 3
Sort = Literal["usual", "campaign", "q", "accounts", "exchanges", "harvested", "first", "last"]
SUMMED = ("accounts", "exchanges", "harvested_exchanges", "harvested_tokens")
COLUMNS = tuple(name for name in CAMPAIGNS.names if name != "capabilities")


class AskedCampaigns(Asked):
    """Which groups, in which order."""

    q: str = Field("", max_length=LONGEST, description="Text anywhere in the id.")
    verdict: str = Field("", max_length=LONGEST)
    model: str = Field("", max_length=LONGEST, description="A model that harvested exchanges asked for.")
    capability: str = Field("", max_length=LONGEST, description="A capability that was harvested.")
    sort: Sort = "usual"


Order = Callable[[Row], tuple[Any, ...]]
KEYS: dict[str, tuple[Order, bool]] = {
    "campaign": (lambda row: (row["campaign_id"],), False),
    "q": (lambda row: (1.0 if row["q_value"] is None else row["q_value"],), False),
    "accounts": (lambda row: (number_of(row, "accounts"),), True),
    "exchanges": (lambda row: (number_of(row, "exchanges"),), True),
    "harvested": (lambda row: (number_of(row, "harvested_exchanges"),), True),
    "first": (lambda row: (row["first_seen"] is not None, row["first_seen"] or 0), False),
    "last": (lambda row: (row["last_seen"] is not None, row["last_seen"] or 0), True),
}
"""What each order sorts by, and whether downwards is the usual direction."""


@dataclass(frozen=True)
class CampaignLine:
    """One group in the list, with its sums as they count now. `cleared` and `gone` as in `CampaignName`; `capabilities`
    are the most harvested, with their share of harvested exchanges."""

    campaign_id: str
    verdict: str
    accused: bool
    q_value: float | None
    accounts: int | None
    exchanges: int | None
    harvested_exchanges: int | None
    harvested_tokens: int | None
    accounts_at_scan: int | None
    harvested_exchanges_at_scan: int | None
    cleared: int
    gone: bool
    first_seen: datetime | None
    last_seen: datetime | None
    capabilities: tuple[tuple[str, float], ...]
    case: CaseLine | None
    row: Picture
    sparkline: Picture


@dataclass(frozen=True)
class Choices:
    """What the list can be filtered by, each with the number of groups that it would leave."""

    verdicts: tuple[tuple[str, int], ...]
    models: tuple[tuple[str, int], ...]
    capabilities: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class CampaignList:
    """The groups that were asked for, and what was found in a sentence: as it counts now, and `headline_at_scan` where
    the scan had said otherwise."""

    warning: str | None
    headline: str
    headline_at_scan: str | None
    second_line: str
    listed: int
    accounts_in_log: int | None
    window: tuple[str | None, str | None]
    leaf: Leaf
    campaigns: tuple[CampaignLine, ...]
    choices: Choices
    asked: AskedCampaigns


def _list(now: TheReading, cases: TheCases, asked: Annotated[AskedCampaigns, Query()]) -> CampaignList:
    reading = now.reading
    counted = reading.counted(cases.state)
    today = replace(reading.result, tables={**reading.result.tables, **counted.tables})
    found = select(reading, counted, asked)
    leaf = leaf_of(len(found), ROWS, asked.page)
    window = reading.result.part("window")
    accounts = reading.result.part("counts").get("accounts")
    return CampaignList(
        warning=now.warning,
        headline=wording.headline(today),
        headline_at_scan=wording.headline(reading.result) if counted.spared else None,
        second_line=wording.second_line(today),
        listed=len(reading.campaigns),
        accounts_in_log=accounts if isinstance(accounts, int) else None,
        window=(_text(window.get("first")), _text(window.get("last"))),
        leaf=leaf,
        campaigns=tuple(
            _line(reading, counted, row, cases.of_campaign(row["campaign_id"])) for row in cut(found, leaf)
        ),
        choices=_choices(reading),
        asked=asked,
    )


@pages.view("/", "campaigns.html.j2")
def first_page(view: Annotated[CampaignList, Depends(_list)]) -> CampaignList:
    """All listed groups."""
    return view


@pages.view("/campaigns", "campaigns.html.j2")
def campaign_list(view: Annotated[CampaignList, Depends(_list)]) -> CampaignList:
    """All listed groups, filtered and in any order."""
    return view


@pages.file("/campaigns.csv", "text/csv")
def campaigns_csv(now: TheReading, cases: TheCases, asked: Annotated[AskedCampaigns, Query()]) -> Response:
    """The same groups as a table for a spreadsheet, all pages of it: as the scan wrote them, and the sums of now."""
    counted = now.reading.counted(cases.state)
    rows = select(now.reading, counted, asked)
    cells = ([*(row[n] for n in COLUMNS), *(counted.rows[row["campaign_id"]][n] for n in SUMMED)] for row in rows)
    return csv_response("campaigns.csv", (*COLUMNS, *(f"{name}_now" for name in SUMMED)), cells)


def select(reading: Reading, counted: CountedNow, asked: AskedCampaigns) -> Sequence[Row]:
    """The groups that were asked for, in that order: by their sums of now."""
    wanted = asked.q.strip().casefold()
    rows = [
        row
        for row in reading.campaigns
        if wanted in row["campaign_id"].casefold()
        and asked.verdict in ("", row["verdict"])
        and (not asked.model or asked.model in reading.models_of.get(row["campaign_id"], ()))
        and (not asked.capability or asked.capability in dict(row["capabilities"] or ()))
    ]
    if asked.sort == "usual":
        return rows
    key, downwards = KEYS[asked.sort]
    falls = downwards if asked.down is None else asked.down
    return sorted(rows, key=lambda row: key(counted.rows[row["campaign_id"]]), reverse=falls)


def _line(reading: Reading, counted: CountedNow, row: Row, case: CaseLine | None) -> CampaignLine:
    campaign = row["campaign_id"]
    today, gone = counted.rows[campaign], campaign in counted.gone
    shares = sorted(dict(today["capabilities"] or ()).items(), key=lambda item: (-(item[1] or 0), item[0]))
    return CampaignLine(
        campaign_id=campaign,
        verdict=row["verdict"],
        accused=row["verdict"] == VERDICT_ORDER[0] and not gone,
        q_value=row["q_value"],
        accounts=today["accounts"],
        exchanges=today["exchanges"],
        harvested_exchanges=today["harvested_exchanges"],
        harvested_tokens=today["harvested_tokens"],
        accounts_at_scan=row["accounts"],
        harvested_exchanges_at_scan=row["harvested_exchanges"],
        cleared=len(counted.spared_of(campaign)),
        gone=gone,
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
        capabilities=tuple((name, share or 0.0) for name, share in shares[:CAPABILITIES_SHOWN]),
        case=case,
        row=row,
        sparkline=reading.sparkline(campaign),
    )


def _choices(reading: Reading) -> Choices:
    verdicts = Counter(str(row["verdict"]) for row in reading.campaigns)
    known = [verdict for verdict in VERDICT_ORDER if verdict in verdicts]
    capabilities = Counter(str(name) for row in reading.campaigns for name in dict(row["capabilities"] or ()))
    models = Counter(model for found in reading.models_of.values() for model in found)
    return Choices(
        tuple((verdict, verdicts[verdict]) for verdict in (*known, *sorted(set(verdicts) - set(known)))),
        tuple(sorted(models.items())),
        tuple(sorted(capabilities.items())),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
