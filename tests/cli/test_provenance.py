"""`stillwatch provenance` as a user meets it: what it says, how it ends, and how it meets mistakes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.provenance import green

from .program import Run, complaint

NO_YES, YES = 0, 3
KEY = bytes(range(16))
PROMPTS, UNRELATED = 300, 6


def _answers(copied: float) -> list[list[str]]:
    """Teacher, suspect and unrelated models; each right on its own two thirds, the suspect a copy here and there."""
    rng = np.random.default_rng(8)
    made = np.where(rng.random((UNRELATED + 2, PROMPTS)) < 0.6, 0, rng.integers(1, 4, (UNRELATED + 2, PROMPTS)))
    made[1] = np.where(rng.random(PROMPTS) < copied, made[0], made[1])
    return [["ABCD"[code] for code in row] for row in made.tolist()]


def _tokens(marked: bool) -> list[list[int]]:
    rng = np.random.default_rng(9)
    texts = rng.integers(0, 500, (PROMPTS, 30))
    if marked:
        for column in range(2, 30):
            fits = green(KEY, texts[:, column - 2 : column], texts[:, column])
            again = ~fits & (rng.random(PROMPTS) < 0.3)
            texts[again, column] = rng.integers(0, 500, int(again.sum()))
    made: list[list[int]] = texts.tolist()
    return made


def _files(folder: Path, copied: float = 0.0, marked: bool = False) -> list[Path]:
    """Answers files: T, S, U1 and so on; the suspect's with tokens."""
    tokens = _tokens(marked)
    names = ["T", "S", *(f"U{n}" for n in range(1, UNRELATED + 1))]
    for name, row in zip(names, _answers(copied), strict=True):
        lines = [
            {"prompt_id": f"p{n}", "answer": answer} | ({"tokens": tokens[n]} if name == "S" else {})
            for n, answer in enumerate(row)
        ]
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (folder / "mark.json").write_text(json.dumps({"key": KEY.hex()}))
    return [folder / f"{name}.jsonl" for name in names]


def _call(files: list[Path], *more: object) -> list[object]:
    teacher, suspect, *unrelated = files
    named = [word for path in unrelated for word in ("--unrelated", path)]
    return ["provenance", "--teacher", teacher, "--suspect", suspect, *named, *more]


GOLDEN = """\
Yes at level 0.01: the suspect agrees with the teacher more than models unrelated to it do.
===========================================================================================

OBSERVED
  - 300 prompts answered by the teacher, the suspect and 6 unrelated models: one query to each. 270
    prompts are informative: some models answer as the teacher there, some do not.
  - The suspect answers as the teacher on 84.1 % of the informative prompts, the unrelated models on
    30.7 % on average (from 25.4 % to 35.8 %); a prompt weighs more, the fewer models agree with the
    teacher on it.
  - Excess agreement: 53.3 points (95% interval 46.9 to 59.8).
  - 4,234 of 8,400 distinct pairs of context and token in the suspect's answers are green with your
    watermark key: 50.4 % against 50.0 % expected.

INFERRED
  - Null: the suspect is exchangeable with the declared unrelated models.
  - p = 1.7e-05: the suspect's score as one more draw from those of the unrelated models (t = 14.00,
    5 degrees of freedom). It takes their scores, on an arcsine scale, to be about normal.
  - Rank p = 0.14: exact and free of that, but with 6 unrelated models never below 0.14.
  - At this level an excess agreement of 17.5 points is found with a probability of 80%.
  - Answer from agreement: yes at this level (0.01).
  - Null of the watermark: the suspect never saw text marked with this key, so that any other key
    would do as well.
  - Watermark p = 0.23, exact, from 999 random keys. Approximation: z = 0.74, p = 0.23.
  - Answer from the watermark: no evidence (0.01). Alone it never makes a yes.

WHAT WOULD CHANGE THIS
  - An unrelated model that scores as high, such as one trained on the same data without the
    teacher.

MIND
  - The same training data without the teacher is an innocent explanation. Put models trained on it
    among the unrelated ones.
  - So is a common origin: a suspect and a teacher that grew from one base model agree as well, and
    which of two models learned from the other is not tested.
  - The unrelated models must be comparable with the suspect, in task, size and language. The answer
    is worth as much as they are, and models of one family count as several here though they are
    not.
  - The level holds for one suspect and for prompts that were chosen before the answers were seen.
    Who tests several suspects should divide it by their number.
  - A watermark can be forged by others who collected marked answers, and washed out of a model that
    was distilled, so it decides nothing here.
  - Prompts that hold marked text make any model that repeats them look marked.
"""


