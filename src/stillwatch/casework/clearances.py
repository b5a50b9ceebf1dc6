"""Clearances: accounts that a person cleared are not accused again on the same evidence. Needs no database.

Applied between judging and writing: what was measured (p-values, evidence, what members share) stays as it was, and
only what follows from it for a person changes: roles, the sums over accused accounts, and, where nobody else is left,
the verdict.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.casework.cases import Clearing, DeskState
from stillwatch.records import ACTIVITY, CAMPAIGNS, HARVESTED, HOLDINGS, MEMBERS, TIMELINE, TableSchema

Tables = Mapping[str, pa.Table]
ExposureWithout = Callable[[Collection[str]], pa.Table]
"""The table `exposure` as it is without the exchanges of some accounts."""
BYSTANDER, ACCUSED, NOT_ACCUSED = "bystander", "distillation", "coordinated"
MORE_HARVEST = 2
"""New evidence is more than this many times the harvested exchanges that were known. A scan a week later sees some more
of the same; twice as much is another matter. Judgement."""


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


def apply_clearances(
    tables: Tables, clearances: Clearances, exposure_without: ExposureWithout
) -> tuple[dict[str, pa.Table], dict[str, Any]]:
    """The tables of a result under the judgements of people, and what there is to tell of it in `scan.json`.

    Cleared accounts become bystanders, unless there is new evidence on them, and no longer count in the sums of their
    campaign, its timeline and its exposure. Cost: one pass over the tables, and one over the harvested exchanges where
    an account is cleared.
    """
    met = _met(tables, clearances)
    spared = [one for one in met if not one.anew]
    changed = dict(tables)
    gone: list[str] = []
    if spared:
        changed["members"] = _members(tables["members"], spared)
        changed["exposure"] = exposure_without({one.account_id for one in spared})
        changed["timeline"] = _timeline(tables, spared)
        changed["campaigns"], gone = _campaigns(changed, tables, spared)
        if HARVESTED.name in tables:
            changed[HARVESTED.name] = _but(tables[HARVESTED.name], spared)
    return changed, _told(clearances, met, gone)


def _met(tables: Tables, clearances: Clearances) -> list[_Met]:
    cleared = pa.array(list(clearances.clearings), pa.string())
    members, holdings = tables[MEMBERS.name], tables[HOLDINGS.name]
    parts = members.filter(
        pc.and_(pc.is_in(members["account_id"], cleared), pc.not_equal(members["role"], BYSTANDER))
    )  # fmt: skip
    kinds = _kinds(holdings.filter(pc.is_in(holdings["account_id"], cleared)))
    return [
        _Met(
            row["campaign_id"],
            row["account_id"],
            clearing := clearances.clearings[row["account_id"]],
            row["harvested_exchanges"] or 0,
            tuple(sorted(kinds[row["account_id"]] - clearing.kinds)),
        )
        for row in parts.sort_by([("campaign_id", "ascending"), ("account_id", "ascending")]).to_pylist()
    ]


def _kinds(holdings: pa.Table) -> defaultdict[str, set[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for account, kind in zip(holdings["account_id"].to_pylist(), holdings["detector"].to_pylist(), strict=True):
        found[account].add(kind)
    return found


def _pairs(spared: Iterable[_Met]) -> set[tuple[str, str]]:
    return {(one.campaign_id, one.account_id) for one in spared}


def _members(members: pa.Table, spared: list[_Met]) -> pa.Table:
    """A judged role has no confidence: nobody measured it. Harvested exchanges stay, as they were measured."""
    pairs = _pairs(spared)
    rows = [
        {**row, "role": BYSTANDER, "confidence": None} if (row["campaign_id"], row["account_id"]) in pairs else row
        for row in members.to_pylist()
    ]
    return _table(MEMBERS, rows)


def _but(harvested: pa.Table, spared: list[_Met]) -> pa.Table:
    pairs = _pairs(spared)
    named = zip(harvested["campaign_id"].to_pylist(), harvested["account_id"].to_pylist(), strict=True)
    return harvested.filter(pa.array([pair not in pairs for pair in named], pa.bool_()))


def _timeline(tables: Tables, spared: list[_Met]) -> pa.Table:
    """Each day less what the spared accounts did on it; days on which nobody else did anything fall away."""
    campaign = {one.account_id: one.campaign_id for one in spared}
    less: defaultdict[tuple[str, Any], Counter[str]] = defaultdict(Counter)
    activity = tables[ACTIVITY.name]
    mine = activity.filter(pc.is_in(activity["account_id"], pa.array(list(campaign), pa.string())))
    begun: set[str] = set()
    for row in mine.sort_by([("account_id", "ascending"), ("day", "ascending")]).to_pylist():
        account = row["account_id"]
        less[campaign[account], row["day"]].update(
            exchanges=row["exchanges"],
            harvested_exchanges=row["harvested_exchanges"],
            harvested_tokens=row["harvested_tokens"],
            accounts=1,
            new_accounts=account not in begun,
        )
        begun.add(account)
    rows = [_less(row, less[row["campaign_id"], row["day"]]) for row in tables[TIMELINE.name].to_pylist()]
    return _table(TIMELINE, [row for row in rows if row["accounts"] > 0])


def _less(row: dict[str, Any], by: Mapping[str, int]) -> dict[str, Any]:
    return {name: value - by[name] if name in by else value for name, value in row.items()}


def _campaigns(changed: Tables, tables: Tables, spared: list[_Met]) -> tuple[pa.Table, list[str]]:
    """Campaign rows with the sums over what is left; and those that are accused no longer."""
    less = _sums(tables, spared)
    left = Counter(
        row["campaign_id"]
        for row in changed["members"].select(["campaign_id", "role"]).to_pylist()
        if row["role"] != BYSTANDER
    )
    shares = _capabilities(changed["exposure"])
    rows, gone = [], []
    for row in tables["campaigns"].to_pylist():
        campaign = row["campaign_id"]
        if campaign in less:
            row = _less(row, less[campaign]) | {"capabilities": shares.get(campaign, [])}  # noqa: PLW2901
            if not left[campaign] and row["verdict"] == ACCUSED:
                row["verdict"] = NOT_ACCUSED
                gone.append(campaign)
        rows.append(row)
    return _table(CAMPAIGNS, rows), gone


def _sums(tables: Tables, spared: list[_Met]) -> dict[str, Counter[str]]:
    """By campaign, what the spared accounts had in its sums."""
    pairs, sums = _pairs(spared), defaultdict[str, Counter[str]](Counter)
    activity = tables[ACTIVITY.name]
    tokens: Counter[str] = Counter()
    for account, n in zip(
        activity["account_id"].to_pylist(), activity["harvested_tokens"].to_pylist(), strict=True
    ):  # fmt: skip
        tokens[account] += n
    for row in tables["members"].to_pylist():
        if (row["campaign_id"], row["account_id"]) in pairs:
            sums[row["campaign_id"]].update(
                accounts=1,
                exchanges=row["exchanges"],
                harvested_exchanges=row["harvested_exchanges"],
                harvested_tokens=tokens[row["account_id"]],
            )
    return dict(sums)


def _capabilities(exposure: pa.Table) -> dict[str, list[tuple[str, float]]]:
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in exposure.select(["campaign_id", "capability", "harvested_exchanges"]).to_pylist():
        counts[row["campaign_id"]][row["capability"]] += row["harvested_exchanges"]
    return {
        campaign: [(name, n / found.total()) for name, n in sorted(found.items(), key=lambda item: (-item[1], item[0]))]
        for campaign, found in counts.items()
    }


def _table(schema: TableSchema, rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=schema.arrow)


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
