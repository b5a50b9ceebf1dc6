from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from .conftest import Outcome

Read = Callable[..., Outcome]


def test_the_documented_shapes(read: Read, logs: Path) -> None:
    rows = read(logs / "bedrock.jsonl").rows
    assert [row["status"] for row in rows] == [200, 200, 200, 200, 429]
    assert rows[0]["account_id"] == "arn:aws:sts::111122223333:assumed-role/app-role/session-a"
    assert rows[0]["system_text"] == "Be brief."
    assert (rows[0]["input_text"], rows[0]["turn"]) == ("Will it rain in Zürich?", 2)
    assert rows[0]["tool_names"] == ["get_weather"]
    assert [row["output_text"] for row in rows[1:4]] == ["Very well.", "Entropy grows.", "Entropy grows."]
    assert {row["surface"] for row in rows} == {"bedrock"}
    assert [row["max_output_tokens"] for row in rows] == [512, 512, 200, 200, 512]


def test_metadata_of_a_request_can_be_the_account(read: Read, logs: Path) -> None:
    rows = read(logs / "bedrock.jsonl", mapping={"account_id": ["requestMetadata.tenant", "identity.arn"]}).rows
    assert rows[0]["account_id"] == "tenant-7"
    assert rows[1]["account_id"].endswith("user/ben")


def test_bodies_as_texts_and_a_cloudwatch_export(read: Read, logs: Path, lines: Callable[..., Path]) -> None:
    records = [json.loads(line) for line in (logs / "bedrock.jsonl").read_text().splitlines()]
    as_texts = [json.loads(json.dumps(record)) for record in records]
    for record in as_texts:
        record["input"]["inputBodyJson"] = json.dumps(record["input"]["inputBodyJson"])
        record["output"]["outputBodyJson"] = json.dumps(record["output"]["outputBodyJson"])
    exported = [{"timestamp": 1, "message": json.dumps(record)} for record in records]
    expected = read(logs / "bedrock.jsonl").table
    assert read(lines(*as_texts, name="texts")).table.equals(expected)
    assert read(lines(*exported, name="export")).table.equals(expected)


def test_other_models_bodies(read: Read, logs: Path, lines: Callable[..., Path]) -> None:
    record = json.loads((logs / "bedrock.jsonl").read_text().splitlines()[1])
    record["input"]["inputBodyJson"] = {"prompt": "Capital of Sudan?", "max_gen_len": 20}
    record["output"]["outputBodyJson"] = {"generation": "Khartoum."}
    row = read(lines(record)).rows[0]
    assert (row["input_text"], row["output_text"]) == ("Capital of Sudan?", "Khartoum.")
