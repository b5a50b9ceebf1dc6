"""The evidence snapshot: what a result said when a person judged, kept in the entry.

A result is replaced by the next scan; the ledger is not. Of a campaign the snapshot holds its verdict and figures; of
an account that is judged by itself, its role, harvested exchanges and kinds of evidence; and of the result one digest,
by which the tables can be recognised.
"""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Collection, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.casework.errors import CaseworkError, RuleError
from stillwatch.records import HOLDINGS, MEMBERS, RESULT_TABLES, SHARED
from stillwatch.report.result import Result, Row

CAMPAIGN_FIGURES = (
    "verdict",
    "q_value",
    "coordination",
    "harvest",
    "accounts",
    "exchanges",
    "harvested_exchanges",
    "harvested_tokens",
)


def snapshot(result: Result, campaigns: Collection[str] = (), accounts: Collection[str] = ()) -> dict[str, Any]:
    """What `result` says of some campaigns, and of each of some accounts, ready for `Ledger.append`.

    Raises RuleError for a campaign or account that the result does not hold. Cost: one pass over members and holdings;
    about a hundred bytes an account.
    """
    taken = {
        "result": _about(result),
        "campaigns": {row["campaign_id"]: _campaign(result, row) for row in _rows(result, campaigns)},
        "accounts": _accounts(result, accounts) if accounts else {},
    }
    return {name: part for name, part in taken.items() if part}


def digest(path: Path) -> str:
    """SHA-256 of the list of the tables' SHA-256s, as `sha256sum` writes it of the files sorted by name. Raises
    CaseworkError if a table cannot be read. Files that have not changed are not read again."""
    files = sorted(file for schema in RESULT_TABLES if (file := path / f"{schema.name}.parquet").exists())
    try:
        lines = [f"{_hash(file, file.stat().st_mtime_ns, file.stat().st_size)}  {file.name}\n" for file in files]
    except OSError as error:
        raise CaseworkError(f"a table cannot be read ({error.strerror})", path, "Run the scan again.") from error
    return hashlib.sha256("".join(lines).encode()).hexdigest()


@lru_cache(maxsize=64)
def _hash(file: Path, _changed: int, _size: int) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _about(result: Result) -> dict[str, Any]:
    window, version = result.part("window"), result.scan.get("version")
    told = {"version": version, "first": window.get("first"), "last": window.get("last")}
    return {"digest": digest(result.path), **{name: str(value) for name, value in told.items() if value is not None}}


def _rows(result: Result, campaigns: Collection[str]) -> list[Row]:
    by_id = {row["campaign_id"]: row for row in result.campaigns}
    strange = sorted(set(campaigns) - set(by_id))
    if strange:
        raise RuleError(f"the result holds no campaign {strange[0]}", "Name one that it lists.")
    return [by_id[campaign] for campaign in sorted(set(campaigns))]


def _campaign(result: Result, row: Row) -> dict[str, Any]:
    shared = result.of_campaign(SHARED, row["campaign_id"])
    figures = {name: _plain(row[name]) for name in CAMPAIGN_FIGURES}
    return {**figures, "kinds": sorted(pc.unique(shared["detector"]).to_pylist())}


def _plain(value: Any) -> Any:
    """A figure as JSON can write it."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _accounts(result: Result, accounts: Collection[str]) -> dict[str, Any]:
    wanted = pa.array(sorted(set(accounts)), pa.string())
    members = _of(result.table(MEMBERS), wanted)
    strange = sorted(set(wanted.to_pylist()) - set(members["account_id"].to_pylist()))
    if strange:
        raise RuleError(f"the result holds no account {strange[0]} in any campaign", "Name a member that it lists.")
    kinds = kinds_of_evidence(_of(result.table(HOLDINGS), wanted))
    taken: dict[str, dict[str, Any]] = {
        account: {"harvested_exchanges": 0, "kinds": kinds.get(account, []), "roles": {}}
        for account in wanted.to_pylist()
    }
    for row in members.select(["campaign_id", "account_id", "role", "harvested_exchanges"]).to_pylist():
        one = taken[row["account_id"]]
        one["harvested_exchanges"] = max(one["harvested_exchanges"], row["harvested_exchanges"] or 0)
        one["roles"][row["campaign_id"]] = row["role"]
    return taken


def _of(table: pa.Table, accounts: pa.Array) -> pa.Table:
    return table.filter(pc.is_in(table["account_id"], accounts))


def kinds_of_evidence(holdings: pa.Table) -> Mapping[str, list[str]]:
    """Which kinds of shared values tie each account to a group, sorted; of some rows of `holdings`."""
    pairs = holdings.select(["account_id", "detector"]).group_by(["account_id", "detector"]).aggregate([])
    found: defaultdict[str, list[str]] = defaultdict(list)
    for account, detector in zip(pairs["account_id"].to_pylist(), pairs["detector"].to_pylist(), strict=True):
        found[account].append(detector)
    return {account: sorted(kinds) for account, kinds in found.items()}
