from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stillwatch.records import ACCOUNTS, EXCHANGES
from testrange.presets import small
from testrange.reading import WorldTables
from testrange.twins import TWINS
from testrange.worlds import World, write_world

TINY = World(3, 6, accounts=250, exchanges=1_500, twins=small().twins[:3], campaigns=small().campaigns[:1], scale=0.3)


def files(out: Path) -> dict[str, bytes]:
    return {str(p.relative_to(out)): p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file()}


def test_same_declaration_gives_same_bytes(tmp_path: Path) -> None:
    write_world(TINY, tmp_path / "a")
    write_world(TINY, tmp_path / "b")
    assert files(tmp_path / "a") == files(tmp_path / "b")


def test_another_seed_gives_another_world(tmp_path: Path) -> None:
    write_world(TINY, tmp_path / "a")
    write_world(replace(TINY, seed=4), tmp_path / "b")
    first, second = (pq.read_table(tmp_path / n / "exchanges")["exchange_id"].to_pylist() for n in "ab")
    assert not set(first) & set(second)


def test_writing_again_leaves_no_part_of_the_earlier_world(tmp_path: Path) -> None:
    (tmp_path / "exchanges").mkdir()
    (tmp_path / "exchanges" / "part-0099.parquet").write_bytes(b"old")
    write_world(TINY, tmp_path)
    assert "part-0099.parquet" not in {p.name for p in (tmp_path / "exchanges").iterdir()}


def test_tables_have_the_record_schemas(small_world: WorldTables) -> None:
    assert small_world.exchanges.schema.equals(EXCHANGES.arrow)
    assert small_world.accounts.schema.equals(ACCOUNTS.arrow)


def test_required_columns_have_no_null_and_ids_are_unique(small_world: WorldTables) -> None:
    for table, schema in ((small_world.exchanges, EXCHANGES), (small_world.accounts, ACCOUNTS)):
        assert all(table[name].null_count == 0 for name in schema.required)
        key = table[schema.columns[0].name]
        assert pc.count_distinct(key).as_py() == table.num_rows


def test_small_has_the_promised_size_and_is_quick(tmp_path: Path) -> None:
    begun = time.perf_counter()
    written = write_world(small(8), tmp_path)
    assert time.perf_counter() - begun < 10
    assert 15_000 <= written.exchanges <= 30_000
    assert 1_300 <= written.accounts <= 1_800


def test_truth_covers_every_row_once(small_world: WorldTables) -> None:
    exchanges, truth = small_world.exchanges, small_world.exchange_truth
    assert set(exchanges["exchange_id"].to_pylist()) == set(truth["exchange_id"].to_pylist())
    assert truth.num_rows == exchanges.num_rows
    assert set(small_world.accounts["account_id"].to_pylist()) == set(
        small_world.account_truth["account_id"].to_pylist()
    )
    assert set(exchanges["account_id"].unique().to_pylist()) <= set(small_world.accounts["account_id"].to_pylist())


def test_harvest_belongs_to_harvesters_and_mixed_accounts_only(every_campaign: WorldTables) -> None:
    joined = every_campaign.exchanges.select(["exchange_id", "account_id"]).join(
        every_campaign.exchange_truth, "exchange_id"
    )
    harvest = joined.filter(joined["harvest"])
    roles = harvest.join(every_campaign.account_truth.select(["account_id", "role", "kind"]), "account_id")
    assert set(roles["role"].unique().to_pylist()) == {"harvester", "mixed"}
    assert set(roles["kind"].unique().to_pylist()) == {"campaign"}


def test_the_group_of_an_exchange_is_the_group_of_its_account(small_world: WorldTables) -> None:
    joined = small_world.exchanges.select(["exchange_id", "account_id"]).join(small_world.exchange_truth, "exchange_id")
    pairs = joined.group_by(["account_id", "group"]).aggregate([])
    accounts = small_world.account_truth.select(["account_id", "group"]).rename_columns(["account_id", "of_account"])
    both = pairs.join(accounts, "account_id")
    assert both["group"].to_pylist() == both["of_account"].to_pylist()


def test_every_twin_is_there_and_active(small_world: WorldTables) -> None:
    groups = set(small_world.exchange_truth["group"].unique().to_pylist())
    assert {twin.group for _, twin in TWINS.values()} <= groups


def test_rows_of_a_part_are_in_order_of_time(small_world: WorldTables) -> None:
    for part in (small_world.directory / "exchanges").iterdir():
        times = pq.read_table(part)["time"].cast(pa.int64()).to_numpy()
        assert (np.diff(times) >= 0).all()


def test_neither_ids_nor_row_order_betray_the_group(small_world: WorldTables) -> None:
    kinds = np.array(small_world.account_truth["kind"].to_pylist())
    ids = small_world.account_truth["account_id"].to_pylist()
    assert len({len(name) for name in ids}) == 1
    position = np.arange(len(ids)) / len(ids)
    value = np.array([int(name[3:], 16) / 2**64 for name in ids])
    for kind in ("benign", "twin", "campaign"):
        rows = kinds == kind
        tolerance = 4.0 / np.sqrt(12 * rows.sum())
        assert abs(position[rows].mean() - 0.5) < tolerance
        assert abs(value[rows].mean() - 0.5) < tolerance


def test_no_column_is_null_only_for_campaigns(every_campaign: WorldTables) -> None:
    table = every_campaign.exchanges.drop_columns(["tool_names", "output_text"])
    truth = every_campaign.exchange_truth
    joined = table.join(truth, "exchange_id")
    campaign = pc.fill_null(pc.starts_with(joined["group"], "campaign:"), False)
    for name in table.column_names:
        inside = joined.filter(campaign)[name].null_count
        outside = joined.filter(pc.invert(campaign))[name].null_count
        assert (inside == 0) == (outside == 0), name


def test_answers_are_filled_on_request(tmp_path: Path) -> None:
    write_world(replace(TINY, answers=True), tmp_path)
    assert pq.read_table(tmp_path / "exchanges")["output_text"].null_count == 0


def test_parameters_are_written(small_world: WorldTables) -> None:
    found = json.loads((small_world.directory / "world.json").read_text())
    assert found["world"]["seed"] == 7
    assert found["world"]["campaigns"][0]["name"] == "june-2026"
    assert found["written"]["exchanges"] == small_world.exchanges.num_rows
