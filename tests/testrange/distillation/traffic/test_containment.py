"""From days of accusation to what a hand had, with and without Stillwatch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from testrange.distillation.traffic import KINDS
from testrange.distillation.traffic.containment import HARVEST, SUMMARY, Containment, read_containment, task_seed
from testrange.distillation.traffic.rewriting import Drawn, task_rows
from testrange.distillation.traffic.watching import Watch, accused_accounts, accused_by_day, is_open, still_sent
from testrange.score import CAMPAIGN

from .conftest import Run, watched

STAMP = pa.timestamp("us", tz="UTC")


def _rows(*rows: tuple[str, datetime]) -> pa.Table:
    return pa.table({"account_id": pa.array([a for a, _ in rows]), "time": pa.array([t for _, t in rows], STAMP)})


def _at(day: int, hour: int) -> datetime:
    return datetime(2026, 5, 4 + day, hour, tzinfo=UTC)


def _open(rows: pa.Table, accused: Mapping[str, int], delay: int) -> list[bool]:
    found: list[bool] = is_open(rows, accused, Watch(date(2026, 5, 4), (0, 1, 2), delay)).tolist()
    return found


def test_an_account_is_closed_when_the_delay_after_the_day_is_over() -> None:
    rows = _rows(("a", _at(0, 23)), ("a", _at(1, 0)), ("a", _at(1, 23)), ("a", _at(2, 0)), ("b", _at(2, 0)))
    assert _open(rows, {"a": 0}, 0) == [True, False, False, False, True]
    assert _open(rows, {"a": 0}, 1) == [True, True, True, False, True]
    assert _open(rows, {}, 1) == [True] * 5


def test_closed_accounts_send_nothing() -> None:
    rows = _rows(("a", _at(0, 1)), ("a", _at(2, 1)), ("b", _at(2, 1)))
    left = still_sent(rows, {"a": 0}, Watch(date(2026, 5, 4), (0, 1, 2)))
    assert left["account_id"].to_pylist() == ["a", "b"]


def test_only_those_who_take_part_in_a_distillation_campaign_are_accused() -> None:
    campaigns = pa.table({"campaign_id": ["one", "two"], "verdict": ["distillation", "coordinated"]})
    members = pa.table(
        {
            "campaign_id": ["one", "one", "one", "two"],
            "account_id": ["b", "a", "c", "d"],
            "role": ["harvester", "mixed", "bystander", "harvester"],
        }
    )
    assert accused_accounts({"campaigns": campaigns, "members": members}) == ["a", "b"]


def test_the_little_campaign_is_accused_and_cut(run: Run) -> None:
    found = run.found
    assert found.first_accused_day is not None
    assert found.first_accused_day >= found.start_day
    assert found.days_to_accusation == found.first_accused_day - 1 + 1
    assert 0 < found.share < 1
    assert 0 < found.gone_when_accused <= found.share
    assert found.accused == sum(found.accused_days.values()) <= found.accounts == 16


def test_the_watched_harvest_is_what_open_accounts_asked(run: Run) -> None:
    found = run.found
    watch = Watch(run.world.start, tuple(range(run.world.days)))
    accused = run.accused
    rows = task_rows(run.folder).to_pylist()
    kept = [
        r["task"] for r in rows if r["account_id"] not in accused or r["time"] < watch.closing(accused[r["account_id"]])
    ]
    assert kept == found.watched.tolist()
    assert [r["task"] for r in rows] == found.without.tolist()
    assert set(found.watched) < set(found.without)


def test_answers_are_those_in_the_log(run: Run) -> None:
    tasks = run.found.drawn.tasks()
    assert run.found.answers == tuple(tasks[n].completion for n in run.found.without)


def test_days_add_up(run: Run) -> None:
    found = run.found
    assert len(found.daily_without) == len(found.daily_watched) == run.world.days
    assert found.daily_without[-1] == len(found.without)
    assert found.daily_watched[-1] == len(found.watched)
    assert list(found.daily_without) == sorted(found.daily_without)
    cut = (found.first_accused_day or 0) + found.delay + 1
    assert found.daily_watched[:cut] == found.daily_without[:cut]


def test_accused_accounts_are_right_or_counted_as_wrong(run: Run) -> None:
    truth = pq.read_table(run.folder / "truth" / "accounts.parquet").to_pylist()
    members = {r["account_id"] for r in truth if (r["group"] or "").startswith(CAMPAIGN)}
    accused = run.accused
    assert len(members & accused.keys()) == run.found.accused
    assert len(accused.keys() - members) == sum(run.found.wrongly_accused.values())
    assert run.found.customers == len(truth) - len(members)


def test_the_watch_reads_no_truth(run: Run, tmp_path: Path) -> None:
    for name in ("exchanges", "accounts.parquet"):
        (tmp_path / name).symlink_to(run.folder / name)
    days = Watch(run.world.start, (3,))
    found = accused_by_day(tmp_path, days, 1)
    assert found
    assert found == accused_by_day(run.folder, days, 1)


def test_the_record_comes_back(run: Run) -> None:
    again = read_containment(run.folder)
    for of in fields(Containment):
        assert np.array_equal(getattr(again, of.name), getattr(run.found, of.name)), of.name


def test_same_declaration_same_bytes(run: Run, tmp_path: Path) -> None:
    """Of the log and of what came of it; that one log is accused alike each time is seen above."""
    watched(tmp_path, lambda *told: run.accused)
    for name in (SUMMARY, HARVEST, "truth/exchanges.parquet", "exchanges/part-0000.parquet"):
        assert (tmp_path / name).read_bytes() == (run.folder / name).read_bytes(), name


def test_without_any_accusation_all_is_gone() -> None:
    numbers = np.arange(3)
    found = Containment(
        "slow", 1, Drawn(1, 3), numbers, numbers, ("=1.",) * 3, 0, 1, None, {}, 4, 0, 9, {}, (1, 3), (1, 3)
    )
    assert (found.share, found.gone_when_accused, found.days_to_accusation) == (1.0, 1.0, None)
    assert json.loads(json.dumps(found.summary()))["first_accused_day"] is None


def test_seeds_of_tasks_differ_by_kind_and_world() -> None:
    assert len({task_seed(kind, seed) for kind in KINDS for seed in range(5)}) == 5 * len(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_declared_worlds_have_one_campaign_of_the_size_that_is_told(kind: str) -> None:
    (campaign,) = KINDS[kind](1).campaigns
    harvest = campaign.accounts * campaign.exchanges_per_account_day * campaign.days * (1 - campaign.cover)
    assert 10_000 < harvest < 40_000
    assert campaign.name == kind


def test_everyone_gets_answers(run: Run) -> None:
    logged = ds.dataset(run.folder / "exchanges", format="parquet").to_table(columns=["output_text"])
    assert logged["output_text"].null_count < 0.01 * logged.num_rows
