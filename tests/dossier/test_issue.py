"""Issuing: the same order gives the same bytes, nothing is overwritten, ids are pseudonyms of the key."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from stillwatch.casework.scope import Scope
from stillwatch.casework.signing import SigningKey
from stillwatch.dossier.errors import DossierError
from stillwatch.dossier.issue import issue
from stillwatch.dossier.manifest import decode
from stillwatch.dossier.subject import Subject
from stillwatch.report.result import Result
from stillwatch.signals.pseudonyms import Pseudonyms, shown

from .conftest import CAMPAIGN, KEY, OTHER, Make, accounts_of, campaign_of, case_of, order


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in sorted(folder.rglob("*")) if one.is_file()}


@pytest.mark.parametrize("redacted", [False, True])
def test_same_order_gives_the_same_bytes(
    tmp_path: Path, result: Result, signing_key: SigningKey, redacted: bool
) -> None:
    issued = [
        issue(order(result, signing_key, case_of(result), redacted=redacted), tmp_path / place / "dossier")
        for place in ("a", "b")
    ]
    assert files_of(issued[0].folder) == files_of(issued[1].folder)
    assert issued[0].archive.read_bytes() == issued[1].archive.read_bytes()


def test_archive_holds_the_folder(make: Make) -> None:
    issued = make()
    with zipfile.ZipFile(issued.archive) as archive:
        packed = {name.split("/", 1)[1]: archive.read(name) for name in archive.namelist()}
    assert packed == files_of(issued.folder)


def test_nothing_is_overwritten(make: Make) -> None:
    issued = make()
    before = files_of(issued.folder)
    with pytest.raises(DossierError, match="never overwritten"):
        make()
    shutil.rmtree(issued.folder)
    with pytest.raises(DossierError, match="never overwritten"):
        make()
    assert before


def test_failure_leaves_nothing_behind(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("stillwatch.dossier.issue._packed", full)
    with pytest.raises(OSError, match="No space"):
        make()
    assert list(tmp_path.iterdir()) == []


def test_accounts_are_the_pseudonyms_that_a_scan_would_give(make: Make, result: Result) -> None:
    members = pq.read_table(make().folder / "tables" / "members.parquet")
    pseudonyms = Pseudonyms(KEY)
    expected = [shown(one) for name in accounts_of(result) if (one := pseudonyms.one(name, "account")) is not None]
    assert members["account_id"].to_pylist() == sorted(expected)


def test_pseudonyms_of_the_scan_stay(tmp_path: Path, result: Result, signing_key: SigningKey) -> None:
    scan = {**result.scan, "privacy": {"accounts_pseudonymised": True}}
    hidden = replace(result, scan=scan)
    folder = issue(order(hidden, signing_key, campaign_of(hidden)), tmp_path / "dossier").folder
    assert pq.read_table(folder / "tables" / "members.parquet")["account_id"].to_pylist() == accounts_of(result)


def test_case_of_a_part_holds_its_accounts_alone(make: Make, result: Result) -> None:
    ours = accounts_of(result)[:7]
    part = Subject("case 4", Scope((), (CAMPAIGN,), frozenset(ours)), 4, "A part", "open")
    rest = Subject("case 3", Scope((CAMPAIGN,), without=frozenset(ours)), 3, "The rest", "open")
    sizes = {}
    for name, subject in (("part", part), ("rest", rest)):
        folder = make(name, subject=subject).folder
        members = pq.read_table(folder / "tables" / "members.parquet").to_pylist()
        (row,) = pq.read_table(folder / "tables" / "campaigns.parquet").to_pylist()
        sizes[name] = len(members)
        assert row["accounts"] == sum(one["role"] != "bystander" for one in members)
        assert "Some members of these groups are in another case" in (folder / "dossier.html").read_text()
    assert sizes == {"part": 7, "rest": 33}


def test_case_of_two_campaigns_has_a_chapter_for_each(make: Make) -> None:
    folder = make(subject=Subject("case 5", Scope((CAMPAIGN, OTHER)), 5, "Both", "open")).folder
    html = (folder / "dossier.html").read_text()
    assert 'id="campaign-1"' in html
    assert 'id="campaign-2"' in html
    figures = decode((folder / "manifest.json").read_bytes()).figures
    assert figures["all_campaigns"].rows == ((2,),)


def test_campaign_that_the_result_lacks_is_told(make: Make) -> None:
    with pytest.raises(DossierError, match="None of the campaigns of case 9"):
        make(subject=Subject("case 9", Scope(("c-gone",)), 9))


def test_third_party_can_follow_the_readme(folder: Path) -> None:
    """With DuckDB and OpenSSL alone, as README.txt says."""
    readme = (folder / "README.txt").read_text()
    views = [line.strip() for line in readme.splitlines() if line.strip().startswith("CREATE VIEW")]
    connection = duckdb.connect()
    for view in views:
        connection.execute(view.replace("'tables/", f"'{folder}/tables/"))
    manifest = decode((folder / "manifest.json").read_bytes())
    for figure in manifest.figures.values():
        assert len(connection.execute(figure.query).fetchall()) == len(figure.rows) or figure.single
    listed = connection.execute(
        f"SELECT f.id FROM (SELECT unnest(figures) AS f FROM read_json('{folder}/manifest.json'))"
    ).fetchall()
    assert len(listed) == len(manifest.figures)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="OpenSSL's program is not installed")
def test_openssl_verifies_the_signature(folder: Path) -> None:
    command = "openssl pkeyutl -verify -pubin -inkey signing-key.pub -rawin -in manifest.json -sigfile manifest.sig"
    assert command in (folder / "README.txt").read_text()
    found = subprocess.run(command.split(), cwd=folder, capture_output=True, text=True, check=False)
    assert "Verified Successfully" in found.stdout
