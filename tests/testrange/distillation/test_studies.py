"""Every study on a small plan: real models, real training, few steps; and what is made of the records."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from stillwatch.provenance import agreement
from testrange.distillation import countermeasures, curve, loop, zoo
from testrange.distillation import provenance as zoo_provenance
from testrange.distillation.examination import Marks, examined
from testrange.distillation.held_out import evenly_drawn
from testrange.distillation.network import Networks
from testrange.distillation.page import write_page
from testrange.distillation.provenance import run_provenance
from testrange.distillation.records import Records, read_records
from testrange.distillation.tasks import Task, draw_tasks
from testrange.distillation.tasks.style import styled
from testrange.distillation.teacher import SHIPPED, ModelError, load
from testrange.distillation.traffic import Containment
from testrange.distillation.traffic.rewriting import Drawn
from testrange.distillation.training import Budget, Examples

BRIEF = Budget(steps=3, batch=16, least=2)


@pytest.fixture(scope="module")
def teacher() -> Networks:
    return load(SHIPPED)


def _silent(message: str) -> None:
    assert message


def test_a_curve_that_was_stopped_goes_on_where_it_was(teacher: Networks, tmp_path: Path) -> None:
    plan = curve.Plan(sizes=(20, 40), seeds=(1,), budget=BRIEF, tasks=10)
    whole = Records(tmp_path / "whole", "curve")
    curve.run_curve(teacher, whole, plan, _silent)
    assert {row["name"] for row in whole.rows} == {
        "teacher",
        "floor",
        *(f"small-{n}-{kind}-1" for n in (20, 40) for kind in ("reasoning", "answers")),
    }
    cut = tmp_path / "cut" / "curve.jsonl"
    cut.parent.mkdir()
    cut.write_text(whole.path.read_text()[:-40])  # the kill came while the last record was written
    again = Records(tmp_path / "cut", "curve")
    assert len(again.rows) == len(whole.rows) - 1
    curve.run_curve(teacher, again, plan, _silent)
    drop = [{k: v for k, v in row.items() if k != "date"} for row in again.rows]
    assert drop == [{k: v for k, v in row.items() if k != "date"} for row in whole.rows]
    assert next(row for row in whole.rows if row["name"] == "floor")["competence"]["arithmetic"] < 0.2


def test_countermeasures_tell_both_sides_and_go_on_without_a_new_proxy(
    teacher: Networks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = replace(countermeasures.QUICK, size=30, budget=BRIEF, tasks=10, proxy_tasks=30)
    records, said = Records(tmp_path, "countermeasures"), list[str]()
    countermeasures.run_countermeasures(teacher, records, plan, said.append)
    assert any("proxy" in message for message in said)
    told = {row["release"]: row["customer"] for row in records.rows if "release" in row}
    assert told["open"]["competence"]["arithmetic"] == told["withheld"]["competence"]["arithmetic"] >= 0.9
    assert told["withheld"]["clarity"]["arithmetic"] == 0.0
    assert {row["marked"] for row in records.rows if "marked" in row} == {0.0, 0.2}
    assert all(0 <= row["refuses"] <= 1 for row in records.rows)
    monkeypatch.setattr(countermeasures, "trained", None)
    countermeasures.run_countermeasures(teacher, records, plan, _silent)
    assert len(records.rows) == len({row["name"] for row in records.rows})


def _contained(watched: int, of: int = 30) -> Containment:
    """Every other task was answered; the hand had the first `watched` of these when it was closed."""
    drawn, without = Drawn(3, 2 * of), np.arange(0, 2 * of, 2)
    answers = tuple(task.completion for task in drawn.tasks()[::2])
    first, days = (None, {}) if watched == of else (0, {0: 5})
    told = drawn, without, without[:watched], answers
    return Containment("slow", 1, *told, 0, 1, first, days, 5, 5, 9, {}, (of,), (watched,))


def test_students_learn_from_exactly_what_was_harvested_and_are_examined_on_none_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[list[tuple[str, str]]] = []
    asked: list[Sequence[Task]] = []

    def noted(tasks: Sequence[Task], shown: Sequence[str]) -> Examples:
        given.append([(task.prompt, text) for task, text in zip(tasks, shown, strict=True)])
        return curve.lessons_of(tasks, shown)

    def sat(networks: Networks, tasks: Sequence[Task]) -> Marks:
        asked.append(tasks)
        return examined(networks, tasks)

    monkeypatch.setattr(loop, "lessons_of", noted)
    monkeypatch.setattr(loop, "examined", sat)
    records, harvest = Records(tmp_path, "loop"), _contained(10)
    plan = replace(loop.QUICK, budget=BRIEF, tasks=10)
    loop.run_loop(records, [harvest], plan, _silent)
    whole = [(task.prompt, task.completion) for task in harvest.drawn.tasks()[::2]]
    assert given == [whole[:10], whole]
    assert {(row["watched"], row["size"]) for row in records.rows} == {(True, 10), (False, 30)}
    met = {task.prompt for task in harvest.drawn.tasks()}
    assert [len(tasks) for tasks in asked] == [30, 30]
    assert not met & {task.prompt for tasks in asked for task in tasks}
    loop.run_loop(records, [harvest], plan, _silent)
    assert len(records.rows) == 2


def test_where_nothing_is_cut_one_student_stands_for_both(tmp_path: Path) -> None:
    records = Records(tmp_path, "loop")
    loop.run_loop(records, [_contained(30)], replace(loop.QUICK, budget=BRIEF, tasks=10), _silent)
    assert [row["watched"] for row in records.rows] == [False]


def test_the_zoo_has_every_kind_of_origin_and_goes_on_where_it_was_stopped(teacher: Networks, tmp_path: Path) -> None:
    small = replace(zoo.QUICK, sizes=(20,), house_sizes=(1_000,), houses=3, settling=40, further=20, prompts=5)
    plan = replace(small, settling_budget=BRIEF, further_budget=BRIEF, budget=BRIEF)
    records = Records(tmp_path, "zoo")
    zoo.run_zoo(teacher, records, tmp_path, plan, _silent)
    told = {row["name"]: (row["kind"], row["derived"]) for row in records.rows}
    table = pq.read_table(tmp_path / "zoo.parquet").to_pydict()
    assert set(table["model"]) == {"teacher", *told}
    assert all(len(rows) == 15 for column in ("completions", "spoken") for rows in table[column])
    assert {kind for kind, derived in told.values() if derived} == {
        "distilled",
        "distilled from answers",
        "distilled, watermarked",
        "teacher trained further",
    }
    assert len(run_provenance(tmp_path, records)) == len(told)
    again = Records(_cut(tmp_path, tmp_path / "cut", zoo.FORGED.name), "zoo")
    assert zoo.FORGED.name not in {row["name"] for row in again.rows}
    zoo.run_zoo(teacher, again, tmp_path / "cut", plan, _silent)
    assert [{**row, "date": ""} for row in again.rows] == [{**row, "date": ""} for row in records.rows]
    assert pq.read_table(tmp_path / "cut" / "zoo.parquet").to_pydict() == table


def _cut(folder: Path, to: Path, name: str) -> Path:
    """The records of a zoo that was killed when it wrote the answers of a model."""
    to.mkdir()
    for file in ("zoo.jsonl", "zoo-answers.jsonl"):
        before, found, _ = (folder / file).read_text().partition(json.dumps(name))
        assert found
        (to / file).write_text(before)
    return to


def test_provenance_tells_the_house_that_was_copied(tmp_path: Path) -> None:
    """A zoo of texts written by rule: a copy has the teacher's style, other houses their own."""
    asked, records = evenly_drawn(zoo.ASKED, 60), Records(tmp_path, "zoo")
    houses = {"teacher": zoo.HOUSE, "copy": zoo.HOUSE, **{f"house {k}": f"house {k}" for k in range(12)}}
    texts = {name: [t.completion for t in styled(asked, house, k)] for k, (name, house) in enumerate(houses.items())}
    zoo.write_answers(tmp_path / "zoo.parquet", texts, texts)
    kinds = {name: "distilled" if name == "copy" else zoo_provenance.NULL for name in houses if name != "teacher"}
    rest = {"size": 0, "watermarked": False}
    records.add({"name": n, "kind": kind, "derived": n == "copy", **rest} for n, kind in kinds.items())
    rows = {row["name"]: row for row in run_provenance(tmp_path, records)}
    assert rows["copy"]["answer"] == "yes at this level"
    assert rows["copy"]["effect"] > 0.3
    assert sum(row["answer"].startswith("yes") for name, row in rows.items() if name != "copy") <= 1


