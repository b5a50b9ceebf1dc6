"""The commands of `stillwatch-range`: each makes one study and keeps its records; `report` writes the page."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, TypeVar

import torch
import typer
from rich.console import Console
from rich.markup import escape

from testrange.distillation import countermeasures as countermeasure_study
from testrange.distillation import curve as curve_study
from testrange.distillation import loop as loop_study
from testrange.distillation import zoo as zoo_study
from testrange.distillation.completion import Manner, completions
from testrange.distillation.examination import examined
from testrange.distillation.held_out import evenly_drawn, paper
from testrange.distillation.huggingface import LOCAL, load_causal, run_local_curve
from testrange.distillation.network import Networks
from testrange.distillation.page import write_page
from testrange.distillation.provenance import run_provenance
from testrange.distillation.records import Records, outcome
from testrange.distillation.release import OPEN
from testrange.distillation.tasks import answer_of
from testrange.distillation.teacher import SHIPPED, ModelError, Recipe, load, save, train_teacher
from testrange.distillation.traffic import SUMMARY, Containment, contained, read_containment
from testrange.distillation.training import Budget

app = typer.Typer(
    name="stillwatch-range",
    help="Distil a model that you own, see what N exchanges buy, and test whether a model was made that way. "
    "Every model lives in this process; nothing can reach a remote one.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

Out = Annotated[Path, typer.Option(help="Folder of the records; a study that was stopped goes on from them.")]
Quick = Annotated[bool, typer.Option("--quick", help="A trial: minutes instead of hours.")]
Teacher = Annotated[Path | None, typer.Option(help="A teacher of your own making, instead of the one shipped.")]
Steps = Annotated[int | None, typer.Option(help="Training steps of a student, if not the plan's.", min=1)]
Seeds = Annotated[list[int] | None, typer.Option(help="Seeds, if not the plan's.")]
RECORDS = Path("range")
GAINS = Path("src/stillwatch/exposure/expected_gain.json")

Plan = TypeVar("Plan", curve_study.Plan, countermeasure_study.Plan, loop_study.Plan, zoo_study.Plan)


def run() -> None:
    """Runs the command; a model file that cannot be used ends with one line."""
    torch.set_float32_matmul_precision("high")
    torch.set_num_threads(1)  # the same answers on any number of cores; students have a core each
    try:
        app()
    except ModelError as error:
        _told.stop()
        sys.stderr.write(f"stillwatch-range: {error}\n")
        sys.exit(2)


@app.command()
def teacher(
    out: Annotated[Path, typer.Argument(help="File to write, .safetensors.", show_default=False)],
    *,
    seed: Annotated[int, typer.Option(help="Same seed on the same machine: same weights.")] = 1,
    steps: Annotated[int, typer.Option(help="Training steps of 512 tasks.", min=1)] = 4_000,
    lessons: Annotated[int, typer.Option(help="Tasks to learn from.", min=1)] = 300_000,
) -> None:
    """Train a teacher from nothing on the tasks' own data. The one shipped took 110 s on an H200; two cores take
    hours."""
    recipe = Recipe(seed=seed, lessons=lessons, budget=Budget(steps=steps, batch=512, passes=float(steps)))
    made = train_teacher(recipe, lambda step, total: _told(f"step {step:,} of {total:,}") if step % 100 == 0 else None)
    save(made, out)
    _say(outcome(examined(made, paper(100)), 0))


@app.command()
def curve(  # noqa: PLR0913  (one parameter per option of the command)
    out: Out = RECORDS,
    *,
    quick: Quick = False,
    teacher: Teacher = None,
    steps: Steps = None,
    seed: Seeds = None,
    same: Annotated[bool, typer.Option("--same", help="Students of the teacher's own shape.")] = False,
    student: Annotated[Path | None, typer.Option(help="A folder of local Hugging Face weights to teach.")] = None,
) -> None:
    """What N harvested exchanges buy: students of eight harvests over three decades, with and without reasoning.

    With --student, that model is the student, and --teacher may be such a folder too.
    """
    if student is not None:
        _local_curve(Records(out, "curve"), teacher, student, _with(LOCAL, steps, seed))
        return
    plan = curve_study.SAME_SIZED if same else curve_study.QUICK if quick else curve_study.FULL
    records = Records(out, "curve")
    curve_study.run_curve(_loaded(teacher), records, _with(plan, steps, seed), _told)
    _table(records, ("size", "reasoning", "seed"))


@app.command()
def countermeasures(
    out: Out = RECORDS, *, quick: Quick = False, teacher: Teacher = None, steps: Steps = None, seed: Seeds = None
) -> None:
    """What each countermeasure takes from a student and from an honest customer; and which refusals come across."""
    plan = countermeasure_study.QUICK if quick else countermeasure_study.FULL
    records = Records(out, "countermeasures")
    countermeasure_study.run_countermeasures(_loaded(teacher), records, _with(plan, steps, seed), _told)
    _table(records, ("seed",))


@app.command()
def loop(
    out: Out = RECORDS,
    *,
    quick: Quick = False,
    teacher: Teacher = None,
    steps: Steps = None,
    seed: Seeds = None,
    world: Annotated[list[int] | None, typer.Option(help="Worlds of each kind, if not the plan's.", min=1)] = None,
) -> None:
    """Harvest inside simulated logs, scanned day by day and cut where accused; students of what was had by then."""
    plan = _with(loop_study.QUICK if quick else loop_study.FULL, steps, seed)
    model, records = _loaded(teacher), Records(out, "loop")
    harvests = [_contained(model, out, kind, n) for n in world or plan.worlds for kind in plan.kinds]
    loop_study.run_loop(records, harvests, plan, _told)
    _table(records, ("kind", "world", "watched", "size"))


@app.command()
def provenance(
    out: Out = RECORDS, *, quick: Quick = False, teacher: Teacher = None, steps: Steps = None, seed: Seeds = None
) -> None:
    """Make a zoo of models of known origin, and see what `stillwatch provenance` says of each."""
    plan = _with(zoo_study.QUICK if quick else zoo_study.FULL, steps, seed)
    records = Records(out, "zoo")
    if not (out / "zoo.parquet").exists():
        zoo_study.run_zoo(_loaded(teacher), records, out, plan, _told)
    _told.stop()
    found = Records(out, "provenance")
    found.renew(run_provenance(out, records))
    for row in found.rows:
        sys.stdout.write(f"{row['name']} (derived: {row['derived']}): {row['answer']}, p {row['p']:.2g}\n")


@app.command()
def answers(
    model: Annotated[
        Path, typer.Argument(help="A model of the range, or a folder of Hugging Face weights.", show_default=False)
    ],
    out: Annotated[Path, typer.Option(help="Answers file to write, JSON lines.", show_default=False)],
    *,
    prompts: Annotated[int, typer.Option(help="Prompts of each capability.", min=1)] = 200,
    temperature: Annotated[float, typer.Option(help="0 takes the most probable.", min=0.0)] = 0.0,
) -> None:
    """Answers of a local model to the declared prompts, for `stillwatch provenance`."""
    asked = evenly_drawn(zoo_study.ASKED, prompts)
    if model.is_dir():
        written = load_causal(model).completions(asked, temperature)
    else:
        written = completions(load(model), asked, Manner(temperature=temperature))[0]
    tokens = zoo_study.token_rows(written)
    with out.open("w", encoding="utf-8") as file:
        for task, text, row in zip(asked, written, tokens, strict=True):
            line = {"prompt_id": task.prompt, "answer": answer_of(text) or text or "-", "tokens": row.tolist()}
            file.write(json.dumps(line) + "\n")


@app.command()
def report(
    records: Annotated[Path, typer.Argument(help="Folder of the records.")] = RECORDS,
    to: Annotated[Path, typer.Option(help="Folder of the page.")] = Path("docs"),
    gains: Annotated[Path, typer.Option(help="Table of expected gains, which reports of scans quote.")] = GAINS,
) -> None:
    """Write the page with its plots, and the table of expected gains, from the records."""
    for path in write_page(records, to, gains):
        _told(f"wrote {path}")


def _local_curve(records: Records, teacher: Path | None, student: Path, plan: curve_study.Plan) -> None:
    """The curve of a Hugging Face student; its records stand beside the others."""
    run_local_curve(teacher, student, records, plan, _told)
    _table(records, ("size", "reasoning", "seed"))


def _contained(model: Networks, out: Path, kind: str, world: int) -> Containment:
    """A world that is contained; made if it is not there."""
    folder = out / "worlds" / f"{kind}-{world}"
    if not (folder / SUMMARY).exists():
        _told(f"world {world} of campaign '{kind}': simulating, and scanning each day")
        contained(kind, world, lambda tasks: OPEN.harvest(model, tasks, world), folder)
    return read_containment(folder)


def _with(plan: Plan, steps: int | None, seeds: list[int] | None) -> Plan:
    """The plan with other steps or seeds, where given."""
    budget = plan.budget if steps is None else replace(plan.budget, steps=steps)
    return replace(plan, budget=budget, seeds=tuple(seeds) if seeds else plan.seeds)


def _loaded(path: Path | None) -> Networks:
    return load(path or SHIPPED)


class _Teller:
    """Says what is being done: a line that changes where someone looks on, and lines one after the other elsewhere."""

    def __init__(self) -> None:
        self.console = Console(stderr=True)
        self.status = self.console.status("", spinner="dots") if self.console.is_terminal else None

    def __call__(self, message: str) -> None:
        if self.status is None:
            self.console.print(message, markup=False, highlight=False, soft_wrap=True)
            return
        self.status.start()
        self.status.update(escape(message))

    def stop(self) -> None:
        """Nothing more is to be said."""
        if self.status is not None:
            self.status.stop()


_told = _Teller()


def _say(found: dict[str, object]) -> None:
    _told.stop()
    sys.stdout.write(json.dumps(found, indent=2, sort_keys=True) + "\n")


def _table(records: Records, keys: tuple[str, ...]) -> None:
    """Competence by capability of every record."""
    _told.stop()
    for row in records.rows:
        told = " ".join(f"{key} {row[key]}" for key in keys if key in row)
        marks = ", ".join(f"{name} {share:.0%}" for name, share in row["competence"].items())
        sys.stdout.write(f"{row['name']} ({told}): {marks}\n" if told else f"{row['name']}: {marks}\n")
