"""One result against the truth of its world, as plain numbers that can be kept and averaged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from testrange.bench.store import Outcome
from testrange.bench.took import harvested_exchanges, stated_overlaps, told_roles
from testrange.score import CAMPAIGN, ORDINARY, TAKING_PART, score

FIGURES = ("campaign_id", "verdict", "q_value", "coordination", "harvest", "harvested_exchanges")


def measure(result: Path, world: Path) -> Outcome:
    """The score, the listed groups one by one, and how many accounts of each kind are in the log."""
    scored = score(result, world)
    groups = listed_groups(result, world)
    return {
        "campaigns": [asdict(c) | {"recall_in_all": c.found_in_all / max(c.accounts, 1)} for c in scored.campaigns],
        "precision": scored.precision,
        "recall": scored.recall,
        "accused_accounts": scored.accused_accounts,
        "accused_campaigns": scored.accused_campaigns,
        "wrongly_accused": scored.wrongly_accused,
        "merged": scored.merged,
        "groups": groups,
        "took": harvested_exchanges(result, world, groups),
        "roles": told_roles(result, world, accounts_logged(world)),
        "overlaps": stated_overlaps(result, groups),
        "population": population(world),
        "exchanges": _rows(world),
    }


def listed_groups(result: Path, world: Path) -> list[dict[str, object]]:
    """Each listed group with its verdict and figures, and those of the true campaign that it holds most of.

    `accounts` and `right` leave bystanders out: they are listed and not accused.
    """
    truth = pq.read_table(world / "truth" / "accounts.parquet").to_pylist()
    part_of = {
        row["account_id"]: row["group"]
        for row in truth
        if (row["group"] or "").startswith(CAMPAIGN) and row["role"] in TAKING_PART
    }
    members = pq.read_table(result / "members.parquet", columns=["campaign_id", "account_id", "role"]).to_pylist()
    held: dict[str, list[str]] = {}
    for row in members:
        if row["role"] in TAKING_PART:
            held.setdefault(row["campaign_id"], []).append(row["account_id"])
    rows = pq.read_table(result / "campaigns.parquet").to_pylist()
    return [
        {name: row.get(name) for name in FIGURES} | _holding(held.get(row["campaign_id"], []), part_of)
        for row in sorted(rows, key=lambda row: str(row["campaign_id"]))
    ]


def _holding(accounts: list[str], part_of: dict[str, str]) -> dict[str, object]:
    counted = Counter(part_of[a] for a in accounts if a in part_of)
    name, most = counted.most_common(1)[0] if counted else (None, 0)
    return {"accounts": len(accounts), "right": most, "campaign": name}


def population(world: Path) -> dict[str, int]:
    """Accounts in the log by group; bystanders and members of campaigns apart."""
    present = accounts_logged(world)
    counts: Counter[str] = Counter()
    for row in pq.read_table(world / "truth" / "accounts.parquet").to_pylist():
        if row["account_id"] in present:
            of = row["group"] or ORDINARY
            counts[f"{row['role']} of {of}" if of.startswith(CAMPAIGN) else of] += 1
    return dict(counts)


def accounts_logged(world: Path) -> set[str]:
    """Accounts with at least one exchange in the log."""
    logged = ds.dataset(world / "exchanges", format="parquet").to_table(columns=["account_id"])
    return set(pc.unique(logged["account_id"]).to_pylist())


def departed(world: Path, until: Sequence[object]) -> dict[str, list[float]]:
    """Share of each campaign's harvest that had been answered before each of some times."""
    gone, whole = answered_before(world, until)
    return {name: [n / whole[name] for n in counts] for name, counts in gone.items()}


def answered_before(world: Path, until: Sequence[object]) -> tuple[dict[str, list[int]], dict[str, int]]:
    """For each campaign, its harvested exchanges in the log before each of some times, and all of them."""
    times = ds.dataset(world / "exchanges", format="parquet").to_table(columns=["exchange_id", "time"])
    truth = pq.read_table(world / "truth" / "exchanges.parquet")
    taken = truth.filter(truth["harvest"]).join(times, "exchange_id", join_type="inner")
    gone: dict[str, list[int]] = {}
    whole: dict[str, int] = {}
    for group in sorted(pc.unique(taken["group"]).to_pylist()):
        of = taken.filter(pc.equal(taken["group"], group))["time"]
        name = group.removeprefix(CAMPAIGN)
        gone[name] = [pc.sum(pc.less(of, pa.scalar(moment, of.type))).as_py() or 0 for moment in until]
        whole[name] = len(of)
    return gone, whole


def _rows(world: Path) -> int:
    return int(ds.dataset(world / "exchanges", format="parquet").count_rows())
