from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from stillwatch.campaigns.coordination.verdicts import partial_conjunction, side_p
from stillwatch.campaigns.model import Explanation, Finding
from stillwatch.campaigns.verdict import q_values, verdict

P = st.floats(1e-12, 1.0)


@given(st.lists(P, min_size=1, max_size=40))
def test_q_values_are_benjamini_hochbergs(p: list[float]) -> None:
    assert q_values(np.array(p)) == pytest.approx(false_discovery_control(p))


@given(st.lists(P, min_size=2, max_size=5))
def test_one_side_alone_never_speaks(sides: list[float]) -> None:
    strongest = sorted(sides)
    strongest[0] = 0.0
    assert partial_conjunction(strongest) >= min(1.0, strongest[1])


def test_partial_conjunction_holds_its_level() -> None:
    """Null: one side is real, the others are not. The p-value must be no smaller than uniform."""
    rng = np.random.default_rng(1)
    p = [partial_conjunction([1e-30, *rng.uniform(size=2)]) for _ in range(20_000)]
    for level in (0.01, 0.05, 0.2):
        assert np.mean(np.array(p) <= level) <= level * 1.1


def test_one_side_only_is_no_conjunction() -> None:
    assert partial_conjunction([1e-30]) == 1.0


def test_side_is_corrected_for_its_detectors() -> None:
    findings = [Finding("a", "", 0, 0, "", 0.001), Finding("b", "", 0, 0, "", 0.5)]
    assert side_p(findings) == pytest.approx(0.002)


HOLDS, FAILS = Explanation("x", "", None, True), Explanation("x", "", None, False)


@pytest.mark.parametrize(
    ("q", "coordination_q", "harvest_p", "innocent", "expected"),
    [
        (0.001, 0.001, 0.001, [FAILS], "distillation"),
        (0.001, 0.001, 0.001, [FAILS, HOLDS], "watch"),
        (0.5, 0.001, 0.5, [FAILS], "coordinated"),
        (0.5, 0.001, 0.5, [HOLDS], None),
        (0.5, 0.5, 0.001, [FAILS], None),
    ],
)
def test_an_accusation_needs_both_and_no_excuse(
    q: float, coordination_q: float, harvest_p: float, innocent: list[Explanation], expected: str | None
) -> None:
    assert verdict(q, coordination_q, harvest_p, 0.01, innocent) == expected
