"""The scale bench: what it says of a process, and what it writes of the records."""

from __future__ import annotations

import json
import re
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from benchmarks.scale import __main__ as bench
from benchmarks.scale.child import summed
from benchmarks.scale.page import drawing, exponent, write_page
from benchmarks.scale.record_file import RECORDS, keep_record, read_records
from benchmarks.scale.watch import watch

BUSY = "import time; end = time.process_time() + 1.0\nwhile time.process_time() < end: pass"


def _watched(code: str, tmp_path: Path, minutes: float = 5.0, most: int = 10**12) -> Any:
    return watch([sys.executable, "-c", code], tmp_path, minutes, most, {})


def test_a_process_that_ends_is_done_and_its_marks_are_kept(tmp_path: Path) -> None:
    seen = _watched('print(\'{"kind": "stage", "name": "all", "from": 0, "to": 1}\')', tmp_path)
    assert seen.ended == "done"
    assert [mark["name"] for mark in seen.marks] == ["all"]
    assert seen.peak > 0


def test_memory_and_time_have_ends(tmp_path: Path) -> None:
    sleeper = "import time; time.sleep(600)"
    assert _watched(sleeper, tmp_path, minutes=0.0).ended == "stopped: out of time"
    assert _watched(sleeper, tmp_path, most=1000).ended.startswith("stopped at")


def test_a_failure_is_told(tmp_path: Path) -> None:
    assert _watched("raise MemoryError", tmp_path).ended == "out of memory"
    assert "broken" in _watched("raise ValueError('broken')", tmp_path).ended


def test_temporary_files_are_measured(tmp_path: Path) -> None:
    code = f"import time; open(r'{tmp_path}/t', 'wb').write(bytes(range(256)) * 8000); time.sleep(1.5)"
    assert _watched(code, tmp_path).spilled >= 2_000_000


def test_the_work_of_a_process_counts_that_nobody_waits_for(tmp_path: Path) -> None:
    """Its parent sees it end and leaves it: what it used is not added to what the parent used."""
    code = (
        "import os, subprocess, sys, time\n"
        f"child = subprocess.Popen([sys.executable, '-c', {BUSY!r}])\n"
        "os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)\n"
        "time.sleep(1)\nos._exit(0)"
    )
    assert _watched(code, tmp_path).processor >= 1.0


@pytest.mark.parametrize(("growth", "power"), [(10, 1.0), (100, 2.0), (1, 0.0)])
def test_exponents(growth: float, power: float) -> None:
    small, large = {"rows": 1000, "peak": 5.0}, {"rows": 10_000, "peak": 5.0 * growth}
    assert exponent(small, large, "peak") == pytest.approx(power)


def test_every_column_has_a_sum() -> None:
    lists = pa.field("bag", pa.list_(pa.int8(), 32)), pa.field("shingles", pa.list_(pa.int64()))
    assert [summed(f) for f in lists] == ['SUM("bag"[1])', 'SUM(LEN("shingles"))']


def _record(what: str, rows: int, **more: Any) -> dict[str, Any]:
    marks = [{"kind": "stage", "name": "links", "seconds": 2.0, "memory": 10**9, "spilled": 0, "texts": 50}]
    told = {"run": f"signals-{rows}", "bytes": rows * 100, "memory": "4GB", "load": 1.0, "ended": "done", "given": 5}
    taken = {"seconds": rows / 1e4, "processor": rows / 1e4, "peak": 10**9, "spilled": 10**9}
    return {"what": what, "rows": rows, "marks": marks, "date": "2026-01-01", "revision": "abc"} | told | taken | more


