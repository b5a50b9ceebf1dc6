from __future__ import annotations

from stillwatch.intake import Aside
from stillwatch.records import REJECTS


def test_rejects_are_sorted_by_file_line_and_reason() -> None:
    aside = Aside()
    aside.add("b", 2, "y")
    aside.add("b", None, "x")
    aside.add("a", 10, "x")
    aside.add("a", 9, "x")
    table = aside.table()
    assert table.schema.equals(REJECTS.arrow)
    assert table.column("line").to_pylist() == [9, 10, None, 2]


def test_the_cap_limits_rows_but_not_the_count() -> None:
    aside = Aside(kept_rows=3)
    aside.add_all("f", range(1, 11), "no")
    assert aside.table().num_rows == 3
    assert aside.count == 10
    assert aside.reasons["no"] == 10


def test_an_empty_aside_has_an_empty_table() -> None:
    assert Aside().table().schema.equals(REJECTS.arrow)
    assert Aside().table().num_rows == 0


def test_a_note_is_kept_once() -> None:
    aside = Aside()
    aside.note("f", "odd")
    aside.note("f", "odd")
    assert aside.notes == ["f: odd"]
