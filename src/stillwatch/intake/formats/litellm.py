"""LiteLLM's standard logging payload, one object a line, as a custom logger or a storage callback writes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pyarrow as pa

from stillwatch.intake.formats.format import Format
from stillwatch.intake.formats.openai import conversation, output_text, usage_values
from stillwatch.intake.jsonlog import Fields, Reading, read_json
from stillwatch.intake.messages import apart, list_in, object_in, present, tool_names
from stillwatch.intake.places import placed
from stillwatch.intake.rows import Values
from stillwatch.intake.sources import Sample

REDACTED = "redacted-by-litellm"
"""What LiteLLM writes for every message when message logging is off. As text it would link all accounts."""

KEYS = {"litellm_call_id", "call_type", "metadata", "model_parameters", "startTime"}
FIELDS: Fields = {
    "exchange_id": ("litellm_call_id", "id"),
    "time": ("startTime",),
    "account_id": (
        "metadata.user_api_key_user_id",
        "metadata.user_api_key_team_id",
        "metadata.user_api_key_org_id",
        "end_user",
        "metadata.user_api_key_end_user_id",
        "model_parameters.user",
        "metadata.user_api_key_hash",
    ),
    "model": ("model_group", "model"),
    "api_key_id": ("metadata.user_api_key_hash",),
    "client_ip": ("requester_ip_address", "metadata.requester_ip_address"),
    "user_agent": ("user_agent", "metadata.user_agent"),
    "conversation_id": ("session_id", "metadata.session_id", "trace_id"),
    "input_tokens": ("prompt_tokens",),
    "temperature": ("model_parameters.temperature",),
    "max_output_tokens": ("model_parameters.max_completion_tokens", "model_parameters.max_tokens"),
}


def recognises(sample: Sample) -> bool:
    """Whether an object, or the payload inside it, has the keys that only LiteLLM writes together."""
    return any(_payload(record).keys() >= KEYS for record in sample.objects)


def read(reading: Reading) -> Iterator[pa.Table]:
    """Tables from one file of payloads."""
    return read_json(reading, convert)


def convert(record: dict[str, Any], fields: Fields) -> Values:
    """One payload as columns. Raises RecordError."""
    record = _payload(record)
    values = placed(record, fields) | _text_values(record) | _tokens(record)
    parameters = object_in(record, "model_parameters")
    if parameters.get("tools") is not None:
        values["tool_names"] = tool_names(list_in(parameters, "tools"))
    if values.get("conversation_id") == record.get("trace_id") and _is_random(record.get("trace_id")):
        del values["conversation_id"]
    return values | present(status=_status(record))


def _payload(record: dict[str, Any]) -> dict[str, Any]:
    inner = record.get("standard_logging_object")
    return inner if isinstance(inner, dict) else record


def _text_values(record: dict[str, Any]) -> Values:
    """Text of request and answer; neither text nor turn where messages were redacted."""
    answer = record.get("response")
    values = present(output_text=output_text(answer) if isinstance(answer, dict) else None)
    messages = record.get("messages")
    if isinstance(messages, list):
        values |= conversation({"messages": messages}).values()
    elif isinstance(messages, str):
        values |= conversation({"input": messages}).values()
    if REDACTED in (values.get("input_text"), values.get("output_text")):
        return {}
    return values


def _tokens(record: dict[str, Any]) -> Values:
    """Output and reasoning apart. A failed call has zeros instead of counts."""
    usage = object_in(object_in(record, "metadata"), "usage_object")
    return apart(record.get("completion_tokens"), usage_values(usage).get("reasoning_tokens"))


def _status(record: dict[str, Any]) -> int | None:
    if record.get("status") == "success":
        return 200
    code = object_in(record, "error_information").get("error_code")
    return int(code) if isinstance(code, str) and code.isdecimal() and len(code) == 3 else None


def _is_random(trace: Any) -> bool:
    """Without a session LiteLLM makes up a trace id for every call; as a session it would hide all others."""
    try:
        return UUID(str(trace)).version == 4
    except ValueError:
        return False


FORMAT = Format(
    name="litellm",
    describe="LiteLLM standard logging payloads, one JSON object a line",
    recognises=recognises,
    read=read,
    fields=FIELDS,
)
