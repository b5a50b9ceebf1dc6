"""What campaigns come to without some of their accounts: counted anew from what a result tells of single accounts.

Needs no database and no log: `members` has the exchanges of each account, `activity` its days, and `usage` what it took
of each capability and model.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.casework.scope import Scope
from stillwatch.records import ACTIVITY, CAMPAIGNS, EXPOSURE, MEMBERS, TIMELINE, USAGE, TableSchema

Tables = Mapping[str, pa.Table]
Row = dict[str, Any]
BYSTANDER, ACCUSED, NOT_ACCUSED = "bystander", "distillation", "coordinated"
TOKENS = ("input_tokens", "output_tokens", "reasoning_tokens")


def tells_days(tables: Tables) -> bool:
    """Whether the result has the days of single accounts, by which days and tokens can be counted anew."""
    return bool(tables[ACTIVITY.name].num_rows)


def tells_kinds(tables: Tables) -> bool:
    """Whether it has what single accounts used, by which exposure and capabilities can be counted anew."""
    return bool(tables[USAGE.name].num_rows)


def sums_without(tables: Tables, apart: pa.Table) -> dict[str, pa.Table]:
    """The tables `campaigns`, `timeline` and `exposure` without the accounts in `apart`: rows of `members` that are no
    bystanders. A campaign of which nobody else is left is no longer accused.

    What a result of an earlier version does not tell of single accounts stays as it is (`tells_days`, `tells_kinds`).
    Cost: one pass over activity and usage; 0.1 s for 25,000 accounts.
    """
    exposure = _exposure(tables, apart) if tells_kinds(tables) else tables[EXPOSURE.name]
    return {
        CAMPAIGNS.name: _campaigns(tables, exposure, apart),
        TIMELINE.name: _timeline(tables, apart) if tells_days(tables) else tables[TIMELINE.name],
        EXPOSURE.name: exposure,
    }


def kept(table: pa.Table, scope: Scope) -> pa.Table:
    """The rows of a table by campaign and account that are in scope."""
    named = pc.is_in(table["account_id"], pa.array(sorted(scope.accounts), pa.string()))
    stays = pc.invert(pc.is_in(table["account_id"], pa.array(sorted(scope.without), pa.string())))
    whole = pc.is_in(table["campaign_id"], pa.array(scope.whole, pa.string()))
    part = pc.is_in(table["campaign_id"], pa.array(scope.parts, pa.string()))
    return table.filter(pc.or_(pc.and_(whole, pc.or_(stays, named)), pc.and_(part, named)))


def taking_part(members: pa.Table) -> pa.Table:
    """Members that are no bystanders: those whose work a campaign's sums hold."""
    return members.filter(pc.not_equal(members["role"], BYSTANDER))


def in_pairs(table: pa.Table, apart: pa.Table) -> pa.Array:
    """Which rows of a table by campaign and account are of an account in `apart`."""
    pairs = set(zip(apart["campaign_id"].to_pylist(), apart["account_id"].to_pylist(), strict=True))
    named = pc.is_in(table["account_id"], pc.unique(apart["account_id"])).combine_chunks().to_numpy(False)
    places = named.nonzero()[0]
    some = table.select(["campaign_id", "account_id"]).take(pa.array(places))
    rows = zip(some["campaign_id"].to_pylist(), some["account_id"].to_pylist(), strict=True)
    named[places] = [row in pairs for row in rows]
    return pa.array(named, pa.bool_())


def _with_campaign(table: pa.Table, members: pa.Table) -> pa.Table:
    """The rows of a table by account that are of these members, with the campaign that each is in."""
    place = pc.index_in(table["account_id"], members["account_id"].combine_chunks())
    mine = pc.is_valid(place)
    campaign = members["campaign_id"].combine_chunks().take(place.filter(mine).combine_chunks())
    return table.filter(mine).append_column("campaign_id", campaign)


def _timeline(tables: Tables, apart: pa.Table) -> pa.Table:
    """Each day less what these accounts did on it; days on which nobody else did anything fall away."""
    mine = _with_campaign(tables[ACTIVITY.name], apart)
    sums = [(name, "sum") for name in ("exchanges", "harvested_exchanges", "harvested_tokens")]
    by_day = mine.group_by(["campaign_id", "day"]).aggregate([*sums, ("account_id", "count")])
    first = mine.group_by(["campaign_id", "account_id"]).aggregate([("day", "min")])
    begun = first.group_by(["campaign_id", "day_min"]).aggregate([("account_id", "count")])
    less: defaultdict[tuple[str, Any], Row] = defaultdict(dict)
    for row in by_day.to_pylist():
        told = {name: row[f"{name}_sum"] for name, _ in sums}
        less[row["campaign_id"], row["day"]] = told | {"accounts": row["account_id_count"]}
    for row in begun.to_pylist():
        less[row["campaign_id"], row["day_min"]]["new_accounts"] = row["account_id_count"]
    rows = [_less(row, less.get((row["campaign_id"], row["day"]), {})) for row in tables[TIMELINE.name].to_pylist()]
    return _table(TIMELINE, [row for row in rows if row["accounts"] is None or row["accounts"] > 0])