def test_the_page_tells_what_ended_and_what_did_not(tmp_path: Path) -> None:
    records = [
        _record("floor", 1_000_000, processor=10.0),
        _record("signals", 1_000_000),
        _record("signals", 10_000_000),
        _record("signals", 100_000_000, ended="out of memory"),
        _record("fraudar", 1_000_000),
        _record("sketch", 1_000_000, whose="rensa"),
    ]
    write_page(records, tmp_path / "page.md")
    page = (tmp_path / "page.md").read_text()
    assert "the power 1.00 of the size" in page
    assert "out of memory" in page
    assert "| 10.0 |" in page
    assert "rensa" in page
    assert (tmp_path / "images" / "scale-seconds.svg").read_text().count("<circle") == 3


def test_a_plot_without_points_is_still_one() -> None:
    assert drawing("nothing", "s", {}).startswith("<svg")


def test_a_record_takes_the_place_of_its_older_self_and_of_no_other(tmp_path: Path) -> None:
    path = tmp_path / "records" / "measurements.jsonl"
    first = [_record("signals", 10_000_000), _record("floor", 1_000_000), _record("signals", 1_000_000)]
    for record in first:
        keep_record(record, path)
    keep_record(_record("signals", 1_000_000, processor=7.0, date="2026-02-02"), path)
    found = read_records(path)
    assert [(r["what"], r["rows"], r["processor"]) for r in found] == [
        ("floor", 1_000_000, 100.0),
        ("signals", 1_000_000, 7.0),
        ("signals", 10_000_000, 1000.0),
    ]
    assert found[2] == first[0]
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_a_record_names_no_folder_of_the_machine(tmp_path: Path) -> None:
    path = tmp_path / "measurements.jsonl"
    keep_record(
        _record("raw", 1_000, ended="failed (1): IOError: cannot open '/srv/someone/work/x.duckdb' at 3/4"), path
    )
    assert read_records(path)[0]["ended"] == "failed (1): IOError: cannot open '…' at 3/4"


@pytest.mark.parametrize(("line", "words"), [("{", "no JSON"), ('{"what": "raw"}', "lacks run, rows"), ("7", "lacks")])
def test_a_line_that_is_no_record_is_named(tmp_path: Path, line: str, words: str) -> None:
    path = tmp_path / "measurements.jsonl"
    path.write_text(f"{json.dumps(_record('raw', 1))}\n{line}\n")
    with pytest.raises(ValueError, match=f"line 2 of measurements.jsonl.*{words}"):
        read_records(path)


def test_without_a_file_there_are_no_records(tmp_path: Path) -> None:
    assert read_records(tmp_path / "none.jsonl") == []


def test_the_committed_page_shows_the_committed_records(tmp_path: Path) -> None:
    write_page(read_records(), tmp_path / "page.md")
    written, committed = (
        [line for line in page.read_text("utf-8").splitlines() if line.startswith("|")]
        for page in (tmp_path / "page.md", RECORDS.parents[3] / "docs" / "scale-bench.md")
    )
    assert written == committed
    assert len(committed) > 20


def test_committed_records_name_no_folder() -> None:
    assert not re.search(r'"[^"]*(/[\w.-]+){2,}', RECORDS.read_text("utf-8"))


def test_a_run_adds_its_own_rows_to_the_page_and_leaves_all_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A whole run: a world is written, the bare pass and a scan are measured, and what was known stays."""
    path = tmp_path / "records" / "measurements.jsonl"
    keep_record(_record("signals", 30_000_000), path)
    monkeypatch.setattr(bench, "keep_record", partial(keep_record, path=path))
    monkeypatch.setattr(bench, "read_records", partial(read_records, path=path))
    monkeypatch.setattr(bench, "PAGE", tmp_path / "page.md")
    chosen = ["--exchanges", "6000", "--parts", "signals", "--threads", "1", "--worlds", str(tmp_path / "worlds")]
    assert bench.main(chosen) == 0
    assert [(r["what"], r["ended"]) for r in read_records(path)] == [
        ("floor", "done"),
        ("signals", "done"),
        ("signals", "done"),
    ]
    page = (tmp_path / "page.md").read_text()
    assert "| 30,000,000 | 4GB | done | 3,000 |" in page
    assert page.count("| **campaigns** |") == 1
