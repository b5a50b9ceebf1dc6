"""The question of provenance, from files to its outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from stillwatch.intake.errors import InputError
from stillwatch.provenance.agreement import LEAST_INFORMATIVE, YES, Agreement, Answer, agreement
from stillwatch.provenance.answers import common_answers, read_answers
from stillwatch.provenance.key_file import read_watermark_key
from stillwatch.provenance.watermark import Radioactivity, radioactivity


@dataclass(frozen=True)
class Question:
    """What is asked: answers files of teacher, suspect and unrelated models, and the key file of a watermark or None.

    `level` in (0, 1) is the probability of a wrong yes under the null; `smallest` in (0, 1] the excess agreement that
    one would not want to miss; `seed` that of the bootstrap and of the drawn keys."""

    teacher: Path
    suspect: Path
    unrelated: Sequence[Path]
    level: float = 0.01
    smallest: float = 0.1
    watermark: Path | None = None
    seed: int = 7


@dataclass(frozen=True)
class Provenance:
    """What was found. `left_out`: prompts of the teacher's file that some model did not answer."""

    agreement: Agreement
    radioactivity: Radioactivity | None
    left_out: int

    @property
    def answer(self) -> Answer:
        """That of agreement. A watermark can be forged, and washed out, by those who train on marked answers (Unified
        attacks to large language model watermarks, arXiv 2504.17480), so it never decides."""
        return self.agreement.answer

    @property
    def distilled(self) -> bool:
        return self.answer == YES


def examine(question: Question) -> Provenance:
    """Read the files and run the tests. Raises InputError for what is unfit."""
    _check(question)
    mark = read_watermark_key(question.watermark) if question.watermark else None
    paths = [question.teacher, question.suspect, *question.unrelated]
    models = [read_answers(path, tokens=mark is not None and place == 1) for place, path in enumerate(paths)]
    answers = common_answers(models)
    _check_copies(answers, question.unrelated)
    level, seed = question.level, question.seed
    return Provenance(
        agreement(answers, level, question.smallest, seed),
        radioactivity(models[1].texts, mark, level, seed) if mark else None,
        len(models[0].by_prompt) - answers.shape[1],
    )


def _check(question: Question) -> None:
    if not 0.0 < question.level < 1.0:
        raise InputError("not between 0 and 1", f"--level {question.level:g}", "Give for example 0.01")
    if not 0.0 < question.smallest <= 1.0:
        raise InputError("not above 0 and at most 1", f"--smallest {question.smallest:g}", "Give for example 0.1")
    seen: set[Path] = set()
    for path in (question.teacher, question.suspect, *question.unrelated):
        if path.resolve() in seen:
            raise InputError("answers file given twice", path, "Every file stands for another model")
        seen.add(path.resolve())


def _check_copies(answers: npt.NDArray[np.int64], unrelated: Sequence[Path]) -> None:
    """Refuse unrelated models that answer everything alike: as copies of one model they would seem to say that models
    do not differ. With few prompts two models may do so by chance."""
    if answers.shape[1] < LEAST_INFORMATIVE:
        return
    seen: dict[bytes, Path] = {}
    for path, row in zip(unrelated, answers[2:], strict=True):
        before = seen.setdefault(row.tobytes(), path)
        if before != path:
            what = f"answers every common prompt as {before} does"
            raise InputError(what, path, "Give one of the two: copies of a model do not tell how models differ")
