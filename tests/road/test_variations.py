"""What must not matter: variations of a log that give the same answer."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
import pyarrow.parquet as pq

from stillwatch.records import EXCHANGES
from stillwatch.road import Scan
from testrange.reading import WorldTables

from .logs import (
    CUT,
    ScanLog,
    bytes_of,
    mapped,
    permuted,
    rows_of,
    shuffled,
    tables_of,
    write_log,
)


def test_order_of_rows_is_of_no_consequence(
    scanned: Scan, world: WorldTables, scan_log: ScanLog, tmp_path: Path
) -> None:
    log = write_log(tmp_path, shuffled(world.exchanges, 1), shuffled(world.accounts, 2))
    assert bytes_of(scan_log(log).out) == bytes_of(scanned.out)


def test_threads_are_of_no_consequence(scanned: Scan, world: WorldTables, scan_log: ScanLog) -> None:
    assert bytes_of(scan_log(world.directory, threads=3).out) == bytes_of(scanned.out)


def test_number_of_files_is_of_no_consequence(
    scanned: Scan, world: WorldTables, scan_log: ScanLog, tmp_path: Path
) -> None:
    log = write_log(tmp_path, world.exchanges.slice(0, 100), world.accounts)
    for n, start in enumerate(range(100, world.exchanges.num_rows, 1700)):
        part = world.exchanges.slice(start, 1700)
        pq.write_table(part, log / "exchanges" / f"{n % 3}-more-{n}.parquet", row_group_size=500)
    assert bytes_of(scan_log(log, threads=2).out) == bytes_of(scanned.out)


def test_csv_tells_the_same_as_parquet(scanned: Scan, world: WorldTables, scan_log: ScanLog, tmp_path: Path) -> None:
    (tmp_path / "exchanges").mkdir()
    tools = world.exchanges["tool_names"].to_pylist()
    texts = pa.array([None if names is None else json.dumps(names) for names in tools], pa.string())
    flat = world.exchanges.set_column(world.exchanges.schema.get_field_index("tool_names"), "tool_names", texts)
    pcsv.write_csv(flat, tmp_path / "exchanges" / "all.csv")
    pcsv.write_csv(world.accounts, tmp_path / "accounts.csv")
    found = scan_log(tmp_path)
    assert found.statement["counts"]["rejects"] == 0
    assert bytes_of(found.out) == bytes_of(scanned.out)


def test_names_of_accounts_are_of_no_consequence(
    scanned: Scan, world: WorldTables, scan_log: ScanLog, tmp_path: Path
) -> None:
    ids = sorted(set(world.accounts["account_id"].to_pylist()))
    renamed = {old: f"customer/{n:05d} é" for n, old in enumerate(np.random.default_rng(3).permutation(ids).tolist())}
    back = {new: old for old, new in renamed.items()}
    log = write_log(
        tmp_path,
        mapped(world.exchanges, "account_id", renamed.__getitem__),
        mapped(world.accounts, "account_id", renamed.__getitem__),
    )
    found, before = tables_of(scan_log(log).out), tables_of(scanned.out)
    for name, table in found.items():
        named = "account_id" in table.column_names
        assert rows_of(mapped(table, "account_id", back.__getitem__) if named else table) == rows_of(before[name]), name


def test_names_of_exchanges_decide_nothing_but_names(
    scanned: Scan, world: WorldTables, scan_log: ScanLog, tmp_path: Path
) -> None:
    log = write_log(tmp_path, mapped(world.exchanges, "exchange_id", lambda x: x[::-1]), world.accounts)
    found = scan_log(log).tables["members"]
    assert rows_of(found.drop_columns(["campaign_id"])) == rows_of(
        scanned.tables["members"].drop_columns(["campaign_id"])
    )


def test_countries_are_never_evidence(scanned: Scan, world: WorldTables, scan_log: ScanLog, tmp_path: Path) -> None:
    accounts = permuted(permuted(world.accounts, "phone_country", 4), "billing_country", 5)
    log = write_log(tmp_path, permuted(world.exchanges, "client_country", 6), accounts)
    assert bytes_of(scan_log(log).out) == bytes_of(scanned.out)


def test_countries_can_be_left_out(scanned: Scan, world: WorldTables, scan_log: ScanLog, tmp_path: Path) -> None:
    accounts = world.accounts.drop_columns(["phone_country", "billing_country"])
    found = scan_log(write_log(tmp_path, world.exchanges.drop_columns(["client_country"]), accounts))
    assert bytes_of(found.out) == bytes_of(scanned.out)
    assert found.statement["could_not_see"] == scanned.statement["could_not_see"]


def test_duplicates_count_once(scanned: Scan, world: WorldTables, scan_log: ScanLog, tmp_path: Path) -> None:
    again = shuffled(world.exchanges, 7).slice(0, 4000)
    twice = pa.concat_tables([world.exchanges, again, again.slice(0, 300)])
    found = scan_log(write_log(tmp_path, shuffled(twice, 8), world.accounts))
    assert found.statement["counts"]["duplicates"] == 4300
    assert found.statement["counts"]["exchanges"] == world.exchanges.num_rows
    assert bytes_of(found.out) == bytes_of(scanned.out)


def test_duplicates_that_disagree_give_one_answer(world: WorldTables, scan_log: ScanLog, tmp_path: Path) -> None:
    """The same exchange logged twice with different models and texts: which copy counts cannot hang on row order."""
    other = mapped(mapped(world.exchanges, "model", lambda m: m[::-1]), "input_text", lambda t: f"{t} twice over")
    twice = pa.concat_tables([world.exchanges, other])
    found = [bytes_of(scan_log(write_log(tmp_path / str(n), shuffled(twice, n), world.accounts)).out) for n in (1, 2)]
    assert found[0] == found[1]


def test_account_records_that_disagree_give_one_answer(world: WorldTables, scan_log: ScanLog, tmp_path: Path) -> None:
    """Two records of an account with one sign-up time and one payment: what else they say cannot hang on row order."""
    other = permuted(permuted(world.accounts, "device_fingerprint", 1), "signup_ip", 2)
    twice = pa.concat_tables([world.accounts, other])
    found = [bytes_of(scan_log(write_log(tmp_path / str(n), world.exchanges, shuffled(twice, n))).out) for n in (1, 2)]
    for tables in found:
        assert tables.pop("rejects.parquet")  # names the file, which lies elsewhere each time
    assert found[0] == found[1]


def test_as_of_forgets_what_came_later(world: WorldTables, scan_log: ScanLog, tmp_path: Path) -> None:
    early = world.exchanges.filter(pc.less(world.exchanges["time"], pa.scalar(CUT, EXCHANGES.arrow.field("time").type)))
    cut = scan_log(write_log(tmp_path, early, world.accounts))
    found = scan_log(world.directory, as_of=CUT)
    assert 0 < early.num_rows < world.exchanges.num_rows
    assert cut.tables["campaigns"].num_rows > 0
    assert bytes_of(found.out) == bytes_of(cut.out)
    for told in ("exchanges", "accounts", "groups_tested", "duplicates"):
        assert found.statement["counts"][told] == cut.statement["counts"][told]
    for told in ("could_not_see", "models", "window"):
        assert found.statement[told] == cut.statement[told]


def test_a_campaign_keeps_its_name_while_it_grows(scanned: Scan, world: WorldTables, scan_log: ScanLog) -> None:
    """Scanned today and two days ago, the same group has the same id; its first member was there already."""
    then, now = scan_log(world.directory, as_of=CUT).tables["members"], scanned.tables["members"]
    mine = set(world.members("campaign:june-2026")["account_id"].to_pylist())
    before, after = (
        {row["campaign_id"] for row in t.to_pylist() if row["account_id"] in mine and row["role"] != "bystander"}
        for t in (then, now)
    )
    assert len(before) == 1
    assert before == after
