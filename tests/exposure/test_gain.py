"""The table of expected gains is whole, read exactly, and never carried on."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.exposure.gain import Competence, expected_gains, gain_table, read_gains

TOY = read_gains(
    json.dumps(
        {
            "measured": "2026-11-27",
            "machine": "one machine",
            "models": "small ones",
            "floor": 0.0,
            "teacher": {"sums": 1.0},
            "sizes": [10, 100, 1_000],
            "curves": [
                {
                    "capability": "sums",
                    "reasoning": True,
                    "expected": [0.0, 0.5, 0.7],
                    "low": [0.0, 0.4, 0.6],
                    "high": [0.2, 0.6, 0.8],
                }
            ],
        }
    )
)


def toy(exchanges: int) -> Competence | None:
    (gain,) = expected_gains(exchanges, TOY)
    return gain.competence


def test_the_shipped_table_is_whole() -> None:
    table = gain_table()
    assert table.measured <= date.today()
    assert table.machine
    assert table.models
    assert 0 <= table.floor <= 1
    assert table.sizes[0] > 0
    assert all(a < b for a, b in pairwise(table.sizes))
    asked = [(curve.capability, curve.reasoning) for curve in table.curves]
    assert sorted(asked) == sorted(product(table.teacher, (True, False)))
    assert all(0 <= solved <= 1 for solved in table.teacher.values())
    for curve in table.curves:
        assert len(curve.points) == len(table.sizes)
        assert all(0 <= p.low <= p.expected <= p.high <= 1 for p in curve.points)


def test_a_size_of_the_table_gives_what_was_measured() -> None:
    table = gain_table()
    for place, size in enumerate(table.sizes):
        found = expected_gains(size)
        assert [gain.competence for gain in found] == [curve.points[place] for curve in table.curves]
        assert not any(gain.beyond for gain in found)


def test_half_way_is_half_way_in_the_logarithm() -> None:
    found = toy(316)
    assert found is not None
    assert found.expected == pytest.approx(0.6, abs=1e-3)
    assert found.low == pytest.approx(0.5, abs=1e-3)
    assert found.high == pytest.approx(0.7, abs=1e-3)


@given(st.integers(min_value=30, max_value=10**7))
def test_it_is_what_interpolation_gives(exchanges: int) -> None:
    table = gain_table()
    sizes = np.log10(table.sizes)
    for curve, gain in zip(table.curves, expected_gains(exchanges), strict=True):
        assert (gain.capability, gain.reasoning) == (curve.capability, curve.reasoning)
        assert gain.competence is not None
        for name in ("expected", "low", "high"):
            oracle = np.interp(np.log10(exchanges), sizes, [getattr(point, name) for point in curve.points])
            assert getattr(gain.competence, name) == pytest.approx(oracle, abs=1e-9)


def test_fewer_than_the_smallest_are_too_few_to_tell() -> None:
    assert toy(9) is None
    assert toy(0) is None
    assert toy(10) == Competence(0.0, 0.0, 0.2)
    assert not expected_gains(9, TOY)[0].beyond


def test_beyond_the_largest_nothing_is_added() -> None:
    (largest,), (beyond,) = expected_gains(1_000, TOY), expected_gains(10**9, TOY)
    assert beyond.competence == largest.competence == Competence(0.7, 0.6, 0.8)
    assert (largest.beyond, beyond.beyond) == (False, True)


def test_columns_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        read_gains(
            '{"measured": "2026-11-27", "machine": "", "models": "", "floor": 0, "teacher": {}, "sizes": [1, 2], '
            '"curves": [{"capability": "a", "reasoning": true, "expected": [0, 1], "low": [0], "high": [1, 1]}]}'
        )


def test_who_reads_the_table_waits_for_no_stage() -> None:
    """Importing the stages takes seconds, and `explain` needs none."""
    asked = (
        "import sys; from stillwatch.exposure.gain import expected_gains; "
        "print(sorted({'numpy', 'scipy', 'duckdb', 'stillwatch.campaigns'} & set(sys.modules)))"
    )
    ended = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout.strip() == "[]"
