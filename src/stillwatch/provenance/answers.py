"""Answers files: what one model answered to the declared prompts, as JSON lines or Parquet.

Columns: `prompt_id` (text), `answer` (text), and for the watermark test `tokens` (whole numbers: the token ids of the
whole answer). A file that is at fault is refused as a whole, with the line or row, and no answer is ever in a message.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch.intake.errors import InputError
from stillwatch.intake.sources import decode, read_lines, read_sample

FORM = "Give JSON lines or Parquet with prompt_id, answer and, for a watermark, tokens"
MADE = (
    "Give one answers file per model; those of a local model are made with: stillwatch-range answers MODEL --out FILE"
)
MOST_TOKEN = 2**31 - 1
"""The largest token id; no vocabulary comes near it."""


@dataclass(frozen=True)
class Given:
    """One answer: its text without white space at its ends, and its tokens if they were asked for."""

    answer: str
    tokens: tuple[int, ...]


@dataclass(frozen=True)
class Answers:
    """The answers of one model by prompt id."""

    path: Path
    by_prompt: Mapping[str, Given]

    @property
    def texts(self) -> list[npt.NDArray[np.int64]]:
        """The token ids of every answer, in the order of prompt ids."""
        return [np.asarray(self.by_prompt[prompt].tokens, np.int64) for prompt in sorted(self.by_prompt)]


def read_answers(path: Path, tokens: bool = False) -> Answers:
    """Read one model's answers, with their `tokens` if wanted. The same row twice counts once.

    Raises InputError for a file that is missing, damaged, empty or at fault in any row, and for a prompt that is there
    twice with different answers."""
    if path.is_dir():
        raise InputError("a directory, not an answers file", path, MADE)
    sample = read_sample(path)
    if not sample.head.strip():
        raise InputError("empty file", path, FORM)
    rows = _parquet_rows(path, tokens) if sample.is_parquet else _json_rows(path)
    found: dict[str, Given] = {}
    places: dict[str, str] = {}
    for place, row in rows:
        prompt, given = _checked(row, tokens, f"{path}, {place}")
        if found.setdefault(prompt, given) != given:
            what = f"prompt_id of {places[prompt]} again, with another answer"
            raise InputError(
                what, f"{path}, {place}", "Keep one answer per prompt, chosen in the same way for all models"
            )
        places.setdefault(prompt, place)
    if not found:
        raise InputError("no answer in it", path, FORM)
    return Answers(path, found)


def common_answers(models: Sequence[Answers]) -> npt.NDArray[np.int64]:
    """The answers to the prompts that all models answered, as codes: (models, prompts), prompts in order of their ids.

    Equal texts have equal codes. Raises InputError if there is no such prompt."""
    prompts = sorted(set(models[0].by_prompt).intersection(*(model.by_prompt for model in models[1:])))
    if not prompts:
        raise InputError(
            "no prompt_id is common to all files", _first_apart(models), "Ask every model the same prompts"
        )
    codes: dict[str, int] = {}
    rows = [[codes.setdefault(model.by_prompt[prompt].answer, len(codes)) for prompt in prompts] for model in models]
    return np.asarray(rows, np.int64)


def _first_apart(models: Sequence[Answers]) -> Path:
    """The first file that shares no prompt with all those before it."""
    left = set(models[0].by_prompt)
    for model in models[1:]:
        left &= set(model.by_prompt)
        if not left:
            return model.path
    return models[0].path


def _json_rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, line in read_lines(path):
        where = f"{path}, line {number}"
        if line is None:
            raise InputError("line too long, or the compressed data ends early", where, "Write or copy the file again")
        try:
            row = decode(line)
        except ValueError as error:
            raise InputError(str(error), where, "Write one JSON object a line, or give Parquet") from None
        if not isinstance(row, dict):
            raise InputError("no JSON object", where, "Write one JSON object a line, or give Parquet")
        yield f"line {number}", row


def _parquet_rows(path: Path, tokens: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    wanted = ["prompt_id", "answer", *(["tokens"] if tokens else [])]
    try:
        file = pq.ParquetFile(path)
        missing = [name for name in wanted if file.schema_arrow.names.count(name) != 1]
        if not missing:
            rows = _sound(file.read(columns=wanted)).to_pylist()
    except (pa.ArrowException, OSError, ValueError):
        raise InputError("not a complete Parquet file", path, "Copy it again, or name its real format") from None
    if missing:
        raise InputError(f"column {missing[0]}: not there once", path, FORM)
    for number, row in enumerate(rows, start=1):
        yield f"row {number}", row


def _sound(table: pa.Table) -> pa.Table:
    table.validate(full=True)
    return table


def _checked(row: Mapping[str, Any], tokens: bool, where: str) -> tuple[str, Given]:
    """Prompt id and answer of a row, or InputError."""
    prompt = _text(row, "prompt_id", where)
    answer = _text(row, "answer", where).strip()
    if not prompt or not answer:
        what = f"{'answer' if prompt else 'prompt_id'}: empty"
        raise InputError(what, where, "Leave out what a model did not answer")
    return prompt, Given(answer, _tokens(row, where) if tokens else ())


def _text(row: Mapping[str, Any], column: str, where: str) -> str:
    value = row.get(column)
    if not isinstance(value, str):
        raise InputError(f"{column}: {'missing' if value is None else 'not a text'}", where, FORM)
    return value


def _tokens(row: Mapping[str, Any], where: str) -> tuple[int, ...]:
    value = row.get("tokens")
    if value is None:
        what_next = "The watermark test needs the token ids of every answer of the suspect"
        raise InputError("tokens: missing", where, what_next)
    if not isinstance(value, list) or not all(map(_is_token, value)):
        raise InputError("tokens: not a list of whole numbers from 0 on", where, "Give token ids, not pieces of text")
    return tuple(value)


def _is_token(value: Any) -> bool:
    return type(value) is int and 0 <= value <= MOST_TOKEN
