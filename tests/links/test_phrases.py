"""Phrases against their definition, counted by hand: random texts and system prompts, exchange by exchange."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from stillwatch.engine import DuckDBEngine
from stillwatch.links.population import asked_step
from stillwatch.links.wording import LEAST_HOLDERS, REPEATS, phrase_steps, worded_steps

ACCOUNTS, EXCHANGES, SHINGLES = 12, 160, 26
Text = tuple[int, ...]
Said = list[tuple[int, int, Text, Text]]
"""Exchange, account, shingles of the message, shingles of the system prompt."""


def _said(seed: int) -> Said:
    rng = np.random.default_rng(seed)

    def text(most: int) -> Text:
        return tuple(int(s) for s in rng.choice(SHINGLES, int(rng.integers(0, most)), replace=False))

    prompts = [text(7) for _ in range(4)] + [()]
    numbers = rng.permutation(10 * EXCHANGES)[:EXCHANGES]
    return [(int(n), int(rng.integers(ACCOUNTS)), text(6), prompts[int(rng.integers(len(prompts)))]) for n in numbers]


def _expected(said: Said) -> set[tuple[int, int, int]]:
    """Exchange, phrase and length of its frame."""
    texts = [(n, who, text) for n, who, message, prompt in said for text in (message, prompt)]
    uses, holders, first = Counter[int](), defaultdict[int, set[int]](set), dict[int, int]()
    for n, who, text in texts:
        for s in text:
            uses[s] += 1
            holders[s].add(who)
            first[s] = min(n, first.get(s, n))
    common = [s for s in uses if len(holders[s]) >= LEAST_HOLDERS and uses[s] >= REPEATS * len(holders[s])]
    common.sort(key=lambda s: (uses[s] * 1000 // len(holders[s]), uses[s], first[s], s))
    rank = {s: k for k, s in enumerate(common)}
    best = [(n, max((s for s in text if s in rank), key=rank.__getitem__, default=None), text) for n, _, text in texts]
    marks, count = Counter[int](), Counter[int]()
    for _, phrase, text in best:
        if phrase is not None:
            count[phrase] += 1
            marks[phrase] += sum(
                s in rank and 2 * uses[s] >= uses[phrase] and len(holders[s]) <= 2 * len(holders[phrase]) for s in text
            )
    return {(n, phrase, marks[phrase] * 1000 // count[phrase]) for n, phrase, _ in best if phrase is not None}


@pytest.mark.parametrize("seed", range(12))
def test_phrases_are_what_counting_by_hand_gives(tmp_path: Path, seed: int) -> None:
    said = _said(seed)
    lists = pa.list_(pa.int64())
    sketches = {
        "exchange": pa.array([s[0] for s in said], pa.int64()),
        "member": pa.array([s[1] for s in said], pa.int32()),
        "time": pa.array([s[0] for s in said], pa.timestamp("us", "UTC")),
        "content": pa.array([s[0] for s in said], pa.int64()),
        "words": pa.array([len(s[2]) for s in said], pa.int32()),
        "intent": pa.array([0] * len(said), pa.int32()),
        "shingles": pa.array([list(s[2]) for s in said], lists),
        "system_shingles": pa.array([list(s[3]) for s in said], lists),
    }
    engine = DuckDBEngine(tmp_path, threads=1)
    for name in ("scanned", "sketches", "facts"):
        engine.register(name, pa.table(sketches))
    engine.run([asked_step(), *phrase_steps(), *worded_steps()])
    found = engine.fetch("SELECT exchange, value, length FROM worded").to_pylist()
    engine.close()
    expected = _expected(said)
    assert expected
    assert sorted(tuple(row.values()) for row in found) == sorted(expected), "each exchange and phrase once"
