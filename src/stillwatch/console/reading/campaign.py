"""One campaign of a reading, and what is drawn and said of it: made when first asked for, then kept for a while."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.console.pictures.alike import Alike, take_together
from stillwatch.console.pictures.network import Network, draw_network
from stillwatch.records import HOLDINGS, MEMBERS
from stillwatch.report import wording
from stillwatch.report.doubts import doubts_beyond_explanations
from stillwatch.report.overlaps import overlap_lines
from stillwatch.report.result import Result, Row
from stillwatch.report.sighting import ROLES, Sighting, open_sighting
from stillwatch.report.timeline import Timeline, draw_timeline
from stillwatch.report.wall import Wall, build_wall


class OpenCampaign:
    """One campaign. `result` holds the rows of this campaign alone, in Arrow, beside the record of the whole scan.

    Members and holdings become Python objects when something needs all of them (`sighting`, `wall`); pages of rows are
    cut from the tables instead.
    """

    def __init__(self, result: Result, row: Row) -> None:
        self.result, self.row = result, row

    def prepare(self) -> None:
        """Make now what its pages need. Cost: about a second for 25,000 members; nothing when it was made before."""
        _ = (self.observed, self.inferred, self.doubts, self.timeline, self.wall, self.network, self.roles)

    @property
    def campaign_id(self) -> str:
        return str(self.row["campaign_id"])

    @property
    def members(self) -> pa.Table:
        return self.result.table(MEMBERS)

    @property
    def holdings(self) -> pa.Table:
        return self.result.table(HOLDINGS)

    @property
    def accounts_in_log(self) -> int | None:
        """How many accounts the whole log has; None where the scan did not record it."""
        counted = self.result.part("counts").get("accounts")
        return counted if isinstance(counted, int) else None

    @cached_property
    def sighting(self) -> Sighting:
        """All of it as the report reads it. Cost: about 10 microseconds per member, once."""
        return open_sighting(self.result, self.row)

    def sighting_of(self, member: Row, held: pa.Table) -> Sighting:
        """The same campaign with this one member and what it holds: for sentences about one account."""
        return replace(self.sighting, members=[member], holdings=held)

    @cached_property
    def shared_by_value(self) -> Mapping[tuple[str, str], Row]:
        """Rows of shared values by kind and value."""
        return {(row["detector"], row["value"]): row for row in self.sighting.shared}

    @property
    def overlap_lines(self) -> list[str]:
        """What it shares with other listed groups, in words."""
        return overlap_lines(self.sighting.overlaps, self.campaign_id)

    @cached_property
    def observed(self) -> tuple[str, ...]:
        """What is in the log, in words."""
        return tuple(wording.observed_lines(self.sighting))

    @cached_property
    def inferred(self) -> tuple[str, ...]:
        """What the scan concludes, in words."""
        return tuple(wording.inferred_lines(self.sighting, self.result))

    @cached_property
    def doubts(self) -> tuple[str, ...]:
        """What would speak against it, beside the innocent explanations. Looks at every member, so it is kept."""
        return tuple(doubts_beyond_explanations(self.sighting, self.result))

    @cached_property
    def timeline(self) -> Timeline | None:
        """The campaign by day, as geometry."""
        return draw_timeline(self.sighting.timeline, self.result.entries("models"))

    @cached_property
    def wall(self) -> Wall | None:
        """How the accounts hang together, as the report draws it."""
        sighting = self.sighting
        return build_wall(sighting.roles, sighting.members, sighting.holdings, sighting.shared)

    @cached_property
    def alike(self) -> Alike | None:
        """Its accounts, those together that hold the same shown values; None where nothing is held."""
        return take_together(self.members, self.holdings, self.sighting.shared)

    @cached_property
    def network(self) -> Network | None:
        """The same as a picture."""
        return draw_network(self.alike) if self.alike else None

    @cached_property
    def roles(self) -> tuple[tuple[str, int], ...]:
        """How many members have each role, in the order in which roles are told."""
        counts = {row["values"]: row["counts"] for row in pc.value_counts(self.members["role"]).to_pylist()}
        named = [*(role for role in ROLES if role in counts), *sorted(set(counts) - set(ROLES))]
        return tuple((role, counts[role]) for role in named)
