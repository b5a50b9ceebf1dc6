"""Requests to OpenAI-compatible APIs with their answers: chat completions, responses, and old completions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from stillwatch.intake.envelope import ENVELOPE_FIELDS, bodies, opened
from stillwatch.intake.errors import RecordError
from stillwatch.intake.formats.format import Format
from stillwatch.intake.jsonlog import Fields, Reading, read_json
from stillwatch.intake.messages import (
    Conversation,
    apart,
    list_in,
    object_in,
    present,
    read_conversation,
    text_of,
    tool_names,
)
from stillwatch.intake.places import placed
from stillwatch.intake.rows import Values
from stillwatch.intake.sources import Sample
from stillwatch.intake.streams import events_of, openai_answer

REQUEST_KEYS = ("messages", "input", "prompt")
FIELDS: Fields = {
    **ENVELOPE_FIELDS,
    "max_output_tokens": ("request.max_completion_tokens", "request.max_output_tokens", "request.max_tokens"),
    "conversation_id": (*ENVELOPE_FIELDS["conversation_id"], "request.conversation.id", "request.conversation"),
}


def recognises(sample: Sample) -> bool:
    """Whether an object wraps a request body with messages, input or a prompt, and its response."""
    for record in sample.objects:
        found = bodies(record)
        if found and any(name in found[0] for name in REQUEST_KEYS):
            return True
    return False


def read(reading: Reading) -> Iterator[pa.Table]:
    """Tables from one file of envelopes."""
    return read_json(reading, convert)


def convert(record: dict[str, Any], fields: Fields) -> Values:
    """One envelope as columns. Raises RecordError."""
    record = opened(record)
    request, response = record["request"], record["response"]
    record["response"] = answer = response if isinstance(response, dict) else openai_answer(events_of(response))
    if answer.get("type") == "message":
        raise RecordError("response: an Anthropic message, not an answer of an OpenAI-compatible API")
    values = placed(record, fields) | conversation(request).values()
    if request.get("tools") is not None:
        values["tool_names"] = tool_names(list_in(request, "tools"))
    return values | present(output_text=output_text(answer)) | usage_values(object_in(answer, "usage"))


def conversation(request: dict[str, Any]) -> Conversation:
    """System prompt, newest user message and turn of a request of any of the three APIs. Raises RecordError."""
    if "messages" in request:
        return read_conversation(list_in(request, "messages"))
    asked = request.get("input", request.get("prompt"))
    if isinstance(asked, list) and all(isinstance(item, str) for item in asked):
        asked = "\n".join(asked)
    if isinstance(asked, str):
        return Conversation(text_of(request.get("instructions")), asked, None)
    if not isinstance(asked, list):
        raise RecordError("request: neither messages nor input nor prompt")
    found = read_conversation(asked)
    return Conversation(text_of(request.get("instructions")) or found.system_text, found.input_text, found.turn)


def output_text(answer: dict[str, Any]) -> str | None:
    """The answer's text: of all choices, or of all message items of a response. None for tool calls alone."""
    texts = [_choice_text(choice) for choice in list_in(answer, "choices") if isinstance(choice, dict)]
    items = answer.get("output")
    if isinstance(items, list):
        texts += [text_of(item.get("content")) for item in items if _is_message(item)]
    found = [text for text in texts if text is not None]
    return "\n\n".join(found) if found else None


def usage_values(usage: dict[str, Any]) -> Values:
    """Token columns under the names of either API."""
    details = usage.get("completion_tokens_details") or usage.get("output_tokens_details")
    reasoning = details.get("reasoning_tokens") if isinstance(details, dict) else None
    output = usage.get("completion_tokens", usage.get("output_tokens"))
    return present(input_tokens=usage.get("prompt_tokens", usage.get("input_tokens"))) | apart(output, reasoning)


def _is_message(item: Any) -> bool:
    return isinstance(item, dict) and item.get("type", "message") == "message"


def _choice_text(choice: dict[str, Any]) -> str | None:
    message = choice.get("message")
    return text_of(message.get("content")) if isinstance(message, dict) else text_of(choice.get("text"))


FORMAT = Format(
    name="openai",
    describe='requests to OpenAI-compatible APIs: {"time", "account_id", "request": {...}, "response": {...}} lines',
    recognises=recognises,
    read=read,
    fields=FIELDS,
)
