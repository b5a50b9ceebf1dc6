"""Search: campaigns, accounts, shared values, detectors, models, cases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Query

from stillwatch.console.pages.case_lines import CaseLine, TheCases
from stillwatch.console.reading.search import LONGEST_QUERY, MOST, search
from stillwatch.console.shown import TheReading
from stillwatch.console.twin import Pages
from stillwatch.report.plain import plain_row

pages = Pages("search")


@dataclass(frozen=True)
class CampaignHit:
    """A group whose id holds the text."""

    campaign_id: str
    verdict: str
    accounts: int | None
    harvested_exchanges: int | None


@dataclass(frozen=True)
class AccountHit:
    """An account whose id begins with the text, and its role in each group."""

    account_id: str
    roles: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class NameHit:
    """A detector or a model, and the groups that it occurs in."""

    name: str
    campaigns: tuple[str, ...]


@dataclass(frozen=True)
class SearchPage:
    """What was found for `query`; of each kind at most `most`."""

    warning: str | None
    query: str
    most: int
    total: int
    campaigns: tuple[CampaignHit, ...]
    accounts: tuple[AccountHit, ...]
    values: tuple[dict[str, Any], ...]
    detectors: tuple[NameHit, ...]
    models: tuple[NameHit, ...]
    cases: tuple[CaseLine, ...]


@pages.view("/search", "search.html.j2")
def search_page(
    now: TheReading, cases: TheCases, q: Annotated[str, Query(max_length=4 * LONGEST_QUERY)] = ""
) -> SearchPage:
    """Look for something in the scan and among the cases."""
    hits = search(now.reading, q)
    found = cases.matching(hits.query)[:MOST]
    return SearchPage(
        warning=now.warning,
        query=hits.query,
        most=MOST,
        total=hits.total + len(found),
        campaigns=tuple(
            CampaignHit(row["campaign_id"], row["verdict"], row["accounts"], row["harvested_exchanges"])
            for row in hits.campaigns
        ),
        accounts=tuple(
            AccountHit(account, tuple((row["campaign_id"], row["role"]) for row in now.reading.memberships(account)))
            for account in hits.accounts
        ),
        values=tuple(plain_row(row) for row in hits.values),
        detectors=tuple(NameHit(name, campaigns) for name, campaigns in hits.detectors),
        models=tuple(NameHit(name, campaigns) for name, campaigns in hits.models),
        cases=tuple(found),
    )
