from __future__ import annotations

import numpy as np
import pytest

from testrange.distillation.gain import Sample, fit

SIZES = np.repeat(np.array([30.0, 100, 300, 1_000, 3_000, 10_000, 30_000]), 3)


def _students(half: float, top: float, noise: float = 0.0) -> Sample:
    rng = np.random.default_rng(3)
    marks = 0.05 + (top - 0.05) / (1 + (half / SIZES) ** 2.0) + rng.normal(0, noise, SIZES.size)
    return Sample(SIZES, np.clip(marks, 0, 1), 300)


def test_at_the_sizes_measured_it_is_the_mean_where_means_rise() -> None:
    sample = _students(1_500, 0.9)
    found = fit(sample)
    for size in np.unique(SIZES):
        value, low, high = found.expected(size)
        assert value == pytest.approx(sample.competence[sample.sizes == size].mean())
        assert low <= value <= high


def test_means_that_fall_are_pooled() -> None:
    sizes = np.array([10.0, 100.0, 1_000.0])
    found = fit(Sample(sizes, np.array([0.1, 0.9, 0.7]), 300))
    assert found.competence == pytest.approx([0.1, 0.8, 0.8])


def test_the_half_of_a_known_curve_is_found_again() -> None:
    value, low, high = fit(_students(half=2_000, top=0.9, noise=0.03)).half()
    assert low < value < high
    assert value == pytest.approx(2_000, rel=0.25)


def test_intervals_widen_with_noise() -> None:
    narrow, wide = (fit(_students(1_500, 0.9, noise)).expected(3_000) for noise in (0.01, 0.1))
    assert wide[2] - wide[1] > narrow[2] - narrow[1]


def test_nothing_is_carried_on_beyond_the_harvests_measured() -> None:
    found = fit(_students(20_000, 0.9))
    assert found.expected(1e9) == found.expected(30_000)
    assert found.expected(1) == found.expected(30)


def test_more_never_teaches_less_and_shares_stay_shares() -> None:
    found = fit(_students(2_000, 0.8, 0.05))
    values = [found.expected(n)[0] for n in (1, 30, 300, 3_000, 30_000)]
    assert values == sorted(values)
    assert all(0 <= v <= 1 for n in (1, 300, 30_000) for v in found.expected(n))
