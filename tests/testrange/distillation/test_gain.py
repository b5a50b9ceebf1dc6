from __future__ import annotations

import numpy as np
import pytest

from testrange.distillation.gain import Sample, fit

SIZES = np.repeat(np.array([30.0, 100, 300, 1_000, 3_000, 10_000, 30_000]), 3)


def _students(half: float, top: float, noise: float = 0.0) -> Sample:
    rng = np.random.default_rng(3)
    marks = 0.05 + (top - 0.05) / (1 + (half / SIZES) ** 2.0) + rng.normal(0, noise, SIZES.size)
    return Sample(SIZES, np.clip(marks, 0, 1), 300)


def test_a_known_curve_is_found_again() -> None:
    found = fit(_students(half=1_500, top=0.9))
    assert found.half == pytest.approx(1_500, rel=0.02)
    assert found.top == pytest.approx(0.9, abs=0.01)
    value, low, high = found.expected(1_500)
    assert value == pytest.approx(0.475, abs=0.01)
    assert low < value < high


def test_intervals_widen_with_noise_and_cover() -> None:
    narrow, wide = (fit(_students(1_500, 0.9, noise)).expected(3_000) for noise in (0.01, 0.1))
    assert wide[2] - wide[1] > narrow[2] - narrow[1]
    assert wide[1] <= 0.05 + 0.85 / (1 + 0.25) <= wide[2]


def test_nothing_is_carried_on_beyond_the_largest_harvest() -> None:
    found = fit(_students(20_000, 0.9))
    assert found.expected(1e9) == found.expected(30_000)


def test_more_never_teaches_less_and_shares_stay_shares() -> None:
    found = fit(_students(2_000, 0.8, 0.05))
    values = [found.expected(n)[0] for n in (1, 30, 300, 3_000, 30_000)]
    assert values == sorted(values)
    assert all(0 <= v <= 1 for n in (1, 300, 30_000) for v in found.expected(n))
