from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import Outcome

Read = Callable[..., Outcome]
Lines = Callable[..., Path]

CHAT = {"model": "m", "messages": [{"role": "user", "content": "Hi."}]}
CHAT_ANSWER = {"id": "c1", "created": 1767225600, "choices": [{"message": {"role": "assistant", "content": "Ho."}}]}
MESSAGE = {"id": "m1", "type": "message", "role": "assistant", "content": [{"type": "text", "text": "Ho."}]}


def envelope(**parts: Any) -> dict[str, Any]:
    return {"request_id": "r1", "time": 1767225600, "account_id": "a", "request": CHAT, "response": CHAT_ANSWER} | parts


def test_bodies_inside_http_messages(lines: Lines, read: Read) -> None:
    record = envelope(
        request={"method": "POST", "headers": {"User-Agent": "x/1", "X-Real-IP": ["192.0.2.1"]}, "body": CHAT},
        response={"status": 200, "headers": {}, "body": CHAT_ANSWER},
    )
    row = read(lines(record)).rows[0]
    assert (row["user_agent"], row["client_ip"], row["status"]) == ("x/1", "192.0.2.1", 200)
    assert (row["input_text"], row["output_text"]) == ("Hi.", "Ho.")


def test_time_and_identifier_may_come_from_the_answer(lines: Lines, read: Read) -> None:
    row = read(lines({"user_id": 42, "request": CHAT, "response": CHAT_ANSWER})).rows[0]
    assert (row["exchange_id"], row["account_id"], row["time"].year) == ("c1", "42", 2026)


def test_pictures_and_several_choices(lines: Lines, read: Read) -> None:
    parts = [{"type": "image_url", "image_url": {"url": "data:"}}, {"type": "text", "text": "What is this?"}]
    request = {"model": "m", "messages": [{"role": "user", "content": parts}]}
    choices = [{"message": {"content": "A cat."}}, {"message": {"content": "A dog."}}]
    row = read(lines(envelope(request=request, response={"choices": choices}))).rows[0]
    assert (row["input_text"], row["output_text"]) == ("What is this?", "A cat.\n\nA dog.")


def test_tool_results_are_no_turn(lines: Lines, read: Read) -> None:
    messages = [
        {"role": "user", "content": "Weather?"},
        {"role": "assistant", "content": [{"type": "tool_use", "id": "t", "name": "w", "input": {}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": "rain"}]},
    ]
    request = {"model": "m", "system": [{"type": "text", "text": "Be kind."}], "messages": messages}
    row = read(lines(envelope(request=request, response=MESSAGE))).rows[0]
    assert (row["input_text"], row["turn"], row["system_text"]) == ("Weather?", 1, "Be kind.")


def test_old_completions(lines: Lines, read: Read) -> None:
    record = envelope(request={"model": "m", "prompt": ["Once", "upon"]}, response={"choices": [{"text": " a time"}]})
    row = read(lines(record)).rows[0]
    assert (row["input_text"], row["output_text"]) == ("Once\nupon", " a time")


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"request": None}, "request: expected an object, got null"),
        ({"request": {"model": "m"}}, "request: neither messages nor input nor prompt"),
        ({"request": {"model": "m", "messages": "Hi."}}, "messages: expected a list, got text"),
        ({"request": {"model": "m", "messages": [1]}}, "messages: expected objects, got an integer"),
        ({"response": {"usage": []}}, "usage: expected an object, got a list"),
        ({"response": {"usage": {"prompt_tokens": "9"}}}, "input_tokens: expected a whole number, got text"),
        ({"response": MESSAGE}, "response: an Anthropic message, not an answer of an OpenAI-compatible API"),
        ({"time": "soon"}, "time: not an ISO-8601 time or an epoch"),
        ({"account_id": None}, "account_id: missing"),
    ],
)
def test_faults(lines: Lines, read: Read, parts: dict[str, Any], reason: str) -> None:
    outcome = read(lines(envelope(), envelope(**parts)), format="openai")
    assert outcome.table.num_rows == 1
    assert outcome.rejects == [(2, reason)]


def test_an_answer_of_the_other_api_is_not_half_read(lines: Lines, read: Read) -> None:
    outcome = read(lines(envelope(response=MESSAGE), envelope()), format="anthropic")
    assert outcome.rejects == [(2, "response: an answer of an OpenAI-compatible API, not an Anthropic message")]


def test_words_for_a_status_are_left_out(lines: Lines, read: Read) -> None:
    rows = read(lines(envelope(status="success"), envelope(status="404"))).rows
    assert [row["status"] for row in rows] == [None, 404]
