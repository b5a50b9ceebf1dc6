"""How well a scan did on a world whose truth is known. Reads two result tables; knows nothing of detectors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

ACCUSED = "distillation"
TAKING_PART = ("harvester", "mixed")
ORDINARY = "ordinary"
"""Group under which accused ordinary customers are counted."""
CAMPAIGN = "campaign:"
LEAST_PART = 2
"""Accounts of a true campaign from which an accused one counts as a part of it; a single one is a stray."""


@dataclass(frozen=True)
class CampaignScore:
    """One true campaign. `accounts` are those that take part and are in the log.

    `match` is the accused campaign that holds most of them (the first by name where several do), `found` how many it
    holds; `precision` is their share among all that the match accuses. `parts` counts accused campaigns with at least
    two of the accounts: 1 is whole, more is split. Harvested exchanges are the true ones, and those of all its parts.
    """

    name: str
    accounts: int
    match: str | None
    found: int
    recall: float
    precision: float
    parts: int
    found_in_all: int
    harvested: int
    harvested_estimate: int


@dataclass(frozen=True)
class Score:
    """A scan against the truth. Accused are harvesters and mixed accounts of campaigns with the verdict distillation.

    `wrongly_accused` counts accused accounts that take part in no campaign, by group: a twin, bystanders of a
    campaign, or `ordinary`. `merged` counts accused campaigns that are parts of two or more true ones. `precision`
    is 1 where nobody is accused.
    """

    campaigns: tuple[CampaignScore, ...]
    accused_campaigns: int
    accused_accounts: int
    precision: float
    recall: float
    wrongly_accused: dict[str, int]
    merged: int
    harvested: int
    harvested_estimate: int

    @property
    def false_accusations(self) -> int:
        return sum(self.wrongly_accused.values())

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"false_accusations": self.false_accusations}

    def to_text(self) -> str:
        lines = [_line(c) for c in self.campaigns] or ["There is no campaign in this world."]
        lines.append(
            f"{self.accused_accounts:,} accounts in {self.accused_campaigns:,} campaigns were accused; "
            f"{self.precision:.1%} of them rightly, {self.recall:.1%} of those to be found."
        )
        wrong = ", ".join(f"{n:,} {group}" for group, n in self.wrongly_accused.items())
        lines.append(f"Wrongly accused: {wrong or 'nobody'}.")
        if self.merged:
            lines.append(f"{self.merged:,} accused campaigns mix several true ones.")
        lines.append(f"Harvested exchanges: {self.harvested:,} in truth, {self.harvested_estimate:,} by the scan.")
        return "\n".join(lines)


@dataclass(frozen=True)
class _Truth:
    """Accounts in the log: the campaign of each that takes part in one, and the group that each is counted under."""

    part_of: dict[str, str]
    group: dict[str, str]
    harvested: Counter[str]


def score(result_dir: Path, world_dir: Path) -> Score:
    """Compare the result of a scan with the truth of the world that it scanned. Linear in rows."""
    truth = _truth(world_dir)
    accused, harvested = _accused(result_dir)
    members = {name: Counter(truth.part_of[a] for a in who if a in truth.part_of) for name, who in accused.items()}
    everyone = set().union(*accused.values())
    right = everyone & truth.part_of.keys()
    campaigns = tuple(_campaign(c, truth, accused, members, harvested) for c in sorted(set(truth.part_of.values())))
    return Score(
        campaigns=campaigns,
        accused_campaigns=len(accused),
        accused_accounts=len(everyone),
        precision=_share(len(right), len(everyone)),
        recall=_share(len(right), len(truth.part_of)),
        wrongly_accused=_counted(truth.group.get(a, "unknown") for a in everyone - right),
        merged=sum(sum(n >= LEAST_PART for n in of.values()) >= 2 for of in members.values()),
        harvested=sum(truth.harvested.values()),
        harvested_estimate=sum(harvested.values()),
    )


def _campaign(
    name: str,
    truth: _Truth,
    accused: Mapping[str, Collection[str]],
    members: Mapping[str, Counter[str]],
    harvested: Mapping[str, int],
) -> CampaignScore:
    accounts = sum(of == name for of in truth.part_of.values())
    holding = sorted((-of[name], match) for match, of in members.items() if of[name])
    found, match = (-holding[0][0], holding[0][1]) if holding else (0, None)
    parts = [match for n, match in holding if -n >= LEAST_PART]
    return CampaignScore(
        name=name.removeprefix(CAMPAIGN),
        accounts=accounts,
        match=match,
        found=found,
        recall=_share(found, accounts),
        precision=_share(found, len(accused[match])) if match else 0.0,
        parts=len(parts),
        found_in_all=len({a for m in accused.values() for a in m if truth.part_of.get(a) == name}),
        harvested=truth.harvested[name],
        harvested_estimate=sum(harvested[match] for match in parts),
    )


def _truth(world: Path) -> _Truth:
    accounts = pq.read_table(world / "truth" / "accounts.parquet")
    counted = "exchanges" in accounts.column_names  # a large world counts beside its accounts
    present = _logged(world) if not counted else set()
    part_of: dict[str, str] = {}
    group: dict[str, str] = {}
    harvested: Counter[str] = Counter()
    for row in accounts.to_pylist():
        account, of = row["account_id"], row["group"] or ORDINARY
        if not (row["exchanges"] if counted else account in present):
            continue
        harvested[of] += row["harvested"] if counted else 0
        if of.startswith(CAMPAIGN) and row["role"] in TAKING_PART:
            part_of[account] = group[account] = of
        else:
            group[account] = f"{row['role']} of {of}" if of.startswith(CAMPAIGN) else of
    return _Truth(part_of, group, +harvested if counted else _harvested(world))


def _logged(world: Path) -> set[str]:
    """Accounts that are in the log."""
    logged = ds.dataset(world / "exchanges", format="parquet").to_table(columns=["account_id"])
    return set(pc.unique(logged["account_id"]).to_pylist())


def _harvested(world: Path) -> Counter[str]:
    """True harvested exchanges of each group."""
    exchanges = pq.read_table(world / "truth" / "exchanges.parquet")
    return Counter(str(of) for of in exchanges.filter(exchanges["harvest"])["group"].to_pylist())


def _accused(result: Path) -> tuple[dict[str, set[str]], dict[str, int]]:
    """Accused accounts and estimated harvested exchanges, by accused campaign."""
    campaigns = pq.read_table(result / "campaigns.parquet", columns=["campaign_id", "verdict", "harvested_exchanges"])
    rows = [row for row in campaigns.to_pylist() if row["verdict"] == ACCUSED]
    accused: dict[str, set[str]] = {row["campaign_id"]: set() for row in rows}
    members = pq.read_table(result / "members.parquet", columns=["campaign_id", "account_id", "role"])
    for row in members.to_pylist():
        if row["campaign_id"] in accused and row["role"] in TAKING_PART:
            accused[row["campaign_id"]].add(row["account_id"])
    return accused, {row["campaign_id"]: row["harvested_exchanges"] for row in rows}


def _counted(groups: Iterable[str]) -> dict[str, int]:
    """Counts by group, most first."""
    return dict(sorted(Counter(groups).items(), key=lambda item: (-item[1], item[0])))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def _line(c: CampaignScore) -> str:
    if c.match is None:
        return f"{c.name}: not found ({c.accounts:,} accounts)."
    split = f", split into {c.parts} parts" if c.parts > 1 else ""
    return (
        f"{c.name}: {c.match} holds {c.found:,} of {c.accounts:,} accounts ({c.recall:.1%}) "
        f"at a precision of {c.precision:.1%}{split}; "
        f"{c.harvested_estimate:,} harvested exchanges, {c.harvested:,} in truth."
    )
