"""Judgements by themselves: what fits, how they are written, and that they come back the same."""

from __future__ import annotations

import dataclasses
import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.casework import judgements as j
from stillwatch.casework.canonical import canonical_json
from stillwatch.casework.errors import RuleError
from stillwatch.casework.judgements import KINDS, Judgement, read_judgement, trusted_judgement

ids = st.text(min_size=1, max_size=40)
texts = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=60).filter(
    lambda text: bool(unicodedata.normalize("NFC", text).strip())
)
numbers = st.integers(1, 2**40)
some_ids = st.lists(ids, min_size=1, max_size=5).map(tuple)
FIELDS: dict[str, Any] = {
    "reason": texts, "title": texts, "campaigns": some_ids, "accounts": some_ids, "account": ids, "into": numbers,
    "to": st.none() | texts, "outcome": None, "entry": numbers, "operator": texts, "source": texts,
    "measure": st.sampled_from(j.MEASURES), "until": st.datetimes().map(lambda time: time.isoformat()),
    "second_person": st.none() | st.booleans(), "proposal": numbers, "statement": texts, "appeal": numbers,
    "manifest": st.binary(min_size=32, max_size=32).map(bytes.hex), "marking": st.sampled_from(j.MARKINGS),
    "redacted": st.booleans(), "ledger": texts, "public_key": texts,
}  # fmt: skip
OUTCOMES = {"closed": st.sampled_from(j.CLOSINGS), "answered": st.sampled_from(j.ANSWERS)}


@st.composite
def judgements(draw: st.DrawFn) -> Judgement:
    kind = draw(st.sampled_from(sorted(KINDS.values(), key=lambda one: one.kind)))
    fields = {
        field.name: draw(OUTCOMES[kind.kind] if field.name == "outcome" else FIELDS[field.name])
        for field in dataclasses.fields(kind)
        if field.name != "case"
    }
    if kind is not j.Founded:
        fields["case"] = draw(numbers)
    return kind(**fields)


@given(judgements())
def test_a_judgement_comes_back_from_its_body(judgement: Judgement) -> None:
    body = judgement.body()
    assert read_judgement(judgement.kind, judgement.case, body) == judgement
    assert unicodedata.normalize("NFC", judgement.reason) == judgement.reason
    assert canonical_json(json.loads(body)) == body
    assert json.loads(body)["reason"] == judgement.reason


@given(judgements())
def test_what_is_trusted_reads_as_what_is_checked(judgement: Judgement) -> None:
    body = judgement.body()
    trusted = trusted_judgement(judgement.kind, judgement.case, body)
    assert trusted == judgement
    assert repr(trusted) == repr(judgement)
    assert trusted.body() == body


def test_every_kind_of_the_design_is_there() -> None:
    assert len(KINDS) == 20
    assert all(name == kind.kind for name, kind in KINDS.items())


WRONG: list[tuple[Any, dict[str, Any], str]] = [
    (j.Commented, {"reason": ""}, "reason is missing"),
    (j.Commented, {"reason": " \n "}, "reason is missing"),
    (j.Commented, {"reason": "a\x00b"}, "control characters"),
    (j.Commented, {"reason": "\x1b[2J"}, "control characters"),
    (j.Commented, {"reason": "\ud800"}, "control characters"),
    (j.Commented, {"reason": "x" * 10_001}, "longer than 10,000"),
    (j.Commented, {"case": 0}, "no such case"),
    (j.Opened, {"title": "", "campaigns": ("C-1",)}, "title is missing"),
    (j.Opened, {"title": "x" * 201, "campaigns": ("C-1",)}, "longer than 200"),
    (j.Opened, {"title": "t", "campaigns": ()}, "no campaigns"),
    (j.Cleared, {"accounts": ()}, "no accounts"),
    (j.Cleared, {"accounts": ("",)}, "no id"),
    (j.Cleared, {"accounts": ("\udfff",)}, "no id"),
    (j.Cleared, {"accounts": ("x" * 501,)}, "no id"),
    (j.Closed, {"outcome": "guilty"}, "outcome is none of resolved, unfounded"),
    (j.Proposed, {"accounts": ("a",), "measure": "jail", "until": "2027-01-01"}, "measure is none of"),
    (j.Proposed, {"accounts": ("a",), "measure": "limit", "until": "soon"}, "until is not a time"),
    (j.Attributed, {"operator": "Someone", "source": ""}, "source is missing"),
    (j.Appealed, {"account": "a", "statement": ""}, "statement is missing"),
    (j.Answered, {"appeal": 3, "outcome": "maybe"}, "outcome is none of granted, refused"),
    (j.Issued, {"manifest": "0" * 63, "marking": "TLP:RED", "redacted": False}, "no SHA-256"),
    (j.Issued, {"manifest": "0" * 64, "marking": "SECRET", "redacted": False}, "marking is none of"),
]


@pytest.mark.parametrize(("kind", "fields", "told"), WRONG)
def test_what_does_not_fit_is_refused(kind: Any, fields: dict[str, Any], told: str) -> None:
    with pytest.raises(RuleError, match=told):
        kind(**({"case": None if kind is j.Opened else 1, "reason": "r"} | fields))


def test_only_an_assignment_needs_no_reason() -> None:
    assert j.Assigned(case=1, to="ann").reason == ""


def test_ids_are_kept_to_the_letter_and_texts_in_one_form() -> None:
    decomposed = unicodedata.normalize("NFD", "é")
    appeal = j.Appealed(case=1, account=f" {decomposed} ", statement=f" {decomposed} ", reason="r")
    assert appeal.account == f" {decomposed} "
    assert appeal.statement == unicodedata.normalize("NFC", "é")
    assert j.Cleared(case=1, accounts=("b", "a", "b"), reason="r").accounts == ("a", "b")


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("pardoned", '{"reason":"r"}'),
        ("commented", '{"reason": "r"}'),
        ("commented", '{"reason":""}'),
        ("commented", '{"reason":1}'),
        ("commented", '{"extra":1,"reason":"r"}'),
        ("commented", "{}"),
        ("commented", "[]"),
        ("commented", "nonsense"),
        ("cleared", '{"accounts":["b","a"],"reason":"r"}'),
    ],
)
def test_a_body_that_is_none_is_refused_without_being_quoted(kind: str, body: str) -> None:
    with pytest.raises(ValueError, match=r"kind|canonical") as error:
        read_judgement(kind, 1, body)
    assert "extra" not in str(error.value)
