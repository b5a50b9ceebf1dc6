"""Every text detector fires on its positive cases and is silent on its negative ones."""

from __future__ import annotations

from datetime import UTC, datetime
from types import ModuleType

import pyarrow as pa
import pytest

from stillwatch.records import EXCHANGES
from stillwatch.signals import Key, Signaller, capability, elicitation, generation, grading
from stillwatch.signals.lexicon import SHOWN

KEY = Key(bytes(range(32)))


def signals_of(texts: list[str], **columns: object) -> pa.Table:
    rows = [
        {
            "exchange_id": f"e{k}",
            "time": datetime(2026, 6, 1, tzinfo=UTC),
            "account_id": "a",
            "model": "m",
            "input_text": text,
            **columns,
        }
        for k, text in enumerate(texts)
    ]
    return Signaller(KEY).signals(pa.Table.from_pylist(rows, schema=EXCHANGES.arrow))


@pytest.mark.parametrize("module", [elicitation, grading, generation], ids=lambda m: m.DETECTOR.name)
def test_intent_cases(module: ModuleType) -> None:
    name = module.DETECTOR.name
    assert min(signals_of(list(module.POSITIVE))[name].to_pylist()) >= SHOWN
    assert max(signals_of(list(module.NEGATIVE))[name].to_pylist()) < SHOWN


@pytest.mark.parametrize(("expected", "text"), capability.POSITIVE)
def test_capability_cases(expected: str, text: str) -> None:
    assert capability.CAPABILITIES[signals_of([text])["capability"][0].as_py()] == expected


def test_declared_tools_mean_tool_use() -> None:
    table = signals_of(["What is the weather?"], tool_names=["get_weather"])
    assert capability.CAPABILITIES[table["capability"][0].as_py()] == "agentic_tool_use"


def test_nothing_is_claimed_without_text() -> None:
    rows = [{"exchange_id": "e", "time": datetime(2026, 6, 1, tzinfo=UTC), "account_id": "a", "model": "m"}]
    row = Signaller(KEY).signals(pa.Table.from_pylist(rows, schema=EXCHANGES.arrow)).to_pylist()[0]
    assert (row["capability"], row["content"], row["words"], row["shingles"]) == (None, None, 0, [])
