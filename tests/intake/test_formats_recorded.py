"""Logs recorded from the real libraries: see scripts/record_*.py."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import Outcome

Read = Callable[..., Outcome]

TALKS = [
    ("user-ana", "192.0.2.10", "What is a prime number?", "You are a patient teacher.", 1),
    ("user-ana", "192.0.2.10", "Name three of them.", "You are a patient teacher.", 2),
    ("user-ana", "192.0.2.11", "Write a haiku about rain.", None, 1),
    ("user-ben", "198.51.100.7", "Will it rain in Zürich?", "Use tools where you can.", 1),
    ("user-cho", "203.0.113.5", "Solve x + 2 = 5, step by step.", None, 1),
    ("user-cho", "203.0.113.5", "Now x + 3 = 5.", None, 2),
    ("user-cho", "203.0.113.5", "And x + 4 = 5?", None, 3),
    ("user-ben", "198.51.100.7", "This one fails.", None, 1),
]
WITH_TEXT = ["litellm", "opentelemetry", "opentelemetry-server", "openai", "anthropic"]


def told(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("account_id", "client_ip", "input_text", "system_text", "turn"))


@pytest.mark.parametrize("name", WITH_TEXT)
def test_the_talks_are_found_again(read: Read, logs: Path, name: str) -> None:
    rows = read(logs / f"{name}.jsonl").rows[: len(TALKS)]
    assert [told(row) for row in rows] == TALKS


@pytest.mark.parametrize("name", WITH_TEXT)
def test_answers_differ_and_streams_are_joined(read: Read, logs: Path, name: str) -> None:
    rows = read(logs / f"{name}.jsonl").rows
    answers = [row["output_text"] for row in rows if row["output_text"] is not None]
    assert len(set(answers)) == len(answers) >= 6
    assert all(answer.endswith(": it depends, says the mock model.") for answer in answers)


@pytest.mark.parametrize("name", [*WITH_TEXT, "litellm-redacted", "opentelemetry-legacy"])
def test_tokens_parameters_and_failures(read: Read, logs: Path, name: str) -> None:
    rows = read(logs / f"{name}.jsonl").rows[: len(TALKS)]
    assert rows[0]["temperature"] == pytest.approx(0.2)
    assert rows[0]["max_output_tokens"] == (256 if name == "anthropic" else 64)
    assert all(row["input_tokens"] > 10 for row in rows[:-1])
    assert rows[-1]["status"] == 429
    assert rows[-1]["output_text"] is None
    assert [row["conversation_id"] for row in rows if row["conversation_id"] not in (None, "talk-2")] == [
        "talk-1", "talk-1", "talk-3", "talk-4", "talk-4", "talk-4", "talk-5",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["litellm", "openai", "opentelemetry", "opentelemetry-server"])
def test_reasoning_is_not_counted_twice(read: Read, logs: Path, name: str) -> None:
    rows = read(logs / f"{name}.jsonl").rows
    thinking = rows[4]
    assert thinking["reasoning_tokens"] == 7
    assert thinking["output_tokens"] + 7 == thinking["input_tokens"] + 10


@pytest.mark.parametrize("name", ["litellm", "openai", "anthropic", "litellm-redacted"])
def test_declared_tools(read: Read, logs: Path, name: str) -> None:
    rows = read(logs / f"{name}.jsonl").rows
    assert [row["tool_names"] for row in rows[:4]] == [None, None, None, ["get_weather"]]


@pytest.mark.parametrize("name", ["litellm-redacted", "opentelemetry-legacy"])
def test_a_log_without_content_has_no_text(read: Read, logs: Path, name: str) -> None:
    rows = read(logs / f"{name}.jsonl").rows
    assert len(rows) == len(TALKS)
    for row in rows:
        assert {row[column] for column in ("system_text", "input_text", "output_text", "turn")} == {None}


def test_a_span_without_a_caller_is_set_aside(read: Read, logs: Path) -> None:
    assert read(logs / "opentelemetry.jsonl").rejects == [(2, "account_id: missing")]
    outcome = read(logs / "opentelemetry.jsonl", mapping={"account_id": ["user.id", "service.name"]})
    assert outcome.aside.count == 0
    assert outcome.rows[-1]["account_id"] == "gateway"
    assert outcome.rows[-1]["system_text"] == "Be brief."


def test_a_made_up_trace_is_no_session(read: Read, logs: Path) -> None:
    rows = read(logs / "litellm.jsonl").rows
    assert rows[2]["conversation_id"] is None


def test_an_account_can_be_mapped(read: Read, logs: Path) -> None:
    rows = read(logs / "litellm.jsonl", mapping={"account_id": "metadata.user_api_key_hash"}).rows
    assert [row["account_id"] for row in rows[:3]] == ["key-one", "key-one", "key-two"]


def test_the_responses_api(read: Read, logs: Path) -> None:
    rows = read(logs / "openai.jsonl").rows[8:]
    assert [row["input_text"] for row in rows] == [text for _, _, text, _, _ in TALKS[:7]]
    assert rows[3]["tool_names"] == ["get_weather"]
    assert rows[4]["output_text"] is not None
    assert rows[6]["turn"] == 3
