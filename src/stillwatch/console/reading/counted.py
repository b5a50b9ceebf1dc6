"""What counts today of a result: its sums without the accounts that people cleared since the scan."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pyarrow.compute as pc

from stillwatch.casework.clearances import Clearances, count_now
from stillwatch.casework.counting import CaseSums, count_case
from stillwatch.casework.scope import Scope
from stillwatch.casework.sums import Tables, tells_days, tells_kinds
from stillwatch.records import CAMPAIGNS, EXPOSURE
from stillwatch.report.result import Row

NOBODY: frozenset[str] = frozenset()
KEPT_CASES = 64
"""Sums of so many cases are kept: a few kilobytes each."""


@dataclass(frozen=True)
class CountedNow:
    """The sums of a result under the clearances of now. `spared`: by campaign, the accounts that count no more; `gone`:
    campaigns of which nobody else is left. `tells_days` and `tells_kinds`: whether tokens and exposure could be counted
    anew, see `casework.sums`."""

    tables: Tables
    spared: Mapping[str, frozenset[str]]
    gone: Collection[str]
    tells_days: bool
    tells_kinds: bool
    result: Tables = field(repr=False, compare=False)
    _cases: dict[Scope, CaseSums] = field(default_factory=dict, repr=False, compare=False)

    def in_case(self, scope: Scope) -> CaseSums:
        """The sums over the accounts of a case. Cost: see `casework.counting`; kept for the cases asked for last."""
        found = self._cases.get(scope)
        if found is None:
            found = count_case(self.result, scope, self.spared)
            if len(self._cases) >= KEPT_CASES:
                self._cases.clear()
            self._cases[scope] = found
        return found

    @cached_property
    def rows(self) -> Mapping[str, Row]:
        """Rows of `campaigns` by id, as they count now."""
        return {row["campaign_id"]: row for row in self.tables[CAMPAIGNS.name].to_pylist()}

    def exposure(self, campaign_id: str) -> Sequence[Row]:
        """The campaign's rows of `exposure`, the largest first."""
        table = self.tables[EXPOSURE.name]
        rows = table.filter(pc.equal(table["campaign_id"], campaign_id)).to_pylist()
        return sorted(rows, key=lambda row: -(row["harvested_exchanges"] or 0))

    def spared_of(self, campaign_id: str) -> frozenset[str]:
        """Accounts of a campaign that count no more."""
        return self.spared.get(campaign_id, NOBODY)


def counted_now(tables: Tables, clearances: Clearances) -> CountedNow:
    """Count a result under clearances. Cost: see `casework.clearances.count_now`."""
    counted = count_now(tables, clearances)
    return CountedNow(counted.tables, counted.spared, counted.gone, tells_days(tables), tells_kinds(tables), tables)
