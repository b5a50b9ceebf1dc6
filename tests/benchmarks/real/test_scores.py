from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from benchmarks.real import __main__ as command
from benchmarks.real import coordination, page, scores
from benchmarks.real.events import EVENTS

START = datetime(2024, 3, 4, tzinfo=UTC)
GROUPS = [frozenset({"a", "b"}), frozenset({"c", "d"})]


def acts(rows: list[tuple[str, str | None, int]]) -> pa.Table:
    columns = zip(*[(a, o, START + timedelta(seconds=s), "p") for a, o, s in rows], strict=True)
    return pa.table([pa.array(list(c), f.type) for c, f in zip(columns, EVENTS, strict=True)], schema=EVENTS)


def test_recall_and_precision() -> None:
    assert scores.recall(GROUPS, {"a", "c", "x"}) == (2, 3)
    assert scores.precision(GROUPS, {"a", "c", "x"}) == (2, 4)
    assert str(scores.precision([], {"a"})) == "none"
    assert str(scores.Share(1, 8)) == "1 of 8 (12.5 %)"


def test_close_pairs_count_acts_within_the_seconds() -> None:
    log = acts([("b", "x", 0), ("a", "x", 10), ("c", "x", 21), ("a", "y", 0), ("b", "y", 5), ("a", None, 0)])
    assert scores.close_pairs(log, 10) == {("a", "b"): 2}
    assert scores.inside(GROUPS, [("a", "b"), ("a", "c"), ("x", "y")]) == (1, 3)


def test_confirmed_counts_only_accounts_that_have_objects() -> None:
    objects = {"a": frozenset({"i"}), "b": frozenset({"i", "j"}), "c": frozenset({"j"})}
    assert scores.confirmed(GROUPS, objects) == (2, 3)
    assert 0.0 <= scores.confirmed_by_chance(GROUPS, objects) <= 1.0


def test_whole_objects_need_half_in_one_group() -> None:
    log = acts(
        [("a", "x", 0), ("b", "x", 0), ("c", "x", 0), ("e", "x", 0), ("c", "y", 0), ("e", "y", 0), ("f", "y", 0)]
    )
    objects = scores.held(log)
    assert scores.whole_objects(GROUPS, objects, 3) == (1, 2)
    assert scores.commonest_share(frozenset({"c", "e", "g"}), objects) == pytest.approx(2 / 3)


def test_auc_counts_ties_half() -> None:
    assert scores.auc(np.array([1.0, 2.0, 2.0, 3.0]), np.array([0, 0, 1, 1])) == pytest.approx(0.875)


def test_tables_are_written_between_their_markers(tmp_path: Path) -> None:
    file = tmp_path / "page.md"
    file.write_text("before\n<!-- begin measured: x -->\nold\n<!-- end measured: x -->\nafter\n")
    page.put(file, "x", page.table(("A", "B"), [["one", 2]]))
    page.put(file, "unknown", "nothing")
    assert file.read_text() == (
        "before\n<!-- begin measured: x -->\n| A | B |\n| --- | ---: |\n| one | 2 |\n<!-- end measured: x -->\nafter\n"
    )


def test_without_data_there_is_a_sentence_and_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STILLWATCH_DATA", raising=False)
    assert command.main([]) == 2
    assert command.main(["--data", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("There is no real data here") == 2


def test_parts_without_their_file_are_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    coordination.measure(tmp_path)
    told = capsys.readouterr().out.splitlines()
    assert len(told) == 5
    assert all("is left out: no coord_" in line for line in told)


def test_the_folder_or_its_real_folder_is_found(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "x.parquet").touch()
    assert command.find_data(str(tmp_path)) == tmp_path / "real"
    assert command.find_data(str(tmp_path / "real")) == tmp_path / "real"
    assert command.find_data(None) is None
