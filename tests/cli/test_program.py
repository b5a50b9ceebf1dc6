"""The program as a user meets it: exit codes, and what it prints where."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from stillwatch import __version__
from stillwatch.cli.scanning import FORMAT_NAMES
from stillwatch.intake import FORMATS
from stillwatch.signals import open_key
from testrange.reading import WorldTables

from .program import NOBODY_ACCUSED, SOMEBODY_ACCUSED, Run, complaint, process

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
    assert "no key file" in complaint(said)
    assert not (tmp_path / "new-key").exists()
    open_key(tmp_path / "new-key")
    said = run("report", result, "--reveal", "--key", tmp_path / "new-key", "--to", tmp_path / "shut.html")
    assert "not made with this key" in complaint(said)
    assert not (tmp_path / "shut.html").exists()


def test_purge_without_texts(run: Run, result: Path) -> None:
    said = run("purge", result)
    assert (said.code, said.err) == (0, "")
    assert "No kept text" in said.out


def test_version_and_help_of_the_installed_program() -> None:
    said = process("--version")
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
