"""Phrases against their definition, counted by hand: random texts and system prompts, exchange by exchange."""

from __future__ import annotations

import resource
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from stillwatch.engine import DuckDBEngine, Engine
from stillwatch.links import holders
from stillwatch.links.phrases import find_phrases
from stillwatch.links.population import FACTS, asked_step
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


def _engine(folder: Path, said: Said) -> DuckDBEngine:
    lists = pa.list_(pa.int64())
    sketches = dict.fromkeys(FACTS, pa.array([0] * len(said), pa.int32())) | {
        "exchange": pa.array([s[0] for s in said], pa.int64()),
        "member": pa.array([s[1] for s in said], pa.int32()),
        "time": pa.array([s[0] for s in said], pa.timestamp("us", "UTC")),
        "content": pa.array([s[0] for s in said], pa.int64()),
        "shingles": pa.array([list(s[2]) for s in said], lists),
        "system_shingles": pa.array([list(s[3]) for s in said], lists),
    }
    engine = DuckDBEngine(folder, threads=1)
    for name in ("scanned", "sketches"):
        engine.register(name, pa.table(sketches))
    return engine


def _by_steps(engine: Engine) -> None:
    engine.run(phrase_steps())


@pytest.mark.parametrize("find", [_by_steps, find_phrases])
@pytest.mark.parametrize("seed", range(12))
def test_phrases_are_what_counting_by_hand_gives(tmp_path: Path, seed: int, find: Callable[[Engine], None]) -> None:
    said = _said(seed)
    engine = _engine(tmp_path, said)
    find(engine)
    engine.run([asked_step(), *worded_steps()])
    found = engine.fetch("SELECT exchange, value, length FROM worded").to_pylist()
    facts = engine.fetch("SELECT exchange, member FROM facts").to_pylist()
    engine.close()
    assert sorted(tuple(row.values()) for row in facts) == sorted(row[:2] for row in said), "each exchange once"
    expected = _expected(said)
    assert expected
    assert sorted(tuple(row.values()) for row in found) == sorted(expected), "each exchange and phrase once"


def test_what_is_counted_in_parts_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holders, "MOST_ROWS", 100)
    said = _said(0)
    assert len(holders.parts_of(sum(len(message) for _, _, message, _ in said))) > 2
    test_phrases_are_what_counting_by_hand_gives(tmp_path, 0, find_phrases)


@pytest.mark.parametrize("said", [[], [(1, 0, (), ()), (2, 1, (), (7,))]], ids=["nothing", "nothing in common"])
def test_without_phrases_the_tables_are_empty(tmp_path: Path, said: Said) -> None:
    engine = _engine(tmp_path, said)
    find_phrases(engine)
    for table in ("phrases", "frames"):
        assert engine.fetch(f"SELECT * FROM {table}").num_rows == 0
    facts = engine.fetch("SELECT exchange, phrase, system_phrase FROM facts ORDER BY exchange").to_pylist()
    assert [tuple(row.values()) for row in facts] == [(row[0], None, None) for row in said]
    assert not list(tmp_path.glob("*-*")), "temporary files are gone"
    engine.close()


@pytest.mark.parametrize(("rows", "parts"), [(0, 1), (1, 1), (100, 1), (101, 2), (200, 2), (201, 4), (900, 16)])
def test_no_part_of_even_ones_is_too_large(monkeypatch: pytest.MonkeyPatch, rows: int, parts: int) -> None:
    monkeypatch.setattr(holders, "MOST_ROWS", 100)
    assert [part.number for part in holders.parts_of(rows)] == list(range(parts))


@pytest.mark.parametrize("bits", [0, 1, 3])
@pytest.mark.parametrize("run", [7, 64, holders.RUN])
@pytest.mark.parametrize("distinct", [3, 5_000])
def test_holders_are_what_sets_give(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: int, distinct: int, bits: int
) -> None:
    """In one run of rows and in several, and in parts of the values."""
    monkeypatch.setattr(holders, "RUN", run)
    rng = np.random.default_rng(run + distinct)
    values = rng.integers(-(2**63), 2**63 - 1, distinct)
    said = [(int(rng.integers(2**31)) % 400, rng.choice(values, int(rng.integers(0, 6)))) for _ in range(3_000)]
    held, times = defaultdict[int, set[int]](set), Counter[int]()
    for member, mine in said:
        for value in mine.tolist():
            held[value].add(member)
            times[value] += 1
    found: list[tuple[int, int, int]] = []
    for number in range(1 << bits):
        with holders.Holders(tmp_path, 2, holders.Part(number, bits)) as counted:
            for some in (said[:1_000], said[1_000:1_000], said[1_000:]):
                bounds = np.concatenate(([0], np.cumsum([len(mine) for _, mine in some]))).astype(np.int32)
                flat = np.concatenate([mine for _, mine in some]) if some else np.zeros(0, np.int64)
                counted.add(np.array([member for member, _ in some], np.int32), bounds, flat)
            for part in counted.counted(2):
                found += zip(part.value.tolist(), part.holders.tolist(), part.times.tolist(), strict=True)
    assert sorted(found) == sorted((v, len(who), times[v]) for v, who in held.items() if len(who) >= 2)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("distinct", "members"), [(5_000, 3), (40, 2_000), (5_000, 2_000), (1, 1)])
def test_a_bucket_that_outgrows_its_tables_is_counted_alike(distinct: int, members: int) -> None:
    """Many values, many pairs, and both: each table is doubled on its way, several times."""
    rng = np.random.default_rng(distinct + members)
    known = rng.integers(-(2**63), 2**63 - 1, distinct)
    values, who = rng.choice(known, 60_000), rng.integers(0, members, 60_000).astype(np.int32)
    held, times = defaultdict[int, set[int]](set), Counter[int](values.tolist())
    for value, member in zip(values.tolist(), who.tolist(), strict=True):
        held[value].add(member)
    found = zip(*(column.tolist() for column in holders._count(values, who, 1)), strict=True)
    assert sorted(found) == sorted((value, len(mine), times[value]) for value, mine in held.items())


def test_where_there_is_no_room_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holders, "RUN", 512)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    values, bounds = np.arange(2_048), np.arange(2_049, dtype=np.int32)
    with holders.Holders(tmp_path, 1) as counted:
        resource.setrlimit(resource.RLIMIT_FSIZE, (8_192, hard))
        try:
            with pytest.raises(OSError, match="holders-") as told:
                counted.add(np.zeros(2_048, np.int32), bounds, values)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert told.value.filename.startswith(str(tmp_path))
    assert not list(tmp_path.iterdir())
