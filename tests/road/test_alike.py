"""A campaign that repeats no wording: found by likeness, and what must not matter does not matter there either."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from stillwatch.campaigns import formation
from stillwatch.campaigns.model import Floats, Groups
from stillwatch.records import EXCHANGES
from stillwatch.road import Scan
from testrange.campaigns.unrepeated import unrepeated
from testrange.reading import WorldTables, read_world
from testrange.score import score
from testrange.twins import all_twins
from testrange.worlds import World, write_world

from .logs import ScanLog, bytes_of, mapped, rows_of, shuffled, write_log

CUT = datetime(2026, 5, 13, 6, tzinfo=UTC)
CAMPAIGN = unrepeated(accounts=60, exchanges_per_account_day=8.0, start_day=1.0, days=8.0)


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> WorldTables:
    """Some 28,000 exchanges of 2,560 accounts in ten days, 60 of which draw from one pool of tasks."""
    out = tmp_path_factory.mktemp("pool")
    write_world(World(7, 10, accounts=2500, exchanges=25_000, campaigns=(CAMPAIGN,)), out)
    return read_world(out)


@pytest.fixture(scope="module")
def found(pool: WorldTables, scan_log: ScanLog) -> Scan:
    return scan_log(pool.directory)


def _accused(scan: Scan) -> list[str]:
    """Members of accused groups."""
    campaigns, members = (scan.tables[name].to_pylist() for name in ("campaigns", "members"))
    ids = {row["campaign_id"] for row in campaigns if row["verdict"] == "distillation"}
    return sorted(row["account_id"] for row in members if row["campaign_id"] in ids)


def test_a_pool_of_tasks_is_one_hand_though_no_wording_is_shared(pool: WorldTables, found: Scan) -> None:
    told = score(found.out, pool.directory)
    assert told.wrongly_accused == {}, told.to_text()
    (campaign,) = told.campaigns
    assert campaign.found_in_all >= 0.5 * campaign.accounts, told.to_text()
    assert campaign.parts <= 2, f"a pool of several makes may come out in two: {told.to_text()}"


def test_the_pool_is_a_group_of_alike_accounts(
    pool: WorldTables, found: Scan, scan_log: ScanLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Groups] = []

    def recorded(*given: Any) -> tuple[list[int], Groups, Floats]:
        chosen, groups, belief = hands(*given)
        made.append(groups)
        return chosen, groups, belief

    hands = formation._hands
    monkeypatch.setattr(formation, "_hands", recorded)
    assert bytes_of(scan_log(pool.directory).out) == bytes_of(found.out)
    (groups,) = made
    assert int(groups.sizes.sum()) == len(_accused(found))


def test_the_same_people_without_the_pool_accuse_nobody(scan_log: ScanLog, tmp_path: Path) -> None:
    write_world(World(7, 10, accounts=2500, exchanges=25_000, twins=all_twins(0.3, 0.2)), tmp_path)
    assert _accused(scan_log(tmp_path)) == []


def test_threads_are_of_no_consequence(found: Scan, pool: WorldTables, scan_log: ScanLog) -> None:
    assert _accused(found)
    assert bytes_of(scan_log(pool.directory, threads=2).out) == bytes_of(found.out)


@pytest.mark.parametrize("seed", [1, 2])
def test_order_of_rows_is_of_no_consequence(
    found: Scan, pool: WorldTables, scan_log: ScanLog, tmp_path: Path, seed: int
) -> None:
    log = write_log(tmp_path, shuffled(pool.exchanges, seed), shuffled(pool.accounts, seed + 1))
    assert bytes_of(scan_log(log, threads=2).out) == bytes_of(found.out)


def test_duplicates_count_once(found: Scan, pool: WorldTables, scan_log: ScanLog, tmp_path: Path) -> None:
    twice = pa.concat_tables([pool.exchanges, shuffled(pool.exchanges, 7).slice(0, 3000)])
    assert bytes_of(scan_log(write_log(tmp_path, shuffled(twice, 8), pool.accounts)).out) == bytes_of(found.out)


def test_as_of_forgets_what_came_later(pool: WorldTables, scan_log: ScanLog, tmp_path: Path) -> None:
    early = pool.exchanges.filter(pc.less(pool.exchanges["time"], pa.scalar(CUT, EXCHANGES.arrow.field("time").type)))
    cut = scan_log(write_log(tmp_path, shuffled(early, 3), pool.accounts))
    assert 0 < early.num_rows < pool.exchanges.num_rows
    assert _accused(cut)
    for threads in (1, 2):
        assert bytes_of(scan_log(pool.directory, as_of=CUT, threads=threads).out) == bytes_of(cut.out)


def test_names_of_accounts_are_of_no_consequence(
    found: Scan, pool: WorldTables, scan_log: ScanLog, tmp_path: Path
) -> None:
    ids = sorted(set(pool.accounts["account_id"].to_pylist()))
    renamed = {old: f"customer/{n:05d}" for n, old in enumerate(np.random.default_rng(3).permutation(ids).tolist())}
    back = {new: old for old, new in renamed.items()}
    log = write_log(
        tmp_path,
        mapped(pool.exchanges, "account_id", renamed.__getitem__),
        mapped(pool.accounts, "account_id", renamed.__getitem__),
    )
    members = mapped(scan_log(log).tables["members"], "account_id", back.__getitem__)
    assert rows_of(members) == rows_of(found.tables["members"])


def test_another_key_finds_the_same(found: Scan, pool: WorldTables, scan_log: ScanLog, tmp_path: Path) -> None:
    again = scan_log(pool.directory, key=tmp_path / "key")
    named = ["account_id", "role"]
    assert rows_of(again.tables["members"].select(named)) == rows_of(found.tables["members"].select(named))
    decided = ["verdict", "accounts", "exchanges", "harvested_exchanges"]
    assert rows_of(again.tables["campaigns"].select(decided)) == rows_of(found.tables["campaigns"].select(decided))


def test_without_text_nobody_else_is_accused(pool: WorldTables, scan_log: ScanLog, tmp_path: Path) -> None:
    bare = pool.exchanges.drop_columns(["system_text", "input_text", "output_text"])
    told = scan_log(write_log(tmp_path, bare, pool.accounts))
    truth = {*pool.members(f"campaign:{CAMPAIGN.name}")["account_id"].to_pylist()}
    assert set(_accused(told)) <= truth
    assert "instruction" in {entry["evidence"] for entry in told.statement["could_not_see"]}
    assert "likeness" not in {entry["evidence"] for entry in told.statement["could_not_see"]}
