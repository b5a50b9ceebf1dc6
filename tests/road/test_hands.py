"""Two hands that were accused as one group: two campaigns, with the answers of the whole, and what says so."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from stillwatch.report.explain import explain
from stillwatch.report.result import load_result
from stillwatch.road import Scan
from testrange.bench.declared import two_hands
from testrange.reading import WorldTables, read_world
from testrange.score import score
from testrange.worlds import write_world

from .logs import ScanLog, bytes_of, mapped, shuffled, write_log

SEED = 1701
"""A world whose two hands, with no wording repeated, are linked into one group."""


@pytest.fixture(scope="module")
def hands_world(tmp_path_factory: pytest.TempPathFactory) -> WorldTables:
    out = tmp_path_factory.mktemp("hands")
    write_world(two_hands(SEED, 600, 0.2, {"repeated": 0.0}, small=False), out)
    return read_world(out)


@pytest.fixture(scope="module")
def found(hands_world: WorldTables, scan_log: ScanLog) -> Scan:
    return scan_log(hands_world.directory)


def test_each_hand_is_a_campaign_of_its_own(hands_world: WorldTables, found: Scan) -> None:
    scored = score(found.out, hands_world.directory)
    assert (scored.merged, scored.accused_campaigns) == (0, 2)
    assert [(c.recall, c.parts) for c in scored.campaigns] == [(1.0, 1), (1.0, 1)], scored.to_text()


def test_both_carry_the_answers_of_the_whole_and_name_each_other(found: Scan) -> None:
    one, other = found.tables["campaigns"].to_pylist()
    assert one["asked_with"] == [other["campaign_id"]]
    assert other["asked_with"] == [one["campaign_id"]]
    for column in ("verdict", "coordination", "harvest", "q_value", "formed_by", "sets_tried"):
        assert one[column] == other[column], column
    for table in ("evidence", "explanations"):
        rows = [{k: v for k, v in row.items() if k != "campaign_id"} for row in found.tables[table].to_pylist()]
        assert rows[: len(rows) // 2] == rows[len(rows) // 2 :], table


def test_a_group_that_was_divided_was_tested_once(found: Scan, hands_world: WorldTables) -> None:
    """Sums over accounts are those of the whole: a member is in one part, and what it took counts once."""
    members = found.tables["members"].to_pylist()
    accused = [row["account_id"] for row in members if row["role"] != "bystander"]
    assert len(set(accused)) == len(accused)
    for row in found.tables["campaigns"].to_pylist():
        mine = [m for m in members if m["campaign_id"] == row["campaign_id"]]
        assert row["harvested_exchanges"] == sum(m["harvested_exchanges"] for m in mine)
    assert found.statement["counts"]["groups_tested"] < 30


def test_it_is_said_that_they_were_asked_together_and_what_they_share(found: Scan) -> None:
    result = load_result(found.out)
    one, other = (row["campaign_id"] for row in result.campaigns)
    told = explain(result, one)
    text = " ".join(told.to_text().split())
    assert f"Both questions were answered while accounts of it and of {other} were one group" in text
    assert text.count(f"These figures count the accounts of {other} too.") == 2, "once beside each question"
    assert told.to_json()["rows"]["campaigns"][0]["asked_with"] == [other]
    kinds = {row["kind"] for row in found.tables["overlaps"].to_pylist()}
    assert {"address", "payment", "device", "signup_address"} <= kinds


def test_row_order_changes_nothing(hands_world: WorldTables, found: Scan, scan_log: ScanLog, tmp_path: Path) -> None:
    log = write_log(tmp_path, shuffled(hands_world.exchanges, 1), shuffled(hands_world.accounts, 2))
    assert bytes_of(scan_log(log).out) == bytes_of(found.out)


def test_names_of_accounts_change_nothing(
    hands_world: WorldTables, found: Scan, scan_log: ScanLog, tmp_path: Path
) -> None:
    renamed = [mapped(t, "account_id", lambda name: name[::-1]) for t in (hands_world.exchanges, hands_world.accounts)]
    again = scan_log(write_log(tmp_path, *renamed))
    assert again.tables["campaigns"].equals(found.tables["campaigns"])
    roles = ({(r["campaign_id"], r["account_id"]) for r in s.tables["members"].to_pylist()} for s in (found, again))
    before, after = roles
    assert {(campaign, name[::-1]) for campaign, name in after} == before


def test_a_result_of_an_earlier_version_lacks_the_column_and_can_be_read(found: Scan, tmp_path: Path) -> None:
    older = tmp_path / "result"
    shutil.copytree(found.out, older)
    campaigns = pq.read_table(older / "campaigns.parquet")
    pq.write_table(campaigns.drop_columns(["asked_with"]), older / "campaigns.parquet")
    result = load_result(older)
    assert [row["asked_with"] for row in result.campaigns] == [None, None]
    assert "Both questions were answered while" not in explain(result, result.campaigns[0]["campaign_id"]).to_text()
