"""The commands as a user calls them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from stillwatch.cli.app import app as stillwatch
from testrange.distillation.network import Networks, Shape
from testrange.distillation.program import app
from testrange.distillation.teacher import SHIPPED, load, save

RUN = CliRunner()


def test_every_command_says_what_it_does() -> None:
    names = ["teacher", "curve", "loop", "countermeasures", "provenance", "answers", "report"]
    whole = RUN.invoke(app, ["--help"]).output
    for name in names:
        assert name in whole
        assert RUN.invoke(app, [name, "--help"]).exit_code == 0


def test_a_teacher_is_made_kept_and_asked(tmp_path: Path) -> None:
    made = tmp_path / "mine.safetensors"
    found = RUN.invoke(app, ["teacher", str(made), "--steps", "1", "--lessons", "600"])
    assert found.exit_code == 0, found.output
    assert '"competence"' in found.output
    assert load(made).count == 1


def test_answers_of_local_models_are_what_provenance_reads(tmp_path: Path) -> None:
    models = {"mine": SHIPPED}
    for seed in range(4):
        models[f"other{seed}"] = tmp_path / f"other{seed}.safetensors"
        save(Networks(Shape(width=32, depth=1, heads=2), [seed]), models[f"other{seed}"])
    files = {}
    for name, model in models.items():
        drawn = ["--temperature", "0" if name == "mine" else "1"]  # untrained models all repeat what they were asked
        files[name] = str(tmp_path / f"{name}.jsonl")
        written = RUN.invoke(app, ["answers", str(model), "--out", files[name], "--prompts", "30", *drawn])
        assert written.exit_code == 0, written.output
    lines = [json.loads(line) for line in Path(files["mine"]).read_text().splitlines()]
    assert len(lines) == 90
    assert set(lines[0]) == {"prompt_id", "answer", "tokens"}
    unrelated = [part for k in range(1, 4) for part in ("--unrelated", files[f"other{k}"])]
    found = RUN.invoke(
        stillwatch, ["provenance", "--teacher", files["mine"], "--suspect", files["other0"], *unrelated, "--json"]
    )
    assert found.exit_code == 0, found.output
    assert json.loads(found.output)["answer"] != "yes at this level"


def test_a_model_that_is_none_is_an_error_of_the_user(tmp_path: Path) -> None:
    (tmp_path / "no.safetensors").write_text("no")
    found = RUN.invoke(app, ["answers", str(tmp_path / "no.safetensors"), "--out", str(tmp_path / "a")])
    assert found.exit_code == 1
    assert "no model of the range" in str(found.exception)


@pytest.mark.parametrize("command", ["curve", "countermeasures", "loop", "provenance"])
def test_no_option_names_a_remote_model(command: str) -> None:
    text = RUN.invoke(app, [command, "--help"]).output.lower()
    assert not any(word in text for word in ("http", "url", "api", "endpoint", "remote"))
