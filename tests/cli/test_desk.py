"""The commands of the desk as a user calls them: people, and a console that listens, answers and stops."""

from __future__ import annotations

import importlib.util
import io
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from stillwatch.casework.judgements import Cleared
from stillwatch.casework.ledger import Ledger
from stillwatch.casework.signing import open_signing_key
from stillwatch.cli import desk
from stillwatch.cli.desk import _judged_by
from stillwatch.store import is_store
from testrange.reading import WorldTables
from tests.casework.desk import judge, open_case
from tests.report import fakes

from .program import BAD_INPUT, SOMEBODY_ACCUSED, Run, complaint, process

PASSWORD = "a sentence of many words"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A password on the standard input."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSWORD}\n"))


@pytest.mark.usefixtures("typed")
def test_people_are_added_changed_and_shown(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = ("--ledger", tmp_path / "desk.sqlite")
    assert "ana may use the desk as admin" in run("user", "add", "Ana", "admin", "--password-stdin", *ledger).out
    assert run("user", "add", "mila", "viewer", "--openid", *ledger).code == 0
    assert run("user", "role", "mila", "Analyst", *ledger).code == 0
    monkeypatch.setattr(sys, "stdin", io.StringIO("other words than before\n"))
    assert run("user", "password", "ana", "--password-stdin", *ledger).code == 0
    assert run("user", "disable", "mila", *ledger).code == 0
    shown = run("user", "list", *ledger).out
    assert re.search(r"^ana +admin +with a password", shown, re.MULTILINE)
    assert re.search(r"^mila +analyst +no more \(disabled\)", shown, re.MULTILINE)
    assert "last admin" in complaint(run("user", "disable", "ana", *ledger))
    assert "no role. Roles are viewer, analyst" in complaint(run("user", "role", "ana", "root", *ledger))
    assert "nobody called zoe" in complaint(run("user", "disable", "zoe", *ledger))


def test_a_password_that_will_not_do_is_told(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("short\n"))
    said = run("user", "add", "ana", "admin", "--password-stdin", "--ledger", tmp_path / "desk.sqlite")
    assert "12 to 256 characters" in complaint(said)
    assert "short" not in said.err


def test_a_ledger_that_is_not_there_is_not_made_by_a_question(run: Run, tmp_path: Path) -> None:
    assert "there is no ledger" in complaint(run("user", "list", "--ledger", tmp_path / "none.sqlite"))
    assert not (tmp_path / "none.sqlite").exists()


def test_without_the_extra_it_says_how_to_install_it(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(desk, "find_spec", lambda name: None if name == "fastapi" else find(name))
    for command in (("console", tmp_path), ("user", "list")):
        told = complaint(run(*command))
        assert "the desk is not installed (fastapi missing). Run: pip install 'stillwatch[desk]'" in told


@pytest.fixture
def made_up(tmp_path: Path) -> Path:
    return fakes.write_result(tmp_path / "result", fakes.campaign("c-4b1d9e", 12), fakes.SCAN)


@pytest.fixture
def away_from_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The keys that a console makes on first use lie in the test's own folder."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.mark.usefixtures("away_from_home")
def test_mistakes_are_told(run: Run, made_up: Path, tmp_path: Path) -> None:
    assert "nothing is there" in complaint(run("console", tmp_path / "none"))
    remote = complaint(run("console", made_up, "--host", "0.0.0.0"))
    assert "passwords would cross the network" in remote
    assert "needs --public-url" in complaint(run("console", made_up, "--host", "0.0.0.0", "--allow-remote"))
    assert "no key file at" in complaint(run("console", made_up, "--key", tmp_path / "none"))
    assert not (tmp_path / "none").exists()
    assert "--oidc" in complaint(run("console", made_up, "--oidc", tmp_path / "none"))
    assert "ledger in mysql" in complaint(run("console", made_up, "--ledger", "mysql://x/y"))
    (made_up / "members.parquet").write_bytes(b"damaged")
    assert "cannot be read as Parquet" in complaint(run("console", made_up))


@pytest.mark.usefixtures("away_from_home")
def test_a_port_that_is_taken_is_told(run: Run, made_up: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        told = complaint(run("console", made_up, "--port", port))
    assert f"cannot listen on 127.0.0.1, port {port}: something else listens there already" in told


@dataclass
class Running:
    """A console in a process of its own."""

    process: subprocess.Popen[str]
    said: list[str]

    @property
    def link(self) -> str:
        return next(line for line in self.said if "/welcome?invitation=" in line)


Start = Callable[..., Running]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts consoles; kills those that a test left running."""
    started: list[subprocess.Popen[str]] = []

    def begin(*arguments: object) -> Running:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        command = [Path(sys.executable).with_name("stillwatch"), "console", *arguments, "--port", port]
        errors = (tmp_path / "errors.txt").open("w")
        process = subprocess.Popen(
            [str(part) for part in command], stdout=subprocess.PIPE, stderr=errors, text=True,
            env=os.environ | {"XDG_CONFIG_HOME": str(tmp_path / "config"), "PYTHONUNBUFFERED": "1"},
        )  # fmt: skip
        started.append(process)
        said: list[str] = []
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line.strip())
            if "/welcome?invitation=" in line:
                return Running(process, said)
        raise AssertionError((tmp_path / "errors.txt").read_text())

    yield begin
    for console in started:
        console.kill()
        console.wait()
        assert console.stdout is not None
        console.stdout.close()


def test_a_console_lets_its_first_admin_in_and_stops_in_order(start: Start, made_up: Path, tmp_path: Path) -> None:
    running = start(made_up)
    with httpx2.Client(follow_redirects=True) as browser:
        page = browser.get(running.link)
        token = re.search(r'name="form_token" value="(\w+)"', page.text)
        assert token
        invitation = running.link.partition("=")[2]
        fields = {"form_token": token[1], "invitation": invitation, "name": "ana", "password": PASSWORD}
        origin = running.link.partition("/welcome")[0]
        landed = browser.post(f"{origin}/welcome", data=fields, headers={"origin": origin})
        assert landed.status_code == 200
        assert browser.get(f"{origin}/people.json").json()["people"][0]["name"] == "ana"
        assert "server" not in landed.headers
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(timeout=30) == 0
    assert running.process.stdout is not None
    assert running.process.stdout.read().strip() == "Stopped. The ledger is closed."
    assert (tmp_path / "errors.txt").read_text() == "", "no access log, no warning"
    assert (made_up.parent / "stillwatch-desk.sqlite").exists()


def test_a_ledger_that_another_key_signed_is_told_at_the_start(start: Start, made_up: Path, tmp_path: Path) -> None:
    ledger = Ledger.open(made_up.parent / "stillwatch-desk.sqlite", open_signing_key(tmp_path / "first" / "key"))
    open_case(ledger)
    ledger.close()
    other = open_signing_key(tmp_path / "second" / "key")
    start(made_up, "--signing-key", other.path)
    told = " ".join((tmp_path / "errors.txt").read_text().split())
    assert "was not signed by the desk's key" in told
    assert "takes no judgement" in told


def test_a_ledger_whose_key_is_missing_is_not_opened(made_up: Path, tmp_path: Path) -> None:
    Ledger.open(made_up.parent / "stillwatch-desk.sqlite", open_signing_key(tmp_path / "key")).close()
    refused = process("console", made_up, "--signing-key", tmp_path / "slip")
    assert refused.code == BAD_INPUT
    assert "no signing key file at" in " ".join(refused.err.split())
    assert not (tmp_path / "slip").exists(), "a new key would not fit what was signed"


def test_a_store_is_scanned_before_it_is_shown(
    start: Start, world: WorldTables, key_file: Path, tmp_path: Path
) -> None:
    store = tmp_path / "store"
    scanned = process(
        "scan", world.directory, "--store", store, "--out", tmp_path / "first", "--key", key_file, "--threads", "1"
    )
    assert scanned.code == SOMEBODY_ACCUSED, scanned.err
    assert is_store(store)
    running = start(store, "--key", key_file)
    assert any("scanning it" in line for line in running.said)
    written = (tmp_path / "store-result" / "scan.json").stat().st_mtime_ns
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(timeout=30) == 0
    shutil.rmtree(tmp_path / "first")
    again = start(store, "--key", key_file)
    assert not any("scanning it" in line for line in again.said), "the result is newer than the store"
    assert (tmp_path / "store-result" / "scan.json").stat().st_mtime_ns == written


def test_bad_options_are_no_crash() -> None:
    assert process("console", "--port", "70000").code == BAD_INPUT


def test_a_store_is_scanned_under_the_judgements_of_its_desk(tmp_path: Path) -> None:
    store, key = tmp_path / "store", open_signing_key(tmp_path / "desk-signing.key")
    assert _judged_by(store, None, key.path)() is None, "there is no ledger yet"
    ledger = Ledger.open(tmp_path / "stillwatch-desk.sqlite", key)
    case = open_case(ledger)
    judge(ledger, Cleared(case=case, accounts=("one",), reason="Ours."), one=(3, {"payment"}))
    ledger.close()
    found = _judged_by(store, None, key.path)()
    assert found is not None
    assert list(found.clearings) == ["one"]
