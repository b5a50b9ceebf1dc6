"""The program as a user meets it: exit codes, what it prints where, and no traceback for any mistake of theirs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch import __version__
from stillwatch.cli import main
from stillwatch.cli.scanning import FORMAT_NAMES
from stillwatch.intake import FORMATS
from stillwatch.signals import open_key
from testrange.reading import WorldTables

NOBODY_ACCUSED, BAD_INPUT, SOMEBODY_ACCUSED = 0, 2, 3


@dataclass(frozen=True)
class Said:
    """How a run ended and what it printed."""

    code: int
    out: str
    err: str


Run = Callable[..., Said]


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
    ended = _process("scan", world.directory, "--out", out, "--key", key_file, "--threads", "1", "--json")
    assert ended.code == SOMEBODY_ACCUSED, ended.err
    (out.parent / "printed.json").write_text(ended.out)
    (out.parent / "errors.txt").write_text(ended.err)
    return out


def _process(*arguments: object) -> Said:
    command = [Path(sys.executable).with_name("stillwatch"), *arguments]
    env = os.environ | {"COLUMNS": "80", "NO_COLOR": "1"}
    ended = subprocess.run([str(c) for c in command], capture_output=True, text=True, env=env, timeout=300, check=False)
    return Said(ended.returncode, ended.stdout, ended.stderr)


def _complaint(said: Said) -> str:
    """What a mistake is told as, in one line, whatever the width of the terminal."""
    assert said.code == BAD_INPUT
    assert said.out == ""
    assert "Traceback" not in said.err
    return " ".join(said.err.split())


# Finding.


def test_somebody_accused_is_exit_code_3_and_json_parses(result: Path) -> None:
    told = json.loads((result.parent / "printed.json").read_text())
    assert told["accused"] == 2
    assert {c["verdict"] for c in told["campaigns"]} <= {"distillation", "coordinated", "watch"}
    assert told["scan"]["version"] == __version__
    assert Path(told["report"]).read_text().lower().startswith("<!doctype html>")
    assert (result.parent / "errors.txt").read_text() == ""


def test_nobody_accused_is_exit_code_0(run: Run, quiet_log: Path, key_file: Path, tmp_path: Path) -> None:
    said = run("scan", quiet_log, "--out", tmp_path / "r", "--key", key_file)
    assert (said.code, said.err) == (NOBODY_ACCUSED, "")
    assert "400 exchanges" in said.out
    assert "No campaign was found" in said.out
    assert (tmp_path / "r" / "report.html").exists()


def test_nothing_found_as_json(run: Run, quiet_log: Path, key_file: Path, tmp_path: Path) -> None:
    said = run("scan", quiet_log, "--out", tmp_path / "r", "--key", key_file, "--json")
    told = json.loads(said.out)
    assert (said.code, told["accused"], told["campaigns"]) == (NOBODY_ACCUSED, 0, [])


def test_a_quiet_log_with_texts_to_keep(run: Run, quiet_log: Path, key_file: Path, tmp_path: Path) -> None:
    said = run("scan", quiet_log, "--out", tmp_path / "r", "--key", key_file, "--keep-text", "3")
    assert said.code == NOBODY_ACCUSED


def test_report_shows_names_that_can_be_typed_again(run: Run, result: Path) -> None:
    """On a terminal of 80 columns, or in a pipe: a shortened campaign id cannot be explained."""
    said = run("report", result)
    assert said.code == SOMEBODY_ACCUSED
    for name in pq.read_table(result / "campaigns.parquet")["campaign_id"].to_pylist():
        assert name in said.out


def test_report_as_json_is_what_scan_said(run: Run, result: Path) -> None:
    said = run("report", result, "--json")
    told, before = json.loads(said.out), json.loads((result.parent / "printed.json").read_text())
    assert said.code == SOMEBODY_ACCUSED
    assert told == before


def test_a_report_can_be_written_elsewhere(run: Run, result: Path, tmp_path: Path) -> None:
    before = (result / "report.html").read_bytes()
    assert run("report", result, "--to", tmp_path / "page.html").code == SOMEBODY_ACCUSED
    assert (tmp_path / "page.html").read_bytes() == before


def test_campaigns_and_accounts_are_explained(run: Run, result: Path) -> None:
    members = pq.read_table(result / "members.parquet")
    for column in ("campaign_id", "account_id"):
        subject = members[column][0].as_py()
        said = run("explain", subject, "--result", result)
        assert (said.code, said.err) == (0, "")
        assert subject in said.out
        assert json.loads(run("explain", subject, "--result", result, "--json").out)


def test_names_are_revealed_with_the_key_only(
    run: Run, result: Path, key_file: Path, world: WorldTables, tmp_path: Path
) -> None:
    assert run("report", result, "--reveal", "--key", key_file, "--to", tmp_path / "open.html").code == SOMEBODY_ACCUSED
    cards = set(world.accounts["payment_fingerprint"].drop_null().to_pylist())
    assert any(card in (tmp_path / "open.html").read_text() for card in cards)
    assert not any(card in (result / "report.html").read_text() for card in cards)
    said = run("report", result, "--reveal", "--key", tmp_path / "new-key", "--to", tmp_path / "shut.html")
    assert "no key file" in _complaint(said)
    assert not (tmp_path / "new-key").exists()
    open_key(tmp_path / "new-key")
    said = run("report", result, "--reveal", "--key", tmp_path / "new-key", "--to", tmp_path / "shut.html")
    assert "not made with this key" in _complaint(said)
    assert not (tmp_path / "shut.html").exists()


def test_purge_without_texts(run: Run, result: Path) -> None:
    said = run("purge", result)
    assert (said.code, said.err) == (0, "")
    assert "No kept text" in said.out


def test_version_and_help_of_the_installed_program() -> None:
    said = _process("--version")
    assert (said.code, said.out.strip(), said.err) == (0, f"stillwatch {__version__}", "")


def test_help_names_every_command(run: Run) -> None:
    said = run("--help")
    assert said.code == 0
    for command in ("scan", "report", "explain", "purge", "simulate", "demo"):
        assert command in said.out


HEAVY = ("numba", "scipy", "networkit", "duckdb", "pyarrow")
LOADED = (
    "import sys; sys.argv = ['stillwatch', {!r}]\n"
    "from stillwatch.cli import main\n"
    "try: main()\n"
    "except SystemExit: print(sorted({{name.partition('.')[0] for name in sys.modules}} & set({!r})), file=sys.stderr)"
)


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_who_only_asks_waits_for_no_engine(option: str) -> None:
    """Importing these takes seconds."""
    command = [sys.executable, "-c", LOADED.format(option, HEAVY)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout
    assert ended.stderr.strip() == "[]"


def test_help_says_the_exit_codes_and_what_each_command_does(run: Run) -> None:
    told = " ".join(run("--help").out.split())
    assert "0 nobody is accused, 3 somebody is accused, 2 bad input" in told
    for words in ("Find the campaigns in a log", "Write a simulated world", "compare what was found"):
        assert words in told


def test_the_formats_that_help_names_are_those_there_are() -> None:
    assert ", ".join(log_format.name for log_format in FORMATS) == FORMAT_NAMES


# Being stopped.


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_leaves_nothing_behind(
    number: signal.Signals, world: WorldTables, key_file: Path, tmp_path: Path
) -> None:
    program = Path(sys.executable).with_name("stillwatch")
    command = [program, "scan", world.directory, "--out", tmp_path / "r", "--key", key_file]
    running = subprocess.Popen(
        [str(c) for c in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),  # noqa: PLW1509 - under nohup it is ignored
    )
    while not list(tmp_path.glob(".stillwatch-*")) and running.poll() is None:
        time.sleep(0.01)
    running.send_signal(number)
    _, told = running.communicate(timeout=60)
    assert running.returncode == 128 + number
    assert "Traceback" not in told
    assert list(tmp_path.iterdir()) == []


def test_an_engine_that_is_interrupted_is_no_fault(
    run: Run, quiet_log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DuckDB answers a signal with an error of its own."""

    def interrupted(*_: object) -> None:
        with suppress(SystemExit):
            signal.raise_signal(signal.SIGINT)
        raise RuntimeError("Query interrupted")

    monkeypatch.setattr("stillwatch.road.scan", interrupted)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        said = run("scan", quiet_log, "--out", tmp_path / "r")
        assert (said.code, said.err) == (130, "")
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)


