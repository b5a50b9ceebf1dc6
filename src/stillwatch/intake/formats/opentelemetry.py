"""Spans of the OpenTelemetry GenAI conventions in OTLP/JSON, as the collector's file exporter writes them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from stillwatch.intake.errors import RecordError
from stillwatch.intake.formats.format import Format
from stillwatch.intake.jsonlog import Fields, Reading, read_json
from stillwatch.intake.messages import (
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
from stillwatch.intake.sources import Sample, decode

MODEL_CALLS = ("chat", "text_completion", "generate_content", "completion", "responses")
"""Operations that are an exchange; agents, tools, retrieval and embeddings are not."""

CALLER_FIELDS: Fields = {
    "account_id": ("user.id", "enduser.id", "gen_ai.user.id", "customer.id", "tenant.id", "gen_ai.request.user"),
    "api_key_id": ("gen_ai.api_key.id", "api_key.id"),
    "client_ip": ("client.address", "http.client_ip", "net.peer.ip"),
    "client_country": ("client.geo.country_iso_code",),
    "user_agent": ("user_agent.original", "http.user_agent"),
    "tls_fingerprint": ("tls.client.ja4", "tls.client.ja3"),
    "conversation_id": ("gen_ai.conversation.id", "session.id"),
    "status": ("http.response.status_code", "http.status_code"),
}
"""The conventions name no customer. These are looked for on the span, its parents in the export, its resource."""

FIELDS: Fields = {
    **CALLER_FIELDS,
    "exchange_id": ("gen_ai.response.id", "span.id"),
    "time": ("span.start",),
    "model": ("gen_ai.request.model", "gen_ai.response.model"),
    "input_tokens": ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"),
    "output_tokens": ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"),
    "reasoning_tokens": ("gen_ai.usage.reasoning.output_tokens", "gen_ai.usage.reasoning_tokens"),
    "temperature": ("gen_ai.request.temperature",),
    "max_output_tokens": ("gen_ai.request.max_tokens",),
}

STATUS_OF_ERROR = {
    "BadRequestError": 400,
    "AuthenticationError": 401,
    "PermissionDeniedError": 403,
    "NotFoundError": 404,
    "ConflictError": 409,
    "UnprocessableEntityError": 422,
    "RateLimitError": 429,
    "InternalServerError": 500,
}
"""HTTP status of the exceptions of the vendors' client libraries, which instrumentations write as `error.type`."""

MOST_PARENTS = 32
"""Parents followed upwards. Real traces are shallow; a cycle in a broken one must end."""


def recognises(sample: Sample) -> bool:
    """Whether an object is an export request for traces."""
    return any("resourceSpans" in record for record in sample.objects)


def read(reading: Reading) -> Iterator[pa.Table]:
    """Tables from one file of export requests; spans that are no model calls are passed over."""
    return read_json(reading, convert, spans)


