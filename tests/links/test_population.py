from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from stillwatch.engine import Engine
from stillwatch.links.phrases import find_phrases
from stillwatch.links.population import asked_step, population_steps
from stillwatch.signals.lexicon import SHOWN

OpenLog = Callable[..., Engine]
START = datetime(2026, 5, 4, tzinfo=UTC)


def _people(engine: Engine) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = engine.fetch(
        "SELECT member, CAST(account_id AS VARCHAR) AS name, exchanges, first_time, last_time, anchor "
        "FROM population ORDER BY member"
    ).to_pylist()
    return rows


def _calls(*accounts: str, gap: int = 3600) -> list[dict[str, Any]]:
    return [{"account_id": a, "time": START + timedelta(seconds=gap * n)} for n, a in enumerate(accounts)]


def test_accounts_are_numbered_by_their_first_exchange(open_log: OpenLog) -> None:
    people = _people(open_log(_calls("zoe", "adam", "zoe", "mia", "adam")))
    assert [(row["member"], row["name"], row["exchanges"]) for row in people] == [
        (0, "zoe", 2),
        (1, "adam", 2),
        (2, "mia", 1),
    ]
    assert people[0]["first_time"] == START
    assert people[0]["last_time"] == START + timedelta(hours=2)


def test_nothing_from_as_of_on_counts(open_log: OpenLog) -> None:
    people = _people(open_log(_calls("a", "b", "a", "c", "b"), as_of=(START + timedelta(hours=3)).isoformat()))
    assert [(row["name"], row["exchanges"]) for row in people] == [("a", 2), ("b", 1)]


def test_duplicates_count_once(open_log: OpenLog) -> None:
    calls = [row | {"exchange_id": f"x{n}"} for n, row in enumerate(_calls("a", "b", "a"))]
    engine = open_log([*calls, calls[0], calls[2], calls[0]])
    assert [(row["name"], row["exchanges"]) for row in _people(engine)] == [("a", 2), ("b", 1)]
    assert engine.fetch("SELECT COUNT(*) AS n FROM sketches")["n"][0].as_py() == 3


@pytest.mark.parametrize("hours", [2, 12])
def test_the_anchor_of_an_account_is_its_first_exchange(open_log: OpenLog, hours: int) -> None:
    """Campaigns are named after it, so it must not move while the account goes on."""
    calls = [row | {"exchange_id": f"call-{n}"} for n, row in enumerate(_calls(*"aaaaaaaaaaaa"))]
    first = open_log(calls[:1])
    anchor = _people(first)[0]["anchor"]
    later = open_log(calls, as_of=(START + timedelta(hours=hours)).isoformat())
    assert _people(later)[0]["exchanges"] == hours
    assert _people(later)[0]["anchor"] == anchor


def test_messages_that_are_sent_again_are_known_with_their_senders(open_log: OpenLog) -> None:
    said = [
        ("a", "one two"),
        ("b", "one two"),
        ("a", "one two"),
        ("a", "alone you see"),
        ("a", "alone you see"),
        ("c", "once"),
        ("c", None),
    ]
    calls = [row | {"input_text": text} for row, (_, text) in zip(_calls(*(a for a, _ in said)), said, strict=True)]
    engine = open_log(calls)
    find_phrases(engine)
    engine.run([asked_step()])
    asked = engine.fetch("SELECT member, exchanges, first_seen, words FROM asked ORDER BY words, member")
    assert asked.to_pylist() == [
        {"member": 0, "exchanges": 2, "first_seen": START, "words": 2},
        {"member": 1, "exchanges": 1, "first_seen": START + timedelta(hours=1), "words": 2},
        {"member": 0, "exchanges": 2, "first_seen": START + timedelta(hours=3), "words": 3},
    ]


def test_three_scores_show_intent_together_and_no_more_than_all_of_it(open_log: OpenLog) -> None:
    engine = open_log(_calls("a", "b", "c"))
    signals = engine.fetch("SELECT * FROM signals ORDER BY time")
    for name, scores in (("elicitation", [600, 200, 0]), ("grading", [300, 0, 0]), ("generation", [400, 50, 0])):
        column = pa.array(scores, signals.schema.field(name).type)
        signals = signals.set_column(signals.column_names.index(name), name, column)
    engine.register("signals", signals)
    engine.run(population_steps(None, duplicated=False))
    intent = engine.fetch("SELECT intent FROM sketches ORDER BY member")["intent"].to_pylist()
    assert intent == [SHOWN, 250, 0]
