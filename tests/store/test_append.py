"""Days that arrive one by one give what one scan of everything gives."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from stillwatch.intake import InputError, open_log
from stillwatch.signals import Signaller, open_key
from stillwatch.store import Arrival, append, settings_of
from stillwatch.store.files import StoredFile, write_parquet
from stillwatch.store.manifest import Segment, read_manifest, write_manifest
from testrange.reading import WorldTables
from tests.road.logs import bytes_of, mapped, shuffled, write_log

from .conftest import Add, Look, day_of

_NAMES = StoredFile("names/none.parquet", 0, 0, "")


def _rows(store: Path) -> int:
    return sum(s.signals.rows for s in read_manifest(store).segments)


def _json_lines(path: Path, table: pa.Table) -> None:
    """As JSON lines, every 50th of which is broken."""
    lines = [json.dumps(row, default=lambda t: t.isoformat()) for row in table.to_pylist()]
    path.write_text("".join(f"{line[: len(line) // 2] if n % 50 == 7 else line}\n" for n, line in enumerate(lines)))


def _split(folder: Path, table: pa.Table, seed: int) -> list[Path]:
    """Files in which the rows of a table lie in a random way: by day, or scattered, or the same ones twice."""
    chance = np.random.default_rng(seed)
    parts = int(chance.integers(2, 7))
    place = chance.integers(0, parts, table.num_rows)
    by_day = np.asarray(day_of(table)) % parts
    place = np.where(chance.random(table.num_rows) < chance.choice([0.0, 0.1, 1.0]), place, by_day)
    files = []
    for n in range(parts):
        rows = table.filter(pa.array(place == n))
        again = shuffled(table, seed + n).slice(0, int(chance.integers(0, 400)))
        path = folder / "exchanges" / f"{n}.{'jsonl' if n == 1 else 'parquet'}"
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = shuffled(pa.concat_tables([rows, again]), seed)
        _json_lines(path, rows) if n == 1 else pq.write_table(rows, path)
        files.append(path)
    return [files[n] for n in chance.permutation(parts)]


@pytest.mark.parametrize("seed", range(6))
def test_any_split_in_any_order_is_one_scan_of_everything(
    few: pa.Table, world: WorldTables, add: Add, look: Look, store: Path, tmp_path: Path, seed: int
) -> None:
    """With duplicates, with copies that disagree, with records that do not fit, with late days."""
    other = mapped(few.slice(0, 300), "system_text", lambda t: f"{t} but not quite")
    files = _split(tmp_path / "log", pa.concat_tables([few, other]), seed)
    accounts = tmp_path / "log" / "accounts.parquet"
    pq.write_table(pa.concat_tables([world.accounts, world.accounts.slice(0, 5)]), accounts)
    whole = look(tmp_path / "log", out=tmp_path / "whole")
    for file in files:
        add(file, accounts)
    found = look(store, out=tmp_path / "found")
    assert bytes_of(found.out) == bytes_of(whole.out)
    assert found.tables["rejects"].num_rows > 5
    assert {**found.statement, "store": None, "created_with": None} == {
        **whole.statement,
        "store": None,
        "created_with": None,
    }


def test_a_world_day_by_day_is_the_world(
    world: WorldTables, scan_log: Look, look: Look, store: Path, tmp_path: Path
) -> None:
    """Scanned every day, and at the end what one scan finds; hidden accounts can be revealed all the same."""
    days = day_of(world.exchanges)
    log = tmp_path / "log"
    (log / "exchanges").mkdir(parents=True)
    pq.write_table(world.accounts, log / "accounts.parquet")
    for n, day in enumerate(sorted(set(days.to_pylist()))[-3:]):
        upto = pc.less_equal(days, day) if n == 0 else pc.equal(days, day)
        pq.write_table(world.exchanges.filter(upto), log / "exchanges" / f"{day}.parquet")
        found = look(log, store=store, pseudonymise_accounts=True)
    whole = scan_log(world.directory, pseudonymise_accounts=True)
    assert bytes_of(found.out) == bytes_of(whole.out)
    assert whole.tables["campaigns"].num_rows >= 2
    assert pq.read_table(found.out / "names.parquet").num_rows > whole.tables["members"].num_rows


def test_what_was_read_is_not_read_again(few: pa.Table, add: Add, store: Path, tmp_path: Path) -> None:
    log = write_log(tmp_path / "log", few, None)
    assert add(log) == few.num_rows
    before = sorted(store.rglob("*.parquet"))
    (log / "exchanges" / "part.parquet").rename(log / "exchanges" / "renamed.parquet")
    shutil.copy(log / "exchanges" / "renamed.parquet", log / "exchanges" / "copy.parquet")
    assert add(log) == 0
    assert (_rows(store), sorted(store.rglob("*.parquet"))) == (few.num_rows, before)


def test_a_file_that_grew_is_read_again_and_counts_once(
    few: pa.Table, add: Add, look: Look, store: Path, tmp_path: Path
) -> None:
    log = tmp_path / "log.jsonl"
    _json_lines(log, few.slice(0, 1000))
    add(log)
    _json_lines(log, few.slice(0, 1500))
    whole = look(log, out=tmp_path / "whole")
    assert add(log) == 1470
    found = look(store, out=tmp_path / "found")
    assert bytes_of(found.out) == bytes_of(whole.out)
    assert found.statement["counts"]["exchanges"] == whole.statement["counts"]["exchanges"] == 1470
    assert found.statement["counts"]["rejects"] == 30
    assert [entry["bytes"] for entry in found.statement["inputs"]] == [log.stat().st_size]


# The window.


def test_days_expire(few: pa.Table, add: Add, look: Look, store: Path, tmp_path: Path) -> None:
    """Three days remain, in whatever order they come, and a scan sees what a scan of those days sees."""
    days = day_of(few)
    newest = pc.max(days).as_py()
    recent = few.filter(pc.greater(days, newest - 3))
    whole = look(write_log(tmp_path / "log", recent, None), out=tmp_path / "whole")
    files = {}
    for day in sorted(set(days.to_pylist())):
        files[day] = tmp_path / f"{day}.parquet"
        pq.write_table(few.filter(pc.equal(days, day)), files[day])
    for day in (newest - 4, newest - 1, newest - 3, newest, newest - 2, newest - 5):
        add(files[day], window=3)
    found = look(store, out=tmp_path / "found")
    kept = sorted(p.name for p in (store / "signals").iterdir())
    assert len(kept) == len(list((store / "names").iterdir())) == found.statement["store"]["days"] == 3
    assert bytes_of(found.out) == bytes_of(whole.out)
    outside = sum(pq.read_metadata(files[day]).num_rows for day in (newest - 3, newest - 4, newest - 5))
    assert found.statement["store"]["outside_window"] == outside
    assert len(found.statement["inputs"]) == 3
    assert add(files[newest - 5]) == 0


def test_a_window_that_was_asked_for_is_kept(few: pa.Table, add: Add, store: Path, tmp_path: Path) -> None:
    log = write_log(tmp_path / "log", few, None)
    add(log)
    assert read_manifest(store).window == 90
    add(log, window=200)
    add(log)
    assert read_manifest(store).window == 200
    add(log, window=2)
    assert len({s.day for s in read_manifest(store).segments}) == 2


def test_one_wrong_clock_does_not_end_the_store(few: pa.Table, add: Add, store: Path, tmp_path: Path) -> None:
    add(write_log(tmp_path / "log", few, None))
    before = read_manifest(store)
    late = few.slice(0, 1)
    shift = pc.add(late["time"].cast(pa.int64()), 5 * 366 * 86_400_000_000).cast(late["time"].type)
    late = late.set_column(late.schema.get_field_index("time"), late.schema.field("time"), shift)
    with pytest.raises(InputError, match="Check the times of the log"):
        add(write_log(tmp_path / "late", late, None))
    assert read_manifest(store) == before
    assert len(list(store.rglob("*.parquet"))) == len(list(before.files))


def test_a_run_that_was_stopped_as_it_committed_removes_nothing(
    few: pa.Table, store: Path, key_file: Path, tmp_path: Path
) -> None:
    """The manifest is replaced, and the run ends before it knows: here in between, as by a signal or a failing sync."""
    log = open_log(write_log(tmp_path / "log", few, None))
    key = open_key(key_file)
    running = append(store, Arrival(log), settings_of(key, False, {}), Signaller(key), 1)
    next(running)
    part = Path("signals") / "part.parquet"
    counts = replace(read_manifest(store), segments=(Segment(1, write_parquet(store, str(part), few), _NAMES, {}),))
    write_manifest(store, counts)
    running.close()
    assert [p.relative_to(store) for p in store.rglob("*.parquet")] == [part]


# Accounts.


def test_the_accounts_that_were_given_last_count(
    few: pa.Table, world: WorldTables, add: Add, look: Look, store: Path, tmp_path: Path
) -> None:
    """A record replaces an earlier one of its account; accounts that are not in the new file stay."""
    log = write_log(tmp_path / "log", few, None)
    verified = mapped(world.accounts, "organization_id", lambda _: "org-x").slice(0, 900)
    older, newer = tmp_path / "older.parquet", tmp_path / "newer.parquet"
    pq.write_table(world.accounts, older)
    pq.write_table(verified, newer)
    together = tmp_path / "together.parquet"
    pq.write_table(pa.concat_tables([verified, world.accounts.slice(900)]), together)
    for accounts in (newer, older, newer):
        add(log, accounts)
    found, whole = look(store, out=tmp_path / "found"), look(log, out=tmp_path / "whole", accounts=together)
    assert bytes_of(found.out) == bytes_of(whole.out)
    assert len(list((store / "registrations").iterdir())) == 1
    add(log, older)
    assert bytes_of(look(store, out=tmp_path / "back").out) == bytes_of(
        look(log, out=tmp_path / "old", accounts=older).out
    )


# Edges.


def test_a_store_without_an_exchange(add: Add, look: Look, store: Path, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text('{"exchange_id": "x", "time": "never", "account_id": "a", "model": "m"}\n')
    with pytest.raises(InputError, match="no exchange could be read"):
        add(log)
    with pytest.raises(InputError, match="holds no exchange"):
        look(store)
    assert not list(store.rglob("*.parquet"))


def test_a_new_file_in_which_nothing_fits_is_told(
    few: pa.Table, add: Add, look: Look, store: Path, tmp_path: Path
) -> None:
    add(write_log(tmp_path / "log", few, None))
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"exchange_id": "x", "time": "never", "account_id": "a", "model": "m"}\n')
    assert add(bad) == 0
    assert look(store).tables["rejects"]["file"].to_pylist() == [str(bad)]
