"""Streamed answers put together again, from logged events or from the text of a server-sent event stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from stillwatch.intake.sources import decode

ENDINGS = ("response.completed", "response.incomplete", "response.failed")


def events_of(response: Any) -> list[dict[str, Any]]:
    """The events of a streamed answer: a logged list, or the `data:` lines of a text. A cut last one is left out."""
    items = list(_sent_events(response)) if isinstance(response, str) else response
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []


def openai_answer(events: list[dict[str, Any]]) -> dict[str, Any]:
    """A chat completion or a response object from its events."""
    for event in events:
        if event.get("type") in ENDINGS and isinstance(event.get("response"), dict):
            return dict(event["response"])
    if any("choices" in event for event in events):
        return _chat_answer(events)
    deltas = [event.get("delta") for event in events if event.get("type") == "response.output_text.delta"]
    text = "".join(_texts(deltas))
    return {"output": [{"type": "message", "content": [{"type": "output_text", "text": text}]}]} if text else {}


def anthropic_answer(events: list[dict[str, Any]]) -> dict[str, Any]:
    """A message object from its events."""
    answer: dict[str, Any] = {}
    usage: dict[str, Any] = {}
    texts: list[str] = []
    for event in events:
        message, delta = event.get("message"), event.get("delta")
        if isinstance(message, dict):
            answer |= message
        for part in (message, event):
            if isinstance(part, dict) and isinstance(part.get("usage"), dict):
                usage |= part["usage"]
        if isinstance(delta, dict):
            texts.extend(_texts([delta.get("text")]))
    content = [{"type": "text", "text": "".join(texts)}] if texts else []
    return {**answer, "usage": usage, "content": content} if answer or texts else {}


def _chat_answer(events: list[dict[str, Any]]) -> dict[str, Any]:
    answer: dict[str, Any] = {key: events[0].get(key) for key in ("id", "created", "model")}
    texts: dict[Any, list[str]] = {}
    for event in events:
        if isinstance(event.get("usage"), dict):
            answer["usage"] = event["usage"]
        choices = event.get("choices")
        for choice in choices if isinstance(choices, list) else []:
            if isinstance(choice, dict) and isinstance(choice.get("delta"), dict):
                said = _texts([choice["delta"].get("content")])
                texts.setdefault(str(choice.get("index")), []).extend(said)
    messages = [{"message": {"content": "".join(parts) if parts else None}} for parts in texts.values()]
    return {**answer, "choices": messages}


def _texts(values: Any) -> list[str]:
    return [value for value in values if isinstance(value, str)]


def _sent_events(text: str) -> Iterator[Any]:
    for line in text.splitlines():
        if line.startswith("data:"):
            try:
                yield decode(line[5:].encode())
            except ValueError:
                continue
