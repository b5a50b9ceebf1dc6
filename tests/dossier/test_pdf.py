"""The PDF: marked on each page, tagged for those who have it read aloud, the same each time."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pypdf
import pytest

from stillwatch.casework.signing import SigningKey
from stillwatch.dossier.issue import Issued, issue
from stillwatch.dossier.marking import BY_LABEL
from stillwatch.dossier.pdf import render_pdf
from stillwatch.dossier.verification import verify_dossier
from stillwatch.report.result import Result

from .conftest import Make, order

try:
    import weasyprint  # noqa: F401
except (ImportError, OSError):
    pytest.skip("Pango is not installed, so no PDF can be made", allow_module_level=True)

LABEL = "TLP:AMBER+STRICT"


@pytest.fixture(scope="module")
def issued(tmp_path_factory: pytest.TempPathFactory, result: Result, signing_key: SigningKey) -> Issued:
    return issue(
        order(result, signing_key, pdf=True, marking=BY_LABEL[LABEL]), tmp_path_factory.mktemp("pdf") / "dossier"
    )


def test_each_page_is_marked_and_numbered(issued: Issued) -> None:
    pages = pypdf.PdfReader(issued.folder / "dossier.pdf").pages
    assert issued.pages == len(pages) > 5
    for number, page in enumerate(pages, start=1):
        text = page.extract_text()
        assert text.count(LABEL) >= 2, number
        assert f"Page {number} of {len(pages)}" in text


def test_is_tagged_for_accessibility(issued: Issued) -> None:
    reader: Any = pypdf.PdfReader(issued.folder / "dossier.pdf")
    catalog = reader.trailer["/Root"]
    assert catalog["/MarkInfo"]["/Marked"]
    assert catalog["/StructTreeRoot"]
    assert catalog["/Lang"] == "en"
    assert catalog["/ViewerPreferences"]["/DisplayDocTitle"]
    assert "pdfuaid" in catalog["/Metadata"].get_data().decode()
    assert reader.metadata.title.startswith(LABEL)


def test_says_what_the_document_says(issued: Issued) -> None:
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(issued.folder / "dossier.pdf").pages)
    words = " ".join(text.split())
    for said in ("No person has judged it yet", "It is likely that these accounts act as one hand", "Unattributed"):
        assert said in words


def test_dossier_with_it_verifies(issued: Issued) -> None:
    assert issued.no_pdf is None
    assert verify_dossier(issued.folder).holds


def test_same_document_gives_the_same_bytes() -> None:
    html = '<html lang="en"><title>Twice</title><style>h1 { font-weight: 700 }</style><h1>Twice</h1><p>The same.</html>'
    assert render_pdf(html, b"0" * 16) == render_pdf(html, b"0" * 16)


def test_nothing_is_fetched(tmp_path: Path) -> None:
    picture = tmp_path / "secret.svg"
    picture.write_text('<svg xmlns="http://www.w3.org/2000/svg"><text>secret</text></svg>')
    html = f'<html lang="en"><title>x</title><p>words</p><img alt="" src="{picture.as_uri()}"></html>'
    (tmp_path / "x.pdf").write_bytes(render_pdf(html, b"0" * 16).content)
    assert "secret" not in pypdf.PdfReader(tmp_path / "x.pdf").pages[0].extract_text()


def test_without_pango_there_is_html_and_a_reason(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    made = make(pdf=True)
    assert not (made.folder / "dossier.pdf").exists()
    assert "Pango is missing" in (made.no_pdf or "")
    assert verify_dossier(made.folder).holds
