"""Templates are found without comparing texts; public material and common turns of speech are not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from stillwatch.engine import Engine
from stillwatch.links import FRAME, LinkOptions, find_links

OpenLog = Callable[..., Engine]
Rows = list[dict[str, Any]]
TEMPLATE = (
    "you are a meticulous tutor who writes every intermediate step before the answer and never skips one then you "
    "state the result alone on the last line after two stars so that a program can read it back the problem is {} and "
    "now the "
    "units matter so name them in each step of the way until nothing is left to be said about it"
)
SYLLABLES = ["ba", "ce", "di", "fo", "gu", "ka", "le", "mi", "no", "pu", "ra", "se", "ti", "vo", "zu"]


def _gibberish(rng: np.random.Generator, words: int) -> str:
    return " ".join("".join(rng.choice(SYLLABLES, 4)) for _ in range(words))


def _strangers(rng: np.random.Generator, accounts: int = 40, each: int = 6) -> Rows:
    return [{"account_id": f"s{n}", "input_text": _gibberish(rng, 30)} for n in range(accounts) for _ in range(each)]


def _looked(engine: Engine) -> Engine:
    find_links(engine, LinkOptions({"input_text"}))
    return engine


def _work(rng: np.random.Generator, accounts: set[str], each: int) -> Rows:
    """Each of the accounts fills the template that often."""
    return [
        {"account_id": a, "input_text": TEMPLATE.format(_gibberish(rng, 12))}
        for a in sorted(accounts)
        for _ in range(each)
    ]


def _names(engine: Engine) -> list[str]:
    table = engine.fetch("SELECT CAST(account_id AS VARCHAR) AS name FROM population ORDER BY member")
    return [str(name) for name in table["name"].to_pylist()]


def _held(engine: Engine) -> dict[int, set[str]]:
    """Wordings that weigh something, with their holders."""
    rows = engine.fetch(
        "SELECT h.value, CAST(p.account_id AS VARCHAR) AS name FROM holdings h "
        "JOIN population p ON p.member = h.member "
        "WHERE h.detector = 0 ORDER BY 1, 2"
    ).to_pylist()
    found: dict[int, set[str]] = {}
    for row in rows:
        found.setdefault(row["value"], set()).add(row["name"])
    return found


def _lengths(engine: Engine) -> dict[int, int]:
    return {r["value"]: r["length"] for r in engine.fetch("SELECT value, length FROM skeletons").to_pylist()}


def _linked(engine: Engine) -> set[frozenset[str]]:
    find_links(engine, LinkOptions({"input_text"}))
    pairs = engine.fetch("SELECT a, b, traffic + registration AS strength FROM linked")
    names = engine.fetch("SELECT CAST(account_id AS VARCHAR) AS name FROM population ORDER BY member")[
        "name"
    ].to_pylist()
    ends = zip(pairs["a"].to_pylist(), pairs["b"].to_pylist(), strict=True)
    return {frozenset((names[a], names[b])) for a, b in ends}


HAND = {f"h{n}" for n in range(6)}


def test_a_template_is_one_wording_whatever_fills_its_slot(open_log: OpenLog) -> None:
    rng = np.random.default_rng(1)
    work = _work(rng, HAND, 8)
    engine = open_log(work + _strangers(rng))
    linked = _linked(engine)
    held = _held(engine)
    assert list(held.values()) == [HAND]
    (value,) = held
    assert _lengths(engine)[value] >= FRAME
    uses = engine.fetch("SELECT exchanges FROM holdings WHERE detector = 0")["exchanges"].to_pylist()
    assert uses == [8] * 6
    assert set().union(*linked) == HAND
    assert all(pair <= HAND for pair in linked)


def test_two_templates_stay_two_wordings(open_log: OpenLog) -> None:
    rng = np.random.default_rng(2)
    other = " ".join(reversed(TEMPLATE.split()))
    work = [
        {"account_id": a, "input_text": text.format(_gibberish(rng, 12))}
        for a in sorted(HAND)
        for text in (TEMPLATE, other)
        for _ in range(5)
    ]
    assert list(_held(_looked(open_log(work + _strangers(rng)))).values()) == [HAND, HAND]


def test_numbers_in_slots_do_not_hide_a_template(open_log: OpenLog) -> None:
    rng = np.random.default_rng(3)
    work = [
        {"account_id": a, "input_text": TEMPLATE.format(f"{rng.integers(10**9)} and {rng.integers(10**6)}")}
        for a in sorted(HAND)
        for _ in range(8)
    ]
    assert list(_held(_looked(open_log(work + _strangers(rng)))).values()) == [HAND]


def test_an_instruction_in_system_prompt_and_message_is_one_wording(open_log: OpenLog) -> None:
    rng = np.random.default_rng(4)
    instruction = TEMPLATE.format("below")
    work = [
        {"account_id": a, "input_text": _gibberish(rng, 20), "system_text": instruction}
        if n % 2
        else {"account_id": a, "input_text": f"{instruction} {_gibberish(rng, 20)}"}
        for n, a in enumerate(sorted(HAND))
        for _ in range(8)
    ]
    assert list(_held(_looked(open_log(work + _strangers(rng)))).values()) == [HAND]


def test_public_material_is_left_out(open_log: OpenLog) -> None:
    """Thirty accounts send the same page twice each; six fill a template of their own."""
    rng = np.random.default_rng(5)
    page = _gibberish(rng, 60)
    readers = [{"account_id": f"r{n}", "input_text": page} for n in range(30) for _ in range(2)]
    work = _work(rng, HAND, 8)
    engine = _looked(open_log(readers + work + _strangers(rng)))
    worded = engine.fetch(
        "SELECT w.original, CAST(p.account_id AS VARCHAR) AS name FROM worded w "
        "JOIN population p ON p.member = w.member"
    ).to_pylist()
    assert {row["original"] for row in worded if row["name"].startswith("r")} == {False}
    assert sum(row["name"].startswith("r") for row in worded) == 60
    assert {row["original"] for row in worded if row["name"] in HAND} == {True}
    assert list(_held(engine).values()) == [HAND]


def test_a_question_asked_twice_in_a_large_campaign_is_no_public_material(open_log: OpenLog) -> None:
    rng = np.random.default_rng(6)
    hand = {f"h{n}" for n in range(60)}
    slots = [_gibberish(rng, 12) for _ in range(120)]
    work = [
        {"account_id": a, "input_text": TEMPLATE.format(slots[(4 * n + k) % 120])}
        for n, a in enumerate(sorted(hand))
        for k in range(4)
    ]
    assert list(_held(_looked(open_log(work + _strangers(rng, accounts=300, each=1)))).values()) == [hand]


@pytest.mark.parametrize(
    "phrase",
    [
        "could you please help me with the following text",
        "i would like you to translate this into plain english",
        pytest.param(
            "write a short and friendly reply to the message below",
            marks=pytest.mark.xfail(
                reason="ten words, of whose seven shingles three are sampled: taken for a frame, as one in four is",
                strict=True,
                raises=AssertionError,
            ),
        ),
        "how do i fix this error in my code",
        "what is the difference between these two things here",
    ],
)
def test_a_short_common_phrase_links_nobody(open_log: OpenLog, phrase: str) -> None:
    rng = np.random.default_rng(7)
    calls = [
        {"account_id": f"s{n}", "input_text": f"{phrase} {_gibberish(rng, 25)}"} for n in range(40) for _ in range(3)
    ]
    engine = open_log(calls + _strangers(rng, accounts=400, each=1))
    linked = _linked(engine)
    assert max(_lengths(engine).values(), default=0) < FRAME
    assert linked == set()


def test_some_short_phrase_was_sampled_at_all(open_log: OpenLog) -> None:
    """The test above could not fail if the sampling had skipped its phrases."""
    rng = np.random.default_rng(8)
    calls = [
        {"account_id": f"s{n}", "input_text": f"could you please help me with the following text {_gibberish(rng, 25)}"}
        for n in range(40)
        for _ in range(3)
    ]
    engine = _looked(open_log(calls))
    assert engine.fetch("SELECT COUNT(*) AS n FROM worded")["n"][0].as_py() == 120


def test_what_is_said_once_is_not_held(open_log: OpenLog) -> None:
    rng = np.random.default_rng(9)
    often = _work(rng, HAND, 9)
    once = [{"account_id": "curious", "input_text": TEMPLATE.format(_gibberish(rng, 12))}]
    assert list(_held(_looked(open_log(often + once + _strangers(rng)))).values()) == [HAND]


def test_two_accounts_are_too_few_for_a_wording(open_log: OpenLog) -> None:
    rng = np.random.default_rng(10)
    work = _work(rng, {"h0", "h1"}, 9)
    assert _held(_looked(open_log(work + _strangers(rng)))) == {}


def test_a_wording_among_much_else_pulls_less(open_log: OpenLog) -> None:
    rng = np.random.default_rng(11)
    work = _work(rng, HAND, 8)
    busy = [{"account_id": a, "input_text": _gibberish(rng, 30)} for a in ("h0", "h1") for _ in range(120)]
    engine = open_log(work + busy + _strangers(rng))
    find_links(engine, LinkOptions({"input_text"}))
    pairs = engine.fetch("SELECT a, b, traffic + registration AS strength FROM linked")
    names = engine.fetch("SELECT CAST(account_id AS VARCHAR) AS name FROM population ORDER BY member")[
        "name"
    ].to_pylist()
    strength = {frozenset((names[r["a"]], names[r["b"]])): r["strength"] for r in pairs.to_pylist()}
    whole = strength[frozenset(("h2", "h3"))]
    assert strength[frozenset(("h0", "h1"))] == pytest.approx(whole * np.sqrt(8 / 128), rel=0.02)
    assert strength[frozenset(("h0", "h2"))] == strength[frozenset(("h0", "h1"))]


def test_a_log_without_text_has_no_wording(open_log: OpenLog) -> None:
    engine = _looked(open_log([{"account_id": f"s{n}"} for n in range(20)]))
    assert _held(engine) == {}
