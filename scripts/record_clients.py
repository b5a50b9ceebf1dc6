"""Record tests/data/logs/openai.jsonl and anthropic.jsonl: bodies as the vendors' own client libraries send
them.

    python3 -m venv /tmp/record && /tmp/record/bin/pip install openai==2.54.0 anthropic==2.12.0
    /tmp/record/bin/python scripts/record_clients.py tests/data/logs

A hook on the client's HTTP transport writes one line per request: the request and response bodies as they
went over the wire, a streamed answer as the text of its events, and around them the envelope of a logging
gateway. The requests are the real libraries'; the answers come from the mock server, whose shapes the
libraries accepted.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import anthropic
import openai
from record_mock import CREATED, TALKS, WEATHER_TOOL, Talk, mock_server

HEADERS = ("user-agent", "anthropic-version", "openai-organization", "content-type")


class Gateway:
    """Writes the log of a gateway; `talk` is whose request is under way."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        self.talk: Talk = TALKS[0]

    def write(self, response: Any) -> None:
        text = response.read().decode()
        request = response.request
        is_json = response.headers["content-type"] == "application/json"
        self.lines.append(
            {
                "time": CREATED + 60 * len(self.lines),
                "request_id": f"req-{len(self.lines) + 1}",
                "account_id": self.talk.user,
                "api_key_id": self.talk.key,
                "client_ip": self.talk.address,
                "session_id": self.talk.session,
                "status": response.status_code,
                "request_headers": {name: request.headers[name] for name in HEADERS if name in request.headers},
                "request": json.loads(request.content),
                "response": json.loads(text) if is_json else text,
            }
        )


def hold(gateway: Gateway, talk: Talk, ask: Callable[[Talk, list[dict[str, Any]]], str]) -> None:
    gateway.talk = talk
    messages: list[dict[str, Any]] = []
    for text in talk.says:
        messages.append({"role": "user", "content": text})
        messages.append({"role": "assistant", "content": ask(talk, list(messages))})


def chat_with(client: openai.OpenAI) -> Callable[[Talk, list[dict[str, Any]]], str]:
    def ask(talk: Talk, messages: list[dict[str, Any]]) -> str:
        if talk.system:
            messages.insert(0, {"role": "system", "content": talk.system})
        extra: dict[str, Any] = {"tools": [WEATHER_TOOL]} if talk.tools else {}
        if talk.stream:
            extra |= {"stream": True, "stream_options": {"include_usage": True}}
        try:
            answer: Any = client.chat.completions.create(model=talk.model, messages=messages, **extra, **talk.options)
        except openai.RateLimitError:
            return ""
        if talk.stream:
            return "".join(chunk.choices[0].delta.content or "" for chunk in answer if chunk.choices)
        return answer.choices[0].message.content or ""

    return ask


def respond_with(client: openai.OpenAI) -> Callable[[Talk, list[dict[str, Any]]], str]:
    def ask(talk: Talk, messages: list[dict[str, Any]]) -> str:
        tool = {"type": "function", **WEATHER_TOOL["function"], "strict": False}  # type: ignore[dict-item]
        extra: dict[str, Any] = {"tools": [tool]} if talk.tools else {}
        extra |= {"instructions": talk.system} if talk.system else {}
        asked = messages[0]["content"] if len(messages) == 1 else messages
        answer: Any = client.responses.create(
            model=talk.model, input=asked, max_output_tokens=128, stream=talk.stream, **extra
        )
        if talk.stream:
            return "".join(event.delta for event in answer if event.type == "response.output_text.delta")
        return str(answer.output_text)

    return ask


def message_with(client: anthropic.Anthropic) -> Callable[[Talk, list[dict[str, Any]]], str]:
    def ask(talk: Talk, messages: list[dict[str, Any]]) -> str:
        function: Any = WEATHER_TOOL["function"]
        tool = {"name": function["name"], "input_schema": function["parameters"]}
        extra: dict[str, Any] = {"tools": [tool]} if talk.tools else {}
        extra |= {"system": talk.system} if talk.system else {}
        model = talk.model if talk.model == "overloaded" else "claude-sonnet-4-5"
        # This version of the library has no parameter for the temperature; the API still takes it.
        body = {"temperature": talk.options["temperature"]} if "temperature" in talk.options else {}
        options: dict[str, Any] = {"max_tokens": 256, "metadata": {"user_id": f"end-{talk.user}"}}
        try:
            answer: Any = client.messages.create(
                model=model, messages=messages, stream=talk.stream, extra_body=body, **options, **extra
            )
        except anthropic.RateLimitError:
            return ""
        if talk.stream:
            deltas = [event.delta.text for event in answer if event.type == "content_block_delta"]
            return "".join(deltas)
        return str(answer.content[0].text)

    return ask


def save(gateway: Gateway, file: Path) -> None:
    file.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in gateway.lines))
    print(file.name, len(gateway.lines), "lines")


def main(folder: Path) -> None:
    with mock_server() as server:
        gateway = Gateway()
        hooks = {"response": [gateway.write]}
        client = openai.OpenAI(
            base_url=f"{server}/v1",
            api_key="sk-mock",
            max_retries=0,
            http_client=openai.DefaultHttpxClient(event_hooks=hooks),
        )
        for talk in TALKS:
            hold(gateway, talk, chat_with(client))
        for talk in TALKS[:4]:
            hold(gateway, talk, respond_with(client))
        save(gateway, folder / "openai.jsonl")
        gateway = Gateway()
        hooks = {"response": [gateway.write]}
        other = anthropic.Anthropic(
            base_url=server,
            api_key="sk-mock",
            max_retries=0,
            http_client=anthropic.DefaultHttpxClient(event_hooks=hooks),
        )
        for talk in TALKS:
            hold(gateway, talk, message_with(other))
        save(gateway, folder / "anthropic.jsonl")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
