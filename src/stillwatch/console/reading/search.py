"""What a reader may look for in a result: campaigns, accounts, shared values, detectors, models."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow.compute as pc

from stillwatch.console.reading.reading import Reading
from stillwatch.records import EVIDENCE, EXPOSURE, SHARED
from stillwatch.report.result import Row

MOST = 20
"""Hits shown of each kind; more are counted where counting is cheap."""
LONGEST_QUERY = 200
APART = str.maketrans("", "", " _-")


@dataclass(frozen=True)
class Hits:
    """What was found for `query`, of each kind at most `MOST`. `accounts` are ids that begin with it; `values` are rows
    of shared values that do; `detectors` and `models` name the campaigns that they occur in."""

    query: str
    campaigns: tuple[Row, ...] = ()
    accounts: tuple[str, ...] = ()
    values: tuple[Row, ...] = ()
    detectors: tuple[tuple[str, tuple[str, ...]], ...] = ()
    models: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def total(self) -> int:
        """How many there are in all, of those shown."""
        return sum(map(len, (self.campaigns, self.accounts, self.values, self.detectors, self.models)))


def search(reading: Reading, query: str) -> Hits:
    """Look for `query`: anywhere in campaign ids, detectors and models whatever the case, at the beginning of account
    ids and shared values. An empty query finds nothing. Cost: a few milliseconds, however large the result."""
    wanted = query.strip()[:LONGEST_QUERY]
    if not _letters(wanted):
        return Hits("")
    folded = wanted.casefold()
    return Hits(
        wanted,
        tuple(row for row in reading.campaigns if folded in row["campaign_id"].casefold())[:MOST],
        tuple(reading.accounts_beginning(wanted, MOST)),
        tuple(reading.values_beginning(wanted, MOST)),
        _by_name(reading, ((EVIDENCE.name, "detector"), (SHARED.name, "detector")), folded),
        _by_name(reading, ((EXPOSURE.name, "model"),), folded),
    )


def _by_name(
    reading: Reading, places: Iterable[tuple[str, str]], wanted: str
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    found: dict[str, set[str]] = {}
    for table, column in places:
        rows = reading.result.tables[table].select(["campaign_id", column])
        names = [name for name in pc.unique(rows[column]).to_pylist() if _letters(wanted) in _letters(name)]
        for name in names:
            of = pc.unique(rows.filter(pc.equal(rows[column], name))["campaign_id"]).to_pylist()
            found.setdefault(name, set()).update(of)
    return tuple((name, tuple(sorted(found[name]))) for name in sorted(found))[:MOST]


def _letters(name: str) -> str:
    """A name without what people write differently: sign-up device, signup_device."""
    return name.casefold().translate(APART)
