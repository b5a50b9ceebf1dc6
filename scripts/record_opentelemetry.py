"""Record tests/data/logs/opentelemetry*.jsonl: spans of the real OpenTelemetry instrumentations of the
OpenAI client.

    python3 -m venv /tmp/record && /tmp/record/bin/pip install openai==2.54.0 opentelemetry-sdk==1.45.2 \
        opentelemetry-exporter-otlp-proto-common==1.45.2 opentelemetry-instrumentation-genai-openai==1.3b0
    /tmp/record/bin/python scripts/record_opentelemetry.py tests/data/logs content
    /tmp/record/bin/python scripts/record_opentelemetry.py tests/data/logs server

    python3 -m venv /tmp/older && /tmp/older/bin/pip install openai==2.54.0 opentelemetry-sdk==1.45.2 \
        opentelemetry-exporter-otlp-proto-common==1.45.2 opentelemetry-instrumentation-openai-v2==2.4b0 \
        opentelemetry-util-genai==0.4b0
    /tmp/older/bin/python scripts/record_opentelemetry.py tests/data/logs legacy

`opentelemetry.jsonl` is by `instrumentation-genai-openai` with message content on the spans,
`opentelemetry-legacy.jsonl` by the older `instrumentation-openai-v2`, conventions 1.30, without content.
Each line is one export request in OTLP/JSON as the collector's file exporter writes it: camelCase, hex
trace and span ids, 64-bit integers as text. The conventions have no attribute for the customer. As a
gateway would, a span processor copies `user.id`, `client.address`, `user_agent.original` and
`gen_ai.conversation.id` from the baggage to every span; in `opentelemetry-server.jsonl` a server span
around each call carries them instead.
"""

from __future__ import annotations

import base64
import importlib
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openai
from google.protobuf.json_format import MessageToDict
from opentelemetry import baggage, context, trace
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from record_mock import TALKS, WEATHER_TOOL, Talk, mock_server

FILES = {"content": "opentelemetry", "legacy": "opentelemetry-legacy", "server": "opentelemetry-server"}
CALLER = ("user.id", "client.address", "user_agent.original", "gen_ai.conversation.id")


def in_hex(value: Any) -> Any:
    """OTLP/JSON has ids in hex, unlike protobuf's own JSON."""
    if isinstance(value, list):
        return [in_hex(item) for item in value]
    if not isinstance(value, dict):
        return value
    ids = ("traceId", "spanId", "parentSpanId")
    return {key: base64.b64decode(item).hex() if key in ids else in_hex(item) for key, item in value.items()}


class FileExporter(SpanExporter):
    """Keeps each export request as the collector's file exporter would write it."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def export(self, spans: Sequence[Any]) -> SpanExportResult:
        request = MessageToDict(encode_spans(spans), use_integers_for_enums=True)
        self.lines.append(json.dumps(in_hex(request), ensure_ascii=False))
        return SpanExportResult.SUCCESS


class BaggageToSpan(SpanProcessor):
    """Copies the baggage to every span, as gateways do with what they know of the caller."""

    def on_start(self, span: Any, parent_context: Any = None) -> None:
        for name, value in baggage.get_all(parent_context).items():
            span.set_attribute(name, str(value))


def ask(client: Any, talk: Talk, messages: list[dict[str, Any]]) -> str:
    extra: dict[str, Any] = {"tools": [WEATHER_TOOL]} if talk.tools else {}
    if talk.stream:
        extra |= {"stream": True, "stream_options": {"include_usage": True}}
    try:
        answer = client.chat.completions.create(model=talk.model, messages=messages, **extra, **talk.options)
    except openai.RateLimitError:
        return ""
    if talk.stream:
        parts = [chunk.choices[0].delta.content or "" for chunk in answer if chunk.choices]
        return "".join(parts)
    return answer.choices[0].message.content or ""


def hold(client: Any, talk: Talk, tracer: Any, as_server: bool) -> None:
    values = dict(zip(CALLER, (talk.user, talk.address, talk.agent, talk.session), strict=True))
    messages: list[dict[str, Any]] = [{"role": "system", "content": talk.system}] if talk.system else []
    for text in talk.says:
        messages.append({"role": "user", "content": text})
        if as_server:
            with tracer.start_as_current_span("POST /chat", kind=trace.SpanKind.SERVER, attributes=values):
                answer = ask(client, talk, messages)
        else:
            current = context.get_current()
            for name, value in values.items():
                current = baggage.set_baggage(name, value, current)
            token = context.attach(current)
            answer = ask(client, talk, messages)
            context.detach(token)
        messages.append({"role": "assistant", "content": answer})


def instrument(variant: str) -> None:
    if variant == "legacy":
        module = "opentelemetry.instrumentation.openai_v2"
    else:
        os.environ["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = "span_only"
        os.environ["OTEL_SEMCONV_STABILITY_OPT_IN"] = "gen_ai_latest_experimental"
        module = "opentelemetry.instrumentation.genai.openai"
    # The two come in environments of their own, and read the variables above when they are imported.
    importlib.import_module(module).OpenAIInstrumentor().instrument()


def record(variant: str, folder: Path) -> None:
    exporter = FileExporter()
    provider = TracerProvider(resource=Resource({"service.name": "gateway"}))
    provider.add_span_processor(BaggageToSpan())
    provider.add_span_processor(BatchSpanProcessor(exporter, max_export_batch_size=6))
    trace.set_tracer_provider(provider)
    instrument(variant)
    with mock_server() as server:
        client = openai.OpenAI(base_url=f"{server}/v1", api_key="sk-mock", max_retries=0)
        for talk in TALKS:
            hold(client, talk, provider.get_tracer("gateway"), variant == "server")
        if variant == "content":
            client.responses.create(model="gpt-4o-mini", instructions="Be brief.", input="Without a caller.")
        provider.shutdown()
        port = server.rpartition(":")[2]
    # The mock server's address and port are this machine's own.
    text = "\n".join(exporter.lines).replace("127.0.0.1", "model.example").replace(f'"{port}"', '"443"')
    (folder / f"{FILES[variant]}.jsonl").write_text(text + "\n")
    print(FILES[variant], len(exporter.lines), "lines")


if __name__ == "__main__":
    record(sys.argv[2], Path(sys.argv[1]))
