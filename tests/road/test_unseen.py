"""What cannot be seen in a log that says less."""

from __future__ import annotations

from pathlib import Path

import pyarrow.compute as pc

from stillwatch.records import EXCHANGES
from stillwatch.report.result import load_result
from stillwatch.road import Scan
from testrange.reading import WorldTables

from .logs import (
    ScanLog,
    bytes_of,
    unseen,
    write_log,
)


def test_a_log_without_text_is_scanned(world: WorldTables, scan_log: ScanLog, tmp_path: Path) -> None:
    bare = world.exchanges.drop_columns(["system_text", "input_text", "output_text"])
    found = scan_log(write_log(tmp_path, bare, world.accounts))
    assert {"wording", "intent", "structure", "instruction"} <= unseen(found)
    assert not {"payment", "device", "address", "client", "likeness", "pool_long"} & unseen(found)


def test_a_log_without_accounts_is_scanned(world: WorldTables, scan_log: ScanLog, tmp_path: Path) -> None:
    found = scan_log(write_log(tmp_path, world.exchanges, None))
    assert {"payment", "device", "signup_address", "email_domain", "signup_cohort"} <= unseen(found)
    assert not {"wording", "address", "client"} & unseen(found)


def test_required_columns_are_enough(world: WorldTables, scan_log: ScanLog, tmp_path: Path) -> None:
    found = scan_log(write_log(tmp_path, world.exchanges.select(list(EXCHANGES.required)), None))
    assert {
        "wording",
        "payment",
        "device",
        "address",
        "client",
        "follow_up",
        "signup_cohort",
        "likeness",
        "instruction",
    } <= unseen(found)
    assert found.tables["campaigns"].num_rows == 0
    for entry in found.statement["could_not_see"]:
        assert entry["reason"].startswith("the log has no ")
    assert load_result(found.out).campaigns == []


def test_everything_can_be_seen_in_the_whole_world(scanned: Scan) -> None:
    assert scanned.statement["could_not_see"] == []


def test_accounts_that_never_call_are_of_no_consequence(
    scanned: Scan, world: WorldTables, scan_log: ScanLog, tmp_path: Path
) -> None:
    active = world.accounts.filter(pc.is_in(world.accounts["account_id"], pc.unique(world.exchanges["account_id"])))
    assert active.num_rows < world.accounts.num_rows
    assert bytes_of(scan_log(write_log(tmp_path, world.exchanges, active)).out) == bytes_of(scanned.out)
