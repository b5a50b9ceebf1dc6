"""`stillwatch dossier` as a person calls it, on a ledger of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from stillwatch.casework.judgements import Attributed, Confirmed, Judgement, Opened, Proposed
from stillwatch.casework.ledger import Ledger
from stillwatch.casework.roles import Author, Role
from stillwatch.casework.signing import SigningKey, open_signing_key
from stillwatch.casework.snapshot import snapshot
from stillwatch.report.result import Result

from .conftest import CAMPAIGN, KEY, accounts_of


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    found = shutil.which("stillwatch", path=str(Path(sys.executable).parent))
    assert found, "the program is installed beside the interpreter"
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "XDG_CONFIG_HOME": str(folder / "config")}
    command = [found, "dossier", *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def desk(tmp_path: Path, result: Result) -> Path:
    """A folder with a result, a key, and a ledger that holds one case."""
    shutil.copytree(result.path, tmp_path / "stillwatch-result")
    config = tmp_path / "config" / "stillwatch"
    config.mkdir(parents=True)
    (config / "key").write_text(KEY.secret.hex())
    (config / "key").chmod(0o600)
    _judge(tmp_path, open_signing_key(config / "desk-signing.key"), result)
    return tmp_path


def _judge(folder: Path, key: SigningKey, result: Result) -> None:
    ledger = Ledger.open(folder / "stillwatch-desk.sqlite", key)
    author = Author("Ada Lindqvist", Role.ANALYST)
    some = tuple(accounts_of(result)[:3])
    end = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    entries: list[Judgement] = [
        Opened(reason="To look at.", title="The ring", campaigns=(CAMPAIGN,)),
        Confirmed(case=1, reason="One wording.", campaigns=(CAMPAIGN,)),
        Proposed(case=1, reason="To ask who they are.", accounts=some, measure="verify_identity", until=end),
        Attributed(case=1, reason="They wrote to us.", operator="Example Works", source="Letter of the company."),
    ]
    for place, entry in enumerate(entries):
        ledger.append(entry, author, f"form-{place}", snapshot(result, (CAMPAIGN,), some))
    ledger.close()


def test_case_is_issued_noted_and_verified(desk: Path) -> None:
    issued = run(desk, "1", "--no-pdf", "--tlp", "red", "--recipient", "The regulator", "--person", "ada")
    assert issued.returncode == 0, issued.stderr
    assert "Noted in the ledger as entry 6" in issued.stdout
    folder = desk / "dossier-case-1"
    html = (folder / "dossier.html").read_text()
    assert "Example Works" in html
    assert "verify identity" in html
    assert "Ada Lindqvist" not in html
    about = json.loads((folder / "manifest.json").read_text())["about"]
    assert about["marking"] == "TLP:RED"
    assert about["recipient"] == "The regulator"
    for path in ("dossier-case-1", "dossier-case-1.zip"):
        found = run(desk, "verify", path, "--key", "dossier-case-1/signing-key.pub")
        assert found.returncode == 0, found.stdout
        assert "Everything holds." in found.stdout
        assert "with the key that you gave" in found.stdout


def test_same_case_again_is_the_same_dossier_and_the_same_entry(desk: Path) -> None:
    first = run(desk, "1", "--no-pdf", "--out", "one/dossier")
    second = run(desk, "1", "--no-pdf", "--out", "two/dossier")
    assert "entry 6" in first.stdout
    assert "entry 6" in second.stdout
    assert (desk / "one" / "dossier.zip").read_bytes() == (desk / "two" / "dossier.zip").read_bytes()


def test_campaign_with_a_case_is_that_case(desk: Path) -> None:
    assert run(desk, CAMPAIGN, "--no-pdf").returncode == 0
    assert (desk / "dossier-case-1").is_dir()


def test_changed_dossier_ends_with_two_and_says_what(desk: Path) -> None:
    assert run(desk, "1", "--no-pdf", "--redacted").returncode == 0
    path = desk / "dossier-case-1-redacted"
    (path / "README.txt").write_text("changed")
    found = run(desk, "verify", path.name)
    assert found.returncode == 2
    assert "README.txt was changed" in found.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("7",), "There is no case 7 in the ledger"),
        (("c-none",), "neither a case nor a campaign"),
        (("1", "--tlp", "white"), "no marking of TLP 2.0"),
        (("1", "--as-of", "yesterday"), "is not a time"),
        (("1", "--result", "nowhere"), "No result at nowhere"),
        (("1", "--key", "nowhere"), "no key file at nowhere"),
        (("1", "--prices", "nowhere"), "price file nowhere cannot be read"),
        (("1", "--ledger", "nowhere"), "nowhere"),
        (("verify", "nowhere"), "There is no dossier at nowhere"),
        (("verify", "stillwatch-result", "--key", "nowhere"), "public key nowhere cannot be read"),
    ],
)
def test_mistakes_are_told_without_a_traceback(desk: Path, arguments: tuple[str, ...], said: str) -> None:
    found = run(desk, *arguments)
    assert found.returncode == 2
    assert said in " ".join(found.stderr.split())
    assert "Traceback" not in found.stderr
    assert not list(desk.glob("dossier-*"))


def test_ledger_that_was_changed_gives_no_dossier(desk: Path) -> None:
    import sqlite3  # noqa: PLC0415 - to do what no program of ours does

    connection = sqlite3.connect(desk / "stillwatch-desk.sqlite")
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f'DROP TRIGGER "{name}"')
    connection.execute("UPDATE ledger SET body = replace(body, 'One wording', 'Two wordings') WHERE number = 3")
    connection.commit()
    connection.close()
    found = run(desk, "1", "--no-pdf")
    assert found.returncode == 2
    assert "does not hold" in found.stderr
    assert not (desk / "dossier-case-1").exists()
