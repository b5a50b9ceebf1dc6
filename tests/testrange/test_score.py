"""The score of a scan on hand-made truths and results, where every number can be counted by eye."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from testrange.score import Score, score

Truth = dict[str, tuple[str | None, str | None]]
"""Account to group and role."""
Accused = dict[str, tuple[str, dict[str, str]]]
"""Campaign to verdict and roles by account."""
RED, BLUE = "campaign:red", "campaign:blue"


def _world(folder: Path, truth: Truth, silent: frozenset[str] = frozenset()) -> Path:
    """Every account has one exchange, but the silent ones; those of campaigns are harvest."""
    (folder / "exchanges").mkdir(parents=True)
    (folder / "truth").mkdir()
    names, heard = list(truth), [a for a in truth if a not in silent]
    pq.write_table(pa.table({"account_id": pa.array(heard, pa.string())}), folder / "exchanges" / "part-0000.parquet")
    columns = {
        "kind": ["campaign" if (truth[a][0] or "").startswith("campaign") else "benign" for a in names],
        "group": [truth[a][0] for a in names],
        "role": [truth[a][1] for a in names],
    }
    accounts = {"account_id": names} | columns
    pq.write_table(
        pa.table({k: pa.array(v, pa.string()) for k, v in accounts.items()}), folder / "truth" / "accounts.parquet"
    )
    exchanges = {
        "exchange_id": pa.array([f"x-{a}" for a in heard], pa.string()),
        "harvest": pa.array([truth[a][1] in ("harvester", "mixed") for a in heard], pa.bool_()),
        "group": pa.array([truth[a][0] for a in heard], pa.string()),
    }
    pq.write_table(pa.table(exchanges), folder / "truth" / "exchanges.parquet")
    return folder


def _result(folder: Path, accused: Accused, harvested: int = 7) -> Path:
    folder.mkdir(parents=True)
    campaigns = [{"campaign_id": c, "verdict": v, "harvested_exchanges": harvested} for c, (v, _) in accused.items()]
    members = [{"campaign_id": c, "account_id": a, "role": r} for c, (_, of) in accused.items() for a, r in of.items()]
    kinds = [("campaign_id", pa.string()), ("verdict", pa.string()), ("harvested_exchanges", pa.int64())]
    pq.write_table(pa.Table.from_pylist(campaigns, pa.schema(kinds)), folder / "campaigns.parquet")
    roles = pa.schema([(n, pa.string()) for n in ("campaign_id", "account_id", "role")])
    pq.write_table(pa.Table.from_pylist(members, roles), folder / "members.parquet")
    return folder


def _scored(tmp: Path, truth: Truth, accused: Accused, silent: frozenset[str] = frozenset()) -> Score:
    return score(_result(tmp / "result", accused), _world(tmp / "world", truth, silent))


def _hand(group: str, prefix: str, size: int) -> Truth:
    return {f"{prefix}{n}": (group, "harvester") for n in range(size)}


def _all(prefix: str, size: int, role: str = "harvester") -> dict[str, str]:
    return {f"{prefix}{n}": role for n in range(size)}


def test_a_perfect_scan(tmp_path: Path) -> None:
    truth = _hand(RED, "r", 4) | _hand(BLUE, "b", 3) | {"o1": (None, None), "t1": ("twin:campus", None)}
    found = _scored(
        tmp_path, truth, {"C-1": ("distillation", _all("r", 4)), "C-2": ("distillation", _all("b", 3, "mixed"))}
    )
    assert [(c.name, c.match, c.recall, c.precision, c.parts) for c in found.campaigns] == [
        ("blue", "C-2", 1.0, 1.0, 1),
        ("red", "C-1", 1.0, 1.0, 1),
    ]
    assert (found.precision, found.recall, found.merged, found.false_accusations) == (1.0, 1.0, 0, 0)
    assert (found.harvested, found.harvested_estimate) == (7, 14)
    assert (found.campaigns[0].harvested, found.campaigns[0].harvested_estimate) == (3, 7)


def test_a_split_campaign(tmp_path: Path) -> None:
    first, second = {"r0": "harvester", "r1": "harvester", "r2": "harvester"}, {"r3": "harvester", "r4": "harvester"}
    found = _scored(tmp_path, _hand(RED, "r", 6), {"C-1": ("distillation", second), "C-2": ("distillation", first)})
    only = found.campaigns[0]
    assert (only.match, only.found, only.parts, only.found_in_all, only.recall) == ("C-2", 3, 2, 5, 0.5)
    assert only.harvested_estimate == 14
    assert found.recall == pytest.approx(5 / 6)


def test_merged_campaigns_and_strays(tmp_path: Path) -> None:
    truth = _hand(RED, "r", 3) | _hand(BLUE, "b", 3)
    both = _scored(tmp_path / "a", truth, {"C-1": ("distillation", _all("r", 3) | _all("b", 2))})
    assert both.merged == 1
    stray = _scored(tmp_path / "b", truth, {"C-1": ("distillation", _all("r", 3) | _all("b", 1))})
    assert (stray.merged, stray.campaigns[0].parts, stray.campaigns[0].found) == (0, 0, 1)


def test_the_wrongly_accused_are_told_by_group(tmp_path: Path) -> None:
    truth: Truth = _hand(RED, "r", 2) | {
        "t1": ("twin:campus", None),
        "t2": ("twin:campus", None),
        "o1": (None, None),
        "y1": (RED, "bystander"),
    }
    accused = {"C-1": ("distillation", dict.fromkeys(["r0", "r1", "t1", "t2", "o1", "y1", "ghost"], "harvester"))}
    found = _scored(tmp_path, truth, accused)
    assert found.wrongly_accused == {
        "twin:campus": 2,
        "bystander of campaign:red": 1,
        "ordinary": 1,
        "unknown": 1,
    }
    assert found.precision == pytest.approx(2 / 7)
    assert found.campaigns[0].precision == pytest.approx(2 / 7)
    assert found.campaigns[0].accounts == 2


def test_only_the_accusation_accuses(tmp_path: Path) -> None:
    truth = _hand(RED, "r", 3) | {"t1": ("twin:campus", None)}
    others: Accused = {
        "C-1": ("watch", _all("r", 3)),
        "C-2": ("coordinated", {"t1": "mixed"}),
        "C-3": ("distillation", {"r0": "harvester", "t1": "bystander"}),
    }
    found = _scored(tmp_path, truth, others)
    assert (found.accused_accounts, found.accused_campaigns, found.false_accusations) == (1, 1, 0)
    assert found.harvested_estimate == 7


def test_accounts_without_exchanges_cannot_be_found(tmp_path: Path) -> None:
    found = _scored(tmp_path, _hand(RED, "r", 4), {"C-1": ("distillation", _all("r", 3))}, silent=frozenset({"r3"}))
    assert (found.campaigns[0].accounts, found.campaigns[0].recall) == (3, 1.0)


def test_nothing_to_find_and_nothing_found(tmp_path: Path) -> None:
    found = _scored(tmp_path, {"o1": (None, None)}, {})
    assert (found.campaigns, found.precision, found.recall, found.accused_accounts) == ((), 1.0, 1.0, 0)
    assert "nobody" in found.to_text()


def test_a_campaign_that_was_missed(tmp_path: Path) -> None:
    found = _scored(tmp_path, _hand(RED, "r", 4), {})
    assert (found.campaigns[0].match, found.campaigns[0].recall, found.recall, found.precision) == (None, 0.0, 0.0, 1.0)
    assert "red: not found (4 accounts)" in found.to_text()


def test_both_renderings_hold_the_numbers(tmp_path: Path) -> None:
    truth = _hand(RED, "r", 4) | {"t1": ("twin:campus", None)}
    found = _scored(tmp_path, truth, {"C-1": ("distillation", _all("r", 3) | {"t1": "mixed"})})
    told = json.loads(json.dumps(found.to_json()))
    assert told["campaigns"][0]["recall"] == 0.75
    assert (told["wrongly_accused"], told["false_accusations"]) == ({"twin:campus": 1}, 1)
    for part in ("C-1 holds 3 of 4 accounts (75.0%)", "1 twin:campus"):
        assert part in found.to_text()


ACCOUNTS = [f"a{n}" for n in range(12)]
GROUPS = st.sampled_from([(RED, "harvester"), (BLUE, "mixed"), ("twin:campus", None), (None, None), (RED, "bystander")])


@given(
    truth=st.lists(GROUPS, min_size=12, max_size=12),
    assigned=st.lists(st.sampled_from([None, "C-1", "C-2"]), min_size=12, max_size=12),
)
@settings(max_examples=40, deadline=None)
def test_the_score_counts_like_plain_sets(
    tmp_path_factory: pytest.TempPathFactory,
    truth: list[tuple[str | None, str | None]],
    assigned: list[str | None],
) -> None:
    accused: Accused = {
        c: ("distillation", {a: "harvester" for a, to in zip(ACCOUNTS, assigned, strict=True) if to == c})
        for c in ("C-1", "C-2")
    }
    found = _scored(tmp_path_factory.mktemp("plain"), dict(zip(ACCOUNTS, truth, strict=True)), accused)
    guilty = {a for a, (_, role) in zip(ACCOUNTS, truth, strict=True) if role in ("harvester", "mixed")}
    named = {a for a, to in zip(ACCOUNTS, assigned, strict=True) if to}
    assert found.false_accusations == len(named - guilty)
    assert found.precision == (len(named & guilty) / len(named) if named else 1.0)
    assert found.recall == (len(named & guilty) / len(guilty) if guilty else 1.0)
    for c in found.campaigns:
        mine = {a for a, (g, r) in zip(ACCOUNTS, truth, strict=True) if g == f"campaign:{c.name}" and r != "bystander"}
        overlaps = [len(mine & set(who)) for _, who in accused.values()]
        assert (c.accounts, c.found, c.found_in_all) == (len(mine), max(overlaps), len(mine & named))
        assert c.parts == sum(n >= 2 for n in overlaps)
