"""The page is whole, harmless, exact and small, whatever the tables hold."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from stillwatch.exposure.gain import gain_table
from stillwatch.records import RESULT_TABLES
from stillwatch.report import Result, load_result, write_report
from stillwatch.report.page import render

from . import fakes

VOID = {"meta", "link", "br", "img", "input", "hr", "path"}


class Page(HTMLParser):
    """What a browser would see: elements, attributes and text; fails on a tag that is not closed."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(source)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture(params=["small", "huge", "empty", "hostile"])
def any_result(request: pytest.FixtureRequest) -> Result:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Result)
    return found


def test_it_is_well_formed_and_asks_nothing_of_the_network(any_result: Result) -> None:
    page = Page(render(any_result))
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "link", "img", "iframe", "object", "form"})
    for _, attributes in page.tags:
        assert (attributes.get("href") or "#").startswith("#")
        assert not {"src", "srcset", "action", "onerror", "onload", "onclick"} & set(attributes)
    policy = next(a["content"] for t, a in page.tags if a.get("http-equiv") == "Content-Security-Policy")
    assert (policy or "").startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")
    assert "url(" not in render(any_result).partition("</style>")[0]


def test_it_is_small(huge: Result) -> None:
    assert len(render(huge).encode()) < 300_000


def test_the_same_result_gives_the_same_bytes(any_result: Result, tmp_path: Path) -> None:
    first = write_report(any_result, tmp_path / "one.html").read_bytes()
    assert write_report(load_result(any_result.path), tmp_path / "two.html").read_bytes() == first


def test_a_directory_gets_its_report(small: Result, tmp_path: Path) -> None:
    assert write_report(small, tmp_path) == tmp_path / "report.html"


def test_ids_are_unique_and_links_lead_somewhere(any_result: Result) -> None:
    page = Page(render(any_result))
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = {(attributes["href"] or "")[1:] for tag, attributes in page.tags if tag == "a"}
    assert links <= set(ids)


def test_foreign_text_is_shown_and_never_acts(hostile: Result) -> None:
    source = render(hostile, {"a1": fakes.HOSTILE})
    assert "<img" not in source
    assert "{{7*7}}" in source
    assert "49=HYPERLINK" not in source
    assert "\x1b" not in source
    assert "\u202e" not in source
    assert "&lt;img src=x onerror=alert(1)&gt;" in source


def test_every_large_number_is_in_the_tables(huge: Result) -> None:
    """Numbers with a thousands separator are table values, counts of rows, what a list leaves out, or the
    largest harvest that the test range measured."""
    known = _numbers(huge)
    shown = {int(n.replace(",", "")) for n in re.findall(r"\d{1,3}(?:,\d{3})+", Page(render(huge)).text)}
    assert shown
    assert shown <= known


def _numbers(result: Result) -> set[int]:
    known = {n for n in result.scan["counts"].values() if isinstance(n, int)}
    known |= {entry["bytes"] for entry in result.scan["inputs"]}
    for schema in RESULT_TABLES:
        table = result.table(schema)
        known |= {table.num_rows, table.num_rows - 50, table.num_rows - 9, table.num_rows - 12}
        for row in table.to_pylist():
            known |= {round(value) for value in row.values() if isinstance(value, int | float)}
    counted = (("members", "role"), ("shared", "detector"))
    for name, column in counted:
        known |= {pair["counts"] for pair in result.tables[name][column].value_counts().to_pylist()}
    holders = result.tables["holdings"].group_by("detector").aggregate([("account_id", "count_distinct")])
    known |= set(holders["account_id_count_distinct"].to_pylist())
    unsure = sum(value < 0.5 for value in result.tables["members"]["confidence"].to_pylist())
    return known | {unsure, gain_table().largest}


def test_observation_and_inference_stand_apart(small: Result) -> None:
    source = render(small)
    for observed, inferred in zip(
        re.findall(r'class="observation">(.*?)</div>', source, re.S),
        re.findall(r'class="inference">(.*?)</div>', source, re.S),
        strict=True,
    ):
        assert "judged" not in observed
        assert "ccused" not in observed
        assert "is not inferred" in inferred


def test_only_distillation_is_called_an_accusation(small: Result) -> None:
    text = Page(render(small)).text
    assert "Accused of distillation at false-discovery level 1" in text
    assert "Coordinated, not accused" in text
    assert "Watched, not accused" in text
    assert text.count("article accused") == 0
    assert render(small).count('class="chapter accused"') == 1


def test_an_unknown_verdict_accuses_nobody(tmp_path: Path) -> None:
    tables = fakes.campaign("c-new", 5, "suspected_theft")
    source = render(load_result(fakes.write_result(tmp_path, tables, None)))
    assert "Suspected theft, not accused" in source
    assert "chapter accused" not in source


def test_nothing_found_is_said_with_what_could_not_be_seen(empty: Result) -> None:
    text = Page(render(empty)).text
    assert "None of the 1,204 groups of accounts tested is accused of distillation" in text
    assert "It does not prove that no campaign is there" in text
    assert "The log has neither user_agent nor tls_fingerprint" in text


def test_own_names_appear_only_where_given(small: Result) -> None:
    account = small.tables["members"]["account_id"][0].as_py()
    assert "customer-7" not in render(small)
    assert f"customer-7 ({account})" in render(small, {account: "customer-7"})


def test_long_lists_say_how_much_more_there_is(huge: Result) -> None:
    assert "And 24,950 more in members.parquet." in render(huge)


def test_estimated_tokens_are_marked(small: Result) -> None:
    assert "† Estimated from the length of the text" in render(small)


def test_a_result_of_nulls_still_renders(tmp_path: Path) -> None:
    row = {"campaign_id": "c-bare", "verdict": "watch"}
    tables = {"campaigns": [row], "members": [{"campaign_id": "c-bare", "account_id": "a", "role": "mixed"}]}
    assert "c-bare" in Page(render(load_result(fakes.write_result(tmp_path, tables, None)))).text
