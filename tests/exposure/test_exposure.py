"""What was taken, on a log small enough to count by eye."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from stillwatch.campaigns.coordination import Coordination
from stillwatch.campaigns.harvest import Harvest
from stillwatch.campaigns.model import Groups, Population
from stillwatch.campaigns.stage import Assessment, Judged
from stillwatch.campaigns.verdict import Verdict
from stillwatch.engine import DuckDBEngine
from stillwatch.exposure import Exposure, measure_exposure
from stillwatch.signals.lexicon import SHOWN

START = datetime(2026, 5, 4, tzinfo=UTC)
Rows = list[dict[str, Any]]
GROUPED = {0: 0, 1: 0, 2: 0, 3: 1, 4: 1}
"""Members 0 to 2 are group 0, 3 and 4 group 1, all others are strangers."""
FACTS = {
    "exchange": pa.int64(),
    "member": pa.int32(),
    "time": pa.timestamp("us", tz="UTC"),
    "day": pa.int32(),
    "model": pa.string(),
    "answered": pa.bool_(),
    "address": pa.int64(),
    "capability": pa.int8(),
    "intent": pa.int32(),
    "input_tokens": pa.int32(),
    "output_tokens": pa.int32(),
    "reasoning_tokens": pa.int32(),
    "estimated": pa.bool_(),
}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[DuckDBEngine]:
    opened = DuckDBEngine(tmp_path / "spill", threads=1)
    yield opened
    opened.close()


def _table(rows: Rows, columns: dict[str, pa.DataType]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=pa.schema(list(columns.items())))


def _measured(engine: DuckDBEngine, calls: Rows, common: set[int], verdicts: tuple[Verdict, ...]) -> Exposure:
    usual: dict[str, Any] = {
        "model": "m",
        "answered": True,
        "capability": 0,
        "estimated": False,
        "intent": 0,
    }
    rows: Rows = [
        usual | {"exchange": n, "time": START + timedelta(days=c.get("day", 0)), "day": 0} | c
        for n, c in enumerate(calls)
    ]
    counts = {m: sum(r["member"] == m for r in rows) for m in {r["member"] for r in rows}}
    people = [{"member": m, "exchanges": n} for m, n in counts.items()]
    engine.register("facts", _table(rows, FACTS))
    engine.register("population", _table(people, {"member": pa.int32(), "exchanges": pa.int64()}))
    grouped = [{"member": m, "grp": g} for m, g in GROUPED.items()]
    engine.register("grouped", _table(grouped, {"member": pa.int32(), "grp": pa.int32()}))
    work: Rows = [{"grp": GROUPED[rows[n]["member"]], "exchange": n} for n in sorted(common)]
    engine.register("common_work", _table(work, {"grp": pa.int32(), "exchange": pa.int64()}))
    size = max([*counts, *GROUPED]) + 1
    of = np.array([GROUPED.get(m, -1) for m in range(size)], np.int64)
    zeros = np.zeros(size, np.int64)
    population = Population(np.arange(size), zeros, zeros, zeros, zeros, zeros)
    groups = Groups(of, ("traffic",) * 2)
    answers = tuple(
        Assessment(g, groups.members(g), v, 0.0, Coordination({}, "traffic"), Harvest(0.0, 0.0, (), {}), (), {})
        for g, v in enumerate(verdicts)
    )
    return measure_exposure(
        engine, Judged(population, groups, groups, np.zeros(population.size), answers, groups.count, of >= 0)
    )


def _harvested(found: Exposure) -> dict[tuple[int, int], tuple[int, int]]:
    return {(r["grp"], r["member"]): (r["exchanges"], r["harvested"]) for r in found.accounts.to_pylist()}


def test_common_work_and_intent_are_taken_where_answered(engine: DuckDBEngine) -> None:
    calls: Rows = [
        {"member": 0},
        {"member": 0, "intent": SHOWN},
        {"member": 0},
        {"member": 1, "answered": False},
        {"member": 1, "intent": SHOWN - 1},
        {"member": 1, "intent": SHOWN},
        {"member": 1, "intent": SHOWN},
        {"member": 9, "intent": SHOWN},
    ]
    found = _harvested(_measured(engine, calls, {0, 3}, ("distillation",)))
    assert found == {(0, 0): (3, 2), (0, 1): (4, 2)}


@pytest.mark.parametrize(
    ("exchanges", "taken", "counted"),
    [(1, 1, 1), (2, 1, 1), (3, 1, 0), (5, 2, 0), (7, 3, 3), (150, 3, 3), (151, 3, 0), (200, 4, 4), (200, 0, 0)],
)
def test_a_stray_line_of_common_work_is_no_part_in_it(
    engine: DuckDBEngine, exchanges: int, taken: int, counted: int
) -> None:
    """Half of a few, or three exchanges and 2 %: below, the account is linked, and takes nothing."""
    calls: Rows = [{"member": 0}] * exchanges
    found = _measured(engine, calls, set(range(taken)), ("distillation",))
    assert _harvested(found) == {(0, 0): (exchanges, counted)}
    assert sum(found.days["harvested"].to_pylist()) == counted


@pytest.mark.parametrize(("verdict", "taken"), [("distillation", 2), ("watch", 2), ("coordinated", 0)])
def test_nothing_is_taken_by_those_who_only_belong_together(engine: DuckDBEngine, verdict: Verdict, taken: int) -> None:
    found = _measured(engine, [{"member": 0}, {"member": 0}], {0, 1}, (verdict,))
    assert _harvested(found) == {(0, 0): (2, taken)}
    assert sum(found.days["harvested"].to_pylist()) == taken
    assert found.taken.num_rows == (1 if taken else 0)


def test_groups_that_are_not_listed_are_not_measured(engine: DuckDBEngine) -> None:
    calls = [{"member": 0}, {"member": 3}, {"member": 3}]
    assert set(_harvested(_measured(engine, calls, {0, 1}, ("distillation",)))) == {(0, 0)}


def test_tokens_are_those_of_what_was_taken_and_unknown_ones_count_nothing(engine: DuckDBEngine) -> None:
    calls: Rows = [
        {"member": 0, "input_tokens": 10, "output_tokens": 100, "reasoning_tokens": 1000},
        {"member": 0, "input_tokens": 1, "output_tokens": None, "reasoning_tokens": None},
        {"member": 0, "input_tokens": 7, "output_tokens": 7, "reasoning_tokens": 7},
    ]
    (row,) = _measured(engine, calls, {0, 1}, ("distillation",)).taken.to_pylist()
    assert (row["harvested"], row["input_tokens"], row["output_tokens"], row["reasoning_tokens"]) == (2, 11, 100, 1000)


def test_days_count_debuts_once(engine: DuckDBEngine) -> None:
    calls = [{"member": m, "day": d} for m, d in ((0, 3), (0, 3), (1, 3), (0, 4), (2, 5), (1, 5))]
    rows = _measured(engine, calls, set(range(4)), ("distillation",)).days.to_pylist()
    told = [(r["day"], r["exchanges"], r["harvested"], r["accounts"], r["new_accounts"]) for r in rows]
    assert told == [(3, 3, 3, 2, 2), (4, 1, 1, 1, 0), (5, 2, 0, 2, 1)]


def test_taken_is_told_by_capability_and_model(engine: DuckDBEngine) -> None:
    kinds = ((0, "m", False), (0, "n", False), (1, "m", True), (1, "m", False), (None, "m", False))
    calls: Rows = [{"member": 0, "capability": c, "model": m, "estimated": e} for c, m, e in kinds]
    rows = _measured(engine, calls, set(range(5)), ("distillation",)).taken.to_pylist()
    told = {(r["capability"], r["model"]): (r["harvested"], r["estimated"]) for r in rows}
    assert told == {(0, "m"): (1, 0), (0, "n"): (1, 0), (1, "m"): (2, 1), (None, "m"): (1, 0)}


def _through(member: int, *addresses: int) -> Rows:
    return [{"member": member, "address": a} for a in addresses]


def test_a_stranger_behind_three_exits_is_a_bystander(engine: DuckDBEngine) -> None:
    exits = (101, 102, 103)
    members = [row for m in range(3) for row in _through(m, *exits)]
    beside = _through(10, 101, 102, 103, 7)
    passing = _through(11, 101, 102, 7, 7)
    seldom = _through(12, 101, 102, 103, 7, 7, 7, 7)
    found = _measured(engine, members + beside + passing + seldom, set(), ("distillation",)).bystanders.to_pylist()
    assert [(r["grp"], r["member"], r["through"]) for r in found] == [(0, 10, 3)]


def test_a_public_proxy_is_no_exit(engine: DuckDBEngine) -> None:
    """Three members among eleven users: fewer than three in ten."""
    exits = (101, 102, 103)
    users = [row for m in (0, 1, 2, *range(10, 18)) for row in _through(m, *exits)]
    assert _measured(engine, users, set(), ("distillation",)).bystanders.num_rows == 0


def test_another_group_is_no_bystander(engine: DuckDBEngine) -> None:
    users = [row for m in range(5) for row in _through(m, 101, 102, 103)]
    assert _measured(engine, users, set(), ("distillation", "watch")).bystanders.num_rows == 0


def test_no_group_is_no_exposure(engine: DuckDBEngine) -> None:
    found = _measured(engine, [{"member": 0}], set(), ())
    assert [t.num_rows for t in (found.accounts, found.days, found.taken, found.bystanders)] == [0, 0, 0, 0]


def test_activity_is_all_that_an_account_did_by_day(engine: DuckDBEngine) -> None:
    calls: Rows = [
        {"member": 0, "output_tokens": 5, "reasoning_tokens": 2},
        {"member": 0, "output_tokens": 7},
        {"member": 0, "day": 1, "output_tokens": 1},
        {"member": 9, "output_tokens": 3},
    ]
    found = _measured(engine, calls, {0, 1}, ("distillation",)).activity.to_pylist()
    assert found == [
        {"member": 0, "day": 0, "exchanges": 2, "harvested": 2, "tokens": 14, "harvested_tokens": 14},
        {"member": 0, "day": 1, "exchanges": 1, "harvested": 0, "tokens": 1, "harvested_tokens": 0},
    ]


def test_the_days_of_a_bystander_are_told_and_none_of_them_is_harvest(engine: DuckDBEngine) -> None:
    calls: Rows = [{"member": m, "address": a} for m in (0, 1, 2) for a in (1, 2, 3)]
    calls += [{"member": 9, "address": a, "intent": SHOWN} for a in (1, 2, 3)]
    calls += [{"member": 8, "address": 7}]
    found = _measured(engine, calls, set(range(9)), ("distillation",))
    assert found.bystanders["member"].to_pylist() == [9]
    told = {row["member"]: (row["exchanges"], row["harvested"]) for row in found.activity.to_pylist()}
    assert told == {0: (3, 3), 1: (3, 3), 2: (3, 3), 9: (3, 0)}


def test_usage_is_all_that_an_account_did_by_capability_and_model(engine: DuckDBEngine) -> None:
    calls: Rows = [
        {"member": 0, "capability": 1, "input_tokens": 3, "output_tokens": 5, "reasoning_tokens": 2},
        {"member": 0, "capability": 1, "output_tokens": 7, "estimated": True},
        {"member": 0, "capability": 2, "output_tokens": 1, "estimated": True},
        {"member": 9, "capability": 1, "output_tokens": 3},
    ]
    found = _measured(engine, calls, {0, 2}, ("distillation",)).usage.to_pylist()
    told = [(row["member"], row["capability"], row["exchanges"], row["harvested"], row["estimated"]) for row in found]
    assert told == [(0, 1, 2, 1, 0), (0, 2, 1, 1, 1)]
    tokens = [tuple(row[f"{kind}_tokens"] for kind in ("input", "output", "reasoning")) for row in found]
    assert tokens == [(3, 5, 2), (0, 1, 0)]


def test_what_a_bystander_used_is_told_and_none_of_it_is_harvest(engine: DuckDBEngine) -> None:
    calls: Rows = [{"member": m, "address": a} for m in (0, 1, 2) for a in (1, 2, 3)]
    calls += [{"member": 9, "address": a, "intent": SHOWN, "output_tokens": 4} for a in (1, 2, 3)]
    found = _measured(engine, calls, set(range(9)), ("distillation",)).usage.to_pylist()
    told = {row["member"]: (row["exchanges"], row["harvested"], row["output_tokens"]) for row in found}
    assert told[9] == (3, 0, 0)
    assert {member: row[:2] for member, row in told.items()} == {0: (3, 3), 1: (3, 3), 2: (3, 3), 9: (3, 0)}
