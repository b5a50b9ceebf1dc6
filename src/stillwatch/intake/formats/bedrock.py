"""Model invocation logs of Amazon Bedrock: `schemaType` ModelInvocationLog, delivered to S3 or CloudWatch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

from stillwatch.intake.formats.anthropic import answer_values, request_values, whole_answer
from stillwatch.intake.formats.format import Format
from stillwatch.intake.jsonlog import Fields, Reading, read_json
from stillwatch.intake.messages import list_in, object_in, present, text_of, tool_names, total
from stillwatch.intake.places import placed
from stillwatch.intake.rows import Values
from stillwatch.intake.sources import Sample, decode

FIELDS: Fields = {
    "exchange_id": ("requestId",),
    "time": ("timestamp",),
    "account_id": ("identity.arn", "accountId"),
    "model": ("modelId",),
    "conversation_id": ("requestMetadata.session_id", "requestMetadata.sessionId"),
    "temperature": ("input.inputBodyJson.inferenceConfig.temperature", "input.inputBodyJson.temperature"),
    "max_output_tokens": ("input.inputBodyJson.inferenceConfig.maxTokens", "input.inputBodyJson.max_tokens"),
}

STATUS_OF_ERROR = {
    "AccessDeniedException": 403,
    "InternalServerException": 500,
    "ModelErrorException": 424,
    "ModelNotReadyException": 429,
    "ModelTimeoutException": 408,
    "ResourceNotFoundException": 404,
    "ServiceQuotaExceededException": 400,
    "ServiceUnavailableException": 503,
    "ThrottlingException": 429,
    "ValidationException": 400,
}
"""HTTP status of the errors that the runtime API documents."""


def recognises(sample: Sample) -> bool:
    """Whether a record calls itself a model invocation log."""
    return any(_log(record).get("schemaType") == "ModelInvocationLog" for record in sample.objects)


def read(reading: Reading) -> Iterator[pa.Table]:
    """Tables from one file of invocation logs, or of a CloudWatch export with them in `message`."""
    return read_json(reading, convert)


def convert(record: dict[str, Any], fields: Fields) -> Values:
    """One invocation as columns. Raises RecordError."""
    record = _with_bodies(_log(record))
    asked, answered = object_in(record, "input"), object_in(record, "output")
    request, answer = asked.get("inputBodyJson"), answered.get("outputBodyJson")
    values = placed(record, fields) | {"surface": "bedrock"} | _status(record)
    values |= _request_values(request if isinstance(request, dict) else {})
    values |= _answer_values(answer)
    counted = total(*(asked.get(f"{name}TokenCount") for name in ("input", "cacheReadInput", "cacheWriteInput")))
    return values | present(input_tokens=counted, output_tokens=answered.get("outputTokenCount"))


def _log(record: dict[str, Any]) -> dict[str, Any]:
    """The invocation log itself: CloudWatch puts it as a text, or decoded, into `message`."""
    inner = record.get("message", record.get("@message"))
    if "schemaType" in record or inner is None:
        return record
    if isinstance(inner, str):
        inner = _decoded(inner)
    return inner if isinstance(inner, dict) else record


def _with_bodies(record: dict[str, Any]) -> dict[str, Any]:
    """Bodies that were logged as JSON texts, decoded."""
    for side, body in (("input", "inputBodyJson"), ("output", "outputBodyJson")):
        inner = record.get(side)
        if isinstance(inner, dict) and isinstance(inner.get(body), str):
            record = {**record, side: {**inner, body: _decoded(inner[body])}}
    return record


def _decoded(text: str) -> Any:
    try:
        return decode(text.encode())
    except ValueError:
        return None


def _status(record: dict[str, Any]) -> Values:
    """An error code becomes its HTTP status, or stays unknown; a record without one was answered."""
    code = record.get("errorCode")
    return {"status": STATUS_OF_ERROR.get(str(code)) if code else 200}


def _request_values(request: dict[str, Any]) -> Values:
    """Converse and Anthropic bodies have messages; other models' bodies have one prompt under various names."""
    if "messages" not in request:
        return present(input_text=text_of(request.get("prompt", request.get("inputText"))))
    values = request_values(request)
    tools = object_in(request, "toolConfig")
    if tools.get("tools") is not None:
        values["tool_names"] = tool_names(list_in(tools, "tools"))
    return values


def _answer_values(answer: Any) -> Values:
    if isinstance(answer, list):
        return answer_values(whole_answer(answer))
    if not isinstance(answer, dict):
        return {}
    message = object_in(object_in(answer, "output"), "message")
    content = message.get("content", answer.get("content"))
    text = text_of(content if content is not None else answer.get("generation", answer.get("outputText")))
    return present(output_text=text)


FORMAT = Format(
    name="bedrock",
    describe='Amazon Bedrock model invocation logs ("schemaType": "ModelInvocationLog")',
    recognises=recognises,
    read=read,
    fields=FIELDS,
)
