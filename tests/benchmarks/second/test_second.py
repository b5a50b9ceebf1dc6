from __future__ import annotations

import ast
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from benchmarks.second import __main__ as bench
from benchmarks.second import make as making
from benchmarks.second import tables
from benchmarks.second.data import Data
from benchmarks.second.make import make_world
from benchmarks.second.scoring import CampaignOutcome, WorldOutcome, from_json, score, to_json
from benchmarks.second.world import KINDS, Asked
from benchmarks.second.writing import beside
from stillwatch.intake import Aside, open_log, read_accounts, read_exchanges

HERE = Path(bench.__file__).parent
SCALE = 0.02


def table(world: Path) -> pa.Table:
    return ds.dataset(sorted((world / "exchanges").glob("*/*.parquet"))).to_table()


@pytest.fixture(scope="module")
def world(data: Data, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("worlds") / "default"
    make_world(Asked("default", 7, SCALE), data, folder)
    return folder


def test_it_is_independent() -> None:
    for path in HERE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [a.name for a in node.names] if isinstance(node, ast.Import) else []
            assert not [n for n in names if n.split(".")[0] in ("stillwatch", "testrange")], path.name


def test_worlds_of_every_kind_are_known() -> None:
    assert set(bench.WORLDS) == set(KINDS)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "default"])
def test_every_kind_is_made(kind: str, data: Data, tmp_path: Path) -> None:
    told = make_world(Asked(kind, 3, SCALE), data, tmp_path / "world")
    assert table(tmp_path / "world").num_rows == told["exchanges"] > 1000
    assert bool(told["harvested"]) == (kind != "none") == bool(told["campaigns"])


def test_the_log_is_as_the_product_reads_it(world: Path) -> None:
    aside = Aside()
    read = sum(batch.num_rows for batch in read_exchanges(open_log(world), aside))
    assert read == table(world).num_rows
    accounts = read_accounts(world / "accounts.parquet", aside)
    assert set(table(world)["account_id"].to_pylist()) <= set(accounts["account_id"].to_pylist())
    assert not {"actor", "campaign"} & {*table(world).column_names, *pq.read_schema(world / "accounts.parquet").names}


def test_the_truth_lies_beside(world: Path) -> None:
    told = json.loads(beside(world, "world.json").read_text("utf-8"))
    harvest = pq.read_table(beside(world, "harvest.parquet"))
    assert harvest.num_rows == sum(told["harvested"].values())
    assert set(harvest["campaign"].to_pylist()) == {c["campaign"] for c in told["campaigns"]}
    assert set(harvest["exchange_id"].to_pylist()) <= set(table(world)["exchange_id"].to_pylist())


def test_the_same_seed_gives_the_same_world(world: Path, data_folder: Path, tmp_path: Path) -> None:
    arguments = [str(tmp_path / "again"), "--data", str(data_folder), "--seed", "7", "--scale", str(SCALE)]
    assert making.main(arguments) == 0
    assert table(world).equals(table(tmp_path / "again"))
    assert pq.read_table(world / "accounts.parquet").equals(pq.read_table(tmp_path / "again" / "accounts.parquet"))


def test_scores(world: Path, tmp_path: Path) -> None:
    truth = pq.read_table(beside(world, "truth.parquet")).to_pylist()
    seen = set(table(world)["account_id"].to_pylist())
    of = {
        who: sorted(r["account_id"] for r in truth if r["actor"] == who and r["account_id"] in seen)
        for who in ("injected", "ordinary")
    }
    accused, honest = of["injected"][:20], of["ordinary"][:4]
    campaigns = {
        "campaign_id": ["a", "b", "c"],
        "verdict": ["distillation", "distillation", "watch"],
        "harvested_exchanges": [50, 9, 9],
    }
    pq.write_table(pa.table(campaigns), tmp_path / "campaigns.parquet")
    members = [("a", x, "member") for x in [*accused, honest[0]]] + [
        ("b", honest[1], "member"),
        ("c", honest[2], "member"),
    ]
    members.append(("a", honest[3], "bystander"))
    names = ("campaign_id", "account_id", "role")
    pq.write_table(
        pa.table(dict(zip(names, map(list, zip(*members, strict=True)), strict=True))), tmp_path / "members.parquet"
    )
    found = score(tmp_path, world)
    assert (found.accused, found.right, found.groups, found.false_groups) == (22, 20, 2, 1)
    assert found.wrong == {"ordinary": 2}
    assert found.present["ordinary"] == len(of["ordinary"])
    injected = next(c for c in found.campaigns if c.name == "injected")
    assert (injected.found, injected.accounts, injected.groups, injected.estimated) == (
        20,
        len(of["injected"]),
        1,
        50.0,
    )
    assert all(c.found == 0 for c in found.campaigns if c.name != "injected")
    assert from_json(to_json(found)) == found


def test_a_world_is_scanned_once(data: Data, tmp_path: Path) -> None:
    asked = Asked("none", 5, SCALE)
    first = bench.outcome(asked, data, tmp_path)
    assert first.kind == "none"
    assert first.exchanges > 1000
    assert first.campaigns == ()
    (kept,) = tmp_path.iterdir()
    kept.write_text(kept.read_text("utf-8").replace('"seed": 5', '"seed": 6'), "utf-8")
    assert bench.outcome(asked, data, tmp_path).seed == 6


def test_a_failed_scan_is_told(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="nothing-1 ended with 2"):
        bench.scan(tmp_path / "absent", tmp_path, "nothing-1")


def outcome(seed: int, found: int, wrong: int) -> WorldOutcome:
    campaign = CampaignOutcome("mixed1", "mixed relay pool", "hard", 10, found, 2, 100, 50.0)
    return WorldOutcome(
        "mixed", seed, 1000, found + wrong, found, 1, 0, (campaign,), {"ordinary": wrong}, {"ordinary": 90}
    )


def test_tables() -> None:
    outcomes = [
        outcome(1, 10, 0),
        outcome(2, 2, 3),
        WorldOutcome("none", 1, 500, 1, 0, 1, 1, (), {"course": 1}, {"course": 9}),
    ]
    recall = tables.mean_recall(tables.of_type(outcomes, "mixed relay pool"))
    assert recall == pytest.approx((0.6, 0.2, 1.0))
    assert (
        "| mixed relay pool | 2 | 2 | 20 | 2 of 2 | 60% (20% to 100%) | 2.0, at most 2 | 0.50 |"
        in tables.campaign_table(outcomes)
    )
    summary = tables.summary_table(outcomes)
    assert "75.00% (12 of 16)" in summary
    assert "1 of 1 (none-1: 1 accounts)" in summary
    assert "| `ordinary` | 3 | 180 |" in tables.wrong_table(outcomes)
    assert "| mixed-2, `mixed1` | mixed relay pool | hard | 2 of 10 |" in tables.hardness_table(outcomes)
    assert "Missed: less" not in tables.hardness_table(outcomes[:1])


def test_the_page_has_a_place_for_every_table(tmp_path: Path) -> None:
    page = tmp_path / "second.md"
    page.write_text(bench.PAGE.read_text("utf-8"), "utf-8")
    bench.write_page({name: [outcome(1, 10, 1)] for name in bench.SETS}, page, "r")
    assert page.read_text("utf-8").count("| mixed relay pool | 1 | 1 |") == len(bench.SETS)
    assert "revision r" in page.read_text("utf-8")


def test_without_data_nothing_is_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["--data", str(tmp_path)]) == 2
    assert "no real data" in capsys.readouterr().err
