"""What the road finds on the small world, and what a result is."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from stillwatch.records import CAMPAIGNS, MEMBERS, RESULT_TABLES
from stillwatch.road import Scan
from testrange.reading import WorldTables
from testrange.score import score

from .logs import (
    ScanLog,
    rows_of,
    write_log,
)


def test_campaigns_are_found_and_nobody_else_is_accused(world: WorldTables, scanned: Scan) -> None:
    found = score(scanned.out, world.directory)
    told = found.to_text()
    assert found.wrongly_accused == {}, told
    for campaign in found.campaigns:
        assert campaign.recall >= 0.9, told
        assert campaign.parts == 1, told
        assert campaign.harvested_estimate == pytest.approx(campaign.harvested, rel=0.15), told
    assert found.merged == 0, told


def test_each_true_campaign_is_one_reported_group(world: WorldTables, scanned: Scan) -> None:
    """Whatever the verdict: the groups themselves are the campaigns, whole and unmixed."""
    members = scanned.tables["members"].to_pylist()
    for group in ("campaign:june-2026", "campaign:fixed-prompt"):
        mine = set(world.members(group)["account_id"].to_pylist())
        holding = {row["campaign_id"] for row in members if row["account_id"] in mine}
        assert len(holding) == 1
        inside = {row["account_id"] for row in members if row["campaign_id"] in holding and row["role"] != "bystander"}
        assert len(inside & mine) >= 0.9 * len(mine)
        assert len(inside & mine) >= 0.9 * len(inside)


def test_a_world_without_campaigns_accuses_nobody(scan_log: ScanLog, world: WorldTables, tmp_path: Path) -> None:
    guilty = pc.starts_with(pc.fill_null(world.account_truth["group"], ""), "campaign:")
    names = world.account_truth.filter(guilty)["account_id"]
    innocent = world.exchanges.filter(pc.invert(pc.is_in(world.exchanges["account_id"], names.combine_chunks())))
    found = scan_log(write_log(tmp_path, innocent, world.accounts))
    assert innocent.num_rows < world.exchanges.num_rows
    assert "distillation" not in found.tables["campaigns"]["verdict"].to_pylist()


@pytest.mark.parametrize("schema", RESULT_TABLES, ids=lambda s: s.name)
def test_result_opens_in_pyarrow_and_duckdb(scanned: Scan, schema: Any) -> None:
    path = scanned.out / f"{schema.name}.parquet"
    table = pq.read_table(path)
    assert table.schema.equals(schema.arrow)
    assert table.equals(scanned.tables[schema.name])
    told = duckdb.read_parquet(str(path))
    assert told.columns == list(schema.names)
    assert rows_of(pa.table(told.to_arrow_table()).select(schema.names[:1])) == rows_of(table.select(schema.names[:1]))


def test_duckdb_sees_the_types_of_the_contract(scanned: Scan) -> None:
    types = {
        "string": "VARCHAR",
        "double": "DOUBLE",
        "int64": "BIGINT",
        "timestamp[us, tz=UTC]": "TIMESTAMP WITH TIME ZONE",
        "map<string, double>": "MAP(VARCHAR, DOUBLE)",
        "list<item: string>": "VARCHAR[]",
    }
    for schema in (CAMPAIGNS, MEMBERS):
        told = duckdb.read_parquet(str(scanned.out / f"{schema.name}.parquet"))
        assert [str(t) for t in told.types] == [types[str(c.type)] for c in schema.columns]


def test_scan_json_is_what_the_scan_says(scanned: Scan, world: WorldTables) -> None:
    told = json.loads((scanned.out / "scan.json").read_text())
    assert told == scanned.statement
    assert told["counts"]["exchanges"] == world.exchanges.num_rows
    assert told["counts"]["accounts"] == pc.count_distinct(world.exchanges["account_id"]).as_py()
    assert (told["counts"]["duplicates"], told["counts"]["rejects"]) == (0, 0)
    first, last = (datetime.fromisoformat(told["window"][name]) for name in ("first", "last"))
    assert (first, last) == (pc.min(world.exchanges["time"]).as_py(), pc.max(world.exchanges["time"]).as_py())
