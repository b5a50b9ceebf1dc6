"""A scan replaces the result while the desk is open."""

from __future__ import annotations

import shutil
from pathlib import Path
from threading import Thread

import pytest

from stillwatch.console.reading import Reader
from stillwatch.report import ResultError
from tests.report import fakes


def _result(path: Path, *names: str) -> Path:
    return fakes.write_result(path, fakes.merge(*(fakes.campaign(name, 8) for name in names)), fakes.SCAN)


def _replace(place: Path, by: Path) -> None:
    """As a scan does: the old result is moved away, the new one takes its name."""
    place.rename(place.with_name(f"{place.name}-{len(list(place.parent.iterdir()))}"))
    by.rename(place)


def _ids(reader: Reader) -> list[str]:
    return [row["campaign_id"] for row in reader.current().reading.campaigns]


def test_nothing_to_read_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="nothing is there"):
        Reader(tmp_path / "nowhere")


def test_a_result_is_read_once_until_it_is_replaced(tmp_path: Path) -> None:
    reader = Reader(_result(tmp_path / "result", "c-1"))
    before = reader.current().reading
    assert reader.current().reading is before
    _replace(tmp_path / "result", _result(tmp_path / "new", "c-1", "c-2"))
    assert _ids(reader) == ["c-1", "c-2"]
    assert reader.current().reading is not before
    assert reader.current().warning is None
    assert [row["campaign_id"] for row in before.campaigns] == ["c-1"], "who holds it goes on with it"


def test_a_damaged_result_leaves_the_old_one_and_is_told(tmp_path: Path) -> None:
    reader = Reader(_result(tmp_path / "result", "c-1"))
    damaged = _result(tmp_path / "damaged", "c-2")
    (damaged / "members.parquet").write_bytes(b"PAR1 no more")
    _replace(tmp_path / "result", damaged)
    now = reader.current()
    assert _ids(reader) == ["c-1"]
    assert now.warning is not None
    assert "older scan" in now.warning
    assert "members.parquet" in now.warning
    _replace(tmp_path / "result", _result(tmp_path / "whole", "c-3"))
    assert _ids(reader) == ["c-3"]
    assert reader.current().warning is None


def test_a_result_that_is_gone_leaves_the_old_one(tmp_path: Path) -> None:
    reader = Reader(_result(tmp_path / "result", "c-1"))
    shutil.rmtree(tmp_path / "result")
    assert _ids(reader) == ["c-1"]
    assert "nothing is there" in str(reader.current().warning)


def test_many_threads_see_whole_results(tmp_path: Path) -> None:
    reader = Reader(_result(tmp_path / "result", "c-1"))
    seen: list[list[str]] = []

    def look() -> None:
        seen.extend(_ids(reader) for _ in range(40))

    threads = [Thread(target=look) for _ in range(6)]
    for thread in threads:
        thread.start()
    _replace(tmp_path / "result", _result(tmp_path / "new", "c-1", "c-2"))
    for thread in threads:
        thread.join()
    assert {tuple(ids) for ids in seen} <= {("c-1",), ("c-1", "c-2")}
    assert _ids(reader) == ["c-1", "c-2"]


def test_what_pages_need_is_made_before_anybody_asks(tmp_path: Path) -> None:
    reading = Reader(_result(tmp_path / "result", "c-1", "c-2")).current().reading
    reading.prepare()
    for name in ("c-1", "c-2"):
        opened = reading.campaign(name)
        assert opened is not None
        assert {"sighting", "wall", "network", "doubts", "timeline"} <= set(vars(opened))
