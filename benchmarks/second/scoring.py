"""What a scan accused in a world, against the truth that lies beside the world."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from benchmarks.second.writing import beside

ACCUSED = "distillation"
"""The one verdict that accuses of harvest; a member in the role of a bystander is not accused."""
Groups = dict[str, set[str]]


@dataclass(frozen=True)
class CampaignOutcome:
    """One true campaign. `groups` are accused groups with any of its accounts; the estimate is of those mainly its."""

    name: str
    type: str
    hardness: str
    accounts: int
    found: int
    groups: int
    harvested: int
    estimated: float

    @property
    def recall(self) -> float:
        return self.found / max(1, self.accounts)


@dataclass(frozen=True)
class WorldOutcome:
    """One world. `wrong` and `present` count accounts with traffic by benign actor."""

    kind: str
    seed: int
    exchanges: int
    accused: int
    right: int
    groups: int
    false_groups: int
    campaigns: tuple[CampaignOutcome, ...]
    wrong: Mapping[str, int]
    present: Mapping[str, int]

    @property
    def name(self) -> str:
        return f"{self.kind}-{self.seed}"


def to_json(outcome: WorldOutcome) -> str:
    return json.dumps(asdict(outcome), indent=1) + "\n"


def from_json(text: str) -> WorldOutcome:
    told = json.loads(text)
    return WorldOutcome(**{**told, "campaigns": tuple(CampaignOutcome(**c) for c in told["campaigns"])})


def score(result: Path, world: Path) -> WorldOutcome:
    """Compare campaigns.parquet and members.parquet of a scan with the truth of the world."""
    told = json.loads(beside(world, "world.json").read_text("utf-8"))
    actor = _truth(world)
    harvested = Counter(_column(beside(world, "harvest.parquet"), "campaign"))
    groups, estimates = _accused(result)
    accused: set[str] = set().union(*groups.values())
    owner = {name: _owner(accounts, actor, harvested) for name, accounts in groups.items()}
    facts = {campaign["campaign"]: campaign for campaign in told["campaigns"]}
    campaigns = tuple(
        CampaignOutcome(
            name=name,
            type=facts[name]["type"],
            hardness=facts[name]["hardness"],
            accounts=len(own := {account for account, who in actor.items() if who == name}),
            found=len(own & accused),
            groups=sum(bool(accounts & own) for accounts in groups.values()),
            harvested=harvested[name],
            estimated=sum(estimates[group] for group in groups if owner[group] == name),
        )
        for name in sorted(harvested)
    )
    wrong = Counter(actor.get(account, "unknown") for account in accused)
    present = Counter(actor.values())
    return WorldOutcome(
        kind=told["kind"],
        seed=told["seed"],
        exchanges=told["exchanges"],
        accused=len(accused),
        right=sum(campaign.found for campaign in campaigns),
        groups=len(groups),
        false_groups=sum(name is None for name in owner.values()),
        campaigns=campaigns,
        wrong={name: count for name, count in sorted(wrong.items()) if name not in harvested},
        present={name: count for name, count in sorted(present.items()) if name not in harvested},
    )


def _column(path: Path, name: str) -> list[Any]:
    found: list[Any] = pq.ParquetFile(path).read(columns=[name])[name].to_pylist()
    return found


def _truth(world: Path) -> dict[str, str]:
    """Who stands behind every account that has traffic."""
    seen: set[str] = set()
    for path in world.glob("exchanges/*/*.parquet"):
        seen |= set(pq.ParquetFile(path).read(columns=["account_id"])["account_id"].unique().to_pylist())
    truth = beside(world, "truth.parquet")
    everyone = zip(_column(truth, "account_id"), _column(truth, "actor"), strict=True)
    return {account: who for account, who in everyone if account in seen}


def _accused(result: Path) -> tuple[Groups, dict[str, float]]:
    """Accounts of each accused group, and the harvest estimated for it."""
    campaigns = result / "campaigns.parquet"
    names, verdicts = _column(campaigns, "campaign_id"), _column(campaigns, "verdict")
    counted = _column(campaigns, "harvested_exchanges")
    estimates = {
        name: float(count or 0)
        for name, verdict, count in zip(names, verdicts, counted, strict=True)
        if verdict == ACCUSED
    }
    groups: Groups = {name: set() for name in estimates}
    columns = (_column(result / "members.parquet", name) for name in ("campaign_id", "account_id", "role"))
    for name, account, role in zip(*columns, strict=True):
        if name in groups and role != "bystander":
            groups[name].add(account)
    return groups, estimates


def _owner(accounts: set[str], actor: Mapping[str, str], campaigns: Mapping[str, int]) -> str | None:
    """The campaign that most members are of; None if nobody is of any."""
    counts: dict[str, int] = defaultdict(int)
    for account in sorted(accounts):
        if actor.get(account) in campaigns:
            counts[actor[account]] += 1
    return max(counts, key=lambda name: (counts[name], name)) if counts else None
