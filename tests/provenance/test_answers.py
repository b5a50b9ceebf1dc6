"""Answers files: the same from either format, and every fault told with its place and without its content."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.intake import InputError
from stillwatch.provenance.answers import common_answers, read_answers
from stillwatch.provenance.key_file import read_watermark_key

SECRET = "marzipan"
ROWS: list[dict[str, Any]] = [
    {"prompt_id": "b", "answer": f" {SECRET}\n", "tokens": [3, 1]},
    {"prompt_id": "a", "answer": "no", "tokens": []},
    {"prompt_id": "b", "answer": SECRET, "tokens": [3, 1]},
]


def _lines(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join(row if isinstance(row, str) else json.dumps(row) + "\n" for row in rows))
    return path


def _formats(folder: Path) -> list[Path]:
    lines = _lines(folder / "a.jsonl", ROWS)
    (folder / "a.jsonl.gz").write_bytes(gzip.compress(lines.read_bytes()))
    pq.write_table(pa.Table.from_pylist(ROWS), folder / "a.parquet")
    kinds = pa.schema({"prompt_id": pa.dictionary(pa.int32(), pa.string()), "answer": pa.large_string()})
    table = pa.Table.from_pylist(ROWS).select(["prompt_id", "answer"]).cast(kinds)
    pq.write_table(table.append_column("tokens", pa.array([[3, 1], [], [3, 1]], pa.list_(pa.int32()))), folder / "b")
    return [lines, folder / "a.jsonl.gz", folder / "a.parquet", folder / "b"]


def test_every_format_says_the_same(tmp_path: Path) -> None:
    for path in _formats(tmp_path):
        found = read_answers(path, tokens=True)
        assert {prompt: given.answer for prompt, given in found.by_prompt.items()} == {"a": "no", "b": SECRET}
        assert [text.tolist() for text in found.texts] == [[], [3, 1]]


def test_only_prompts_that_all_answered_are_compared_and_in_their_order(tmp_path: Path) -> None:
    given = [
        {"c": "x", "a": "y", "b": "z"},
        {"a": "y", "b": "y", "d": "x"},
        {"b": "z", "a": "q"},
    ]
    models = [
        read_answers(_lines(tmp_path / f"{n}", [{"prompt_id": p, "answer": a} for p, a in row.items()]))
        for n, row in enumerate(given)
    ]
    codes = common_answers(models)
    assert (codes[1:] == codes[0]).tolist() == [[True, False], [False, True]]
    assert codes.dtype == np.int64


GOOD = {"prompt_id": "a", "answer": SECRET, "tokens": [1]}


@pytest.mark.parametrize(
    ("rows", "what", "where"),
    [
        ([GOOD, '{"prompt_id": "b", "answer": "marzi\n'], "no valid JSON", "line 2"),
        ([GOOD, '{"prompt_id": "b", "answer": "marzipan"'], "JSON ends early", "line 2"),
        ([GOOD, "\n", f'["{SECRET}"]\n'], "no JSON object", "line 3"),
        ([GOOD, {"prompt_id": "b"}], "answer: missing", "line 2"),
        ([GOOD, {"prompt_id": "b", "answer": None}], "answer: missing", "line 2"),
        ([GOOD, {"prompt_id": "b", "answer": [SECRET]}], "answer: not a text", "line 2"),
        ([GOOD, {"prompt_id": 7, "answer": SECRET}], "prompt_id: not a text", "line 2"),
        ([{"answer": SECRET}], "prompt_id: missing", "line 1"),
        ([GOOD, GOOD | {"prompt_id": "b", "answer": " "}], "answer: empty", "line 2"),
        ([GOOD, GOOD | {"prompt_id": ""}], "prompt_id: empty", "line 2"),
        ([GOOD, GOOD, GOOD | {"answer": "other"}], "prompt_id of line 1 again, with another answer", "line 3"),
        ([GOOD, GOOD | {"tokens": [2]}], "prompt_id of line 1 again", "line 2"),
        ([{"prompt_id": "a", "answer": SECRET}], "tokens: missing", "line 1"),
        ([GOOD | {"tokens": ["marzi", "pan"]}], "tokens: not a list of whole numbers", "line 1"),
        ([GOOD | {"tokens": [1.5]}], "tokens: not a list of whole numbers", "line 1"),
        ([GOOD | {"tokens": [True]}], "tokens: not a list of whole numbers", "line 1"),
        ([GOOD | {"tokens": [-1]}], "tokens: not a list of whole numbers", "line 1"),
        ([GOOD | {"tokens": [2**40]}], "tokens: not a list of whole numbers", "line 1"),
        ([GOOD | {"tokens": 5}], "tokens: not a list of whole numbers", "line 1"),
        ([], "empty file", "t.jsonl"),
        (["\n \n"], "empty file", "t.jsonl"),
    ],
)
def test_a_fault_is_told_with_its_place(tmp_path: Path, rows: list[Any], what: str, where: str) -> None:
    _refused(_lines(tmp_path / "t.jsonl", rows), what, where)


def _refused(path: Path, what: str, where: str) -> None:
    with pytest.raises(InputError) as told:
        read_answers(path, tokens=True)
    message = str(told.value)
    assert what in message
    assert where in message
    assert "t.jsonl" in message or path.name in message
    assert "marzi" not in message
    assert "\n" not in message


def test_what_is_no_text_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b'{"prompt_id": "a", "answer": "marzi\xff\xfe"}\n')
    _refused(tmp_path / "bytes", "invalid UTF-8", "line 1")
    (tmp_path / "cut.gz").write_bytes(gzip.compress(json.dumps(GOOD).encode() * 9)[:-12])
    _refused(tmp_path / "cut.gz", "compressed data", "cut.gz")
    _refused(tmp_path / "nothing", "no such file", "nothing")


def test_a_folder_is_told_how_answers_are_made(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a directory.*stillwatch-range answers MODEL --out FILE"):
        read_answers(tmp_path)


def test_parquet_at_fault_is_told(tmp_path: Path) -> None:
    whole = tmp_path / "t.parquet"
    pq.write_table(pa.Table.from_pylist([GOOD] * 900), whole)
    for name, content in (("cut", whole.read_bytes()[:-40]), ("noise", b"PAR1" + bytes(range(200)) + b"PAR1")):
        (tmp_path / name).write_bytes(content)
        _refused(tmp_path / name, "not a complete Parquet file", name)
    for column in ("answer", "tokens"):
        pq.write_table(pa.Table.from_pylist([GOOD]).drop_columns([column]), whole)
        _refused(whole, f"column {column}: not there once", "t.parquet")
    pq.write_table(pa.Table.from_pylist([GOOD, GOOD | {"prompt_id": "b", "answer": None}]), whole)
    _refused(whole, "answer: missing", "row 2")
    pq.write_table(pa.Table.from_pylist([]), whole)
    _refused(whole, "column prompt_id", "t.parquet")
    pq.write_table(pa.Table.from_pylist([GOOD]).slice(0, 0), whole)
    _refused(whole, "no answer in it", "t.parquet")
    broken = pa.Array.from_buffers(pa.string(), 1, [None, pa.py_buffer(b"\0\0\0\0\2\0\0\0"), pa.py_buffer(b"\xff\xfe")])
    pq.write_table(pa.table({"prompt_id": ["a"], "answer": broken, "tokens": [[1]]}), whole)
    _refused(whole, "not a complete Parquet file", "t.parquet")


def test_files_without_a_common_prompt_are_told(tmp_path: Path) -> None:
    models = [
        read_answers(_lines(tmp_path / f"m{n}", [{"prompt_id": p, "answer": SECRET} for p in prompts]))
        for n, prompts in enumerate(("ab", "bc", "ac"))
    ]
    with pytest.raises(InputError, match=r"no prompt_id is common.*m2"):
        common_answers(models)


# The key file.


def test_a_key_file_and_its_defaults(tmp_path: Path) -> None:
    path = tmp_path / "key.json"
    path.write_text(json.dumps({"key": "5b" * 16, "width": 3, "share": 0.25}))
    found = read_watermark_key(path)
    assert (found.key, found.width, found.share) == (b"[" * 16, 3, 0.25)
    path.write_text(json.dumps({"key": "5B" * 20}))
    found = read_watermark_key(path)
    assert (found.key, found.width, found.share) == (b"[" * 20, 2, 0.5)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("abc", "no valid JSON"),
        ("", "no valid JSON"),
        ('["5b"]', "no JSON object"),
        (json.dumps({"key": "5b" * 16, "salt": 1}), "no JSON object of key, width and share"),
        ("{}", "key: missing"),
        (json.dumps({"key": "zz" * 16}), "not hexadecimal"),
        (json.dumps({"key": 5}), "not hexadecimal"),
        (json.dumps({"key": "5b" * 15}), "shorter than 16 bytes"),
        *((json.dumps({"key": "5b" * 16, "width": w}), "width: not") for w in (0, 17, 2.0, True, "2")),
        *((json.dumps({"key": "5b" * 16, "share": s}), "share: not") for s in (0.0, 1.0, 1, "half", None)),
    ],
)
def test_a_key_file_at_fault_is_told_without_its_key(tmp_path: Path, content: str, what: str) -> None:
    path = tmp_path / "key.json"
    path.write_text(content)
    with pytest.raises(InputError) as told:
        read_watermark_key(path)
    assert what in str(told.value)
    assert "key.json" in str(told.value)
    assert "5b5b5b5b5b" not in str(told.value)


def test_a_key_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_watermark_key(tmp_path / "key.json")
    with pytest.raises(InputError, match="a directory"):
        read_watermark_key(tmp_path)
