"""A store as a user of the program meets it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from stillwatch.cli import main
from stillwatch.store.locks import writing
from tests.road.logs import write_log

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """The program's own entry: exit code, output, and errors in one line."""

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["stillwatch", *(str(a) for a in arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        printed = capfd.readouterr()
        return int(end.value.code or 0), printed.out, " ".join(printed.err.split())

    return call


def test_a_store_is_filled_and_scanned(run: Run, few: pa.Table, key_file: Path, tmp_path: Path) -> None:
    log, store = write_log(tmp_path / "log", few, None), tmp_path / "store"
    common = ("--key", key_file, "--out", tmp_path / "r", "--threads", "1", "--json")
    told = [run("scan", log, "--store", store, "--window", "30", *common), run("scan", store, *common)]
    assert told[0] == told[1]
    code, said, complaint = told[0]
    assert code in {0, 3}
    assert complaint == ""
    assert json.loads(said)["scan"]["store"]["window_days"] == 30
    page = (tmp_path / "r" / "report.html").read_text()
    assert page.lower().startswith("<!doctype html>")


def test_a_second_writer_ends_with_code_2(run: Run, few: pa.Table, key_file: Path, tmp_path: Path) -> None:
    log, store = write_log(tmp_path / "log", few.slice(0, 200), None), tmp_path / "store"
    store.mkdir()
    with writing(store):
        code, said, complaint = run("scan", log, "--store", store, "--key", key_file, "--out", tmp_path / "r")
    assert (code, said) == (2, "")
    assert "another scan is writing to the store" in complaint
    assert str(store) in complaint.replace(" ", "")
    assert "Run this again" in complaint
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize("options", [("--window", "0"), ("--window", "7"), ("--store", "")])
def test_unfit_options_end_with_code_2(
    run: Run, few: pa.Table, key_file: Path, tmp_path: Path, options: tuple[str, ...]
) -> None:
    log = write_log(tmp_path / "log", few.slice(0, 200), None)
    code, said, complaint = run("scan", log, *options, "--key", key_file, "--out", tmp_path / "r")
    assert (code, said) == (2, "")
    assert "Traceback" not in complaint
    assert not (tmp_path / "r").exists()
