"""Verification finds whatever was changed, and survives folders made to harm."""

from __future__ import annotations

import json
import os
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.casework.signing import SigningKey
from stillwatch.dossier.errors import DossierError
from stillwatch.dossier.manifest import described
from stillwatch.dossier.signature import pem_of
from stillwatch.dossier.verification import verify_dossier
from stillwatch.dossier.verification.verify import Verification
from stillwatch.report.result import Result

from .conftest import Make, case_of


def faults(folder: Path) -> str:
    found = verify_dossier(folder)
    assert not found.holds
    return "\n".join(found.faults)


def signed_again(folder: Path, key: SigningKey, change: Callable[[dict[str, Any]], None] = lambda _: None) -> None:
    """What a dishonest desk would do: change things, write their hashes into the manifest and sign it."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    change(manifest)
    for name in manifest["files"]:
        if (folder / name).is_file():
            told = described((folder / name).read_bytes())
            manifest["files"][name] = {"sha256": told.sha256, "bytes": told.size}
    path.write_text(json.dumps(manifest), encoding="utf-8")
    (folder / "manifest.sig").write_bytes(bytes.fromhex(key.sign(path.read_bytes())))


def rewrite(path: Path, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> None:
    table = pq.read_table(path)
    pq.write_table(pa.Table.from_pylist(change(table.to_pylist()), schema=table.schema), path)


def _change(rows: list[dict[str, Any]], place: int, **to: Any) -> list[dict[str, Any]]:
    rows[place] |= to
    return rows


@pytest.mark.parametrize("redacted", [False, True])
def test_untouched_holds(make: Make, result: Result, redacted: bool) -> None:
    issued = make(subject=case_of(result), redacted=redacted)
    for path in (issued.folder, issued.archive):
        found = verify_dossier(path)
        assert found.faults == ()
        assert found.figures == issued.figures
        assert found.printed > 200
        assert found.manifest == issued.manifest


def test_key_from_elsewhere_says_who_signed(folder: Path, signing_key: SigningKey) -> None:
    assert verify_dossier(folder, signing_key.public_key).key_given
    inside = verify_dossier(folder)
    assert inside.holds
    assert not inside.key_given
    other = verify_dossier(folder, "11" * 32)
    assert "not with the key that you gave" in other.faults[0]


def test_each_changed_file_is_named(folder: Path, tmp_path: Path) -> None:
    names = sorted(str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file())
    assert len(names) > 20
    for name in names:
        copy = tmp_path / "copy"
        shutil.copytree(folder, copy)
        content = bytearray((copy / name).read_bytes())
        content[len(content) // 2] ^= 1
        (copy / name).write_bytes(bytes(content))
        assert name in faults(copy), name
        shutil.rmtree(copy)


def test_missing_and_extra_files_are_named(folder: Path) -> None:
    (folder / "README.txt").unlink()
    (folder / "tables" / "more.parquet").write_bytes(b"PAR1")
    found = faults(folder)
    assert "README.txt is missing" in found
    assert "tables/more.parquet is not in the manifest" in found


def test_changed_table_row_is_found_even_if_signed_again(folder: Path, signing_key: SigningKey) -> None:
    rewrite(folder / "tables" / "members.parquet", lambda rows: _change(rows, 0, harvested_exchanges=999_999))
    signed_again(folder, signing_key)
    found = faults(folder)
    assert "figure c1.harvested: the tables give" in found
    assert "was changed" not in found


def test_removed_table_row_is_found_even_if_signed_again(folder: Path, signing_key: SigningKey) -> None:
    rewrite(folder / "tables" / "members.parquet", lambda rows: rows[1:])
    signed_again(folder, signing_key)
    assert "figure c1.members_total: the tables give 39, the manifest says 40" in faults(folder)


def test_changed_figure_is_found_even_if_signed_again(folder: Path, signing_key: SigningKey) -> None:
    def lie(manifest: dict[str, Any]) -> None:
        (figure,) = [one for one in manifest["figures"] if one["id"] == "c1.harvested"]
        figure["value"] += 1

    signed_again(folder, signing_key, lie)
    found = faults(folder)
    assert "figure c1.harvested: the tables give" in found
    assert "dossier.html carries" in found


@pytest.mark.parametrize("place", ["value", "text"])
def test_changed_number_of_the_document_is_found_even_if_signed_again(
    folder: Path, signing_key: SigningKey, place: str
) -> None:
    path = folder / "dossier.html"
    html = path.read_text(encoding="utf-8")
    pattern = {"value": r'value="\d+" data-figure="c1.accounts"', "text": r'data-figure="c1.accounts">\d+'}[place]
    changed, times = re.subn(pattern, lambda found: re.sub(r"\d\d", "77", found[0]), html, count=1)
    assert times == 1
    path.write_text(changed, encoding="utf-8")
    signed_again(folder, signing_key)
    assert ("carries 77" if place == "value" else "prints 77") in faults(folder)


def test_number_without_a_figure_and_unknown_figure_are_found(folder: Path, signing_key: SigningKey) -> None:
    path = folder / "dossier.html"
    html = path.read_text(encoding="utf-8")
    more = '<p>Ninety million, 90,000,000, were lost.</p><data class="figure" value="1" data-figure="none">1</data>'
    path.write_text(
        html.replace("</main>", f"{more}<p>Since <time>1,000,000 euros</time>.</p></main>"), encoding="utf-8"
    )
    signed_again(folder, signing_key)
    found = faults(folder)
    assert "a number that is no figure: “Ninety million, 90,000,000, were lost.”" in found
    assert "a figure that the manifest does not have: none" in found
    assert "1,000,000 euros" in found


def test_document_that_acts_is_found(folder: Path, signing_key: SigningKey) -> None:
    path = folder / "dossier.html"
    html = path.read_text(encoding="utf-8")
    path.write_text(html.replace("</main>", '<script src="//x.example"></script></main>'), encoding="utf-8")
    signed_again(folder, signing_key)
    assert "something that acts or leads out (script)" in faults(folder)


def test_signature_of_another_key_is_found(folder: Path, tmp_path: Path) -> None:
    stranger = SigningKey(tmp_path / "none", bytes(32))
    (folder / "manifest.sig").write_bytes(bytes.fromhex(stranger.sign((folder / "manifest.json").read_bytes())))
    assert "manifest.sig is no signature of manifest.json" in faults(folder)
    (folder / "signing-key.pub").write_bytes(pem_of(stranger.public_key))
    assert "signing-key.pub was changed" in faults(folder)


def _query(text: str) -> Callable[[dict[str, Any]], None]:
    def change(manifest: dict[str, Any]) -> None:
        manifest["figures"][0]["query"] = text

    return change


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("COPY campaigns TO '/tmp/stolen.csv'", "it is not one SELECT statement"),
        ("SELECT 1; SELECT 2", "it is not one SELECT statement"),
        ("ATTACH '/tmp/other.db'", "it is not one SELECT statement"),
        ("SET memory_limit = '100GB'", "it is not one SELECT statement"),
        ("SELECT * FROM read_text('/etc/passwd')", "it reaches for a file"),
        ("SELECT * FROM read_parquet('https://example.org/x.parquet')", "it was not run|was not run"),
        ("SELECT content FROM '/etc/passwd'", "DuckDB cannot run it"),
        ("SELECT nothing FROM nowhere", "DuckDB cannot run it"),
        ("not SQL at all", "it is no SQL"),
        ("SELECT range FROM range(200000)", "it gives more than 100,000 rows"),
        ("SELECT list(range) FROM range(1000000000)", "it takes more than 1GB of memory"),
        ("SELECT [1, 2]", "gives what is no figure"),
    ],
)
def test_query_that_is_none_of_ours_is_told(folder: Path, signing_key: SigningKey, query: str, said: str) -> None:
    signed_again(folder, signing_key, _query(query))
    assert re.search(said, faults(folder))
    assert not Path("/tmp/stolen.csv").exists()


def test_query_without_end_is_stopped(folder: Path, signing_key: SigningKey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stillwatch.dossier.verification.verify.SealedEngine.__init__.__defaults__", (0.3,))
    signed_again(folder, signing_key, _query("SELECT count(*) FROM range(1000000000000) a, range(1000000) b"))
    assert "it was stopped after 0.3 seconds" in faults(folder)


def test_paths_that_lead_out_are_told(folder: Path, signing_key: SigningKey) -> None:
    def change(manifest: dict[str, Any]) -> None:
        manifest["files"] |= {
            "../../etc/passwd": {"sha256": "0" * 64, "bytes": 1},
            "/etc/passwd": {"sha256": "", "bytes": 0},
        }

    signed_again(folder, signing_key, change)
    found = faults(folder)
    assert "the manifest names ../../etc/passwd, which is no path in the folder" in found
    assert "the manifest names /etc/passwd, which is no path in the folder" in found


def test_links_are_told_and_not_followed(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    (folder / "README.txt").unlink()
    (folder / "README.txt").symlink_to(secret)
    found = faults(folder)
    assert "README.txt is a link, which is not followed" in found
    assert "README.txt is missing" in found
    (tmp_path / "link").symlink_to(folder)
    with pytest.raises(DossierError, match="is a link"):
        verify_dossier(tmp_path / "link")


def test_pipe_is_told_and_not_read(folder: Path) -> None:
    os.mkfifo(folder / "tables" / "pipe.parquet")
    assert "tables/pipe.parquet is no plain file" in faults(folder)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"not JSON", "it is no JSON"),
        (b"[" * 200_000, "it is no JSON"),
        (b"\xff\xfe", "it is no JSON"),
        (b"[]", "it is not of the format"),
        (b'{"format": "stillwatch-dossier/1"}', "it lacks about, files or figures"),
        (
            b'{"format": "stillwatch-dossier/1", "about": {}, "files": {"x": 1}, "figures": []}',
            "is not a hash and a size",
        ),
        (b'{"format": "stillwatch-dossier/1", "about": {}, "files": {}, "figures": [7]}', "lacks id, words or query"),
        (
            b'{"format": "stillwatch-dossier/1", "about": {}, "files": {}, "figures": [{"id": "a", "words": "", '
            b'"query": "SELECT 1", "unit": "x", "from": "counted", "value": ' + b"9" * 4000 + b"}]}",
            "does not fit its columns",
        ),
        (
            b'{"format": "stillwatch-dossier/1", "about": {}, "files": {}, "figures": [{"id": "a", "words": "", '
            b'"query": "SELECT 1", "unit": "x", "from": "counted", "value": NaN}]}',
            "it is no JSON",
        ),
    ],
)
def test_manifest_that_is_none_is_told(folder: Path, content: bytes, said: str) -> None:
    (folder / "manifest.json").write_bytes(content)
    assert f"manifest.json: {said}" in faults(folder) or said in faults(folder)


def test_table_that_is_none_is_told(folder: Path, signing_key: SigningKey) -> None:
    (folder / "tables" / "members.parquet").write_bytes(b"PAR1 no table PAR1")
    signed_again(folder, signing_key)
    assert "tables/members.parquet: it is no Parquet that can be read" in faults(folder)


def test_table_that_grows_without_end_is_told(folder: Path, signing_key: SigningKey) -> None:
    text = pa.array(["x" * 1_000_000]).dictionary_encode()
    bomb = pa.DictionaryArray.from_arrays(pa.array([0] * 3000, pa.int32()), text.dictionary)
    path = folder / "tables" / "members.parquet"
    pq.write_table(pa.table({"account_id": bomb}), path, store_schema=False)
    assert path.stat().st_size < 1_100_000
    signed_again(folder, signing_key)
    assert "the texts of a column are longer than" in faults(folder)


def test_document_without_end_is_told(folder: Path, signing_key: SigningKey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stillwatch.dossier.verification.verify.MOST_BYTES", 1000)
    signed_again(folder, signing_key)
    assert "dossier.html is longer than 1,000 bytes and was not read" in faults(folder)


def test_deeply_nested_document_is_read(folder: Path, signing_key: SigningKey) -> None:
    path = folder / "dossier.html"
    path.write_text(path.read_text(encoding="utf-8") + "<div>" * 300_000 + "<data class=figure>" * 10_000 + "7")
    signed_again(folder, signing_key)
    assert "a number that is no figure: “7”" in faults(folder)


def test_archive_that_leads_out_or_grows_is_told(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "evil.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in folder.rglob("*"):
            if file.is_file():
                archive.write(file, f"d/{file.relative_to(folder)}")
        archive.writestr("d/../../evil", "x")
    found = verify_dossier(path)
    assert any("is no path inside the folder" in fault for fault in found.faults)
    assert not (tmp_path.parent / "evil").exists()
    monkeypatch.setattr("stillwatch.dossier.verification.contents.MOST_BYTES", 1000)
    with pytest.raises(DossierError, match="grows to more than 1,000 bytes"):
        verify_dossier(path)


@pytest.mark.parametrize("kind", ["none", "text", "many"])
def test_what_is_no_dossier_is_told(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "it"
    if kind == "text":
        path.write_text("hello")
    if kind == "many":
        path.mkdir()
        for number in range(101):
            (path / f"{number}").touch()
    with pytest.raises(DossierError):
        verify_dossier(path)


def test_empty_folder_says_what_is_missing(tmp_path: Path) -> None:
    found: Verification = verify_dossier(tmp_path)
    assert "manifest.json is missing" in found.faults
