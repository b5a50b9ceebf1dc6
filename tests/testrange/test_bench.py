"""The truth bench, run small: every part of the page is written, nothing is measured twice, the truth stays hidden."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from testrange.bench import (
    declared,
    early,
    hands,
    intervals,
    mixed,
    parts,
    peer_sweeps,
    peers,
    stillwatch_detector,
    took,
)
from testrange.bench.command import main
from testrange.bench.intervals import Estimate
from testrange.bench.parts import is_false
from testrange.bench.plots import plot
from testrange.bench.stillwatch_detector import Asked, stillwatch_outcome
from testrange.bench.store import Store, without_truth
from testrange.bench.tables import per_world
from testrange.bench.workers import working
from testrange.campaigns import CAMPAIGNS
from testrange.score import ACCUSED
from testrange.twins import TWINS

SCRIPTS = Path(__file__).parents[2] / "benchmarks" / "peers"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="module")
def page(folder: Path) -> str:
    main(folder, ["--quick", "--no-peers", "--folder", str(folder), "--revision", "tried", "--date", "2026-01-02"])
    return (folder / "truth.md").read_text("utf-8")


def test_page_has_every_part_and_nothing_unfilled(page: str) -> None:
    assert "{{" not in page
    assert "`make bench-truth QUICK=1` on 2026-01-02 at revision tried" in page
    for sweep in parts.SWEEPS:
        assert f"truth-{sweep.name}.svg" in page
    for twin in TWINS:
        assert f"`twin:{twin}`" in page


def test_every_image_is_there_and_is_a_drawing(page: str, folder: Path) -> None:
    named = re.findall(r"images/(truth-[\w-]+\.svg)", page)
    assert len(named) >= len(parts.SWEEPS) + 3
    for name in named:
        assert ET.parse(folder / "images" / name).getroot().tag.endswith("svg")


def test_second_run_measures_nothing(page: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("scanned again")

    monkeypatch.setattr(stillwatch_detector, "_scanned", refuse)
    main(folder, ["--quick", "--no-peers", "--folder", str(folder), "--revision", "tried", "--date", "2026-01-02"])
    assert (folder / "truth.md").read_text("utf-8") == page


def test_one_scan_tells_all_levels(page: str, folder: Path) -> None:
    """Groups accused at 0.01 are those that a scan at 0.2 accuses with a q-value up to 0.01."""
    store, world = Store(folder), declared.control(declared.CONTROL_SEEDS, 1.0, True)
    strict, open_ = (stillwatch_outcome(store, world, Asked(level)) for level in (0.01, max(parts.LEVELS)))
    one = [g for g in strict["groups"] if g["verdict"] == ACCUSED]
    other = [g for g in open_["groups"] if g["verdict"] == ACCUSED and g["q_value"] <= 0.01]
    assert one
    assert one == other


def test_detectors_are_not_given_the_truth(folder: Path, page: str) -> None:
    with without_truth(Store(folder).world(parts.main_world(1, parts.QUICK))) as log:
        assert sorted(p.name for p in log.iterdir()) == ["accounts.parquet", "exchanges"]
    assert not any(
        "truth" in line for p in SCRIPTS.glob("*.py") for line in p.read_text().split('"""', 2)[2].splitlines()
    )


def test_worlds_hold_every_campaign_and_every_twin() -> None:
    world = declared.mid(1)
    assert {c.name for c in world.campaigns} == set(CAMPAIGNS)
    assert {t.name for t in world.twins} == set(TWINS)


@pytest.mark.parametrize(
    ("right", "accounts", "false"), [(10, 10, False), (5, 10, False), (4, 10, True), (0, 6, True), (0, 0, True)]
)
def test_false_discovery_is_a_group_that_is_not_mostly_one_campaign(right: int, accounts: int, false: bool) -> None:
    assert is_false({"right": right, "accounts": accounts}) is false


def test_exact_interval_is_that_of_the_tables() -> None:
    """Clopper and Pearson's figures for 0 of 100 and 5 of 20."""
    assert intervals.share(0, 100) == pytest.approx((0.0, 0.0, 0.0362), abs=1e-4)
    assert intervals.share(5, 20) == pytest.approx((0.25, 0.0866, 0.4910), abs=1e-4)
    assert intervals.share(7, 7).high == 1.0


