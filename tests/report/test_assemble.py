"""The result tables of a scan against the log itself, and against one another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from stillwatch.campaigns.worded import PART, PART_SHARE
from stillwatch.exposure import HARVESTER
from stillwatch.links import LINK_DETECTORS
from stillwatch.report.assemble import SHARED_VALUES
from stillwatch.road import Scan
from stillwatch.signals.capability import CAPABILITIES
from testrange.reading import WorldTables

Rows = list[dict[str, Any]]
VERDICTS = {"distillation", "coordinated", "watch"}


def _rows(scanned: Scan, name: str) -> Rows:
    rows: Rows = scanned.tables[name].to_pylist()
    return rows


def _members(scanned: Scan) -> dict[str, Rows]:
    by: dict[str, Rows] = defaultdict(list)
    for row in _rows(scanned, "members"):
        by[row["campaign_id"]].append(row)
    return by


def _taking_part(members: Rows) -> set[str]:
    """The accounts that a campaign counts: bystanders are listed beside them and counted nowhere."""
    return {row["account_id"] for row in members if row["role"] != "bystander"}


def _log_of(world: WorldTables, accounts: set[str]) -> Rows:
    columns = ["account_id", "time", "model", "status", "input_tokens", "output_tokens", "reasoning_tokens"]
    named = pc.is_in(world.exchanges["account_id"], pa.array(sorted(accounts), pa.string()))
    rows: Rows = world.exchanges.select(columns).filter(named).to_pylist()
    return rows


def test_something_was_reported(scanned: Scan) -> None:
    assert scanned.tables["campaigns"].num_rows >= 2
    assert {row["verdict"] for row in _rows(scanned, "campaigns")} <= VERDICTS


@pytest.mark.parametrize("name", ["members", "evidence", "explanations", "shared", "holdings", "timeline", "exposure"])
def test_every_row_belongs_to_a_campaign(scanned: Scan, name: str) -> None:
    ids = scanned.tables["campaigns"]["campaign_id"].to_pylist()
    assert len(set(ids)) == len(ids)
    named = set(scanned.tables[name]["campaign_id"].to_pylist())
    assert named <= set(ids)
    if name in ("members", "evidence", "explanations", "timeline"):
        assert named == set(ids)


def test_keys_are_unique(scanned: Scan) -> None:
    keys = {
        "members": ("campaign_id", "account_id"),
        "evidence": ("campaign_id", "question", "detector"),
        "explanations": ("campaign_id", "explanation"),
        "shared": ("campaign_id", "detector", "value"),
        "holdings": ("campaign_id", "account_id", "detector", "value"),
        "timeline": ("campaign_id", "day"),
        "activity": ("account_id", "day"),
        "usage": ("account_id", "capability", "model"),
        "exposure": ("campaign_id", "capability", "model"),
    }
    for name, columns in keys.items():
        found = [tuple(row[c] for c in columns) for row in _rows(scanned, name)]
        assert len(set(found)) == len(found), name


def test_numbers_keep_their_ranges(scanned: Scan) -> None:
    for row in _rows(scanned, "campaigns"):
        assert row["coordination"] >= 0
        assert row["harvest"] >= 0
        assert 0 <= row["q_value"] <= 1
        assert row["first_seen"] <= row["last_seen"]
        shares = dict(row["capabilities"])
        assert set(shares) <= {*CAPABILITIES, "unknown"}
        assert sum(shares.values()) == pytest.approx(1.0 if row["harvested_exchanges"] else 0.0)
        assert row["accounts"] >= 5
    for row in _rows(scanned, "members"):
        assert row["role"] in ("harvester", "mixed", "bystander")
        assert 0 <= row["confidence"] <= 1
        assert 0 <= row["harvested_exchanges"] <= row["exchanges"]
        assert row["link_strength"] >= 0
    for row in _rows(scanned, "evidence"):
        assert row["log10_p"] <= 0
        assert row["strength"] >= 0
        assert row["question"] in ("coordination", "harvest")
    for row in _rows(scanned, "explanations"):
        assert row["share"] is None or 0 <= row["share"] <= 1


def test_an_accusation_keeps_its_promises(scanned: Scan) -> None:
    level = scanned.statement["created_with"]["false_discovery_level"]
    held = {(row["campaign_id"], row["explanation"]) for row in _rows(scanned, "explanations") if row["holds"]}
    accused = [row for row in _rows(scanned, "campaigns") if row["verdict"] == "distillation"]
    assert accused
    for row in accused:
        assert row["q_value"] <= level
        assert row["campaign_id"] not in {campaign for campaign, _ in held}
        assert row["harvested_exchanges"] > 0
    for row in _rows(scanned, "campaigns"):
        assert row["verdict"] == "distillation" or row["q_value"] > level or row["campaign_id"] in {c for c, _ in held}


def test_campaigns_count_their_members(scanned: Scan) -> None:
    members = _members(scanned)
    for row in _rows(scanned, "campaigns"):
        mine = members[row["campaign_id"]]
        taking_part = [m for m in mine if m["role"] != "bystander"]
        assert row["accounts"] == len(taking_part)
        assert row["exchanges"] == sum(m["exchanges"] for m in taking_part), "all exchanges of these accounts"
        assert row["harvested_exchanges"] >= sum(m["harvested_exchanges"] for m in taking_part)


def test_members_are_counted_from_the_log(scanned: Scan, world: WorldTables) -> None:
    for campaign, mine in _members(scanned).items():
        log = _log_of(world, {m["account_id"] for m in mine})
        for member in mine:
            own = [x for x in log if x["account_id"] == member["account_id"]]
            assert member["exchanges"] == len(own), campaign
            answered = sum(x["status"] is None or x["status"] < 400 for x in own)
            assert member["harvested_exchanges"] <= answered, "nothing was taken where nothing was answered"


def test_first_and_last_seen_are_those_of_the_log(scanned: Scan, world: WorldTables) -> None:
    members = _members(scanned)
    for row in _rows(scanned, "campaigns"):
        times = [x["time"] for x in _log_of(world, _taking_part(members[row["campaign_id"]]))]
        assert (row["first_seen"], row["last_seen"]) == (min(times), max(times))


def test_timeline_is_that_of_the_log(scanned: Scan, world: WorldTables) -> None:
    members = _members(scanned)
    for campaign, mine in members.items():
        log = _log_of(world, _taking_part(mine))
        days: dict[Any, Rows] = defaultdict(list)
        for exchange in log:
            days[exchange["time"].date()].append(exchange)
        found = {row["day"]: row for row in _rows(scanned, "timeline") if row["campaign_id"] == campaign}
        assert set(found) == set(days)
        seen: set[str] = set()
        for day in sorted(days):
            active = {x["account_id"] for x in days[day]}
            told = found[day]
            assert (told["exchanges"], told["accounts"]) == (len(days[day]), len(active))
            assert told["new_accounts"] == len(active - seen)
            seen |= active


def test_activity_is_that_of_the_log(scanned: Scan, world: WorldTables) -> None:
    members, days = _rows(scanned, "members"), _rows(scanned, "activity")
    listed = {row["account_id"] for row in members}
    log: dict[tuple[str, Any], list[int]] = defaultdict(list)
    for exchange in _log_of(world, listed):
        tokens = (exchange["output_tokens"] or 0) + (exchange["reasoning_tokens"] or 0)
        log[exchange["account_id"], exchange["time"].date()].append(tokens)
    found = {(row["account_id"], row["day"]): (row["exchanges"], row["tokens"]) for row in days}
    assert len(found) == len(days)
    assert found == {key: (len(tokens), sum(tokens)) for key, tokens in log.items()}
    for row in days:
        assert 0 <= row["harvested_exchanges"] <= row["exchanges"]
        assert 0 <= row["harvested_tokens"] <= row["tokens"]
    harvested: dict[str, int] = defaultdict(int)
    for row in days:
        harvested[row["account_id"]] += row["harvested_exchanges"]
    for row in members:
        assert row["role"] == "bystander" or harvested[row["account_id"]] == row["harvested_exchanges"]


def test_usage_adds_up_to_the_days_of_each_account_and_to_the_exposure_of_each_campaign(scanned: Scan) -> None:
    usage, days = _rows(scanned, "usage"), _rows(scanned, "activity")
    by_kind, by_day = _summed(usage, ("account_id",)), _summed(days, ("account_id",))
    assert by_kind == by_day
    group = {m["account_id"]: m["campaign_id"] for m in _rows(scanned, "members") if m["harvested_exchanges"]}
    mine = [{**row, "campaign_id": group[row["account_id"]]} for row in usage if row["harvested_exchanges"]]
    key = ("campaign_id", "capability", "model")
    exposure = [{**row, "exchanges": 0} for row in _rows(scanned, "exposure")]
    found, told = _summed(mine, key), _summed(exposure, key)
    assert {k: n[1:] for k, n in found.items()} == {k: n[1:] for k, n in told.items()}


def _summed(rows: list[dict[str, Any]], key: tuple[str, ...]) -> dict[tuple[str, ...], list[int]]:
    """By key: exchanges, harvested exchanges and their output and reasoning tokens."""
    found: dict[tuple[str, ...], list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in rows:
        sums = found[tuple(row[name] for name in key)]
        tokens = (
            row["harvested_tokens"] if "harvested_tokens" in row else row["output_tokens"] + row["reasoning_tokens"]
        )
        for place, n in enumerate((row["exchanges"], row["harvested_exchanges"], tokens)):
            sums[place] += n
    return dict(found)


def test_harvest_adds_up_in_every_table(scanned: Scan) -> None:
    timeline, exposure, members = (_rows(scanned, name) for name in ("timeline", "exposure", "members"))
    for row in _rows(scanned, "campaigns"):
        of = row["campaign_id"]
        taken = [e for e in exposure if e["campaign_id"] == of]
        assert row["harvested_exchanges"] == sum(t["harvested_exchanges"] for t in timeline if t["campaign_id"] == of)
        assert row["harvested_exchanges"] == sum(e["harvested_exchanges"] for e in taken)
        assert row["harvested_exchanges"] == sum(m["harvested_exchanges"] for m in members if m["campaign_id"] == of)
        tokens = sum(e["output_tokens"] + e["reasoning_tokens"] for e in taken)
        assert row["harvested_tokens"] == tokens
        assert row["harvested_tokens"] == sum(t["harvested_tokens"] for t in timeline if t["campaign_id"] == of)


def test_exposure_is_never_more_than_the_log_holds(scanned: Scan, world: WorldTables) -> None:
    members = _members(scanned)
    for row in _rows(scanned, "exposure"):
        log = [x for x in _log_of(world, _taking_part(members[row["campaign_id"]])) if x["model"] == row["model"]]
        assert 0 < row["harvested_exchanges"] <= len(log)
        for tokens in ("input_tokens", "output_tokens", "reasoning_tokens"):
            assert 0 <= row[tokens] <= sum(x[tokens] or 0 for x in log)
        assert not row["tokens_estimated"]


def test_roles_follow_what_was_harvested(scanned: Scan) -> None:
    verdicts = {row["campaign_id"]: row["verdict"] for row in _rows(scanned, "campaigns")}
    for row in _rows(scanned, "members"):
        taken, share = row["harvested_exchanges"], row["harvested_exchanges"] / row["exchanges"]
        if verdicts[row["campaign_id"]] == "coordinated":
            assert taken == 0
            assert row["role"] != "harvester"
        elif row["role"] == "harvester":
            assert taken > 0
            assert share >= HARVESTER
        elif row["role"] == "mixed":
            assert taken >= PART
            assert PART_SHARE <= share < HARVESTER
        else:
            assert taken == 0


def test_evidence_names_every_detector_once(scanned: Scan) -> None:
    known = set(scanned.statement["detectors"])
    for campaign in scanned.tables["campaigns"]["campaign_id"].to_pylist():
        mine = [row for row in _rows(scanned, "evidence") if row["campaign_id"] == campaign]
        assert {row["detector"] for row in mine} <= known
        assert {d.name for d in LINK_DETECTORS} <= {
            row["detector"] for row in mine if row["question"] == "coordination"
        }
        for row in mine:
            assert row["strength"] == pytest.approx(-row["log10_p"] * 2.302585)


def test_shared_values_are_counted_from_the_log(scanned: Scan, world: WorldTables) -> None:
    """Payments, devices and addresses, by how many accounts of the log hold a value as often: multisets must agree."""
    members = _members(scanned)
    active = set(world.exchanges["account_id"].to_pylist())
    column = {"payment": "payment_fingerprint", "device": "device_fingerprint", "signup_address": "signup_ip"}
    for campaign, mine in members.items():
        inside = _taking_part(mine)
        for detector, name in column.items():
            holders: dict[str, set[str]] = defaultdict(set)
            for row in world.accounts.select(["account_id", name]).to_pylist():
                if row["account_id"] in active and row[name] is not None:
                    holders[row[name]].add(row["account_id"])
            counted = [(len(who & inside), len(who - inside)) for who in holders.values() if len(who & inside) >= 2]
            told = [
                (row["accounts_inside"], row["accounts_outside"])
                for row in _rows(scanned, "shared")
                if (row["campaign_id"], row["detector"]) == (campaign, detector)
            ]
            assert sorted(told) == sorted(counted), (campaign, detector)


def test_holdings_are_the_members_of_shared_values(scanned: Scan) -> None:
    holders: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for row in _rows(scanned, "holdings"):
        holders[row["campaign_id"], row["detector"], row["value"]].add(row["account_id"])
    shared = {(row["campaign_id"], row["detector"], row["value"]): row for row in _rows(scanned, "shared")}
    assert set(holders) == set(shared)
    members = {(row["campaign_id"], row["account_id"]) for row in _rows(scanned, "members")}
    for key, row in shared.items():
        assert row["accounts_inside"] == len(holders[key]) >= 2
        assert {(key[0], account) for account in holders[key]} <= members
    for campaign in {key[0] for key in shared}:
        assert sum(key[0] == campaign for key in shared) <= SHARED_VALUES


def test_first_linked_is_on_a_day_of_the_account(scanned: Scan, world: WorldTables) -> None:
    created = dict(zip(*(world.accounts[c].to_pylist() for c in ("account_id", "created_time")), strict=True))
    for campaign in scanned.tables["campaigns"].to_pylist():
        for row in _members(scanned)[campaign["campaign_id"]]:
            if row["first_linked"] is not None:
                assert created[row["account_id"]] <= row["first_linked"] <= campaign["last_seen"]


@pytest.fixture(scope="module")
def grafted(world: WorldTables) -> WorldTables:
    """The small world, but three accounts of one campaign pay with tokens of the other, and four more leave through
    four exits that they share with six of the other."""
    theirs, mine = (_of(world, f"campaign:{name}") for name in ("june-2026", "fixed-prompt"))
    tokens = [t for t in _values(world.accounts, theirs[6:], "payment_fingerprint") if t is not None][:3]
    exits = sorted(set(_values(world.exchanges, theirs, "client_ip")))[:4]
    bought = dict(zip(mine[:3], tokens, strict=True))
    accounts = _changed(world.accounts, "payment_fingerprint", lambda n, a, old: bought.get(a, old))
    behind = {*mine[3:7], *theirs[:6]}
    exchanges = _changed(
        world.exchanges, "client_ip", lambda n, a, old: exits[n % 4] if a in behind and n % 5 == 0 else old
    )
    return replace(world, accounts=accounts, exchanges=exchanges)


def _of(world: WorldTables, group: str) -> list[str]:
    members = world.members(group)
    return sorted(str(a) for a in members["account_id"].to_pylist())


def _values(table: pa.Table, accounts: list[str], column: str) -> list[Any]:
    values: list[Any] = table.filter(pc.is_in(table["account_id"], pa.array(accounts)))[column].to_pylist()
    return values


def _changed(table: pa.Table, column: str, change: Callable[[int, str, Any], Any]) -> pa.Table:
    place = table.schema.get_field_index(column)
    pairs = enumerate(zip(table["account_id"].to_pylist(), table[column].to_pylist(), strict=True))
    new = pa.array([change(n, account, old) for n, (account, old) in pairs], table.schema.field(place).type)
    return table.set_column(place, table.schema.field(place), new)


def _log(folder: Path, exchanges: pa.Table, accounts: pa.Table) -> Path:
    (folder / "exchanges").mkdir(parents=True)
    pq.write_table(exchanges, folder / "exchanges" / "part.parquet")
    pq.write_table(accounts, folder / "accounts.parquet")
    return folder


def test_two_hands_behind_one_proxy_are_two_and_what_they_share_is_told(
    grafted: WorldTables, scan_log: Callable[..., Scan], tmp_path: Path
) -> None:
    found = scan_log(_log(tmp_path / "log", grafted.exchanges, grafted.accounts))
    members = _members(found)
    holding = {
        name: {c for c, rows in members.items() if _taking_part(rows) & set(_of(grafted, f"campaign:{name}"))}
        for name in ("june-2026", "fixed-prompt")
    }
    assert all(len(of) == 1 for of in holding.values())
    assert holding["june-2026"] != holding["fixed-prompt"]
    rows = {row["kind"]: row for row in _rows(found, "overlaps")}
    assert {"payment", "address"} <= rows.keys()
    for row in rows.values():
        assert {row["campaign_a"], row["campaign_b"]} == holding["june-2026"] | holding["fixed-prompt"]
        assert row["campaign_a"] < row["campaign_b"]
    assert rows["payment"]["values_shared"] == 3
    assert rows["address"]["values_shared"] == 4
    assert "same proxy is not same actor" in rows["address"]["meaning"]


def test_what_groups_share_does_not_hang_on_the_order_of_rows(
    grafted: WorldTables, scan_log: Callable[..., Scan], tmp_path: Path
) -> None:
    order = np.random.default_rng(5).permutation(grafted.exchanges.num_rows)
    logs = [grafted.exchanges, grafted.exchanges.take(pa.array(order))]
    found = [scan_log(_log(tmp_path / str(n), log, grafted.accounts)).tables["overlaps"] for n, log in enumerate(logs)]
    assert found[0].num_rows > 0
    assert found[0].equals(found[1])


def test_groups_that_share_nothing_have_no_row(scanned: Scan) -> None:
    ids = set(scanned.tables["campaigns"]["campaign_id"].to_pylist())
    for row in _rows(scanned, "overlaps"):
        assert {row["campaign_a"], row["campaign_b"]} <= ids
        assert row["values_shared"] > 0
