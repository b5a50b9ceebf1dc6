"""Write tests/data/logs/bedrock.jsonl: model invocation logs in the shape that Amazon documents.

    python scripts/record_bedrock.py tests/data/logs

These records are **written, not recorded**: no AWS account was at hand. Keys and nesting follow the
published examples of `ModelInvocationLog` version 1.0 for Converse, ConverseStream, InvokeModel and
InvokeModelWithResponseStream. Standard library only.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROLE = "arn:aws:sts::111122223333:assumed-role/app-role/session-a"
USER = "arn:aws:iam::111122223333:user/ben"
CLAUDE = "anthropic.claude-3-haiku-20240307-v1:0"
NOVA = "amazon.nova-lite-v1:0"


def record(number: int, operation: str, arn: str, model: str, bodies: tuple[Any, Any]) -> dict[str, Any]:
    asked, answered = bodies
    return {
        "schemaType": "ModelInvocationLog",
        "schemaVersion": "1.0",
        "timestamp": f"2026-01-05T10:{number:02d}:00Z",
        "accountId": "111122223333",
        "identity": {"arn": arn},
        "region": "us-east-1",
        "requestId": f"00000000-0000-4000-8000-{number:012d}",
        "operation": operation,
        "modelId": model,
        "input": {
            "inputContentType": "application/json",
            "inputBodyJson": asked,
            "inputTokenCount": 10 + number,
            "cacheReadInputTokenCount": 0,
            "cacheWriteInputTokenCount": 0,
        },
        "output": {
            "outputContentType": "application/json",
            "outputBodyJson": answered,
            "outputTokenCount": 20 + number,
        },
    }


def said(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "content": [{"text": text}]}


def converse() -> tuple[Any, Any]:
    tool = {"toolSpec": {"name": "get_weather", "inputSchema": {"json": {"type": "object"}}}}
    asked = {
        "messages": [said("user", "Hi."), said("assistant", "Hello."), said("user", "Will it rain in Zürich?")],
        "system": [{"text": "Be brief."}],
        "inferenceConfig": {"maxTokens": 512, "temperature": 0.5, "topP": 0.9},
        "toolConfig": {"tools": [tool]},
        "additionalModelRequestFields": {},
    }
    message = said("assistant", "Let me look.")
    message["content"].append({"toolUse": {"toolUseId": "t1", "name": "get_weather", "input": {"city": "Zürich"}}})
    usage = {"inputTokens": 11, "outputTokens": 21, "totalTokens": 32}
    return asked, {
        "output": {"message": message},
        "stopReason": "tool_use",
        "metrics": {"latencyMs": 302},
        "usage": usage,
    }


def converse_stream() -> tuple[Any, Any]:
    asked = {"messages": [said("user", "hello how are you")], "inferenceConfig": {"maxTokens": 512}}
    return asked, {"output": {"message": said("assistant", "Very well.")}, "stopReason": "end_turn"}


def anthropic_body() -> tuple[Any, Any]:
    asked = {
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 200,
        "temperature": 1,
        "system": "Be kind.",
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Explain entropy."}]}],
    }
    answered = {
        "id": "msg_bdrk_01",
        "type": "message",
        "role": "assistant",
        "model": "claude-3-haiku-20240307",
        "content": [{"type": "text", "text": "Entropy grows."}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 13, "output_tokens": 23},
    }
    return asked, answered


def anthropic_stream() -> tuple[Any, Any]:
    asked, answered = anthropic_body()
    usage = {"input_tokens": 13, "output_tokens": 1}
    opening = {"type": "message_start", "message": {**answered, "content": [], "usage": usage}}
    parts = [
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}
        for text in ("Entropy ", "grows.")
    ]
    end = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 23}}
    return asked, [opening, *parts, end, {"type": "message_stop"}]


def main(folder: Path) -> None:
    lines = [
        record(1, "Converse", ROLE, CLAUDE, converse()),
        record(2, "ConverseStream", USER, NOVA, converse_stream()),
        record(3, "InvokeModel", USER, CLAUDE, anthropic_body()),
        record(4, "InvokeModelWithResponseStream", ROLE, CLAUDE, anthropic_stream()),
        record(5, "Converse", ROLE, CLAUDE, converse()),
    ]
    failed = lines[-1]
    failed["errorCode"] = "ThrottlingException"
    failed["output"] = {"outputContentType": "application/json", "outputBodyJson": {}, "outputTokenCount": 0}
    lines[0]["requestMetadata"] = {"tenant": "tenant-7"}
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (folder / "bedrock.jsonl").write_text(text)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
