"""A stand-in for model servers on 127.0.0.1, and the conversations that the recording scripts hold with it.

It speaks as much of the OpenAI chat completions and responses APIs and of the Anthropic messages API as
the real client libraries need: plain and streamed answers, a different one for each request, usage, and
an error for the model name `overloaded`. Standard library only.
"""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CREATED = 1_767_225_600
_numbers = itertools.count(1)

WEATHER_TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Weather at a place",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


@dataclass(frozen=True)
class Talk:
    """One conversation: who holds it, its user messages in order, and how it is asked."""

    user: str
    key: str
    session: str
    address: str
    agent: str
    says: tuple[str, ...]
    system: str | None = None
    model: str = "gpt-4o-mini"
    stream: bool = False
    tools: bool = False
    options: dict[str, Any] = field(default_factory=dict)


TALKS = (
    Talk(
        "user-ana",
        "key-one",
        "talk-1",
        "192.0.2.10",
        "ana-app/1.0",
        ("What is a prime number?", "Name three of them."),
        system="You are a patient teacher.",
        options={"temperature": 0.2, "max_tokens": 64},
    ),
    Talk("user-ana", "key-two", "talk-2", "192.0.2.11", "ana-app/1.0", ("Write a haiku about rain.",), stream=True),
    Talk(
        "user-ben",
        "key-three",
        "talk-3",
        "198.51.100.7",
        "ben-client/2.3",
        ("Will it rain in Zürich?",),
        system="Use tools where you can.",
        tools=True,
        options={"temperature": 0.7},
    ),
    Talk(
        "user-cho",
        "key-four",
        "talk-4",
        "203.0.113.5",
        "python-requests/2.32",
        ("Solve x + 2 = 5, step by step.", "Now x + 3 = 5.", "And x + 4 = 5?"),
        model="o4-mini",
        stream=True,
    ),
    Talk("user-ben", "key-three", "talk-5", "198.51.100.7", "ben-client/2.3", ("This one fails.",), model="overloaded"),
)


