"""A result against the truth below the level of groups: which exchanges, which roles, and what groups share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from testrange.score import ACCUSED, CAMPAIGN

Rows = list[dict[str, Any]]
OTHERS = "in no campaign"
UNLISTED = "not listed"


def harvested_exchanges(result: Path, world: Path, groups: Rows) -> dict[str, dict[str, int]]:
    """For each true campaign: `true` harvested exchanges, how many of them accused groups list (`found`), and of all
    that groups made mostly of it list (`listed`), how many are its harvest (`right`). Empty if nothing is listed."""
    file = result / "harvested.parquet"
    if not file.exists():
        return {}
    truth = pq.read_table(world / "truth" / "exchanges.parquet")
    taken = truth.filter(truth["harvest"])
    harvest = dict(zip(taken["exchange_id"].to_pylist(), taken["group"].to_pylist(), strict=True))
    mostly = {g["campaign_id"]: g["campaign"] for g in groups if g["verdict"] == ACCUSED}
    true = Counter(harvest.values())
    found: dict[str, set[str]] = {name: set() for name in true}
    listed, right = Counter[str](), Counter[str]()
    table = pq.read_table(file, columns=["campaign_id", "exchange_id"])
    for campaign, exchange in zip(table["campaign_id"].to_pylist(), table["exchange_id"].to_pylist(), strict=True):
        if campaign not in mostly:
            continue
        of, name = harvest.get(exchange), mostly[campaign]
        listed[name] += 1
        right[name] += of is not None and of == name
        if of is not None:
            found[of].add(exchange)
    return {
        name.removeprefix(CAMPAIGN): {
            "true": true[name],
            "found": len(found[name]),
            "listed": listed[name],
            "right": right[name],
        }
        for name in sorted(true)
    }


def told_roles(result: Path, world: Path, logged: set[str]) -> dict[str, dict[str, int]]:
    """How many accounts of each true role (of campaigns, or in none) were told which role; accused ones as `accused
    harvester` and so on, those of groups that are not accused as `listed`."""
    truth = {
        row["account_id"]: row["role"] if (row["group"] or "").startswith(CAMPAIGN) else OTHERS
        for row in pq.read_table(world / "truth" / "accounts.parquet").to_pylist()
        if row["account_id"] in logged
    }
    told = _told(result)
    counts: dict[str, Counter[str]] = {}
    for account, role in truth.items():
        counts.setdefault(role, Counter())[told.get(account, UNLISTED)] += 1
    return {role: dict(sorted(of.items())) for role, of in sorted(counts.items())}


def _told(result: Path) -> dict[str, str]:
    """The gravest thing that is said of each listed account."""
    campaigns = pq.read_table(result / "campaigns.parquet")
    accused = set(campaigns.filter(pc.equal(campaigns["verdict"], ACCUSED))["campaign_id"].to_pylist())
    told: dict[str, str] = {}
    for row in pq.read_table(result / "members.parquet", columns=["campaign_id", "account_id", "role"]).to_pylist():
        bystander = row["role"] == "bystander"
        word = "bystander" if bystander else f"accused {row['role']}" if row["campaign_id"] in accused else "listed"
        kept = told.get(row["account_id"])
        told[row["account_id"]] = word if kept is None else max(kept, word, key=_gravity)
    return told


def _gravity(word: str) -> tuple[int, str]:
    return ("accused" in word) * 2 + (word == "listed"), word


def stated_overlaps(result: Path, groups: Rows) -> Rows:
    """What listed groups are said to share, by the true campaigns that they hold most of."""
    file = result / "overlaps.parquet"
    if not file.exists():
        return []
    mostly: Mapping[str, str | None] = {g["campaign_id"]: g["campaign"] for g in groups}
    return [
        {
            "kind": row["kind"],
            "values": row["values_shared"],
            "between": sorted(str(mostly[row[end]]).removeprefix(CAMPAIGN) for end in ("campaign_a", "campaign_b")),
        }
        for row in pq.read_table(file).to_pylist()
    ]