# Mistakes.


def test_a_mistake_in_a_process_of_its_own(tmp_path: Path) -> None:
    said = _process("scan", tmp_path / "missing.csv", "--out", tmp_path / "r")
    assert "no such file" in _complaint(said)
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
    told = _complaint(run("scan", path, "--out", tmp_path / "r", "--key", key_file))
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
    told = _complaint(run("scan", log, "--out", tmp_path / "r", "--key", key_file, option, value))
    assert hint.lower() in told.lower()
    assert not (tmp_path / "r").exists()


def test_a_master_that_is_none_is_told(run: Run, quiet_log: Path, key_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "r"
    told = _complaint(run("scan", quiet_log, "--out", out, "--key", key_file, "--engine", "spark", "--master", "here"))
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
    told = _complaint(run("scan", quiet_log, "--out", out, "--key", key_file))
    assert "file" in told or "/proc" in told
    assert (tmp_path / "file").read_text() == "mine"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_read_only_folder_is_told(run: Run, quiet_log: Path, key_file: Path, tmp_path: Path) -> None:
    (tmp_path / "shut").mkdir(mode=0o500)
    assert "cannot write" in _complaint(run("scan", quiet_log, "--out", tmp_path / "shut" / "r", "--key", key_file))


def test_the_folder_one_stands_in_is_no_place_for_a_result(
    run: Run, quiet_log: Path, key_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It cannot be replaced, and hours of reading later is too late to say so."""
    monkeypatch.chdir(tmp_path)
    for out in (".", tmp_path, "/"):
        assert "Name a folder in it" in _complaint(run("scan", quiet_log, "--out", out, "--key", key_file))


def test_a_folder_with_other_things_is_left_alone(run: Run, quiet_log: Path, key_file: Path, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.txt").write_text("years of work")
    told = _complaint(run("scan", quiet_log, "--out", tmp_path / "home", "--key", key_file))
    assert "something else" in told
    assert [p.name for p in (tmp_path / "home").iterdir()] == ["thesis.txt"]
    assert not list(tmp_path.glob(".stillwatch-*"))


def test_a_taken_folder_is_told_before_hours_of_reading(run: Run, key_file: Path, tmp_path: Path) -> None:
    """Both the log and the folder are unfit; the folder can be told at once, so it comes first."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.txt").write_text("years of work")
    (tmp_path / "log.csv").write_text("exchange_id,time,account_id,model\nx,never,a,m\n")
    told = _complaint(run("scan", tmp_path / "log.csv", "--out", tmp_path / "home", "--key", key_file))
    assert "something else" in told


def test_a_key_that_others_can_read_is_refused(run: Run, quiet_log: Path, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("ab" * 32)
    (tmp_path / "key").chmod(0o644)
    assert "chmod 600" in _complaint(run("scan", quiet_log, "--out", tmp_path / "r", "--key", tmp_path / "key"))


@pytest.mark.parametrize("command", [("report",), ("purge",), ("explain", "C-1", "--result")])
def test_what_is_no_result_is_told(run: Run, tmp_path: Path, command: tuple[str, ...]) -> None:
    assert "nothing is there" in _complaint(run(*command, tmp_path / "nowhere"))
    (tmp_path / "else").mkdir()
    (tmp_path / "else" / "scan.json").write_text("{}")
    assert "else" in _complaint(run(*command, tmp_path / "else"))


def test_an_unknown_subject_gets_the_nearest(run: Run, result: Path) -> None:
    name = pq.read_table(result / "members.parquet")["account_id"][0].as_py()
    told = _complaint(run("explain", name[:-1] + "~", "--result", result))
    assert name in told