def test_bootstrap_interval_holds_the_mean_and_does_not_move() -> None:
    found = intervals.mean([0.0, 1.0, 1.0, 0.5])
    assert found.low <= found.value == 0.625 <= found.high
    assert found == intervals.mean([0.0, 1.0, 1.0, 0.5])
    assert intervals.mean([1.0, 1.0]) == (1.0, 1.0, 1.0)


def test_setting_is_the_best_on_all_tuning_worlds() -> None:
    first = {"a": [["x", "y"]], "b": [["x"]]}, {"x", "y"}
    second = {"a": [["p", "q"]], "b": [["p"]]}, {"p"}
    assert peers.best_setting([first]) == "a"
    assert peers.best_setting([second]) == "b"
    assert peers.best_setting([first, first, second]) == "a"


def test_peers_are_skipped_with_a_reason(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "requirements.txt").write_text("./there-is-no-such-folder\n")
    monkeypatch.setattr("sys.executable", str(tmp_path / "no-python"))
    said: list[str] = []
    store = Store(folder)
    ran = peers.runners(store, parts.QUICK, said.append, tmp_path)
    assert isinstance(ran, str)
    with working(store, 1) as each:
        found = peers.peer_part(each, parts.QUICK, said.append, ran)
        assert peer_sweeps.peer_sweep_part(each, parts.QUICK, said.append, ran, found) == {"volume": {}, "repeated": {}}
    assert all(p.setting is None and p.reason for p in found)
    assert said[0].startswith("peers are skipped")


def test_peers_are_pinned_and_scripts_are_there() -> None:
    lines = [line for line in (SCRIPTS / "requirements.txt").read_text().splitlines() if not line.startswith("#")]
    assert lines
    assert all(re.fullmatch(r"[\w-]+==[\w.]+", line) for line in lines)
    assert all((SCRIPTS / f"{name}.py").exists() for name in peers.PEERS)


def test_result_of_a_peer_reads_like_a_scan(tmp_path: Path) -> None:
    peers.write_result([["a", "b"], ["c"]], tmp_path)
    members: pa.Table = pq.read_table(tmp_path / "members.parquet")
    assert members["account_id"].to_pylist() == ["a", "b", "c"]
    assert pq.read_table(tmp_path / "campaigns.parquet").num_rows == 2


@pytest.mark.parametrize("shown", [lambda: [Estimate(0.5, 0.4, 0.6), None], lambda: []])
def test_plot_is_well_formed_and_names_are_escaped(shown: Callable[[], list[Estimate | None]]) -> None:
    drawn = ET.fromstring(plot("a < b & c", "axis", ["1", "<2>"], {"<s>": shown()}))
    assert drawn.attrib["aria-label"] == "a < b & c"


def test_two_workers_give_results_in_order(folder: Path) -> None:
    worlds = [declared.quick(n) for n in range(5)]
    tasks = [partial(Store.name, world=world) for world in worlds]
    found = []
    for workers in (1, 2):
        with working(Store(folder), workers) as each:
            found.append(list(each(tasks)))
    assert found[0] == found[1] == [Store(folder).name(world) for world in worlds]


def test_share_gone_is_of_the_whole_campaign() -> None:
    """25.6 exchanges on 45 days from 220 accounts, 6 % of them cover; the log holds two days of it."""
    world = declared.early(1, declared.EARLY_CUSTOMERS)
    assert early.declared_volume(world, "june-2026") == pytest.approx(220 * 25.6 * 45 * 0.94)
    assert world.days == declared.EARLY_START + max(early.HOURS) / 24
    assert all(c.days == 45.0 and c.proxy is not None for c in world.campaigns)


def test_first_hours_count_from_the_first_accusation() -> None:
    rows = [
        {"campaign": "june-2026", "customers": 9000, "hour": hour, "gone_at_first": gone}
        for hour, gone in ((24, 0.01), (36, 0.03), (None, None))
    ]
    assert early.first_hour_table(rows)[2].split(" | ")[1:4] == ["9,000", "2 of 3", "30"]
    assert early.first_hour_table(rows)[2].endswith("1 of 3 |")


def _result(folder: Path, campaigns: list[tuple[str, str]], members: list[tuple[str, str, str]]) -> Path:
    folder.mkdir()
    verdicts = {"campaign_id": [c for c, _ in campaigns], "verdict": [v for _, v in campaigns]}
    names = ("campaign_id", "account_id", "role")
    pq.write_table(pa.table(verdicts), folder / "campaigns.parquet")
    pq.write_table(pa.table(dict(zip(names, zip(*members, strict=True), strict=True))), folder / "members.parquet")
    return folder


