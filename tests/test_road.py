"""The road from end to end, on the small world and on variations that must not matter, or must matter in one way."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
import pyarrow.parquet as pq
import pytest

from stillwatch.intake import InputError
from stillwatch.progress import Silent
from stillwatch.records import CAMPAIGNS, EXCHANGES, MEMBERS, RESULT_TABLES
from stillwatch.report.names import open_names
from stillwatch.report.page import write_report
from stillwatch.report.result import load_result
from stillwatch.road import Scan, ScanOptions, scan
from stillwatch.signals import KeyFileError, open_key
from stillwatch.signals.texts import expire_texts
from testrange.reading import WorldTables
from testrange.score import score

TABLES = [schema.name for schema in RESULT_TABLES]
FILES = {*(f"{name}.parquet" for name in TABLES), "names.parquet", "scan.json"}
CUT = datetime(2026, 5, 11, 6, tzinfo=UTC)
ScanLog = Callable[..., Scan]


def _tables(result: Path) -> dict[str, pa.Table]:
    return {name: pq.read_table(result / f"{name}.parquet") for name in TABLES}


def _bytes(result: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(result.glob("*.parquet"))}


def _log(folder: Path, exchanges: pa.Table, accounts: pa.Table | None) -> Path:
    (folder / "exchanges").mkdir(parents=True)
    pq.write_table(exchanges, folder / "exchanges" / "part.parquet")
    if accounts is not None:
        pq.write_table(accounts, folder / "accounts.parquet")
    return folder


def _shuffled(table: pa.Table, seed: int) -> pa.Table:
    return table.take(pa.array(np.random.default_rng(seed).permutation(table.num_rows)))


def _mapped(table: pa.Table, column: str, change: Callable[[Any], Any]) -> pa.Table:
    place = table.schema.get_field_index(column)
    field = table.schema.field(place)
    return table.set_column(place, field, pa.array([change(v) for v in table[column].to_pylist()], field.type))


def _permuted(table: pa.Table, column: str, seed: int) -> pa.Table:
    place = table.schema.get_field_index(column)
    return table.set_column(place, table.schema.field(place), _shuffled(table.select([column]), seed)[column])


def _rows(table: pa.Table) -> list[str]:
    return sorted(repr(sorted(row.items())) for row in table.to_pylist())


def _unseen(found: Scan) -> set[str]:
    return {entry["evidence"] for entry in found.statement["could_not_see"]}


# What is found.


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
    found = scan_log(_log(tmp_path, innocent, world.accounts))
    assert innocent.num_rows < world.exchanges.num_rows
    assert "distillation" not in found.tables["campaigns"]["verdict"].to_pylist()


# What a result is.


@pytest.mark.parametrize("schema", RESULT_TABLES, ids=lambda s: s.name)
def test_result_opens_in_pyarrow_and_duckdb(scanned: Scan, schema: Any) -> None:
    path = scanned.out / f"{schema.name}.parquet"
    table = pq.read_table(path)
    assert table.schema.equals(schema.arrow)
    assert table.equals(scanned.tables[schema.name])
    told = duckdb.read_parquet(str(path))
    assert told.columns == list(schema.names)
    assert _rows(pa.table(told.to_arrow_table()).select(schema.names[:1])) == _rows(table.select(schema.names[:1]))


def test_duckdb_sees_the_types_of_the_contract(scanned: Scan) -> None:
    types = {
        "string": "VARCHAR",
        "double": "DOUBLE",
        "int64": "BIGINT",
        "timestamp[us, tz=UTC]": "TIMESTAMP WITH TIME ZONE",
        "map<string, double>": "MAP(VARCHAR, DOUBLE)",
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


# What must not matter.


def test_order_of_rows_is_of_no_consequence(
    scanned: Scan, world: WorldTables, scan_log: ScanLog, tmp_path: Path
) -> None:
    log = _log(tmp_path, _shuffled(world.exchanges, 1), _shuffled(world.accounts, 2))
    assert _bytes(scan_log(log).out) == _bytes(scanned.out)


def test_threads_are_of_no_consequence(scanned: Scan, world: WorldTables, scan_log: ScanLog) -> None:
    assert _bytes(scan_log(world.directory, threads=3).out) == _bytes(scanned.out)


def test_number_of_files_is_of_no_consequence(
    scanned: Scan, world: WorldTables, scan_log: ScanLog, tmp_path: Path
) -> None:
    log = _log(tmp_path, world.exchanges.slice(0, 100), world.accounts)
    for n, start in enumerate(range(100, world.exchanges.num_rows, 1700)):
        part = world.exchanges.slice(start, 1700)
        pq.write_table(part, log / "exchanges" / f"{n % 3}-more-{n}.parquet", row_group_size=500)
    assert _bytes(scan_log(log, threads=2).out) == _bytes(scanned.out)


def test_csv_tells_the_same_as_parquet(scanned: Scan, world: WorldTables, scan_log: ScanLog, tmp_path: Path) -> None:
    (tmp_path / "exchanges").mkdir()
    tools = world.exchanges["tool_names"].to_pylist()
    texts = pa.array([None if names is None else json.dumps(names) for names in tools], pa.string())
    flat = world.exchanges.set_column(world.exchanges.schema.get_field_index("tool_names"), "tool_names", texts)
    pcsv.write_csv(flat, tmp_path / "exchanges" / "all.csv")
    pcsv.write_csv(world.accounts, tmp_path / "accounts.csv")
    found = scan_log(tmp_path)
    assert found.statement["counts"]["rejects"] == 0
    assert _bytes(found.out) == _bytes(scanned.out)


def test_names_of_accounts_are_of_no_consequence(
    scanned: Scan, world: WorldTables, scan_log: ScanLog, tmp_path: Path
) -> None:
    ids = sorted(set(world.accounts["account_id"].to_pylist()))
    renamed = {old: f"customer/{n:05d} é" for n, old in enumerate(np.random.default_rng(3).permutation(ids).tolist())}
    back = {new: old for old, new in renamed.items()}
    log = _log(
        tmp_path,
        _mapped(world.exchanges, "account_id", renamed.__getitem__),
        _mapped(world.accounts, "account_id", renamed.__getitem__),
    )
    found, before = _tables(scan_log(log).out), _tables(scanned.out)
    for name, table in found.items():
        named = "account_id" in table.column_names
        assert _rows(_mapped(table, "account_id", back.__getitem__) if named else table) == _rows(before[name]), name


def test_names_of_exchanges_decide_nothing_but_names(
    scanned: Scan, world: WorldTables, scan_log: ScanLog, tmp_path: Path
) -> None:
    log = _log(tmp_path, _mapped(world.exchanges, "exchange_id", lambda x: x[::-1]), world.accounts)
    found = scan_log(log).tables["members"]
    assert _rows(found.drop_columns(["campaign_id"])) == _rows(scanned.tables["members"].drop_columns(["campaign_id"]))


def test_countries_are_never_evidence(scanned: Scan, world: WorldTables, scan_log: ScanLog, tmp_path: Path) -> None:
    accounts = _permuted(_permuted(world.accounts, "phone_country", 4), "billing_country", 5)
    log = _log(tmp_path, _permuted(world.exchanges, "client_country", 6), accounts)
    assert _bytes(scan_log(log).out) == _bytes(scanned.out)


def test_countries_can_be_left_out(scanned: Scan, world: WorldTables, scan_log: ScanLog, tmp_path: Path) -> None:
    accounts = world.accounts.drop_columns(["phone_country", "billing_country"])
    found = scan_log(_log(tmp_path, world.exchanges.drop_columns(["client_country"]), accounts))
    assert _bytes(found.out) == _bytes(scanned.out)
    assert found.statement["could_not_see"] == scanned.statement["could_not_see"]


def test_duplicates_count_once(scanned: Scan, world: WorldTables, scan_log: ScanLog, tmp_path: Path) -> None:
    again = _shuffled(world.exchanges, 7).slice(0, 4000)
    twice = pa.concat_tables([world.exchanges, again, again.slice(0, 300)])
    found = scan_log(_log(tmp_path, _shuffled(twice, 8), world.accounts))
    assert found.statement["counts"]["duplicates"] == 4300
    assert found.statement["counts"]["exchanges"] == world.exchanges.num_rows
    assert _bytes(found.out) == _bytes(scanned.out)


def test_duplicates_that_disagree_give_one_answer(world: WorldTables, scan_log: ScanLog, tmp_path: Path) -> None:
    """The same exchange logged twice with different models and texts: which copy counts cannot hang on row order."""
    other = _mapped(_mapped(world.exchanges, "model", lambda m: m[::-1]), "input_text", lambda t: f"{t} twice over")
    twice = pa.concat_tables([world.exchanges, other])
    found = [_bytes(scan_log(_log(tmp_path / str(n), _shuffled(twice, n), world.accounts)).out) for n in (1, 2)]
    assert found[0] == found[1]


def test_account_records_that_disagree_give_one_answer(world: WorldTables, scan_log: ScanLog, tmp_path: Path) -> None:
    """Two records of an account with one sign-up time and one payment: what else they say cannot hang on row order."""
    other = _permuted(_permuted(world.accounts, "device_fingerprint", 1), "signup_ip", 2)
    twice = pa.concat_tables([world.accounts, other])
    found = [_bytes(scan_log(_log(tmp_path / str(n), world.exchanges, _shuffled(twice, n))).out) for n in (1, 2)]
    for tables in found:
        assert tables.pop("rejects.parquet")  # names the file, which lies elsewhere each time
    assert found[0] == found[1]


def test_as_of_forgets_what_came_later(world: WorldTables, scan_log: ScanLog, tmp_path: Path) -> None:
    early = world.exchanges.filter(pc.less(world.exchanges["time"], pa.scalar(CUT, EXCHANGES.arrow.field("time").type)))
    cut = scan_log(_log(tmp_path, early, world.accounts))
    found = scan_log(world.directory, as_of=CUT)
    assert 0 < early.num_rows < world.exchanges.num_rows
    assert cut.tables["campaigns"].num_rows > 0
    assert _bytes(found.out) == _bytes(cut.out)
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


# What cannot be seen.


def test_a_log_without_text_is_scanned(world: WorldTables, scan_log: ScanLog, tmp_path: Path) -> None:
    bare = world.exchanges.drop_columns(["system_text", "input_text", "output_text"])
    found = scan_log(_log(tmp_path, bare, world.accounts))
    assert {"wording", "intent", "structure"} <= _unseen(found)
    assert not {"payment", "device", "address", "client"} & _unseen(found)


def test_a_log_without_accounts_is_scanned(world: WorldTables, scan_log: ScanLog, tmp_path: Path) -> None:
    found = scan_log(_log(tmp_path, world.exchanges, None))
    assert {"payment", "device", "signup_address", "email_domain", "signup_cohort"} <= _unseen(found)
    assert not {"wording", "address", "client"} & _unseen(found)


def test_required_columns_are_enough(world: WorldTables, scan_log: ScanLog, tmp_path: Path) -> None:
    found = scan_log(_log(tmp_path, world.exchanges.select(list(EXCHANGES.required)), None))
    assert {"wording", "payment", "device", "address", "client", "follow_up", "signup_cohort"} <= _unseen(found)
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
    assert _bytes(scan_log(_log(tmp_path, world.exchanges, active)).out) == _bytes(scanned.out)


# What must not get out.


@pytest.fixture(scope="module")
def hidden(world: WorldTables, scan_log: ScanLog) -> Scan:
    """The small world, scanned with account ids hidden, with its page."""
    found = scan_log(world.directory, pseudonymise_accounts=True)
    write_report(load_result(found.out), found.out / "report.html")
    return found


@pytest.fixture(scope="module")
def reported(scanned: Scan) -> Scan:
    """The small world with its page."""
    write_report(load_result(scanned.out), scanned.out.parent / "report.html")
    return scanned


def _said(result: Path) -> str:
    """Everything that a result directory says, decompressed: values of all columns, names of columns, metadata."""
    said: list[str] = []
    for path in sorted(p for p in [*result.rglob("*"), *result.parent.glob("report.html")] if p.is_file()):
        if path.suffix != ".parquet":
            said.append(path.read_bytes().decode("utf-8", "replace"))
            continue
        table = pq.read_table(path)
        said.append(repr(table.schema.metadata))
        said.extend(text for column in table.columns for text in _texts(column.to_pylist()))
    return "\n".join(said)


def _texts(values: list[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, bytes):
            yield value.decode("latin-1")
        elif isinstance(value, list):
            yield from (str(part) for part in value)
        elif value is not None:
            yield str(value)


def test_hidden_accounts_leave_no_name(hidden: Scan, world: WorldTables) -> None:
    said = _said(hidden.out)
    ids = set(world.exchanges["account_id"].to_pylist())
    assert hidden.tables["members"].num_rows > 0
    assert not [name for name in ids if name in said]
    assert not re.search("ac_[0-9a-f]{8}", said)


def test_hidden_accounts_change_nothing_else(hidden: Scan, scanned: Scan, key_file: Path) -> None:
    names = open_names(hidden.out, open_key(key_file))
    before = scanned.tables
    for name, table in hidden.tables.items():
        if name == "names":
            continue
        named = "account_id" in table.column_names
        assert _rows(_mapped(table, "account_id", names.__getitem__) if named else table) == _rows(before[name]), name


def test_names_open_with_their_key_only(hidden: Scan, key_file: Path, tmp_path: Path) -> None:
    names = open_names(hidden.out, open_key(key_file))
    assert set(hidden.tables["members"]["account_id"].to_pylist()) <= names.keys()
    with pytest.raises(KeyFileError, match="key"):
        open_names(hidden.out, open_key(tmp_path / "another"))


def test_sealed_names_give_back_every_shared_value(scanned: Scan, world: WorldTables, key_file: Path) -> None:
    names = open_names(scanned.out, open_key(key_file))
    columns = {
        "payment": world.accounts["payment_fingerprint"],
        "device": world.accounts["device_fingerprint"],
        "signup_address": world.accounts["signup_ip"],
        "email_domain": world.accounts["email_domain"],
        "address": world.exchanges["client_ip"],
    }
    originals = {detector: set(column.to_pylist()) for detector, column in columns.items()}
    shared = [row for row in scanned.tables["shared"].to_pylist() if row["detector"] in columns]
    assert {row["detector"] for row in shared} >= {"payment", "device", "address"}
    for row in shared:
        assert names[row["value"]] in originals[row["detector"]]


@pytest.mark.parametrize("which", ["reported", "hidden"])
def test_no_original_value_gets_out(which: str, world: WorldTables, request: pytest.FixtureRequest) -> None:
    found: Scan = request.getfixturevalue(which)
    said = _said(found.out)
    secret = {
        "exchanges": ("client_ip", "user_agent", "tls_fingerprint", "conversation_id", "api_key_id", "exchange_id"),
        "accounts": ("payment_fingerprint", "device_fingerprint", "signup_ip", "email_domain", "organization_id"),
    }
    words = set(re.split(r"[\s\"'<>,;()]+", said))
    for table, columns in secret.items():
        for column in columns:
            values = {str(v) for v in getattr(world, table)[column].to_pylist() if v is not None}
            assert values, column
            assert not values & words, column
            few = sorted(values)[:: max(1, len(values) // 400)]
            assert not [v for v in few if v in said], column


@pytest.mark.parametrize("which", ["reported", "hidden"])
def test_no_piece_of_a_prompt_gets_out(which: str, world: WorldTables, request: pytest.FixtureRequest) -> None:
    """No 47 characters in a row of any text: each such run holds one of the pieces of 24 that are looked for."""
    found: Scan = request.getfixturevalue(which)
    said, size = _said(found.out), 24
    windows = {said[k : k + size] for k in range(len(said) - size)}
    for column in ("system_text", "input_text"):
        for text in set(world.exchanges[column].drop_null().to_pylist()):
            assert not [p for k in range(0, len(text) - size + 1, size) if (p := text[k : k + size]) in windows]


# Kept texts.


def _kept(found: Scan) -> pa.Table:
    return pq.read_table(found.out / "texts" / "texts.parquet")


def test_kept_texts_are_those_of_members(scanned: Scan, world: WorldTables, scan_log: ScanLog) -> None:
    found = scan_log(world.directory, keep_text_days=3)
    members = set(found.tables["members"]["account_id"].to_pylist())
    kept = _kept(found)
    expected = world.exchanges.filter(pc.is_in(world.exchanges["account_id"], pa.array(sorted(members))))
    assert _rows(kept) == _rows(expected.select(kept.column_names))
    assert kept.num_rows > 0
    assert _bytes(found.out) == _bytes(scanned.out)


def test_kept_texts_go_when_their_time_is_over(world: WorldTables, scan_log: ScanLog) -> None:
    found = scan_log(world.directory, keep_text_days=3)
    now = datetime.now(UTC)
    assert not expire_texts(found.out, now + timedelta(days=2, hours=23))
    assert (found.out / "texts" / "texts.parquet").exists()
    assert expire_texts(found.out, now + timedelta(days=3, minutes=1))
    assert sorted(p.name for p in found.out.iterdir()) == sorted(
        [*(f"{t}.parquet" for t in TABLES), "names.parquet", "scan.json"]
    )
    assert not expire_texts(found.out, now + timedelta(days=4))
    load_result(found.out)


def test_kept_texts_under_hidden_accounts_bear_pseudonyms(world: WorldTables, scan_log: ScanLog) -> None:
    found = scan_log(world.directory, keep_text_days=3, pseudonymise_accounts=True)
    members = set(found.tables["members"]["account_id"].to_pylist())
    kept = set(_kept(found)["account_id"].to_pylist())
    assert kept == members
    assert not kept & set(world.exchanges["account_id"].to_pylist())


def test_kept_texts_end_at_as_of(world: WorldTables, scan_log: ScanLog) -> None:
    kept = _kept(scan_log(world.directory, keep_text_days=3, as_of=CUT))
    assert kept.num_rows > 0
    assert pc.max(kept["time"]).as_py() < CUT


# What is left behind when a scan fails.


def test_an_older_result_is_replaced_whole(scanned: Scan, world: WorldTables, scan_log: ScanLog) -> None:
    found = scan_log(world.directory, keep_text_days=3)
    (found.out / "report.html").write_text("an older page")
    again = scan_log(world.directory, out=found.out)
    assert {p.name for p in again.out.iterdir()} == FILES
    assert _bytes(again.out) == _bytes(scanned.out)
    assert sorted(p.name for p in again.out.parent.iterdir()) == ["result"]


def test_a_failed_scan_leaves_the_older_result(
    scanned: Scan, world: WorldTables, key_file: Path, tmp_path: Path
) -> None:
    log = _log(tmp_path / "log", world.exchanges.slice(0, 500), None)
    out = tmp_path / "result"
    scan(ScanOptions(log, out, key_file, threads=1), Silent())
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    broken = log / "exchanges" / "part.parquet"
    broken.write_bytes(broken.read_bytes()[:-2000])
    with pytest.raises(InputError):
        scan(ScanOptions(log, out, key_file, threads=1), Silent())
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["log", "result"]


def test_other_peoples_files_are_left_alone(world: WorldTables, key_file: Path, tmp_path: Path) -> None:
    log = _log(tmp_path / "log", world.exchanges.slice(0, 500), None)
    out = tmp_path / "home"
    out.mkdir()
    (out / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="something else"):
        scan(ScanOptions(log, out, key_file, threads=1), Silent())
    assert [p.name for p in out.iterdir()] == ["thesis.txt"]
