"""Sums for the mixes of accounts: the compiled loop gives what the steps give."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import numpy as np
import pytest

from stillwatch.engine import Engine
from stillwatch.links.mixes import LEAST_EXCHANGES, SUMMED, mix_steps, read_sums

OpenLog = Callable[..., Engine]
WORDS = ["".join(letters) for letters in product("bcdfg", "aeiou", "klmnprst")]


def _rows(seed: int, accounts: int) -> list[dict[str, Any]]:
    """Some accounts have too few exchanges; turns and tokens are known now and then."""
    rng = np.random.default_rng(seed)
    start = datetime(2026, 5, 4, tzinfo=UTC)
    return [
        {
            "account_id": f"a{account}",
            "input_text": " ".join(rng.choice(WORDS, int(rng.integers(0, 12)))),
            "time": start + timedelta(hours=int(rng.integers(0, 240))),
            "turn": int(rng.integers(1, 4)) if rng.random() < 0.8 else None,
            "input_tokens": int(rng.integers(0, 6_000)) if rng.random() < 0.8 else None,
            "output_tokens": int(rng.integers(0, 4_000)) if rng.random() < 0.8 else None,
        }
        for account in range(accounts)
        for _ in range(int(rng.integers(LEAST_EXCHANGES - 3, LEAST_EXCHANGES + 20)))
    ]


@pytest.mark.parametrize("seed", range(3))
def test_the_loop_sums_what_the_steps_sum(open_log: OpenLog, seed: int) -> None:
    engine = open_log(_rows(seed, 30))
    found = read_sums(engine)
    by_loop = engine.fetch("SELECT * FROM mixes ORDER BY member, half")
    engine.drop("mixes")
    engine.run(mix_steps())
    assert by_loop.to_pydict() == engine.fetch("SELECT * FROM mixes ORDER BY member, half").to_pydict()
    assert 0 < found.member.size < 30
    assert found.sums.shape == (2, found.member.size, len(SUMMED))
    assert (found.sums != 0).any(axis=(0, 1)).all(), "every sum is of something"
    assert by_loop["b7"].to_pylist() == [
        n for pair in zip(*found.sums[:, :, SUMMED.index("b7")].tolist(), strict=True) for n in pair
    ]


def test_nobody_with_enough_exchanges(open_log: OpenLog) -> None:
    engine = open_log([{"account_id": "a", "input_text": "one"}])
    assert read_sums(engine).sums.shape == (2, 0, len(SUMMED))
    assert engine.fetch("SELECT * FROM mixes").num_rows == 0
