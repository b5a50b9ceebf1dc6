"""What the sides say is read back from the tables exactly as the scan reckoned it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stillwatch.campaigns.coordination import Coordination
from stillwatch.campaigns.coordination.stage import OTHER_DETECTORS, RHYTHM
from stillwatch.campaigns.model import Finding, Side
from stillwatch.links import LINK_DETECTORS
from stillwatch.report import Result, load_result, wording
from stillwatch.report.doubts import doubts
from stillwatch.report.sighting import SIDES, Sighting, open_sighting

from . import fakes


def test_the_sides_are_those_of_the_detectors() -> None:
    stated = {d.name: str(d.side) for d in LINK_DETECTORS} | {d.name: "registration" for d in OTHER_DETECTORS}
    assert stated | {d.name: "rhythm" for d in RHYTHM} == SIDES


def sighting_of(told: Coordination, tmp_path: Path) -> Sighting:
    evidence = [
        {"campaign_id": "c", "question": "coordination", "statement": "", "detector": f.detector, "log10_p": f.log10_p}
        for f in told.findings
    ]
    row = {
        "campaign_id": "c",
        "verdict": "coordinated",
        "coordination": -np.log10(max(told.p, 1e-300)),
        "formed_by": told.formed_by,
        "sets_tried": told.tried,
    }
    result = load_result(fakes.write_result(tmp_path, {"campaigns": [row], "evidence": evidence}, None))
    return open_sighting(result, result.campaigns[0])


@pytest.mark.parametrize("seed", range(12))
def test_the_side_that_made_a_group_is_told(seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    made: Side = "traffic" if seed % 2 else "registration"
    findings: dict[Side, tuple[Finding, ...]] = {}
    for side in ("registration", "traffic", "rhythm"):
        names = [name for name, of in SIDES.items() if of == side]
        p = 10.0 ** -rng.exponential(20, len(names))
        findings[side] = tuple(Finding(n, "", 1.0, 0.0, "", float(x)) for n, x in zip(names, p, strict=True))
    told = Coordination(findings, made)
    sighting = sighting_of(told, tmp_path)
    assert sighting.sides == pytest.approx({side: np.log10(p) for side, p in told.sides.items()})
    assert sighting.formed_by == made
    assert set(sighting.other_sides) == set(told.sides) - {made}


def test_the_sets_that_were_tried_are_told(tmp_path: Path) -> None:
    sides: dict[Side, tuple[Finding, ...]] = {
        "traffic": (Finding("wording", "", 9.0, 0.0, "", 1e-9),),
        "registration": (Finding("device", "", 9.0, 0.0, "", 1e-9),),
    }
    for tried, said in ((1, False), (4, True)):
        told = sighting_of(Coordination(sides, "traffic", tried), tmp_path / str(tried))
        text = " ".join(doubts(told, load_result(tmp_path / str(tried))))
        assert ("Of 4 sets of accounts it is the one tied most clearly" in text) == said
        assert "made by what its accounts share in traffic" in text


def test_what_speaks_against_it_speaks_of_sides(small: Result) -> None:
    sighting = open_sighting(small, small.campaigns[0])
    assert sighting.formed_by == "traffic"
    told = " ".join(doubts(sighting, small))
    assert "made by what its accounts share in traffic" in told
    assert "registration 1 in 10^44; rhythm 1 in 5" in told
    assert "If registration fell away, rhythm would be left, which is not telling" in told


def test_who_is_not_accused_is_not_said_to_act_as_one_hand(small: Result) -> None:
    for row in small.campaigns:
        told = " ".join(wording.inferred_lines(open_sighting(small, row), small)).lower()
        assert ("act as one hand" in told or "acting as one hand" in told) == (row["verdict"] == "distillation")
        assert "tied together beyond chance by registration" in told


@pytest.mark.parametrize(
    ("without", "said"), [(0.002, "the same group would still be accused"), (0.4, "would not be accused: payment (q")]
)
def test_an_accusation_says_what_it_cannot_do_without(without: float, said: str, tmp_path: Path) -> None:
    tables = fakes.campaign("c-needed", 8)
    for row in tables["evidence"]:
        row["q_without"] = without if row["detector"] == "payment" else 1e-4
    found = load_result(fakes.write_result(tmp_path, tables, fakes.SCAN))
    assert any(said in text for text in doubts(open_sighting(found, found.campaigns[0]), found))


def test_a_group_of_one_side_alone(tmp_path: Path) -> None:
    """A log without accounts: what is not there is not made up."""
    sighting = sighting_of(
        Coordination({"traffic": (Finding("wording", "", 9.0, 0.0, "", 1e-30),)}, "traffic"), tmp_path
    )
    assert sighting.formed_by == "traffic"
    assert doubts(sighting, load_result(tmp_path))[0].startswith("No side but the one that made the group")


def test_a_pool_is_compared_with_honest_groups(small: Result, tmp_path: Path) -> None:
    tables = fakes.campaign("c-pool00", 8, "watch")
    line = {
        "campaign_id": "c-pool00",
        "question": "harvest",
        "detector": "pool_single",
        "statement": "never followed up",
    }
    tables["evidence"].append({**line, "observed": 0.97, "expected": 0.6, "unit": "mean share", "log10_p": -2.2})
    pooled = load_result(fakes.write_result(tmp_path, tables, fakes.SCAN))
    told = wording.inferred_lines(open_sighting(pooled, pooled.campaigns[0]), pooled)
    assert any("with honest groups of the same log" in text for text in told)
    assert wording.comparison(pooled.tables["evidence"].to_pylist()[-1]) == "97\u00a0% against 60\u00a0% expected, mean"
    usual = wording.inferred_lines(open_sighting(small, small.campaigns[0]), small)
    assert any("compared with honest groups of the same log:" in text for text in usual)