def test_a_student_is_found_and_told_in_words(run: Run, tmp_path: Path) -> None:
    said = run(*_call(_files(tmp_path, 0.6), "--watermark", tmp_path / "mark.json"))
    assert (said.code, said.err) == (YES, "")
    assert said.out == GOLDEN


def test_the_same_for_a_program(run: Run, tmp_path: Path) -> None:
    said = run(*_call(_files(tmp_path, 0.6), "--watermark", tmp_path / "mark.json", "--json"))
    told = json.loads(said.out)
    assert said.code == YES
    assert told["answer"] == told["agreement"]["answer"] == "yes at this level"
    assert told["agreement"]["p"] < 0.01
    assert told["agreement"]["rank_p"] == pytest.approx(1 / 7)
    assert len(told["agreement"]["unrelated_scores"]) == UNRELATED
    assert told["watermark"]["answer"] == "no evidence"
    assert told["watermark"]["draws"] == 999
    assert " ".join(told["headline"].split()) in " ".join(GOLDEN.split())


def test_order_of_rows_and_format_change_nothing(run: Run, tmp_path: Path) -> None:
    files = _files(tmp_path, 0.3)
    call = _call(files, "--watermark", tmp_path / "mark.json", "--json")
    before = run(*call).out
    for number, path in enumerate(files):
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        order = np.random.default_rng(number).permutation(PROMPTS)
        if number % 2:
            pq.write_table(pa.Table.from_pylist([rows[n] for n in order]), path)
        else:
            path.write_text("\n".join(json.dumps(rows[n]) for n in order))
    assert run(*call).out == before


def test_no_evidence_ends_with_0(run: Run, tmp_path: Path) -> None:
    said = run(*_call(_files(tmp_path), "--smallest", 0.5))
    assert (said.code, said.err) == (NO_YES, "")
    assert said.out.startswith("No evidence at level 0.01: the suspect does not stand out")


def test_not_enough_data_ends_with_0_and_says_what_would_do(run: Run, tmp_path: Path) -> None:
    said = run(*_call(_files(tmp_path), "--smallest", 0.14))
    flat = " ".join(said.out.split())
    assert said.code == NO_YES
    assert flat.startswith("Not enough data for an answer at level 0.01.")
    assert "To find an excess of 14.0 points takes" in flat
    assert "prompts like these with these models" in flat
    said = run(*_call(_files(tmp_path), "--smallest", 0.01))
    assert "neither more unrelated models alone nor more prompts alone would do" in " ".join(said.out.split())


def test_two_unrelated_models_are_not_enough(run: Run, tmp_path: Path) -> None:
    said = run(*_call(_files(tmp_path, 1.0)[:4]))
    assert said.code == NO_YES
    assert "At least 3 unrelated models" in said.out
    told = json.loads(run(*_call(_files(tmp_path, 1.0)[:3], "--json")).out)
    assert (told["answer"], told["agreement"]["p"]) == ("not enough data", None)


def test_a_watermark_alone_accuses_nobody(run: Run, tmp_path: Path) -> None:
    files = _files(tmp_path, marked=True)
    for smallest, rest in ((0.5, "agreement shows no evidence"), (0.05, "there is not enough data to tell")):
        said = run(*_call(files, "--watermark", tmp_path / "mark.json", "--smallest", smallest))
        flat = " ".join(said.out.split())
        assert said.code == NO_YES
        assert "the suspect carries your watermark, which can be copied; " + rest in flat
    said = run(*_call(_files(tmp_path, 0.6, marked=True), "--watermark", tmp_path / "mark.json"))
    assert said.code == YES
    assert "Its text carries your watermark as well." in " ".join(said.out.split())


