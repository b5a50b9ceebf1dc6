"""Large worlds at small sizes: the schema of signals, the same bytes, the truth, and that a scan finds the campaign."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from stillwatch.engine import DuckDBEngine
from stillwatch.progress import Silent
from stillwatch.records import ACCOUNTS, EXCHANGES
from stillwatch.records.signals import SIGNALS
from stillwatch.road import Prepared, Scan, ScanOptions, judge
from stillwatch.signals import Signaller, open_key
from testrange.reading import WorldTables
from testrange.scale import ScaleWorld, ScaleWritten, of_size, write_scale_world
from testrange.scale.signals import key_of
from testrange.score import Score, score

Numbers = npt.NDArray[np.int64]
WORLD = ScaleWorld(exchanges=48_000, accounts=1_600, harvesting=40, taken=4_000, twins=0.09, seed=11, days=8)


@pytest.fixture(scope="module")
def signals(tmp_path_factory: pytest.TempPathFactory) -> ScaleWritten:
    return write_scale_world(WORLD, tmp_path_factory.mktemp("scale") / "signals", "signals")


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> ScaleWritten:
    return write_scale_world(WORLD, tmp_path_factory.mktemp("scale") / "raw", "raw")


def _digests(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "world.json")
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def _signals_of(world: ScaleWritten) -> pa.Table:
    files = sorted((world.directory / "signals").rglob("*.parquet"))
    return pa.concat_tables([pq.read_table(f, partitioning=None) for f in files], promote_options="permissive")


def test_signals_have_the_schema_of_the_product(signals: ScaleWritten) -> None:
    for file in (signals.directory / "signals").rglob("*.parquet"):
        found = pq.read_schema(file)
        assert found.names == list(SIGNALS.names)
        assert all(found.field(c.name).type.equals(c.type) for c in SIGNALS.columns)


def test_signals_lie_in_the_folder_of_their_day(signals: ScaleWritten) -> None:
    for file in (signals.directory / "signals").rglob("*.parquet"):
        day = np.datetime64(file.parent.name.removeprefix("day=")).astype("datetime64[D]").astype(int)
        table = pq.read_table(file, partitioning=None, columns=["day", "time"])
        assert set(table["day"].to_pylist()) == {day}
        assert np.all(np.diff(np.asarray(table["time"].cast(pa.int64()))) >= 0)


def test_raw_records_conform(raw: ScaleWritten) -> None:
    assert pq.read_table(raw.directory / "exchanges").schema.equals(EXCHANGES.arrow)
    assert pq.read_table(raw.directory / "accounts.parquet").schema.equals(ACCOUNTS.arrow)


def test_both_forms_are_the_same_world(signals: ScaleWritten, raw: ScaleWritten) -> None:
    """The signals form is what the product's door makes of the raw form, row by row: nothing in it is invented."""
    made = Signaller(key_of(WORLD.seed)).signals(pq.read_table(raw.directory / "exchanges").combine_chunks())
    written = _signals_of(signals)
    assert (signals.exchanges, signals.harvested) == (raw.exchanges, raw.harvested)
    by_id = [table.sort_by("exchange") for table in (made, written)]
    for name in SIGNALS.names:
        one, other = (table[name].combine_chunks() for table in by_id)
        assert one.to_pylist() == other.to_pylist(), name


def test_the_seed_alone_decides_the_bytes(tmp_path: Path) -> None:
    """Not the number of processes, nor what was written before."""
    short = replace(WORLD, days=2)
    for name, world, processes in (("one", short, 1), ("two", short, 2), ("other", replace(short, seed=12), 1)):
        write_scale_world(world, tmp_path / name, "signals", processes)
    one, two, other = (_digests(tmp_path / name) for name in ("one", "two", "other"))
    assert one == two
    assert not set(one.values()) & set(other.values())


def test_the_key_opens_what_was_written(signals: ScaleWritten) -> None:
    assert open_key(signals.directory / "key") == key_of(WORLD.seed)


def test_truth_counts_what_is_in_the_log(raw: ScaleWritten) -> None:
    logged = pq.read_table(raw.directory / "exchanges", columns=["account_id", "exchange_id"])
    counts = {row["values"]: row["counts"] for row in pc.value_counts(logged["account_id"]).to_pylist()}
    truth = pq.read_table(raw.directory / "truth" / "accounts.parquet")
    assert {
        a: n for a, n in zip(truth["account_id"].to_pylist(), truth["exchanges"].to_pylist(), strict=True) if n
    } == (counts)
    harvest = ds.dataset(raw.directory / "truth" / "exchanges", format="parquet").to_table()
    assert set(harvest["exchange_id"].to_pylist()) <= set(logged["exchange_id"].to_pylist())
    assert harvest.num_rows == raw.harvested == pc.sum(truth["harvested"]).as_py()
    assert len(set(logged["exchange_id"].to_pylist())) == logged.num_rows == raw.exchanges


