"""Runs of the program."""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from stillwatch.cli import main
from testrange.reading import WorldTables

from .program import SOMEBODY_ACCUSED, Run, Said, process


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """The program's own entry, in this process: importing it anew costs seconds each time. Anything but an orderly
    end (a traceback, for a user) is raised here."""

    def call(*arguments: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["stillwatch", *(str(a) for a in arguments)])
        monkeypatch.setenv("COLUMNS", "80")
        capfd.readouterr()
        try:
            main()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        printed = capfd.readouterr()
        return Said(code, printed.out, printed.err)

    return call


@pytest.fixture(scope="session")
def quiet_log(world: WorldTables, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log in which there is nothing to find."""
    folder = tmp_path_factory.mktemp("quiet")
    pq.write_table(world.exchanges.slice(0, 400), folder / "log.parquet")
    return folder / "log.parquet"


@pytest.fixture(scope="session")
def result(world: WorldTables, key_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The result of the program run on the small world, in a process of its own."""
    out = tmp_path_factory.mktemp("program") / "result"
    ended = process("scan", world.directory, "--out", out, "--key", key_file, "--threads", "1", "--json")
    assert ended.code == SOMEBODY_ACCUSED, ended.err
    (out.parent / "printed.json").write_text(ended.out)
    (out.parent / "errors.txt").write_text(ended.err)
    return out