def _truth(folder: Path) -> Path:
    """Red harvests x0 to x3, blue x4; x5 is cover of red."""
    (folder / "truth").mkdir(parents=True)
    exchanges = {
        "exchange_id": [f"x{n}" for n in range(6)],
        "harvest": [n < 5 for n in range(6)],
        "group": ["campaign:red"] * 4 + ["campaign:blue", "campaign:red"],
    }
    accounts = {
        "account_id": ["r", "m", "y", "o", "silent"],
        "group": ["campaign:red", "campaign:red", "campaign:red", None, "campaign:red"],
        "role": ["harvester", "mixed", "bystander", None, "harvester"],
    }
    pq.write_table(pa.table(exchanges), folder / "truth" / "exchanges.parquet")
    pq.write_table(pa.table(accounts), folder / "truth" / "accounts.parquet")
    return folder


def test_listed_exchanges_are_counted_for_the_campaign_that_the_group_is(tmp_path: Path) -> None:
    world = _truth(tmp_path / "world")
    result = _result(tmp_path / "result", [("C-1", ACCUSED), ("C-2", "watch")], [("C-1", "r", "harvester")])
    listed = [("C-1", "x0"), ("C-1", "x1"), ("C-1", "x4"), ("C-1", "x5"), ("C-2", "x2")]
    table = {"campaign_id": [c for c, _ in listed], "exchange_id": [x for _, x in listed]}
    pq.write_table(pa.table(table), result / "harvested.parquet")
    groups = [
        {"campaign_id": "C-1", "verdict": ACCUSED, "campaign": "campaign:red"},
        {"campaign_id": "C-2", "verdict": "watch", "campaign": "campaign:red"},
    ]
    assert took.harvested_exchanges(result, world, groups) == {
        "red": {"true": 4, "found": 2, "listed": 4, "right": 2},
        "blue": {"true": 1, "found": 1, "listed": 0, "right": 0},
    }


def test_roles_are_told_by_the_gravest_word(tmp_path: Path) -> None:
    members = [("C-1", "r", "harvester"), ("C-2", "r", "bystander"), ("C-1", "m", "bystander"), ("C-2", "y", "mixed")]
    result = _result(tmp_path / "result", [("C-1", ACCUSED), ("C-2", "watch")], members)
    assert took.told_roles(result, _truth(tmp_path / "world"), {"r", "m", "y", "o"}) == {
        "harvester": {"accused harvester": 1},
        "mixed": {"bystander": 1},
        "bystander": {"listed": 1},
        took.OTHERS: {took.UNLISTED: 1},
    }


def test_hands_are_two_only_if_both_are_accused_and_none_is_merged() -> None:
    both = {"campaigns": [{"match": "C-1"}, {"match": "C-2"}], "merged": 0}
    assert hands.as_two(both)
    assert not hands.as_two(both | {"merged": 1})
    assert not hands.as_two(both | {"campaigns": [{"match": "C-1"}, {"match": None}]})


def test_mixed_pools_are_counted_over_worlds() -> None:
    outcomes = [
        {"took": {"proxy-mix": {"true": 10, "found": 8, "listed": 10, "right": 8}}, "roles": {"mixed": {"listed": 1}}},
        {"took": {"proxy-mix": {"true": 10, "found": 0, "listed": 0, "right": 0}}, "roles": {"mixed": {"listed": 2}}},
    ]
    assert mixed.precision(outcomes, "proxy-mix").value == 0.8
    assert mixed.recall(outcomes, "proxy-mix").value == 0.4
    assert mixed.added(outcomes) == {"mixed": {"listed": 3}}


@pytest.mark.parametrize(("count", "worlds", "told"), [(2, 3, "0.67"), (0, 5, "0"), (24, 2, "12"), (400, 3, "133.33")])
def test_means_per_world_are_told_in_two_decimals(count: float, worlds: int, told: str) -> None:
    assert per_world(count, worlds) == told


def test_error_control_reaches_fifty_times_the_customers_in_the_long_run_alone() -> None:
    assert parts.control_worlds(parts.FULL) == {1: 100, 10: 50}
    assert parts.control_worlds(replace(parts.FULL, long=True)) == {1: 100, 10: 50, 50: 20}
    assert parts.control_worlds(replace(parts.QUICK, long=True)) == {1: 1}
    assert declared.control(0, 50, True).accounts == 25_000