def test_a_world_has_the_size_that_was_declared(signals: ScaleWritten) -> None:
    truth = pq.read_table(signals.directory / "truth" / "accounts.parquet")
    campaign = truth.filter(pc.equal(truth["group"], "campaign:june-2026"))
    assert campaign.num_rows == WORLD.harvesting
    assert 0.8 * WORLD.taken < pc.sum(campaign["exchanges"]).as_py() < 1.2 * WORLD.taken
    assert 0.7 * WORLD.exchanges < signals.exchanges < 1.4 * WORLD.exchanges
    kinds = set(truth["kind"].to_pylist())
    assert kinds == {"benign", "twin", "campaign"}


def test_sizes_keep_their_proportions() -> None:
    full, tenth = of_size(300_000_000), of_size(30_000_000)
    assert (full.accounts, full.harvesting, full.taken, full.days) == (1_200_000, 25_000, 29_000_000, 45)
    assert (tenth.accounts, tenth.harvesting, tenth.taken, tenth.twins) == (120_000, 2_500, 2_900_000, 10.0)


def test_activity_has_a_heavy_tail(signals: ScaleWritten) -> None:
    truth = pq.read_table(signals.directory / "truth" / "accounts.parquet")
    sent = np.sort(np.asarray(truth.filter(pc.equal(truth["kind"], "benign"))["exchanges"]))
    assert sent[-len(sent) // 10 :].sum() > 0.5 * sent.sum()


def test_texts_are_as_long_as_those_of_other_worlds(signals: ScaleWritten, world: WorldTables) -> None:
    """Ordinary customers of a large world and of the small one: lengths of lists, words and tokens lie alike."""
    ordinary = world.of_group(None)
    usual = Signaller(key_of(1)).signals(_conforming(ordinary))
    accounts = pq.read_table(signals.directory / "truth" / "accounts.parquet")
    benign = accounts.filter(pc.equal(accounts["kind"], "benign"))["account_id"]
    found = _signals_of(signals)
    found = found.filter(pc.is_in(found["account_id"].cast(pa.string()), benign.combine_chunks()))
    for measure in (_words, _shingles, _output):
        one, other = measure(found), measure(usual)
        assert abs(np.median(one) - np.median(other)) <= 0.4 * max(np.median(other), 5.0), measure.__name__


def _conforming(table: pa.Table) -> pa.Table:
    missing = table.append_column("tool_names", pa.nulls(table.num_rows, EXCHANGES.arrow.field("tool_names").type))
    return missing.select(EXCHANGES.names).cast(EXCHANGES.arrow).combine_chunks()


def _words(table: pa.Table) -> Numbers:
    return np.asarray(table["words"])


def _shingles(table: pa.Table) -> Numbers:
    return np.asarray(pc.list_value_length(table["shingles"]))


def _output(table: pa.Table) -> Numbers:
    return np.asarray(table["output_tokens"].drop_null())


def test_a_scan_of_signals_finds_the_campaign(signals: ScaleWritten, tmp_path: Path) -> None:
    written = json.loads((signals.directory / "world.json").read_text())["written"]
    engine = DuckDBEngine(tmp_path / "spill", 1)
    engine.register("signals", signals.directory / "signals")
    registered = pq.read_table(signals.directory / "registrations")
    options = ScanOptions(log=signals.directory, out=tmp_path / "result", key=signals.directory / "key")
    _, tables = judge(engine, Prepared(registered, set(written["columns"])), options, Silent())
    engine.close()
    (tmp_path / "result").mkdir()
    for name, table in tables.items():
        pq.write_table(table, tmp_path / "result" / f"{name}.parquet")
    _found(score(tmp_path / "result", signals.directory))


def test_a_scan_of_the_raw_form_finds_the_campaign(raw: ScaleWritten, scan_log: Callable[..., Scan]) -> None:
    _found(score(scan_log(raw.directory).out, raw.directory))


def _found(told: Score) -> None:
    assert told.recall >= 0.9
    assert told.precision >= 0.9
