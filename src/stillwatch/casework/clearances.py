"""Clearances: accounts that a person cleared are not accused again on the same evidence. Needs no database.

Applied between judging and writing: what was measured (p-values, evidence, what members share) stays as it was, and
only what follows from it for a person changes: roles, the sums over accused accounts, and, where nobody else is left,
the verdict.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.casework.cases import MORE_HARVEST, Clearing, DeskState
from stillwatch.casework.snapshot import kinds_of_evidence
from stillwatch.casework.sums import BYSTANDER, Tables, in_pairs, sums_without
from stillwatch.records import CAMPAIGNS, EXPOSURE, HARVESTED, HOLDINGS, MEMBERS, TIMELINE

SUMS = (CAMPAIGNS.name, TIMELINE.name, EXPOSURE.name)


@dataclass(frozen=True)
class Clearances:
    """Accounts that were cleared or marked as bystanders, as of one entry of a ledger."""

    ledger: str
    entries: int
    clearings: Mapping[str, Clearing]

    @classmethod
    def of(cls, state: DeskState) -> Clearances:
        """Those that follow from the entries of a ledger."""
        return cls(state.ledger or "", state.number, dict(sorted(state.clearings.items())))


@dataclass(frozen=True)
class _Met:
    """A cleared account that a scan would have accused or listed as a part of a group."""

    campaign_id: str
    account_id: str
    clearing: Clearing
    harvested_exchanges: int
    new_kinds: tuple[str, ...]

    @property
    def more_harvest(self) -> bool:
        return self.harvested_exchanges > MORE_HARVEST * self.clearing.harvested_exchanges

    @property
    def anew(self) -> bool:
        """Whether there is evidence that was not there when it was cleared."""
        return bool(self.new_kinds) or self.more_harvest


@dataclass(frozen=True)
class Counted:
    """What counts of a result under clearances: `tables` has `campaigns`, `timeline` and `exposure` without the
    accounts that were cleared since it was made; `spared` are these, by campaign; `gone` the campaigns that are not
    accused any more, since nobody else is left."""

    tables: Tables
    spared: Mapping[str, frozenset[str]]
    gone: tuple[str, ...]


def count_now(tables: Tables, clearances: Clearances) -> Counted:
    """What the same scan would write of the sums today. Cost: one pass over the tables if anybody was cleared since."""
    spared = [one for one in _met(tables, clearances) if not one.anew]
    if not spared:
        return Counted({name: tables[name] for name in SUMS}, {}, ())
    now = sums_without(tables, _rows_of(tables[MEMBERS.name], spared))
    by_campaign: defaultdict[str, set[str]] = defaultdict(set)
    for one in spared:
        by_campaign[one.campaign_id].add(one.account_id)
    return Counted(now, {name: frozenset(found) for name, found in by_campaign.items()}, _gone(tables, now))


def apply_clearances(tables: Tables, clearances: Clearances) -> tuple[dict[str, pa.Table], dict[str, Any]]:
    """The tables of a result under the judgements of people, and what there is to tell of it in `scan.json`.

    Cleared accounts become bystanders, unless there is new evidence on them, and no longer count in the sums of their
    campaign, its timeline and its exposure. Cost: one pass over the tables.
    """
    met = _met(tables, clearances)
    spared = [one for one in met if not one.anew]
    changed = dict(tables)
    gone: tuple[str, ...] = ()
    if spared:
        apart = _rows_of(tables[MEMBERS.name], spared)
        changed |= sums_without(tables, apart)
        gone = _gone(tables, changed)
        changed[MEMBERS.name] = _members(tables[MEMBERS.name], apart)
        if HARVESTED.name in tables:
            listed = tables[HARVESTED.name]
            changed[HARVESTED.name] = listed.filter(pc.invert(in_pairs(listed, apart)))
    return changed, _told(clearances, met, list(gone))


def _rows_of(members: pa.Table, spared: list[_Met]) -> pa.Table:
    """Their rows of `members`. None of them is a bystander there."""
    pairs = pa.table(
        {
            "campaign_id": pa.array([one.campaign_id for one in spared], pa.string()),
            "account_id": pa.array([one.account_id for one in spared], pa.string()),
        }
    )
    return members.filter(in_pairs(members, pairs))


def _gone(tables: Tables, now: Tables) -> tuple[str, ...]:
    """Campaigns that are accused no longer, in the order of the table."""
    named = (tables[CAMPAIGNS.name]["campaign_id"], tables[CAMPAIGNS.name]["verdict"], now[CAMPAIGNS.name]["verdict"])
    rows = zip(*(column.to_pylist() for column in named), strict=True)
    return tuple(campaign for campaign, before, after in rows if before != after)


def _met(tables: Tables, clearances: Clearances) -> list[_Met]:
    cleared = pa.array(list(clearances.clearings), pa.string())
    members, holdings = tables[MEMBERS.name], tables[HOLDINGS.name]
    parts = members.filter(
        pc.and_(pc.is_in(members["account_id"], cleared), pc.not_equal(members["role"], BYSTANDER))
    )  # fmt: skip
    kinds = kinds_of_evidence(holdings.filter(pc.is_in(holdings["account_id"], cleared)))
    return [
        _Met(
            row["campaign_id"],
            row["account_id"],
            clearing := clearances.clearings[row["account_id"]],
            row["harvested_exchanges"] or 0,
            tuple(one for one in kinds.get(row["account_id"], ()) if one not in clearing.kinds),
        )
        for row in parts.sort_by([("campaign_id", "ascending"), ("account_id", "ascending")]).to_pylist()
    ]


def _members(members: pa.Table, apart: pa.Table) -> pa.Table:
    """A judged role has no confidence: nobody measured it. Harvested exchanges stay, as they were measured."""
    spared = in_pairs(members, apart)
    role = pc.if_else(spared, pa.scalar(BYSTANDER), members["role"])
    confidence = pc.if_else(spared, pa.scalar(None, pa.float64()), members["confidence"])
    for name, column in (("role", role), ("confidence", confidence)):
        place = members.column_names.index(name)
        members = members.set_column(place, members.schema.field(name), column)
    return members


def _told(clearances: Clearances, met: list[_Met], gone: list[str]) -> dict[str, Any]:
    """What was not accused and on whose judgement; what is accused again, and why. Reasons stay in the ledger."""
    return {
        "ledger": clearances.ledger,
        "entries": clearances.entries,
        "cleared_accounts": len(clearances.clearings),
        "campaigns_not_accused": gone,
        "not_accused": _by_entry([one for one in met if not one.anew]),
        "accused_again": [
            {
                "campaign_id": one.campaign_id,
                "account_id": one.account_id,
                **_judgement(one.clearing),
                "new_kinds": list(one.new_kinds),
                "harvested_exchanges": one.harvested_exchanges,
                "harvested_exchanges_then": one.clearing.harvested_exchanges,
            }
            for one in met
            if one.anew
        ],
    }


def _by_entry(spared: list[_Met]) -> list[dict[str, Any]]:
    found: defaultdict[tuple[str, int], list[_Met]] = defaultdict(list)
    for one in spared:
        found[one.campaign_id, one.clearing.decided.entry].append(one)
    return [
        {
            "campaign_id": campaign,
            **_judgement(group[0].clearing),
            "accounts": sorted(one.account_id for one in group),
        }
        for (campaign, _), group in sorted(found.items())
    ]


def _judgement(clearing: Clearing) -> dict[str, Any]:
    return {
        "case": clearing.case,
        "entry": clearing.decided.entry,
        "kind": clearing.kind,
        "person": clearing.decided.person,
        "time": clearing.decided.time.isoformat().replace("+00:00", "Z"),
    }
