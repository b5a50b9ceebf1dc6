"""Mistakes of a user: told in one message, with what to do next, and nothing is changed."""

from __future__ import annotations

import os
import resource
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from testrange.reading import WorldTables

from .program import BAD_INPUT, NOBODY_ACCUSED, Run, complaint, process


def test_a_mistake_in_a_process_of_its_own(tmp_path: Path) -> None:
    said = process("scan", tmp_path / "missing.csv", "--out", tmp_path / "r")
    assert "no such file" in complaint(said)
    assert list(tmp_path.iterdir()) == []


def _files(folder: Path) -> dict[str, Path]:
    """Things that are no log."""
    made = {name: folder / name for name in ("notes.txt", "empty.csv", "broken.parquet", "cut.parquet", "other.csv")}
    made["notes.txt"].write_text("Dear diary,\ntoday nothing happened.\n")
    made["empty.csv"].write_text("")
    made["broken.parquet"].write_bytes(b"PAR1" + os.urandom(500) + b"PAR1")
    pq.write_table(pa.table({"exchange_id": ["a"] * 5000}), made["cut.parquet"])
    made["cut.parquet"].write_bytes(made["cut.parquet"].read_bytes()[:-40])
    made["other.csv"].write_text("city,mayor\nRome,Ada\n")
    made["folder"] = folder / "folder"
    made["folder"].mkdir()
    return made


@pytest.mark.parametrize(
    "name", ["notes.txt", "empty.csv", "broken.parquet", "cut.parquet", "other.csv", "folder", "missing.parquet"]
)
def test_what_is_no_log_is_named(run: Run, key_file: Path, tmp_path: Path, name: str) -> None:
    made = _files(tmp_path)
    path = made.get(name, tmp_path / name)
    told = complaint(run("scan", path, "--out", tmp_path / "r", "--key", key_file))
    assert told.startswith("stillwatch: ")
    assert name in told.replace(" ", "")
    assert "Dear diary" not in told
    assert not (tmp_path / "r").exists()
    assert not list(tmp_path.glob(".stillwatch-*"))


@pytest.mark.parametrize(
    ("option", "value", "hint"),
    [
        ("--field", "nonsense=user.id", "nonsense"),
        ("--field", "account_id", "COLUMN=PLACE"),
        ("--field", "account_id=", "COLUMN=PLACE"),
        ("--as-of", "gestern", "2026-06-05"),
        ("--as-of", "2026-13-45", "2026-06-05"),
        ("--format", "telegram", "exchange-record"),
        ("--level", "1.5", "--level"),
        ("--keep-text", "0", "--keep-text"),
        ("--accounts", "missing-accounts.csv", "missing-accounts.csv"),
        ("--memory", "plenty", "memory"),
        ("--threads", "-1", "threads"),
        ("--engine", "abacus", "duckdb"),
        ("--master", "spark://here:7077", "--engine spark"),
        ("--seed", "-1", "seed"),
    ],
)
def test_an_unfit_option_is_told(  # the program says which, and what would fit
    run: Run, world: WorldTables, key_file: Path, tmp_path: Path, option: str, value: str, hint: str
) -> None:
    log = world.directory if option == "--seed" else world.directory / "exchanges"
    told = complaint(run("scan", log, "--out", tmp_path / "r", "--key", key_file, option, value))
    assert hint.lower() in told.lower()
    assert not (tmp_path / "r").exists()


