"""What the questions read, gathered in the engine."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from stillwatch.campaigns import tables
from stillwatch.engine import DuckDBEngine
from stillwatch.links.population import asked_step

FACTS = {
    **dict.fromkeys(("member", "turn", "capability", "words"), pa.int32()),
    **dict.fromkeys(("exchange", "content", "output_tokens", "reasoning_tokens"), pa.int64()),
    **dict.fromkeys(("intent", "instruction"), pa.int32()),
    "time": pa.timestamp("us", "UTC"),
}


def test_the_work_of_an_account_tells_how_it_reads(tmp_path: Path) -> None:
    """Their mean is of what the account asks alone: known material counts 0."""
    calls = [(0, 100, 1), (0, 350, 2), (1, 1000, 3), (0, 0, 4), (0, 900, 5), (1, 900, 5), (2, 900, 5)]
    usual = {"turn": 1, "capability": 0, "words": 9, "intent": 0, "output_tokens": 10, "reasoning_tokens": None}
    rows = [
        usual | {"member": m, "exchange": n, "content": c, "instruction": s, "time": n}
        for n, (m, s, c) in enumerate(calls)
    ]
    engine = DuckDBEngine(tmp_path)
    engine.register("facts", pa.Table.from_pylist(rows, schema=pa.schema(list(FACTS.items()))))
    engine.run([asked_step()])
    nobody = {"member": pa.int32(), "grp": pa.int32()}
    engine.register("grouped", pa.Table.from_pylist([], schema=pa.schema(list(nobody.items()))))
    worded = {"member": pa.int32(), "exchange": pa.int64(), "original": pa.bool_(), "length": pa.float64()}
    engine.register("worded", pa.Table.from_pylist([], schema=pa.schema(list(worded.items()))))
    tables.register_answer_length(engine)
    tables.register_known(engine)
    found = tables.read_customers(engine, 1)
    engine.close()
    assert found.select(["unit", "exchanges", "instructions"]).to_pylist() == [
        {"unit": 0, "exchanges": 4, "instructions": 450},
        {"unit": 1, "exchanges": 2, "instructions": 1000},
        {"unit": 2, "exchanges": 1, "instructions": 0},
    ]
    assert found.schema.field("instructions").type == pa.int64()
