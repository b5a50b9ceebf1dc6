"""Request and response in one object, as logging gateways write them around the vendors' bodies."""

from __future__ import annotations

from typing import Any

from stillwatch.intake.errors import RecordError
from stillwatch.intake.jsonlog import Fields
from stillwatch.intake.sources import decode
from stillwatch.intake.times import kind

REQUEST_KEYS = ("request", "request_body")
RESPONSE_KEYS = ("response", "response_body")
HEADER_KEYS = ("request_headers", "headers")

ENVELOPE_FIELDS: Fields = {
    "exchange_id": ("exchange_id", "request_id", "response.id", "id"),
    "time": (
        "time",
        "timestamp",
        "request_time",
        "start_time",
        "created_at",
        "created",
        "response.created",
        "response.created_at",
    ),
    "account_id": (
        "account_id",
        "customer_id",
        "organization_id",
        "organization",
        "user_id",
        "user",
        "headers.openai-organization",
        "headers.anthropic-organization-id",
        "request.user",
        "request.safety_identifier",
        "request.metadata.user_id",
    ),
    "model": ("request.model", "model", "response.model"),
    "api_key_id": ("api_key_id", "key_id", "api_key_hash"),
    "surface": ("surface",),
    "client_ip": ("client_ip", "ip", "remote_addr", "headers.x-real-ip"),
    "client_asn": ("client_asn", "asn"),
    "client_country": ("client_country", "country"),
    "user_agent": ("user_agent", "headers.user-agent"),
    "tls_fingerprint": ("tls_fingerprint", "ja4"),
    "conversation_id": ("conversation_id", "session_id", "thread_id"),
    "status": ("status", "status_code", "response_status"),
    "temperature": ("request.temperature",),
}
"""Where an envelope has the columns. `request` and `response` stand for the bodies, `headers` for the request's
headers with their names in lower case, however the log nests them."""


def opened(record: dict[str, Any]) -> dict[str, Any]:
    """The record with `request` and `response` as the bodies and `headers` in lower case.

    Bodies may be objects, JSON texts, or inside an HTTP message (`{"headers": ..., "body": ...}`). A streamed
    response stays a text or a list. Raises RecordError when the request is no object.
    """
    request, request_headers = _body(_first(record, REQUEST_KEYS))
    response, _ = _body(_first(record, RESPONSE_KEYS))
    if not isinstance(request, dict):
        raise RecordError(f"request: expected an object, got {kind(request)}")
    headers = _first(record, HEADER_KEYS) or request_headers
    found = {**record, "request": request, "response": response, "headers": _lower(headers)}
    found.setdefault("response_status", _status(_first(record, RESPONSE_KEYS)))
    return _with_status_number(found)


def bodies(record: dict[str, Any]) -> tuple[dict[str, Any], Any] | None:
    """Request and response bodies if the record is an envelope, else None: what recognition looks at."""
    try:
        found = opened(record)
    except RecordError:
        return None
    return found["request"], found["response"]


def _first(record: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((record[name] for name in names if record.get(name) is not None), None)


def _body(message: Any) -> tuple[Any, Any]:
    """The body of a request or response, and its headers if it was a whole HTTP message."""
    if isinstance(message, dict) and "body" in message:
        return _decoded(message["body"]), message.get("headers")
    return _decoded(message), None


def _decoded(body: Any) -> Any:
    if not isinstance(body, str) or body.lstrip()[:1] not in ("{", "["):
        return body
    try:
        return decode(body.encode())
    except ValueError:
        return body


def _lower(headers: Any) -> dict[str, Any]:
    if not isinstance(headers, dict):
        return {}
    return {name.lower(): value[0] if isinstance(value, list) and value else value for name, value in headers.items()}


def _status(response: Any) -> Any:
    if not isinstance(response, dict) or "body" not in response:
        return None
    return response.get("status", response.get("status_code"))


def _with_status_number(record: dict[str, Any]) -> dict[str, Any]:
    """Some gateways write words such as `success` where others write the HTTP status; words are left out."""
    for name in ENVELOPE_FIELDS["status"]:
        value = record.get(name)
        if isinstance(value, str):
            record[name] = int(value) if value.isdecimal() and len(value) == 3 else None
    return record
