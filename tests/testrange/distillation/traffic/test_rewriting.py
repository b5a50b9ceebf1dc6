"""The harvest of a written world asks the range's tasks; everything else stays."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from testrange.distillation.traffic.answering import read_back
from testrange.distillation.traffic.questions import question_of
from testrange.distillation.traffic.rewriting import ANSWERED, rewrite, task_rows
from testrange.worlds import write_world

from .conftest import Run, little_world

TEXTS = ("input_text", "output_text")


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("before")
    write_world(little_world(), folder)
    return folder


def _joined(folder: Path) -> pa.Table:
    """Exchanges with their truth, by time and id."""
    logged = ds.dataset(folder / "exchanges", format="parquet").to_table()
    truth = pq.read_table(folder / "truth" / "exchanges.parquet").drop_columns(["group"])
    return (
        logged.drop_columns(["tool_names"])
        .join(truth, "exchange_id")
        .sort_by([("time", "ascending"), ("exchange_id", "ascending")])
    )


def test_only_texts_of_the_harvest_change(run: Run, before: Path) -> None:
    new, old = _joined(run.folder), _joined(before)
    assert new.drop_columns([*TEXTS, "task"]).equals(old.drop_columns(list(TEXTS)))
    others = pc.invert(new["harvest"])
    assert new.filter(others).select(TEXTS).equals(old.filter(others).select(TEXTS))


def test_the_nth_harvested_exchange_is_task_n(run: Run) -> None:
    rows = _joined(run.folder)
    taken = rows.filter(rows["harvest"])
    assert taken["task"].to_pylist() == list(range(run.found.drawn.count))
    assert rows.filter(pc.invert(rows["harvest"]))["task"].null_count == rows.num_rows - taken.num_rows


def test_requests_and_answers_are_those_of_the_task(run: Run) -> None:
    rows, tasks = _joined(run.folder), run.found.drawn.tasks()
    for row in rows.filter(rows["harvest"]).to_pylist():
        task = tasks[row["task"]]
        if question_of(task).form == "repair":
            assert question_of(task).named[2][0] in row["input_text"]
        if row["status"] == ANSWERED:
            assert read_back(row["output_text"]) == task.completion
        else:
            assert row["output_text"] is None


def test_the_teacher_is_asked_once(run: Run) -> None:
    assert run.asked == [run.found.drawn.count]


def test_task_rows_are_answered_and_in_order(run: Run) -> None:
    rows = task_rows(run.folder)
    assert rows["task"].to_pylist() == sorted(rows["task"].to_pylist())
    assert rows["time"].to_pylist() == sorted(rows["time"].to_pylist())
    assert 0 < rows.num_rows < run.found.drawn.count


def test_a_teacher_that_loses_answers_is_an_error(before: Path) -> None:
    with pytest.raises(ValueError, match="answered"):
        rewrite(before, little_world().campaigns[0], 1, lambda tasks: [tasks[0].completion])