def test_prompts_that_a_model_left_out_are_counted(run: Run, tmp_path: Path) -> None:
    files = _files(tmp_path, 0.6)
    files[-1].write_text("".join(files[-1].read_text().splitlines(keepends=True)[:-3]))
    said = run(*_call(files))
    assert "297 prompts answered by" in said.out
    assert "3 prompts of the teacher's file left out" in said.out


# Mistakes.


@pytest.mark.parametrize(
    ("more", "hint"),
    [
        (("--level", "1"), "not between 0 and 1: --level 1"),
        (("--level", "0"), "--level 0"),
        (("--level", "nan"), "--level nan"),
        (("--level", "much"), "--level"),
        (("--smallest", "0"), "--smallest 0"),
        (("--smallest", "1.5"), "--smallest 1.5"),
        (("--seed", "-1"), "--seed"),
        (("--watermark", "missing.json"), "no such file or directory: missing.json"),
        (("--unrelated", "missing.jsonl"), "no such file or directory: missing.jsonl"),
    ],
)
def test_an_unfit_option_is_told(run: Run, tmp_path: Path, more: tuple[str, ...], hint: str) -> None:
    assert hint in complaint(run(*_call(_files(tmp_path), *more)))


def test_options_that_are_missing_are_told(run: Run, tmp_path: Path) -> None:
    files = _files(tmp_path)
    assert "--unrelated" in complaint(run(*_call(files[:2])))
    assert "--teacher" in complaint(run("provenance", "--suspect", files[1], "--unrelated", files[2]))


def test_one_file_for_two_models_is_told(run: Run, tmp_path: Path) -> None:
    files = _files(tmp_path)
    told = complaint(run(*_call([*files, tmp_path / "." / "U1.jsonl"])))
    assert "answers file given twice" in told
    assert "answers file given twice" in complaint(run(*_call([files[0], files[0], *files[2:]])))


def test_a_copy_of_an_unrelated_model_is_told(run: Run, tmp_path: Path) -> None:
    files = _files(tmp_path)
    (tmp_path / "copy.jsonl").write_text(files[2].read_text())
    told = complaint(run(*_call([*files, tmp_path / "copy.jsonl"])))
    assert "answers every common prompt as" in told
    assert "copy.jsonl" in told.replace(" ", "")


def _row(**named: Any) -> str:
    return json.dumps({"prompt_id": "p0", "answer": "marzipan"} | named) + "\n"


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        ("", "empty file"),
        (_row() + "{marzipan", "line 2"),
        (_row() + _row(answer="other"), "prompt_id of line 1 again, with another answer"),
        (_row(answer=""), "answer: empty"),
        (_row(prompt_id="elsewhere"), "no prompt_id is common to all files"),
        ("PAR1marzipan", "not a complete Parquet file"),
    ],
)
def test_an_answers_file_at_fault_is_told(run: Run, tmp_path: Path, content: str, hint: str) -> None:
    files = _files(tmp_path)
    files[3].write_text(content)
    told = complaint(run(*_call(files)))
    assert hint in told
    assert files[3].name in told.replace(" ", "")
    assert "marzipan" not in told


def test_a_watermark_needs_the_suspects_tokens(run: Run, tmp_path: Path) -> None:
    files = _files(tmp_path)
    told = complaint(run(*_call([files[0], files[2], files[1], *files[3:]], "--watermark", tmp_path / "mark.json")))
    assert "tokens: missing" in told
    assert "line 1" in told


def test_a_folder_is_told_how_answers_are_made(run: Run, tmp_path: Path) -> None:
    files = _files(tmp_path)
    assert "stillwatch-range answers MODEL --out FILE" in complaint(run(*_call([tmp_path, *files[1:]])))
