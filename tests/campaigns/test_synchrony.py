from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from stillwatch.campaigns import tables, timing
from stillwatch.campaigns.coordination.synchrony import SLOTS_PER_HOUR, coincidences, synchrony_findings
from stillwatch.campaigns.model import Finding, Groups, one_side
from stillwatch.engine import DuckDBEngine

HOURS = 14 * 24
DAILY = 1.0 + 0.9 * np.sin(np.arange(24) * 2 * np.pi / 24)


def _met(rows: set[tuple[int, int]], groups: Groups) -> pa.Table:
    """What the engine counts of accounts active in these slots; all others are the reference."""
    member, slot = np.array(sorted(rows), np.int64).reshape(-1, 2).T
    with tempfile.TemporaryDirectory() as scratch:
        engine = DuckDBEngine(Path(scratch), threads=1)
        engine.register("facts", pa.table({"member": member.astype(np.int32), "slot": slot.astype(np.int32)}))
        tables.register_grouped(engine, groups)
        timing.register_slots(engine)
        found = timing.read_meetings(engine, groups.of.size)
        engine.close()
    return found


def _hours(rng: np.random.Generator, sessions: int) -> np.ndarray:
    chance = np.tile(DAILY, HOURS // 24)
    return rng.choice(HOURS, sessions, p=chance / chance.sum())


def _alone(
    rng: np.random.Generator, member: int, sessions: int, length: int, start: Sequence[int]
) -> set[tuple[int, int]]:
    """Sessions of some slots in a row, each from one of the given slots of its hour."""
    first = _hours(rng, sessions) * SLOTS_PER_HOUR + rng.choice(start, sessions)
    return {(member, int(s) + k) for s in first for k in range(rng.integers(1, length + 1))}


def _world(
    rng: np.random.Generator, groups: int, size: int, length: int = 1, start: Sequence[int] = range(SLOTS_PER_HOUR)
) -> tuple[set[tuple[int, int]], Groups]:
    accounts = groups * size + 300
    of = np.r_[np.repeat(np.arange(groups), size), np.full(300, -1)].astype(np.int64)
    rows = [_alone(rng, m, int(rng.integers(10, 60)), length, start) for m in range(accounts)]
    return set().union(*rows), Groups(of, one_side(groups))


@pytest.mark.parametrize("seed", range(15))
def test_coincidences_are_those_of_brute_force(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = {(int(m), int(s)) for m, s in zip(rng.integers(0, 9, 120), rng.integers(0, 60, 120), strict=True)}
    label = rng.integers(0, 3, 9)
    member = np.array(sorted(rows)).T[0]
    groups = Groups(label.astype(np.int64), one_side(3))
    observed, expected = coincidences(_met(rows, groups), np.unique(label[member]), 3)
    for group in range(3):
        mine = [r for r in rows if label[r[0]] == group]
        pairs = [(a, b) for a, b in combinations(mine, 2) if a[0] != b[0]]
        assert observed[group] == sum(a[1] == b[1] for a, b in pairs)
        same_hour = sum(a[1] // SLOTS_PER_HOUR == b[1] // SLOTS_PER_HOUR for a, b in pairs)
        apart = [(a[1], b[1]) for a, b in combinations(mine, 2) if a[1] // SLOTS_PER_HOUR != b[1] // SLOTS_PER_HOUR]
        agreeing = sum((a - b) % SLOTS_PER_HOUR == 0 for a, b in apart) / max(len(apart), 1)
        assert expected[group] == pytest.approx(same_hour * max(agreeing, 1 / SLOTS_PER_HOUR))


def test_one_dispatcher_stands_out() -> None:
    rng = np.random.default_rng(1)
    rows, groups = _world(rng, 3, 12)
    for hour in _hours(rng, 60):
        slot = int(hour) * SLOTS_PER_HOUR + int(rng.integers(0, SLOTS_PER_HOUR))
        rows |= {(int(m), slot) for m in rng.choice(groups.members(1), 6, replace=False)}
    found = synchrony_findings(_met(rows, groups), groups)
    assert found[1].p < 1e-6
    assert found[1].observed > 1.5 * found[1].expected
    assert found[0].p > 0.01
    assert found[2].p > 0.01


def test_timers_of_everyone_are_nobodys_dispatcher() -> None:
    """All start on the full hour: more coincidences than hours explain, in every group as in the whole population."""
    rows, groups = _world(np.random.default_rng(2), 40, 12, start=[0, 0, 0, 6])
    found = synchrony_findings(_met(rows, groups), groups)
    assert np.mean([f.observed / max(f.expected, 1) for f in found]) == pytest.approx(1.0, abs=0.25)
    assert min(f.p for f in found) > 1e-4


def test_timers_of_one_group_are_nobodys_dispatcher() -> None:
    """Evaluators of many firms start by the clock, the others at any minute."""
    rng = np.random.default_rng(4)
    rows, groups = _world(rng, 3, 26)
    rows = {(m, s) for m, s in rows if groups.of[m] != 1}
    for m in groups.members(1):
        rows |= _alone(rng, int(m), 300, 1, [0, 6])
    found = synchrony_findings(_met(rows, groups), groups)
    assert found[1].observed == pytest.approx(found[1].expected, rel=0.1)
    assert found[1].p == 1.0


@pytest.mark.parametrize(
    ("length", "start"), [(1, range(SLOTS_PER_HOUR)), (4, range(SLOTS_PER_HOUR)), (3, [0, 3, 6, 9])]
)
def test_under_the_null_nothing_is_found_too_often(
    no_surplus: Callable[[Sequence[Finding]], None], length: int, start: Sequence[int]
) -> None:
    rows, groups = _world(np.random.default_rng(3), 300, 10, length, start)
    no_surplus(synchrony_findings(_met(rows, groups), groups))


def test_nobody_active_is_nobody_in_step() -> None:
    groups = Groups(np.array([0, 0, -1], np.int64), ("traffic",))
    (found,) = synchrony_findings(_met(set(), groups), groups)
    assert (found.p, found.observed) == (1.0, 0.0)


def test_one_busy_account_is_not_in_step_with_itself() -> None:
    groups = Groups(np.array([0, 0, 0, -1], np.int64), ("traffic",))
    (found,) = synchrony_findings(_met({(0, s) for s in range(500)}, groups), groups)
    assert (found.p, found.observed) == (1.0, 0.0)
