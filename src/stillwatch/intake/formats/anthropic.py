"""Requests to the Anthropic messages API with their answers, in the same envelope as the OpenAI format."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from stillwatch.intake.envelope import ENVELOPE_FIELDS, bodies, opened
from stillwatch.intake.errors import RecordError
from stillwatch.intake.formats.format import Format
from stillwatch.intake.jsonlog import Fields, Reading, read_json
from stillwatch.intake.messages import (
    list_in,
    object_in,
    present,
    read_conversation,
    text_of,
    tool_names,
    total,
)
from stillwatch.intake.places import placed
from stillwatch.intake.rows import Values
from stillwatch.intake.sources import Sample
from stillwatch.intake.streams import anthropic_answer, events_of

FIELDS: Fields = {**ENVELOPE_FIELDS, "max_output_tokens": ("request.max_tokens",)}


def recognises(sample: Sample) -> bool:
    """Whether an envelope holds what only this API has: its version header, its answer, or its system prompt."""
    return any(_is_anthropic(record) for record in sample.objects)


def read(reading: Reading) -> Iterator[pa.Table]:
    """Tables from one file of envelopes."""
    return read_json(reading, convert)


def convert(record: dict[str, Any], fields: Fields) -> Values:
    """One envelope as columns. Raises RecordError."""
    record = opened(record)
    record["response"] = answer = whole_answer(record["response"])
    if "choices" in answer or "output" in answer:
        raise RecordError("response: an answer of an OpenAI-compatible API, not an Anthropic message")
    return placed(record, fields) | request_values(record["request"]) | answer_values(answer)


def whole_answer(response: Any) -> dict[str, Any]:
    """The message object of a response, put together if it was streamed."""
    return response if isinstance(response, dict) else anthropic_answer(events_of(response))


def request_values(request: dict[str, Any]) -> Values:
    """Text and tools of a messages request. The system prompt stands beside the messages. Raises RecordError."""
    values = read_conversation(list_in(request, "messages")).values()
    system = text_of(request.get("system"))
    if system is not None:
        values["system_text"] = system
    if request.get("tools") is not None:
        values["tool_names"] = tool_names(list_in(request, "tools"))
    return values


def answer_values(answer: dict[str, Any]) -> Values:
    """Text and tokens of a message. Tokens read from or written to the cache are input too. Raises RecordError."""
    usage = object_in(answer, "usage")
    cached = (usage.get("cache_read_input_tokens"), usage.get("cache_creation_input_tokens"))
    return present(
        output_text=text_of(answer.get("content")),
        input_tokens=total(usage.get("input_tokens"), *cached),
        output_tokens=usage.get("output_tokens"),
    )


def _is_anthropic(record: dict[str, Any]) -> bool:
    found = bodies(record)
    if found is None or "messages" not in found[0]:
        return False
    request, response = found
    if "anthropic-version" in opened(record)["headers"] or "anthropic_version" in request or "system" in request:
        return True
    answer = response if isinstance(response, dict) else anthropic_answer(events_of(response))
    return answer.get("type") == "message"


FORMAT = Format(
    name="anthropic",
    describe='Anthropic messages requests: {"time", "account_id", "request": {...}, "response": {...}} lines',
    recognises=recognises,
    read=read,
    fields=FIELDS,
)