def test_houses_that_copied_nobody_are_called_copies_no_oftener_than_stated() -> None:
    """500 draws of a teacher, a suspect and ten unrelated houses out of 80: 5 % and three deviations."""
    asked, rng = evenly_drawn(zoo.ASKED, 40), np.random.default_rng(1)
    said = zoo.codes([zoo.habits([t.completion for t in styled(asked, f"h{k}", k)], asked) for k in range(80)])
    rows = [rng.choice(80, 12, replace=False) for _ in range(500)]
    wrong = np.mean([agreement(said[some], level=0.05, resamples=0).p <= 0.05 for some in rows])
    assert wrong <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 500)


def test_habits_are_the_words_between_the_steps() -> None:
    tasks = [t for t in draw_tasks(4, 60) if not t.marked]
    said = zoo.habits([t.completion for t in tasks], tasks)
    assert len(said) == sum(len(t.steps) for t in tasks)
    assert all(word in "ABCDEFGH" and word for word in said)
    assert set(zoo.habits(["=1."] * len(tasks), tasks)) == {""}


def test_the_page_is_made_of_the_committed_records_and_is_the_committed_page(tmp_path: Path) -> None:
    root = Path(__file__).parents[3]
    kept = tmp_path / "records"
    kept.mkdir()
    for file in (root / "benchmarks" / "range").glob("*.json*"):
        (kept / file.name).write_bytes(file.read_bytes())
        assert file.suffix == ".json" or read_records(kept / file.name)
    for path in write_page(kept, tmp_path / "docs", tmp_path / "expected_gain.json"):
        if path.name == "expected_gain.json":
            committed = root / "src" / "stillwatch" / "exposure" / path.name
        else:
            committed = root / "docs" / path.relative_to(tmp_path / "docs")
        assert path.read_text("utf-8") == committed.read_text("utf-8"), path.name


def test_a_page_of_a_curve_alone_says_what_was_not_run(tmp_path: Path) -> None:
    kept = tmp_path / "records"
    kept.mkdir()
    with pytest.raises(ModelError, match="stillwatch-range curve"):
        write_page(kept, tmp_path, tmp_path / "gains.json")
    curve_records = Path(__file__).parents[3] / "benchmarks" / "range" / "curve.jsonl"
    (kept / "curve.jsonl").write_bytes(curve_records.read_bytes())
    write_page(kept, tmp_path, tmp_path / "gains.json")
    assert (tmp_path / "range.md").read_text().count("not run") >= 4
