"""One result with its indexes. Immutable: a request that holds it sees one scan from beginning to end."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import islice
from pathlib import Path
from threading import Lock

import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.casework.cases import Clearing, DeskState
from stillwatch.casework.clearances import Clearances
from stillwatch.console.pictures.sparkline import Axis, Sparkline, draw_sparkline, time_axis
from stillwatch.console.reading.campaign import OpenCampaign
from stillwatch.console.reading.counted import CountedNow, counted_now
from stillwatch.console.reading.grouped import Grouped
from stillwatch.records import (
    ACTIVITY,
    EVIDENCE,
    EXPLANATIONS,
    EXPOSURE,
    HOLDINGS,
    MEMBERS,
    OVERLAPS,
    SHARED,
    TIMELINE,
    USAGE,
)
from stillwatch.report.figures import as_day
from stillwatch.report.result import Result, Row, load_result

BY_CAMPAIGN = (MEMBERS, EVIDENCE, EXPLANATIONS, SHARED, HOLDINGS, TIMELINE, EXPOSURE)
BY_ACCOUNT = (MEMBERS, HOLDINGS, ACTIVITY, USAGE)
# A campaign of 25,000 members takes about 40 MB as Python objects; so many are kept of those looked at last.
KEPT_OPEN = 8


@dataclass
class _Kept:
    """By id, the campaigns that were looked at last, and the small pictures of all that were listed (4 kB each);
    and what counted when it was last asked, under which clearings."""

    opened: OrderedDict[str, OpenCampaign] = field(default_factory=OrderedDict)
    sparklines: dict[str, Sparkline | None] = field(default_factory=dict)
    counted: tuple[Mapping[str, Clearing], CountedNow] | None = None
    lock: Lock = field(default_factory=Lock)


@dataclass(frozen=True)
class Reading:
    """One result, indexed by campaign, by account and by shared value.

    `campaigns` in the order of reading: accusations first, the surest first. Look-ups cost O(log n) and the rows found.
    """

    result: Result
    campaigns: tuple[Row, ...]
    by_campaign: Mapping[str, Grouped]
    by_account: Mapping[str, Grouped]
    by_value: Grouped
    _kept: _Kept = field(default_factory=_Kept, repr=False, compare=False)

    @cached_property
    def rows(self) -> Mapping[str, Row]:
        """Campaign rows by id."""
        return {str(row["campaign_id"]): row for row in self.campaigns}

    @cached_property
    def models_of(self) -> Mapping[str, frozenset[str]]:
        """Models of which exchanges were harvested, by campaign."""
        found: dict[str, set[str]] = {}
        taken = self.result.table(EXPOSURE).select(["campaign_id", "model"]).to_pydict()
        for campaign_id, model in zip(taken["campaign_id"], taken["model"], strict=True):
            found.setdefault(campaign_id, set()).add(model)
        return {campaign_id: frozenset(models) for campaign_id, models in found.items()}

    @cached_property
    def axis(self) -> Axis:
        """One time axis for all sparklines: from the first exchange of a listed group to the last."""
        first = [day for row in self.campaigns if (day := as_day(row["first_seen"]))]
        last = [day for row in self.campaigns if (day := as_day(row["last_seen"]))]
        return time_axis(min(first), max(last)) if first and last else time_axis(date.min, date.min)

    def sparkline(self, campaign_id: str) -> Sparkline | None:
        """A campaign by day, small; None where it has no dated exchange."""
        kept = self._kept.sparklines
        if campaign_id not in kept:
            kept[campaign_id] = draw_sparkline(self.by_campaign[TIMELINE.name].rows(campaign_id).to_pylist(), self.axis)
        return kept[campaign_id]

    def counted(self, state: DeskState) -> CountedNow:
        """What counts of it in this state of the ledger. Cost: a pass over the tables when a clearance is new."""
        kept = self._kept.counted
        if kept is None or kept[0] != state.clearings:
            kept = (state.clearings, counted_now(self.result.tables, Clearances.of(state)))
            self._kept.counted = kept
        return kept[1]

    @property
    def accounts(self) -> int:
        """How many accounts the result lists."""
        return len(self.by_account[MEMBERS.name])

    def campaign(self, campaign_id: str) -> OpenCampaign | None:
        """The campaign of this id, opened; None if the result lists none."""
        row = self.rows.get(campaign_id)
        if row is None:
            return None
        with self._kept.lock:
            opened = self._kept.opened.get(campaign_id) or OpenCampaign(self._of_campaign(campaign_id), row)
            self._kept.opened[campaign_id] = opened
            self._kept.opened.move_to_end(campaign_id)
            while len(self._kept.opened) > KEPT_OPEN:
                self._kept.opened.popitem(last=False)
        return opened

    def prepare(self) -> None:
        """Open the first campaigns of the list and make what their pages need, so that nobody waits for it."""
        for row in self.campaigns[:KEPT_OPEN]:
            opened = self.campaign(str(row["campaign_id"]))
            if opened is not None:
                opened.prepare()

    def close_all(self) -> None:
        """Forget what was drawn and said of campaigns; it is made anew when asked for."""
        with self._kept.lock:
            self._kept.opened.clear()

    def _of_campaign(self, campaign_id: str) -> Result:
        tables = {name: grouped.rows(campaign_id) for name, grouped in self.by_campaign.items()}
        return Result(self.result.path, {**tables, OVERLAPS.name: self.result.table(OVERLAPS)}, self.result.scan)

    def memberships(self, account_id: str) -> Sequence[Row]:
        """The member rows of an account, one for each campaign that lists it; none if no campaign does."""
        rows: list[Row] = self.by_account[MEMBERS.name].rows(account_id).to_pylist()
        return sorted(rows, key=lambda row: str(row["campaign_id"]))

    def held_by(self, account_id: str, campaign_id: str) -> pa.Table:
        """The holdings of an account as a member of one campaign."""
        held = self.by_account[HOLDINGS.name].rows(account_id)
        return held.filter(pc.equal(held["campaign_id"], campaign_id))

    def days_of(self, account_id: str) -> Sequence[Row]:
        """What an account did, day by day; none where the result does not tell."""
        rows: list[Row] = self.by_account[ACTIVITY.name].rows(account_id).to_pylist()
        return sorted(rows, key=lambda row: row["day"])

    def usage_of(self, account_id: str) -> Sequence[Row]:
        """What an account used, by capability and model, the most used first; none where the result does not tell."""
        rows: list[Row] = self.by_account[USAGE.name].rows(account_id).to_pylist()
        return sorted(rows, key=lambda row: (-(row["exchanges"] or 0), row["capability"], row["model"]))

    @property
    def tells_holdings(self) -> bool:
        """Whether the result says which account holds which shared value; one whose table is lost does not."""
        return len(self.by_account[HOLDINGS.name]) > 0

    @property
    def tells_days(self) -> bool:
        """Whether the result has the days of single accounts; one of an older scan has not."""
        return len(self.by_account[ACTIVITY.name]) > 0

    @property
    def tells_kinds(self) -> bool:
        """Whether the result has what single accounts used; one of an older scan has not."""
        return len(self.by_account[USAGE.name]) > 0

    def accounts_beginning(self, prefix: str, most: int) -> list[str]:
        """At most `most` account ids that begin with `prefix`, in order."""
        return list(islice(self.by_account[MEMBERS.name].beginning_with(prefix), most))

    def values_beginning(self, prefix: str, most: int) -> list[Row]:
        """At most `most` rows of shared values that begin with `prefix`, in order of value and campaign."""
        keys = islice(self.by_value.beginning_with(prefix), most)
        return [row for key in keys for row in self.by_value.rows(key).to_pylist()][:most]


def read(path: Path) -> Reading:
    """Read the result at `path` and index it. Raises ResultError. Cost: about 2 s for 25,000 members that hold a
    million values."""
    return indexed(load_result(path))


def indexed(result: Result) -> Reading:
    """Index a result that was read."""
    return Reading(
        result=result,
        campaigns=tuple(result.campaigns),
        by_campaign={schema.name: Grouped(result.table(schema), "campaign_id") for schema in BY_CAMPAIGN},
        by_account={schema.name: Grouped(result.table(schema), "account_id") for schema in BY_ACCOUNT},
        by_value=Grouped(result.table(SHARED), "value"),
    )