def test_a_master_that_is_none_is_told(run: Run, quiet_log: Path, key_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "r"
    told = complaint(run("scan", quiet_log, "--out", out, "--key", key_file, "--engine", "spark", "--master", "here"))
    assert "'here' is no master of Spark" in told
    assert "spark://HOST:7077" in told
    assert list(tmp_path.iterdir()) == []


def test_a_time_before_the_log_finds_nothing(run: Run, quiet_log: Path, key_file: Path, tmp_path: Path) -> None:
    said = run("scan", quiet_log, "--out", tmp_path / "r", "--key", key_file, "--as-of", "2020-01-01")
    assert said.code in (NOBODY_ACCUSED, BAD_INPUT)
    assert said.code == BAD_INPUT or "no exchange lies before --as-of" in said.out


@pytest.mark.parametrize("place", ["under a file", "a file", "/proc"])
def test_a_place_that_cannot_be_written_is_told(
    run: Run, quiet_log: Path, key_file: Path, tmp_path: Path, place: str
) -> None:
    (tmp_path / "file").write_text("mine")
    out = {"under a file": tmp_path / "file" / "r", "a file": tmp_path / "file", "/proc": Path("/proc/nowhere/r")}[
        place
    ]
    told = complaint(run("scan", quiet_log, "--out", out, "--key", key_file))
    assert "file" in told or "/proc" in told
    assert (tmp_path / "file").read_text() == "mine"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_read_only_folder_is_told(run: Run, quiet_log: Path, key_file: Path, tmp_path: Path) -> None:
    (tmp_path / "shut").mkdir(mode=0o500)
    assert "cannot write" in complaint(run("scan", quiet_log, "--out", tmp_path / "shut" / "r", "--key", key_file))


def test_the_folder_one_stands_in_is_no_place_for_a_result(
    run: Run, quiet_log: Path, key_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It cannot be replaced, and hours of reading later is too late to say so."""
    monkeypatch.chdir(tmp_path)
    for out in (".", tmp_path, "/"):
        assert "Name a folder in it" in complaint(run("scan", quiet_log, "--out", out, "--key", key_file))


def test_a_folder_with_other_things_is_left_alone(run: Run, quiet_log: Path, key_file: Path, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.txt").write_text("years of work")
    told = complaint(run("scan", quiet_log, "--out", tmp_path / "home", "--key", key_file))
    assert "something else" in told
    assert [p.name for p in (tmp_path / "home").iterdir()] == ["thesis.txt"]
    assert not list(tmp_path.glob(".stillwatch-*"))


def test_a_taken_folder_is_told_before_hours_of_reading(run: Run, key_file: Path, tmp_path: Path) -> None:
    """Both the log and the folder are unfit; the folder can be told at once, so it comes first."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.txt").write_text("years of work")
    (tmp_path / "log.csv").write_text("exchange_id,time,account_id,model\nx,never,a,m\n")
    told = complaint(run("scan", tmp_path / "log.csv", "--out", tmp_path / "home", "--key", key_file))
    assert "something else" in told


def test_a_key_that_others_can_read_is_refused(run: Run, quiet_log: Path, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("ab" * 32)
    (tmp_path / "key").chmod(0o644)
    assert "chmod 600" in complaint(run("scan", quiet_log, "--out", tmp_path / "r", "--key", tmp_path / "key"))


@pytest.mark.parametrize("command", [("report",), ("purge",), ("explain", "C-1", "--result")])
def test_what_is_no_result_is_told(run: Run, tmp_path: Path, command: tuple[str, ...]) -> None:
    assert "nothing is there" in complaint(run(*command, tmp_path / "nowhere"))
    (tmp_path / "else").mkdir()
    (tmp_path / "else" / "scan.json").write_text("{}")
    assert "else" in complaint(run(*command, tmp_path / "else"))


def test_an_unknown_subject_gets_the_nearest(run: Run, result: Path) -> None:
    name = pq.read_table(result / "members.parquet")["account_id"][0].as_py()
    told = complaint(run("explain", name[:-1] + "~", "--result", result))
    assert name in told


def test_a_disk_that_is_full_for_the_engine_is_told(quiet_log: Path, key_file: Path, tmp_path: Path) -> None:
    """No file may be longer than 500 bytes: that of an engine with a memory limit is the first."""
    said = process(
        *("scan", quiet_log, "--out", tmp_path / "r", "--key", key_file, "--memory", "1GB"),
        before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500)),
    )
    told = complaint(said)
    assert "cannot write its temporary file" in told
    assert "File too large" in told
    assert list(tmp_path.iterdir()) == []
