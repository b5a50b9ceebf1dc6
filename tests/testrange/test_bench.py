"""The truth bench, run small: every part of the page is written, nothing is measured twice, the truth stays hidden."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from testrange.bench import declared, intervals, parts, peers, stillwatch_detector
from testrange.bench.command import main
from testrange.bench.intervals import Estimate
from testrange.bench.parts import is_false
from testrange.bench.plots import plot
from testrange.bench.stillwatch_detector import Asked, stillwatch_outcome
from testrange.bench.store import Store, without_truth
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
    store, world = Store(folder), parts.main_world(1, parts.QUICK)
    strict, open_ = (stillwatch_outcome(store, world, Asked(level)) for level in (0.01, 0.2))
    one = [g for g in strict["groups"] if g["verdict"] == ACCUSED]
    other = [g for g in open_["groups"] if g["verdict"] == ACCUSED and g["q_value"] <= 0.01]
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
    found = peers.peer_part(Store(folder), parts.QUICK, said.append, tmp_path)
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
