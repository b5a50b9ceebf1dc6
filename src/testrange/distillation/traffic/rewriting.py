"""A written world whose harvest asks the range's own tasks and gets its own teacher's answers.

Ordered by time (then by id), the n-th harvested exchange of the log is task number n of `harvest_tasks(seed, count)`.
Only texts change: who asks, when, from where, with how many tokens and with what status stays as the campaign declares
it. A request that failed carries its task and has no answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from testrange.campaigns import Campaign
from testrange.distillation.held_out import harvest_tasks
from testrange.distillation.tasks import Task
from testrange.distillation.traffic.answering import read_back, spelled
from testrange.distillation.traffic.wording import Manner, requests, wording_generator

Answers = Callable[[Sequence[Task]], list[str]]
"""Compact completions of some tasks, in their order."""
ANSWERED = 200


@dataclass(frozen=True)
class Drawn:
    """The tasks that a harvest asks, none of which is on the paper of examinations: `harvest_tasks(seed, count)`. The
    numbers mean nothing under another count."""

    seed: int
    count: int

    def tasks(self) -> list[Task]:
        """All of them, numbered from 0."""
        return harvest_tasks(self.seed, self.count)


def rewrite(world: Path, campaign: Campaign, seed: int, answers: Answers) -> Drawn:
    """Puts requests and answers into the harvested rows of a world that has this campaign alone, and adds to
    `truth/exchanges.parquet` the column `task` (number of the task, null where nothing is harvested).

    Raises ValueError if there is not one completion for each task."""
    ids = _harvested(world)
    drawn = Drawn(seed, len(ids))
    tasks = drawn.tasks()
    manner = Manner(campaign.repeated, campaign.templates, campaign.variety, campaign.method.domains)
    asked = pa.array(requests(tasks, manner, wording_generator(seed)), pa.string())
    completions = answers(tasks)
    if len(completions) != len(tasks):
        raise ValueError(f"{len(tasks)} tasks were asked and {len(completions)} answered")
    answered = pa.array([spelled(completion) for completion in completions], pa.string())
    for part in sorted((world / "exchanges").glob("part-*.parquet")):
        table = pq.read_table(part)
        _write(_with_texts(table, pc.index_in(table["exchange_id"], ids), asked, answered), part)
    _number(world / "truth" / "exchanges.parquet", ids)
    return drawn


def _harvested(world: Path) -> pa.Array:
    """Ids of the harvested exchanges in order of time."""
    truth = pq.read_table(world / "truth" / "exchanges.parquet")
    times = ds.dataset(world / "exchanges", format="parquet").to_table(columns=["exchange_id", "time"])
    taken = times.filter(pc.is_in(times["exchange_id"], truth.filter(truth["harvest"])["exchange_id"].combine_chunks()))
    return taken.sort_by([("time", "ascending"), ("exchange_id", "ascending")])["exchange_id"].combine_chunks()


def _with_texts(table: pa.Table, number: pa.ChunkedArray, asked: pa.Array, answered: pa.Array) -> pa.Table:
    harvested = pc.is_valid(number)
    met = pc.equal(table["status"], ANSWERED)
    told = pc.if_else(met, answered.take(number.combine_chunks()), pa.scalar(None, pa.string()))
    for name, texts in (("input_text", asked.take(number.combine_chunks())), ("output_text", told)):
        place = table.column_names.index(name)
        table = table.set_column(place, table.schema.field(name), pc.if_else(harvested, texts, table[name]))
    return table


def _number(truth: Path, ids: pa.Array) -> None:
    table = pq.read_table(truth)
    number = pc.index_in(table["exchange_id"], ids).cast(pa.int64())
    _write(table.append_column("task", number), truth)


def _write(table: pa.Table, path: Path) -> None:
    pq.write_table(table, path, compression="zstd", compression_level=1)


def task_rows(world: Path) -> pa.Table:
    """The answered harvest of a rewritten world, in order of tasks: `task`, `exchange_id`, `account_id`, `time` and
    `answer`, the completion that the log's English stands for."""
    truth = pq.read_table(world / "truth" / "exchanges.parquet", columns=["exchange_id", "task"])
    columns = ["exchange_id", "account_id", "time", "status", "output_text"]
    logged = ds.dataset(world / "exchanges", format="parquet").to_table(columns=columns)
    taken = logged.filter(pc.equal(logged["status"], ANSWERED)).join(truth, "exchange_id", join_type="inner")
    rows = taken.filter(pc.is_valid(taken["task"])).sort_by("task")
    answers = pa.array([read_back(text) for text in rows["output_text"].to_pylist()], pa.string())
    told = rows.select(["task", "exchange_id", "account_id", "time"])
    return told.append_column("answer", answers).combine_chunks()


def numbers(column: pa.ChunkedArray) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """A column of whole numbers, or of times as microseconds."""
    found: np.ndarray[tuple[int], np.dtype[np.int64]] = column.cast(pa.int64()).to_numpy()
    return found
