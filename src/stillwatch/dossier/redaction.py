"""The redacted edition: what a case looks like to those who may not recognise anybody in it.

Left out are pseudonyms of accounts and shared values (numbers stand for them), persons and what they wrote, times
within a day, and numbers of accounts or exchanges from 1 to 4. Where only one number of a column is left out, the next
larger one is left out too, so that it cannot be found from a sum. Every figure is asked of these tables, so the edition
verifies by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from stillwatch.casework.sums import BYSTANDER
from stillwatch.dossier.book import FEW

Rows = list[dict[str, Any]]

COUNTS: Mapping[str, tuple[str, ...]] = {
    "campaigns": ("accounts", "exchanges", "harvested_exchanges"),
    "members": ("exchanges", "harvested_exchanges"),
    "shared": ("accounts_inside", "accounts_outside", "exchanges"),
    "timeline": ("exchanges", "harvested_exchanges", "accounts", "new_accounts"),
    "exposure": ("harvested_exchanges",),
    "overlaps": ("values_shared", "accounts_a", "accounts_b", "accounts_outside"),
    "judgements": ("accounts",),
}
"""Columns that count accounts, or what a few accounts did."""
TIED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "exposure": ("harvested_exchanges", ("input_tokens", "output_tokens", "reasoning_tokens")),
    "timeline": ("harvested_exchanges", ("harvested_tokens",)),
}
"""Columns that would tell a number that is left out."""
TEXTS: Mapping[str, tuple[str, ...]] = {
    "judgements": ("person", "reason", "operator", "source", "hash"),
    "explanations": (),
}
DAYS: Mapping[str, tuple[str, ...]] = {
    "campaigns": ("first_seen", "last_seen"),
    "members": ("first_linked",),
    "shared": ("first_seen",),
    "judgements": ("time", "until"),
    "standings": ("until",),
}
"""Times that are cut to their day: the second of a first exchange is as good as a name to whoever has a log."""
AT_SCAN = "_at_scan"
"""How columns end that say what the scan had counted."""
NOT_SHARED = ("holdings", "exposure_at_scan")
"""Tables that say nothing without the pseudonyms, and the one that beside `exposure` would tell what few cleared
accounts took of one kind."""
LEAST_SHARE = 0.001
"""Share of the harvested exchanges below which a capability is left out."""
FEWER = f"fewer than {FEW}"
_SMALL = re.compile(r"\b[1-4](?= (?:of|accounts?|customers?|members?|exchanges?|values?)\b)")
_PERCENT = re.compile(r"\b(\d{1,3})% of the accounts")


def redact(tables: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """The redacted tables of the same case. Cost: a few seconds for 25,000 members."""
    numbers = _numbered([tables["members"]["account_id"], tables["standings"]["account_id"]], "account")
    sizes = dict(
        zip(tables["campaigns"]["campaign_id"].to_pylist(), tables["campaigns"]["accounts"].to_pylist(), strict=True)
    )
    redacted = {}
    for name, table in tables.items():
        if name in NOT_SHARED:
            continue
        rows = _renamed(name, table.to_pylist(), numbers, set(sizes))
        rows = _STEPS.get(name, _unchanged)(rows, sizes)
        for column in COUNTS.get(name, ()):
            _leave_out(rows, column)
        _leave_out_tied(name, rows)
        for column in TEXTS.get(name, ()):
            _clear(rows, column)
        for column in DAYS.get(name, ()):
            _cut(rows, column)
        redacted[name] = pa.Table.from_pylist(rows, schema=_nullable(table.schema))
    return redacted


def _unchanged(rows: Rows, _: Mapping[str, int]) -> Rows:
    return rows


def _nullable(schema: pa.Schema) -> pa.Schema:
    """The same columns, each of which may be left out."""
    return pa.schema([pa.field(one.name, one.type) for one in schema])


def _numbered(columns: Sequence[pa.ChunkedArray], word: str) -> dict[str, str]:
    """Numbers in the order of the pseudonyms, which tells nothing."""
    known = sorted({value for column in columns for value in column.to_pylist()})
    return {name: f"{word} {place}" for place, name in enumerate(known, start=1)}


def _renamed(name: str, rows: Rows, accounts: Mapping[str, str], ours: set[str]) -> Rows:
    """Numbers for accounts, shared values and groups that are not of this case."""
    if rows and "account_id" in rows[0]:
        for row in rows:
            row["account_id"] = accounts[row["account_id"]]
        rows.sort(key=lambda row: int(row["account_id"].split()[1]))
    if name == "shared":
        for place, row in enumerate(rows, start=1):
            row["value"] = f"value {place}"
    for row in rows if name == "campaigns" else ():
        others = row["asked_with"].split(", ") if row["asked_with"] else ()
        row["asked_with"] = ", ".join(one if one in ours else "another group" for one in others) or None
    if name == "overlaps":
        strange = sorted({row[end] for row in rows for end in ("campaign_a", "campaign_b")} - ours)
        numbers = {other: f"other group {place}" for place, other in enumerate(strange, start=1)}
        for row in rows:
            row |= {end: numbers.get(row[end], row[end]) for end in ("campaign_a", "campaign_b")}
    return rows


def _members(rows: Rows, _: Mapping[str, int]) -> Rows:
    """Roles that few members have are left out, and that few were cleared; and of those of the next role as many that
    nobody can be counted."""
    for campaign in sorted({row["campaign_id"] for row in rows}):
        own = [row for row in rows if row["campaign_id"] == campaign]
        by_role: dict[str, Rows] = {}
        for row in own:
            cleared = row["role"] != BYSTANDER and not row["counted"]
            by_role.setdefault("cleared" if cleared else row["role"], []).append(row)
        order = sorted(by_role.values(), key=len)
        if not order or len(order[0]) >= FEW:
            continue
        hidden = [row for role in order if len(role) < FEW for row in role]
        hidden += [row for role in order if len(role) >= FEW for row in role][: max(0, FEW - len(hidden))]
        for row in hidden:
            row["role"] = row["counted"] = None
    return rows


def _standings(rows: Rows, _: Mapping[str, int]) -> Rows:
    """Standings of few accounts are left out."""
    sizes: dict[str, int] = {}
    for row in rows:
        sizes[row["standing"]] = sizes.get(row["standing"], 0) + 1
    return [row for row in rows if sizes[row["standing"]] >= FEW]


def _evidence(rows: Rows, _: Mapping[str, int]) -> Rows:
    for row in rows:
        row["statement"] = _SMALL.sub(FEWER, row["statement"] or "")
        if row["unit"] == "accounts":
            for column in ("observed", "expected"):
                row[column] = None if row[column] and 0 < row[column] < FEW else row[column]
    return rows


def _explanations(rows: Rows, sizes: Mapping[str, int]) -> Rows:
    for row in rows:
        size = sizes.get(row["campaign_id"]) or 0
        row["finding"] = _SMALL.sub(FEWER, _PERCENT.sub(_share_of(size), row["finding"] or ""))
        if row["share"] and 0 < row["share"] * size < FEW:
            row["share"] = None
    return rows


def _share_of(size: int) -> Callable[[re.Match[str]], str]:
    def told(found: re.Match[str]) -> str:
        accounts = int(found[1]) * size / 100
        return f"{FEWER} of the accounts" if 0 < accounts < FEW else found[0]

    return told


def _scan(rows: Rows, _: Mapping[str, int]) -> Rows:
    """The parameters of a scan tell nobody; how many records were kept aside may."""
    return [row for row in rows if not (row["part"] == "count" and row["number"] and 0 < row["number"] < FEW)]


def _capabilities(rows: Rows, _: Mapping[str, int]) -> Rows:
    """Shares so small that they tell of a few exchanges."""
    return [row for row in rows if row["share"] is None or row["share"] >= LEAST_SHARE]


def _campaigns(rows: Rows, _: Mapping[str, int]) -> Rows:
    """What the scan had counted is left out where it would tell what few accounts did: those cleared, or those left."""
    for row in rows:
        if any(row[name] and 0 < row[name] < FEW for name in ("cleared", *COUNTS["campaigns"])):
            row.update(dict.fromkeys(name for name in row if name.endswith(AT_SCAN) or name == "cleared"))
    return rows


_STEPS: Mapping[str, Callable[[Rows, Mapping[str, int]], Rows]] = {
    "campaigns": _campaigns,
    "members": _members,
    "standings": _standings,
    "evidence": _evidence,
    "explanations": _explanations,
    "scan": _scan,
    "capabilities": _capabilities,
}


def _leave_out(rows: Rows, column: str) -> None:
    """Numbers from 1 to 4, by campaign; where that is one number only, the next larger one as well."""
    for campaign in sorted({str(row.get("campaign_id")) for row in rows}):
        own = [row for row in rows if str(row.get("campaign_id")) == campaign]
        small = [row for row in own if row[column] is not None and 0 < row[column] < FEW]
        for row in small:
            row[column] = None
        larger = [row for row in own if row[column]]
        if len(small) == 1 and larger:
            min(larger, key=lambda row: row[column])[column] = None


def _leave_out_tied(name: str, rows: Rows) -> None:
    if name in TIED:
        lead, others = TIED[name]
        for row in rows:
            if row[lead] is None:
                row.update(dict.fromkeys(others))


def _clear(rows: Rows, column: str) -> None:
    for row in rows:
        row[column] = None


def _cut(rows: Rows, column: str) -> None:
    for row in rows:
        if row[column] is not None:
            row[column] = row[column].replace(hour=0, minute=0, second=0, microsecond=0)
