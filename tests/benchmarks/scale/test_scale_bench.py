"""The scale bench: what it says of a process, and what it writes of the records."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from benchmarks.scale.child import summed
from benchmarks.scale.page import drawing, exponent, write_page
from benchmarks.scale.watch import watch


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
