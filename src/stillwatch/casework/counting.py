"""What a case comes to: sums over its own accounts, as the scan counted them and as they count now.

Needs no database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.casework.scope import Scope
from stillwatch.casework.sums import Tables, in_pairs, kept, sums_without, taking_part
from stillwatch.records import ACTIVITY, CAMPAIGNS, EXPOSURE, MEMBERS, TIMELINE, USAGE

SUMS = (CAMPAIGNS.name, TIMELINE.name, EXPOSURE.name)
BY_CAMPAIGN = (*SUMS, MEMBERS.name)

Spared = Mapping[str, frozenset[str]]
"""By campaign, the accounts that count no more, see `casework.clearances.Counted`."""


@dataclass(frozen=True)
class CaseSums:
    """`at_scan` and `now` hold the rows of `campaigns`, `timeline` and `exposure` of the case's campaigns, summed over
    the accounts of the case; their verdicts say nothing. `cleared`: how many of these accounts count no more."""

    at_scan: Tables
    now: Tables
    cleared: int


def count_case(tables: Tables, scope: Scope, spared: Spared) -> CaseSums:
    """Count the accounts in scope alone: as the scan did, and without the spared ones. Cost: where members are in
    another case or are spared, a pass over the tables for each."""
    ours = pa.array(scope.campaigns, pa.string())
    mine = {name: tables[name].filter(pc.is_in(tables[name]["campaign_id"], ours)) for name in BY_CAMPAIGN}
    mine |= {name: tables[name] for name in (ACTIVITY.name, USAGE.name)}
    members = taking_part(mine[MEMBERS.name])
    inside = in_pairs(members, kept(members, scope)) if scope.divided else pa.repeat(True, members.num_rows)
    strange = members.filter(pc.invert(inside))
    cleared = members.filter(pc.and_(inside, in_pairs(members, _pairs(spared))))
    at_scan = sums_without(mine, strange) if strange.num_rows else {name: mine[name] for name in SUMS}
    now = sums_without(mine, pa.concat_tables([strange, cleared])) if cleared.num_rows else at_scan
    return CaseSums(at_scan, now, cleared.num_rows)


def rows_in(table: pa.Table, spared: Spared) -> pa.Array:
    """Which rows of a table by campaign and account are of an account that counts no more."""
    return in_pairs(table, _pairs(spared))


def _pairs(spared: Spared) -> pa.Table:
    named = [(campaign, account) for campaign, accounts in spared.items() for account in accounts]
    return pa.table(
        {
            "campaign_id": pa.array([campaign for campaign, _ in named], pa.string()),
            "account_id": pa.array([account for _, account in named], pa.string()),
        }
    )
