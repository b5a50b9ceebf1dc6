"""The document: its words, its figures, and that no number stands outside one."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from stillwatch.casework.signing import SigningKey
from stillwatch.dossier.issue import issue
from stillwatch.dossier.likelihood import CONFIDENCE_RULES, DEGREES
from stillwatch.dossier.subject import Subject
from stillwatch.dossier.verification.reading import read_document
from stillwatch.report.prices import ModelPrice, Prices
from stillwatch.report.result import Result, load_result
from tests.report import fakes

from .conftest import CAMPAIGN, OPERATOR, OTHER, PEOPLE, REASONS, SOURCE, Make, campaign_of, case_of, order
from .texts import text_of

WORDS = {degree.word for degree in DEGREES}


def test_reads_as_agreed(make: Make, golden: Callable[[str, str], None]) -> None:
    golden("campaign.txt", text_of(make(recipient="The regulator").folder))


def test_case_reads_as_agreed(make: Make, result: Result, golden: Callable[[str, str], None]) -> None:
    golden("case.txt", text_of(make(subject=case_of(result)).folder))


@pytest.mark.parametrize("redacted", [False, True])
def test_every_number_is_a_figure(make: Make, result: Result, redacted: bool) -> None:
    folder = make(subject=case_of(result), redacted=redacted, recipient="Office 12").folder
    reading = read_document((folder / "dossier.html").read_text(encoding="utf-8"))
    assert reading.loose == []
    assert reading.active == []
    assert len(reading.printed) > 200


def test_a_number_outside_a_figure_would_be_found(folder: Path) -> None:
    html = (folder / "dossier.html").read_text(encoding="utf-8")
    told = read_document(html.replace("Nobody is called guilty here.", "Nobody is called guilty 7 times."))
    assert [text for text in told.loose if "guilty 7 times" in text]


def test_likelihood_and_confidence_are_never_in_one_sentence(make: Make, result: Result) -> None:
    for subject in (campaign_of(result), campaign_of(result, OTHER)):
        folder = make(subject.name, subject=subject).folder
        for sentence in re.split(r"(?<=[.;:?])\s|\n", text_of(folder)):
            words = sentence.casefold()
            stated = any(re.search(rf"\b{word}\b", words) for word in WORDS if word != "likely") or "is likely" in words
            assert not (stated and "confidence" in words), sentence


def test_every_word_of_likelihood_has_its_rule_and_every_confidence_its_condition(folder: Path) -> None:
    text = text_of(folder)
    assert "It is likely that these accounts act as one hand" in text
    assert all(condition in text for _, condition in CONFIDENCE_RULES)


def test_unjudged_campaign_says_so(folder: Path) -> None:
    text = text_of(folder)
    assert "No person has judged it yet" in text
    assert "unattributed" in text
    assert "No case was opened on this group" in text


def test_operator_is_named_only_with_a_source(make: Make, result: Result) -> None:
    case = case_of(result)
    assert f"{OPERATOR}. Source: {SOURCE}" in text_of(make("named", subject=case).folder)
    rest = [entry for entry in case.judgements if entry.kind != "attributed"]
    unnamed = Subject(case.name, case.scope, case.case, case.title, case.status, judgements=rest)
    text = text_of(make("unnamed", subject=unnamed).folder)
    assert OPERATOR not in text
    assert "Unattributed." in text


def test_persons_are_roles_and_pseudonyms_unless_names_are_asked_for(make: Make, result: Result) -> None:
    hidden = text_of(make("hidden", subject=case_of(result)).folder)
    assert not any(name in hidden for name in PEOPLE)
    assert REASONS[0] in hidden
    assert "approver" in hidden
    assert PEOPLE[1] in text_of(make("named", subject=case_of(result), names=True).folder)


def test_bystanders_are_not_accused_and_nobody_is_guilty(folder: Path) -> None:
    text = text_of(folder)
    assert "bystanders are not accused" in text
    assert "guilty" not in text.replace("Nobody is called guilty here", "").replace(
        "one group is guilty or innocent", ""
    )


def test_coordinated_group_is_no_campaign(make: Make, result: Result) -> None:
    text = text_of(make(subject=campaign_of(result, OTHER)).folder)
    assert "Coordinated, not accused" in text
    assert "What as much taught other models" not in text
    assert f"Campaign {OTHER}" not in text


def test_prices_give_sums_of_money_and_their_absence_is_told(make: Make) -> None:
    prices = Prices("USD", {"model-3-large": ModelPrice(3.0, 15.0)})
    assert "No price was given" in text_of(make("without").folder)
    folder = make("with", prices=prices).folder
    assert "at list price USD" in text_of(folder)
    assert "Exchanges with models that have no price" in text_of(folder)


def test_is_self_contained(folder: Path) -> None:
    html = (folder / "dossier.html").read_text(encoding="utf-8")
    assert "<script" not in html
    assert not re.search(r"(?:src|href)=\"(?!#)", html)
    assert "url(" not in html
    assert "default-src 'none'" in html


def test_manifest_says_what_is_counted_and_what_is_quoted(folder: Path) -> None:
    figures = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["figures"]
    by_id = {one["id"]: one for one in figures}
    assert by_id["c1.accounts"]["from"] == "counted"
    assert by_id["c1.q"]["from"] == "quoted"
    assert {column["name"]: column["from"] for column in by_id["c1.on_coordination"]["columns"]}["odds"] == "quoted"
    assert all(one["query"].startswith("SELECT") for one in figures)


def test_hostile_strings_stay_text(tmp_path: Path, signing_key: SigningKey) -> None:
    tables, scan = fakes.hostile()
    hostile = load_result(fakes.write_result(tmp_path / "result", tables, scan))
    subject = campaign_of(hostile, hostile.campaigns[0]["campaign_id"])
    folder = issue(order(hostile, signing_key, subject, recipient=fakes.HOSTILE), tmp_path / "hostile").folder
    html = (folder / "dossier.html").read_text(encoding="utf-8")
    assert "<img" not in html
    assert "\x1b" not in html
    assert "\u202e" not in html
    assert "{{7*7}}" in html
    assert read_document(html).active == []


def test_only_rows_of_the_case_leave_the_house(folder: Path) -> None:
    for file in (folder / "tables").iterdir():
        assert OTHER.encode() not in file.read_bytes() or file.stem == "overlaps"
    assert CAMPAIGN.encode() in (folder / "tables" / "members.parquet").read_bytes()
