from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from stillwatch.campaigns.coordination.verdicts import other_side, side_p
from stillwatch.campaigns.model import Explanation, Finding, Side
from stillwatch.campaigns.verdict import level_at, q_values, verdict

P = st.floats(1e-12, 1.0)


@given(st.lists(P, min_size=1, max_size=40))
def test_q_values_are_benjamini_hochbergs(p: list[float]) -> None:
    assert q_values(np.array(p)) == pytest.approx(false_discovery_control(p))


@given(P, P, P)
def test_the_side_that_made_the_group_proves_nothing(made: float, second: float, third: float) -> None:
    sides: dict[Side, float] = {"traffic": made, "registration": second, "rhythm": third}
    stronger: dict[Side, float] = {**sides, "traffic": 1e-300}
    assert other_side(sides, "traffic") == other_side(stronger, "traffic") == min(1.0, 2 * min(second, third))


def test_the_other_sides_hold_their_level() -> None:
    rng = np.random.default_rng(1)
    p = [
        other_side({"traffic": 1e-30, "registration": a, "rhythm": b}, "traffic")
        for a, b in rng.uniform(size=(20_000, 2))
    ]
    for level in (0.01, 0.05, 0.2):
        assert np.mean(np.array(p) <= level) <= level * 1.1


def test_one_side_only_is_no_evidence() -> None:
    assert other_side({"traffic": 1e-30}, "traffic") == 1.0


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


def test_looks_share_the_level() -> None:
    """All looks at one log together spend the level and no more; a scan that stands alone has all of it."""
    spent = sum(level_at(0.01, look) for look in range(1, 100_000))
    assert level_at(0.01, None) == 0.01
    assert 0.00999 < spent <= 0.01
    assert level_at(0.01, 1) > level_at(0.01, 2) > 0.0
