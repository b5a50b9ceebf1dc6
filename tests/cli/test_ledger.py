"""`stillwatch ledger` and `stillwatch scan --ledger`: what they say, and how they meet mistakes."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from stillwatch.casework import judgements as j
from stillwatch.casework.ledger import Ledger
from stillwatch.casework.roles import Author, Role
from stillwatch.casework.signing import open_signing_key

from .program import NOBODY_ACCUSED, Run, complaint

ANN = Author("ann", Role.ANALYST)


@pytest.fixture
def desk(tmp_path: Path) -> tuple[Path, Path]:
    """A ledger with a case, a hostile comment and a cleared account; and the key that signed it."""
    path, key = tmp_path / "desk.sqlite", tmp_path / "desk" / "desk-signing.key"
    ledger = Ledger.open(path, open_signing_key(key))
    ledger.append(j.Opened(title="t", campaigns=("C-1",), reason="Looks like one hand."), ANN, "1")
    ledger.append(j.Commented(case=1, reason="[red]not markup[/red] \u202eevil"), ANN, "2")
    evidence = {"accounts": {"a": {"harvested_exchanges": 7, "kinds": ["wording"]}}}
    ledger.append(j.Cleared(case=1, accounts=("a",), reason="A school."), ANN, "3", evidence)
    ledger.close()
    return path, key


def change_by_hand(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TRIGGER ledger_no_update")
        connection.execute("UPDATE ledger SET person = 'somebody else' WHERE number = 3")


def test_a_ledger_that_holds(run: Run, desk: tuple[Path, Path]) -> None:
    path, key = desk
    said = run("ledger", "verify", "--ledger", path, "--signing-key", key)
    assert said.code == 0, said.err
    assert f"All 4 entries hold: {path}" in said.out
    assert "The witness beside the signing key agrees." in said.out
    as_json = json.loads(run("ledger", "verify", "--ledger", path, "--signing-key", key, "--json").out)
    assert (as_json["holds"], as_json["entries"], as_json["witness"], as_json["fault"]) == (True, 4, "agrees", None)
    assert as_json["public_key"] == open_signing_key(key).public_key


def test_a_lost_witness_is_said(run: Run, desk: tuple[Path, Path]) -> None:
    path, key = desk
    (key.parent / "desk-witness.json").unlink()
    said = run("ledger", "verify", "--ledger", path, "--signing-key", key)
    assert said.code == 0
    assert "There is no witness of this ledger" in said.out


def test_a_ledger_changed_by_hand_is_named(run: Run, desk: tuple[Path, Path]) -> None:
    path, key = desk
    change_by_hand(path)
    said = run("ledger", "verify", "--ledger", path, "--signing-key", key)
    assert "entry 3 does not hold: its hash is not that of its content" in complaint(said)
    as_json = run("ledger", "verify", "--ledger", path, "--signing-key", key, "--json")
    assert as_json.code == 2
    assert json.loads(as_json.out)["fault"]["entry"] == 3
    assert "entry 3 does not hold" in complaint(run("ledger", "show", "--ledger", path, "--signing-key", key))


def test_entries_are_shown_and_nothing_in_them_acts(run: Run, desk: tuple[Path, Path]) -> None:
    path, key = desk
    said = run("ledger", "show", "--ledger", path, "--signing-key", key)
    assert said.code == 0, said.err
    assert "case 1, ann opened the case on campaign C-1" in said.out
    assert "[red]not markup[/red] \\u202eevil" in said.out
    only = run("ledger", "show", "--ledger", path, "--signing-key", key, "--case", "1", "--after", "3", "--json")
    (line,) = only.out.splitlines()
    assert json.loads(line)["body"] == {"accounts": ["a"], "reason": "A school."}
    assert "there is no case 7" in complaint(run("ledger", "show", "--ledger", path, "--signing-key", key, "--case", 7))


def test_what_is_not_there_is_told_and_not_made(run: Run, desk: tuple[Path, Path], tmp_path: Path) -> None:
    path, key = desk
    none = tmp_path / "none.sqlite"
    assert "there is no ledger" in complaint(run("ledger", "verify", "--ledger", none, "--signing-key", key))
    assert "no signing key file" in complaint(
        run("ledger", "verify", "--ledger", path, "--signing-key", tmp_path / "none.key")
    )
    assert not none.exists()
    assert not (tmp_path / "none.key").exists()


def test_a_password_is_in_no_complaint(run: Run, desk: tuple[Path, Path]) -> None:
    url = "postgresql://ann:geheim@127.0.0.1:1/desk"
    told = complaint(run("ledger", "verify", "--ledger", url, "--signing-key", desk[1]))
    assert "does not answer" in told
    assert "geheim" not in told


def test_a_scan_names_the_ledger_that_it_respects(
    run: Run, desk: tuple[Path, Path], quiet_log: Path, key_file: Path, tmp_path: Path
) -> None:
    path, key = desk
    out = tmp_path / "result"
    scan = ("scan", quiet_log, "--out", out, "--key", key_file, "--threads", 1, "--ledger", path, "--signing-key", key)
    said = run(*scan)
    assert said.code == NOBODY_ACCUSED, said.err
    told = json.loads((out / "scan.json").read_text())["judgements"]
    assert (told["entries"], told["cleared_accounts"]) == (4, 1)
    assert run(*scan, "--as-of", "2026-05-05").code == NOBODY_ACCUSED
    told = json.loads((out / "scan.json").read_text())["judgements"]
    assert (told["entries"], told["cleared_accounts"]) == (0, 0)  # nobody had judged then


def test_a_ledger_that_somebody_touched_clears_nobody(
    run: Run, desk: tuple[Path, Path], quiet_log: Path, key_file: Path, tmp_path: Path
) -> None:
    path, key = desk
    change_by_hand(path)
    said = run(
        "scan", quiet_log, "--out", tmp_path / "result", "--key", key_file, "--ledger", path, "--signing-key", key
    )  # fmt: skip
    assert "entry 3 does not hold" in complaint(said)
    assert not (tmp_path / "result").exists()


def test_a_signing_key_without_a_ledger_is_a_mistake(run: Run, desk: tuple[Path, Path], quiet_log: Path) -> None:
    assert "Name the ledger with --ledger" in complaint(run("scan", quiet_log, "--signing-key", desk[1]))