def _exposure(tables: Tables, apart: pa.Table) -> pa.Table:
    """The campaigns of these accounts counted anew from the others' usage; all other rows as they are."""
    members = taking_part(tables[MEMBERS.name])
    touched = pc.is_in(members["campaign_id"], pc.unique(apart["campaign_id"]))
    rest = members.filter(pc.and_(touched, pc.invert(in_pairs(members, apart))))
    key = ["campaign_id", "capability", "model"]
    columns = [(name, "sum") for name in ("harvested_exchanges", *TOKENS)]
    found = _with_campaign(tables[USAGE.name], rest).group_by(key).aggregate([*columns, ("tokens_estimated", "max")])
    anew = {
        tuple(row[name] for name in key): {name: row[f"{name}_{how}"] for name, how in columns}
        | {"tokens_estimated": row["tokens_estimated_max"]}
        for row in found.to_pylist()
    }
    campaigns, rows = set(apart["campaign_id"].to_pylist()), []
    for row in tables[EXPOSURE.name].to_pylist():
        if row["campaign_id"] not in campaigns:
            rows.append(row)
        elif (counted := anew.get(tuple(row[name] for name in key))) and counted["harvested_exchanges"]:
            rows.append(row | counted)
    return _table(EXPOSURE, rows)


def _campaigns(tables: Tables, exposure: pa.Table, apart: pa.Table) -> pa.Table:
    less, shares = _sums(tables, apart), _capabilities(exposure) if tells_kinds(tables) else None
    members = taking_part(tables[MEMBERS.name])
    left = dict(_counts(members["campaign_id"].filter(pc.invert(in_pairs(members, apart)))))
    rows = []
    for row in tables[CAMPAIGNS.name].to_pylist():
        campaign = row["campaign_id"]
        if campaign in less:
            row = _less(row, less[campaign])  # noqa: PLW2901
            if shares is not None:
                row["capabilities"] = shares.get(campaign, [])
            if not left.get(campaign) and row["verdict"] == ACCUSED:
                row["verdict"] = NOT_ACCUSED
        rows.append(row)
    return _table(CAMPAIGNS, rows)


def _counts(column: pa.ChunkedArray) -> list[tuple[str, int]]:
    return [(one["values"], one["counts"]) for one in pc.value_counts(column).to_pylist()]


def _sums(tables: Tables, apart: pa.Table) -> dict[str, Row]:
    """By campaign, what these accounts have in its sums."""
    columns = [("account_id", "count"), ("exchanges", "sum"), ("harvested_exchanges", "sum")]
    less: dict[str, Row] = {
        row["campaign_id"]: {
            "accounts": row["account_id_count"],
            "exchanges": row["exchanges_sum"] or 0,
            "harvested_exchanges": row["harvested_exchanges_sum"] or 0,
        }
        for row in apart.group_by("campaign_id").aggregate(columns).to_pylist()
    }
    days = _with_campaign(tables[ACTIVITY.name], apart).group_by("campaign_id")
    for row in days.aggregate([("harvested_tokens", "sum")]).to_pylist():
        less[row["campaign_id"]]["harvested_tokens"] = row["harvested_tokens_sum"] or 0
    return less


def _less(row: Row, by: Mapping[str, int]) -> Row:
    """Never below nothing: a result that was changed by hand may not add up."""
    return {
        name: max(0, value - by[name]) if name in by and value is not None else value for name, value in row.items()
    }


def _capabilities(exposure: pa.Table) -> dict[str, list[tuple[str, float]]]:
    counts: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for row in exposure.select(["campaign_id", "capability", "harvested_exchanges"]).to_pylist():
        mine = counts[row["campaign_id"]]
        mine[row["capability"]] = mine.get(row["capability"], 0) + (row["harvested_exchanges"] or 0)
    return {
        campaign: [(name, n / total) for name, n in sorted(mine.items(), key=lambda item: (-item[1], item[0]))]
        for campaign, mine in counts.items()
        if (total := sum(mine.values()))
    }


def _table(schema: TableSchema, rows: list[Row]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=schema.arrow)