def spans(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The model calls of an export request, each as its attributes over those of its parents and its resource.

    Raises RecordError if the document is no export request.
    """
    if "resourceSpans" not in document:
        raise RecordError("no resourceSpans")
    found = list(_all_spans(document))
    by_id = {span["spanId"]: attributes for span, attributes in found if isinstance(span.get("spanId"), str)}
    parents = {span["spanId"]: span.get("parentSpanId") for span, _ in found if isinstance(span.get("spanId"), str)}
    for span, attributes in found:
        if _is_model_call(attributes):
            inherited = _inherited(span, by_id, parents)
            yield {**inherited, **attributes, "span.id": span.get("spanId"), "span.start": _start(span)}


def convert(attributes: dict[str, Any], fields: Fields) -> Values:
    """One span as columns. Raises RecordError."""
    values = placed(attributes, fields)
    values |= apart(values.get("output_tokens"), values.get("reasoning_tokens"))
    asked = _structure(attributes, "gen_ai.input.messages")
    if isinstance(asked, list):
        values |= read_conversation(asked).values()
    answered = _structure(attributes, "gen_ai.output.messages")
    system = text_of(_structure(attributes, "gen_ai.system_instructions"))
    tools = _structure(attributes, "gen_ai.tool.definitions")
    values |= present(system_text=system, output_text=_output_text(answered))
    if isinstance(tools, list):
        values["tool_names"] = tool_names(tools)
    if "status" not in values and "error.type" in attributes:
        values |= present(status=_status(attributes["error.type"]))
    return values


def _all_spans(document: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for resource in list_in(document, "resourceSpans"):
        if not isinstance(resource, dict):
            raise RecordError("resourceSpans: expected objects")
        shared = _attributes(object_in(resource, "resource"))
        for scope in list_in(resource, "scopeSpans"):
            for span in list_in(scope, "spans") if isinstance(scope, dict) else []:
                if isinstance(span, dict):
                    yield span, {**shared, **_attributes(span)}


def _attributes(holder: dict[str, Any]) -> dict[str, Any]:
    pairs = [pair for pair in list_in(holder, "attributes") if isinstance(pair, dict)]
    return {pair["key"]: _value(pair.get("value")) for pair in pairs if isinstance(pair.get("key"), str)}


def _value(value: Any) -> Any:
    """An OTLP value as JSON: 64-bit integers are written as texts, lists and maps are wrapped."""
    if not isinstance(value, dict) or len(value) != 1:
        return None
    kind, inner = next(iter(value.items()))
    if kind == "intValue" and isinstance(inner, str):
        return int(inner) if inner.removeprefix("-").isdecimal() and len(inner) < 20 else None
    if kind == "arrayValue" and isinstance(inner, dict):
        return [_value(item) for item in list_in(inner, "values")]
    if kind == "kvlistValue" and isinstance(inner, dict):
        return _attributes({"attributes": inner.get("values")})
    return inner


def _is_model_call(attributes: dict[str, Any]) -> bool:
    operation = attributes.get("gen_ai.operation.name")
    if operation is None:
        return "gen_ai.request.model" in attributes
    return operation in MODEL_CALLS


def _inherited(span: dict[str, Any], by_id: dict[str, Any], parents: dict[str, Any]) -> dict[str, Any]:
    """Attributes of the spans above, the nearest first; only what tells the caller."""
    places = {place for names in CALLER_FIELDS.values() for place in names}
    found: dict[str, Any] = {}
    above = span.get("parentSpanId")
    for _ in range(MOST_PARENTS):
        if not isinstance(above, str) or above not in by_id:
            break
        found = {**by_id[above], **found}
        above = parents.get(above)
    return {name: value for name, value in found.items() if name in places or not name.startswith("gen_ai.")}


def _start(span: dict[str, Any]) -> Any:
    """Nanoseconds since 1970, written as a text."""
    return span.get("startTimeUnixNano")


def _structure(attributes: dict[str, Any], name: str) -> Any:
    """An attribute that is a structure, or the JSON text of one. Raises RecordError for a text that is no JSON."""
    value = attributes.get(name)
    if not isinstance(value, str):
        return value
    try:
        return decode(value.encode())
    except ValueError as error:
        raise RecordError(f"{name}: {error}") from None


def _output_text(messages: Any) -> str | None:
    if not isinstance(messages, list):
        return None
    said = [text_of(message.get("parts", message.get("content"))) for message in messages if isinstance(message, dict)]
    texts = [text for text in said if text is not None]
    return "\n\n".join(texts) if texts else None


def _status(error: Any) -> int | None:
    name = str(error).rpartition(".")[2]
    return int(name) if name.isdecimal() and len(name) == 3 else STATUS_OF_ERROR.get(name)


FORMAT = Format(
    name="opentelemetry",
    describe='OpenTelemetry GenAI spans in OTLP/JSON lines ({"resourceSpans": [...]}), as the collector writes them',
    recognises=recognises,
    read=read,
    fields=FIELDS,
)
