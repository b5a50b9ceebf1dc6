"""Word tables on prompts that no one here wrote. Development data: absent on a user's machine, then skipped."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.records import EXCHANGES
from stillwatch.signals import Key, Signaller
from stillwatch.signals.lexicon import INTENTS, SHOWN

DATA = Path(os.environ.get("STILLWATCH_DATA", Path(__file__).parents[3] / "shared" / "data")) / "real"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="real prompts are not at hand (set STILLWATCH_DATA)")


def _scores(name: str, subset: str | None = None) -> np.ndarray:
    """The three intents together, in thousandths, of every prompt of one collection."""
    table = pq.read_table(DATA / f"{name}.parquet")
    rows = [r["prompt"] for r in table.to_pylist() if r["prompt"] and (subset is None or r.get("subset") == subset)]
    when = datetime(2026, 1, 1, tzinfo=UTC)
    batch = [
        {"exchange_id": str(n), "time": when, "account_id": "a", "model": "m", "input_text": text}
        for n, text in enumerate(rows)
    ]
    signals = Signaller(Key(bytes(32))).signals(pa.Table.from_pylist(batch, schema=EXCHANGES.arrow))
    total: np.ndarray = sum((np.asarray(signals[name]) for name in INTENTS), start=np.zeros(signals.num_rows))
    return total


@pytest.mark.parametrize(("name", "most"), [("prompts_user_sharegpt", 0.002), ("prompts_user_arenahard_mtbench", 0.04)])
def test_ordinary_prompts_seldom_show_intent(name: str, most: float) -> None:
    assert np.mean(_scores(name) >= SHOWN) <= most


@pytest.mark.parametrize(
    ("name", "subset"), [("prompts_distill_autoj", "single_train"), ("prompts_distill_gpteacher", "toolformer")]
)
def test_judges_and_tool_traces_are_graded_high(name: str, subset: str) -> None:
    assert np.mean(np.minimum(_scores(name, subset), SHOWN)) / SHOWN >= 0.85


def test_plain_instructions_say_nothing() -> None:
    """What the tables cannot see: a collection of bare coding tasks. Other evidence has to speak there."""
    assert np.mean(np.minimum(_scores("prompts_distill_gpteacher", "codegen"), SHOWN)) / SHOWN < 0.05