@contextmanager
def mock_server() -> Iterator[str]:
    """The address of a running server, http://127.0.0.1:PORT; it stops at the end."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        return

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        number = next(_numbers)
        if body["model"].startswith("overloaded"):
            error = {"message": "The server is overloaded.", "type": "overloaded_error", "code": "overloaded"}
            self._send(429, "application/json", json.dumps({"type": "error", "error": error}))
            return
        path = self.path.split("?")[0].rstrip("/")
        answers = {"/chat/completions": _chat, "/responses": _responses, "/messages": _messages}
        answer = next(make for end, make in answers.items() if path.endswith(end))
        events = answer(body, number)
        if body.get("stream"):
            self._send(200, "text/event-stream", "".join(events))
        else:
            self._send(200, "application/json", json.dumps(events))

    def _send(self, status: int, kind: str, text: str) -> None:
        content = text.encode()
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(content)))
        self.send_header("x-request-id", f"req_{status}_{len(content)}")
        self.end_headers()
        self.wfile.write(content)


def _words(number: int) -> list[str]:
    return [f"Answer {number}:", " it depends,", " says the", " mock model."]


def _chat(body: dict[str, Any], number: int) -> Any:
    words = _words(number)
    usage = {
        "prompt_tokens": 10 + number,
        "completion_tokens": 20 + number,
        "total_tokens": 30 + 2 * number,
        "completion_tokens_details": {"reasoning_tokens": 7 if body["model"].startswith("o") else 0},
        "prompt_tokens_details": {"cached_tokens": 0},
    }
    base = {"id": f"chatcmpl-mock{number}", "created": CREATED + number, "model": body["model"]}
    if body.get("stream"):
        return list(_chat_events(base, words, usage, body))
    message: dict[str, Any] = {"role": "assistant", "content": "".join(words)}
    reason = "stop"
    if body.get("tools"):
        call = {"name": "get_weather", "arguments": json.dumps({"city": "Zürich"})}
        message |= {"content": None, "tool_calls": [{"id": "call_1", "type": "function", "function": call}]}
        reason = "tool_calls"
    choice = {"index": 0, "message": message, "finish_reason": reason, "logprobs": None}
    return {**base, "object": "chat.completion", "choices": [choice], "usage": usage}


def _chat_events(base: dict[str, Any], words: list[str], usage: Any, body: dict[str, Any]) -> Iterator[str]:
    chunk = {**base, "object": "chat.completion.chunk"}
    for place, word in enumerate(words):
        delta = {"role": "assistant", "content": word} if place == 0 else {"content": word}
        yield _event({**chunk, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
    yield _event({**chunk, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    if (body.get("stream_options") or {}).get("include_usage"):
        yield _event({**chunk, "choices": [], "usage": usage})
    yield "data: [DONE]\n\n"


def _event(data: dict[str, Any], name: str | None = None) -> str:
    return (f"event: {name}\n" if name else "") + f"data: {json.dumps(data)}\n\n"


def _responses(body: dict[str, Any], number: int) -> Any:
    words = _words(number)
    content = [{"type": "output_text", "text": "".join(words), "annotations": []}]
    message = {"id": f"msg_{number}", "type": "message", "role": "assistant", "status": "completed"}
    whole = {
        "id": f"resp_mock{number}",
        "object": "response",
        "created_at": CREATED + number,
        "status": "completed",
        "model": body["model"],
        "output": [{**message, "content": content}],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "error": None,
        "incomplete_details": None,
        "instructions": body.get("instructions"),
        "metadata": {},
        "usage": {
            "input_tokens": 10 + number,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": 20 + number,
            "output_tokens_details": {"reasoning_tokens": 5},
            "total_tokens": 30 + 2 * number,
        },
    }
    if not body.get("stream"):
        return whole
    place = {"item_id": f"msg_{number}", "output_index": 0, "content_index": 0}
    kind = "response.output_text.delta"
    opening = {**whole, "status": "in_progress", "output": [], "usage": None}
    events = [_event({"type": "response.created", "sequence_number": 0, "response": opening}, "response.created")]
    for order, word in enumerate(words, start=1):
        events.append(_event({"type": kind, "sequence_number": order, "delta": word, **place}, kind))
    end = "response.completed"
    return [*events, _event({"type": end, "sequence_number": 9, "response": whole}, end)]


def _messages(body: dict[str, Any], number: int) -> Any:
    words = _words(number)
    usage = {"input_tokens": 10 + number, "output_tokens": 20 + number}
    base = {"id": f"msg_mock{number}", "type": "message", "role": "assistant", "model": body["model"]}
    if body.get("stream"):
        return list(_message_events(base, words, usage))
    content: list[dict[str, Any]] = [{"type": "text", "text": "".join(words)}]
    if body.get("tools"):
        city = {"city": "Zürich"}
        content.append({"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": city})
    return {**base, "content": content, "stop_reason": "end_turn", "stop_sequence": None, "usage": usage}


def _message_events(base: dict[str, Any], words: list[str], usage: dict[str, int]) -> Iterator[str]:
    opening = {
        **base,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {**usage, "output_tokens": 1},
    }
    yield _event({"type": "message_start", "message": opening}, "message_start")
    block = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    yield _event(block, "content_block_start")
    for word in words:
        delta = {"type": "text_delta", "text": word}
        yield _event({"type": "content_block_delta", "index": 0, "delta": delta}, "content_block_delta")
    yield _event({"type": "content_block_stop", "index": 0}, "content_block_stop")
    delta = {"stop_reason": "end_turn", "stop_sequence": None}
    yield _event(
        {"type": "message_delta", "delta": delta, "usage": {"output_tokens": usage["output_tokens"]}}, "message_delta"
    )
    yield _event({"type": "message_stop"}, "message_stop")
