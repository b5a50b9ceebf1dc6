"""What the desk reads of a result is what the report reads of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from stillwatch.console.reading import Reading, read
from stillwatch.console.reading.reading import KEPT_OPEN
from stillwatch.records import HOLDINGS, MEMBERS, TIMELINE
from stillwatch.report import load_result
from stillwatch.report.sighting import open_sighting
from stillwatch.report.wall import build_wall
from tests.report import fakes


@pytest.fixture
def reading(made_up_result: Path) -> Reading:
    return read(made_up_result)


def test_a_campaign_is_what_the_report_sees(reading: Reading, made_up_result: Path) -> None:
    result = load_result(made_up_result)
    for row in result.campaigns:
        opened = reading.campaign(row["campaign_id"])
        assert opened is not None
        expected = open_sighting(result, row)
        assert opened.sighting.members == expected.members
        assert opened.sighting.evidence == expected.evidence
        assert opened.sighting.overlaps == expected.overlaps
        assert opened.sighting.holdings.sort_by("account_id").equals(expected.holdings.sort_by("account_id"))
        assert list(opened.roles) == expected.roles
        assert opened.wall == build_wall(expected.roles, expected.members, expected.holdings, expected.shared)


def test_an_account_is_found_with_all_its_rows(reading: Reading, made_up_result: Path) -> None:
    members = load_result(made_up_result).table(MEMBERS).to_pylist()
    holdings = load_result(made_up_result).table(HOLDINGS).to_pylist()
    for row in members[::7]:
        account = row["account_id"]
        assert reading.memberships(account) == [m for m in members if m["account_id"] == account]
        held = reading.held_by(account, row["campaign_id"]).to_pylist()
        mine = [h for h in holdings if (h["account_id"], h["campaign_id"]) == (account, row["campaign_id"])]
        assert held == mine
    assert reading.memberships("nobody") == []
    assert reading.campaign("nothing") is None


def test_days_are_told_where_the_result_has_them(tmp_path: Path) -> None:
    tables = fakes.campaign("c-1", 8)
    account = tables["members"][0]["account_id"]
    days = [tables["timeline"][n]["day"] for n in (2, 0, 1)]
    numbers = {"exchanges": 5, "harvested_exchanges": 3, "tokens": 90, "harvested_tokens": 50}
    tables["activity"] = [{"account_id": account, "day": day, **numbers} for day in days]
    reading = read(fakes.write_result(tmp_path / "with", tables, fakes.SCAN))
    assert [row["day"] for row in reading.days_of(account)] == sorted(days)
    assert reading.tells_days
    assert reading.days_of(tables["members"][1]["account_id"]) == []
    del tables["activity"]
    without = fakes.write_result(tmp_path / "without", tables, fakes.SCAN)
    (without / "activity.parquet").unlink()
    assert not read(without).tells_days


def test_few_campaigns_are_kept_open(tmp_path: Path) -> None:
    parts = [fakes.campaign(f"c-{n:02d}", 6, seed=n) for n in range(KEPT_OPEN + 3)]
    reading = read(fakes.write_result(tmp_path / "many", fakes.merge(*parts), fakes.SCAN))
    first = reading.campaign("c-00")
    assert reading.campaign("c-00") is first
    for n in range(1, KEPT_OPEN):
        reading.campaign(f"c-{n:02d}")
    assert reading.campaign("c-00") is first
    for n in range(1, KEPT_OPEN + 3):
        reading.campaign(f"c-{n:02d}")
    assert reading.campaign("c-00") is not first


def test_a_result_without_campaigns_can_be_read(tmp_path: Path) -> None:
    reading = read(fakes.write_result(tmp_path / "empty", {}, None))
    assert reading.campaigns == ()
    assert reading.accounts == 0
    assert reading.models_of == {}
    assert reading.by_campaign[TIMELINE.name].rows("any").num_rows == 0
