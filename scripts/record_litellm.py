"""Record tests/data/logs/litellm*.jsonl: what the real LiteLLM library hands to a custom logger.

    python3 -m venv /tmp/record && /tmp/record/bin/pip install litellm==1.106.2 mcp==2.3.0
    /tmp/record/bin/python scripts/record_litellm.py tests/data/logs

The second file has message logging turned off. Each line is one `standard_logging_object`, as a
`CustomLogger` writes it. The proxy puts what it knows of the caller into `metadata`; this script, which
runs the library without the proxy, puts the same keys there.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

# Before the import: LiteLLM otherwise downloads its price list.
os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import litellm
from litellm.integrations.custom_logger import CustomLogger
from record_mock import TALKS, WEATHER_TOOL, Talk, mock_server

NO_SESSION = "talk-2"
"""This talk is held without a session, as most clients do."""


class Recorder(CustomLogger):
    """Keeps the payloads that a gateway's logger would write to a file."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[dict[str, Any]] = []

    def log_success_event(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:  # noqa: ARG002
        self.lines.append(kwargs["standard_logging_object"])

    def log_failure_event(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:  # noqa: ARG002
        self.lines.append(kwargs["standard_logging_object"])


def hold(talk: Talk, server: str) -> None:
    messages: list[dict[str, Any]] = [{"role": "system", "content": talk.system}] if talk.system else []
    for text in talk.says:
        messages.append({"role": "user", "content": text})
        answer = ask(talk, server, messages)
        messages.append({"role": "assistant", "content": answer})


def ask(talk: Talk, server: str, messages: list[dict[str, Any]]) -> str:
    metadata = {
        "user_api_key_hash": talk.key,
        "user_api_key_user_id": talk.user,
        "user_api_key_team_id": "team-1",
        "requester_ip_address": talk.address,
        "user_agent": talk.agent,
    }
    extra: dict[str, Any] = {"tools": [WEATHER_TOOL]} if talk.tools else {}
    if talk.session != NO_SESSION:
        extra["litellm_session_id"] = talk.session
    if talk.stream:
        extra |= {"stream": True, "stream_options": {"include_usage": True}}
    try:
        answer = litellm.completion(
            model=f"openai/{talk.model}",
            messages=list(messages),
            api_base=f"{server}/v1",
            api_key="sk-mock",
            metadata=metadata,
            user=f"end-{talk.user}",
            num_retries=0,
            max_retries=0,
            **extra,
            **talk.options,
        )
    except litellm.exceptions.RateLimitError:
        return ""
    if talk.stream:
        return "".join(chunk.choices[0].delta.content or "" for chunk in answer)
    return answer.choices[0].message.content or ""


def scrub(line: dict[str, Any], server: str) -> dict[str, Any]:
    """Without what names this machine: the server's port, host names, and traces with local paths."""
    text = json.dumps(line, default=str).replace(server, "http://model.example")
    clean: dict[str, Any] = json.loads(text.replace(server.removeprefix("http://"), "model.example"))
    if clean.get("error_information"):
        clean["error_information"]["traceback"] = ""
    clean.get("hidden_params", {}).pop("additional_headers", None)
    # 10 KB of prices and abilities of the model, the same in every line.
    clean.pop("model_map_information", None)
    return clean


def record(recorder: Recorder, server: str, wanted: int, file: Path) -> None:
    recorder.lines.clear()
    for talk in TALKS:
        hold(talk, server)
    # LiteLLM calls its loggers from a thread of its own.
    until = time.monotonic() + 30
    while len(recorder.lines) < wanted and time.monotonic() < until:
        time.sleep(0.1)
    lines = sorted(recorder.lines, key=lambda line: line["startTime"])
    file.write_text("".join(json.dumps(scrub(line, server), ensure_ascii=False) + "\n" for line in lines))
    print(file.name, len(lines), "lines")


def main(folder: Path) -> None:
    wanted = sum(len(talk.says) for talk in TALKS)
    recorder = Recorder()
    litellm.callbacks = [recorder]
    with mock_server() as server:
        record(recorder, server, wanted, folder / "litellm.jsonl")
        litellm.turn_off_message_logging = True
        record(recorder, server, wanted, folder / "litellm-redacted.jsonl")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
