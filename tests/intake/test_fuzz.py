"""Whatever is in a file, reading it gives records, rejects or an InputError, and loses nothing on the way."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.intake import FORMATS, Aside, InputError, open_log, read_accounts, read_exchanges

from .conftest import LOGS, native

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)
FEW = settings(max_examples=60, deadline=None)
HEADER = b"exchange_id,time,account_id,model,turn,temperature,tool_names\n"


def count(content: bytes, format: str | None = None) -> tuple[int, int] | None:
    """Accepted and rejected records of a file with this content; None if it cannot be read."""
    aside = Aside()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log"
        path.write_bytes(content)
        try:
            for table in read_exchanges(open_log(path, format), aside):
                table.validate(full=True)
        except InputError:
            return None
    return aside.accepted, aside.count


@FEW
@given(content=st.binary(max_size=300), form=st.sampled_from([None, *(form.name for form in FORMATS)]))
def test_bytes(content: bytes, form: str | None) -> None:
    count(content, form)


@FEW
@given(content=st.binary(max_size=200))
def test_bytes_after_a_beginning(content: bytes) -> None:
    good = json.dumps(native()).encode() + b"\n"
    whole = count(good + content)
    assert whole is not None
    found = [line for line in (good + content).split(b"\n") if line and not line.isspace()]
    assert sum(whole) == len(found)
    count(HEADER + content)
    count(b"PAR1" + content)


@FEW
@given(
    rows=st.lists(
        st.tuples(*[st.text(st.characters(exclude_categories=["Cs"], exclude_characters='"\r\n,'), max_size=8)] * 7),
        min_size=1,
    )
)
def test_csv_rows_are_accepted_or_rejected(rows: list[tuple[str, ...]]) -> None:
    text = "".join(",".join(f'"{value}"' for value in row) + "\n" for row in rows)
    assert sum(count(HEADER + text.encode()) or (0,)) == len(rows)


@FEW
@given(values=st.lists(st.text("0123456789+-.eE :TZ", min_size=1, max_size=12), min_size=1, max_size=5))
def test_texts_like_numbers_and_times(values: list[str]) -> None:
    rows = [f'1,2026-01-01,a,m,"{value}",,\n1,"{value}",a,m,,,\n1,2026-01-01,a,m,,"{value}",\n' for value in values]
    assert sum(count(HEADER + "".join(rows).encode()) or (0,)) == 3 * len(values)


@FEW
@given(cut=st.integers(0, 4000), flip=st.integers(0, 4000), value=st.integers(0, 255))
def test_damaged_parquet(cut: int, flip: int, value: int) -> None:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist([native(number) for number in range(50)]), sink)
    content = bytearray(sink.getvalue().to_pybytes())
    content[flip % len(content)] = value
    count(bytes(content[: len(content) - cut % 50]))


def _records(name: str) -> list[Any]:
    return [json.loads(line) for line in (LOGS / f"{name}.jsonl").read_text().splitlines()]


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, item in inner for found in _paths(item, (*path, key)))]


def _replaced(record: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    copy = json.loads(json.dumps(record))
    at = copy
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return copy


@pytest.mark.parametrize("name", ["litellm", "openai", "anthropic", "bedrock", "opentelemetry-server"])
@FEW
@given(data=st.data())
def test_a_recorded_log_with_one_part_replaced(name: str, data: st.DataObject) -> None:
    record = data.draw(st.sampled_from(_records(name)))
    changed = _replaced(record, data.draw(st.sampled_from(_paths(record))), data.draw(JSON))
    result = count(json.dumps(changed).encode() + b"\n", name.split("-", maxsplit=1)[0])
    # An export request holds any number of spans; the other formats hold one record a line.
    assert name.startswith("opentelemetry") or result is None or sum(result) == 1 or isinstance(changed, list)


@FEW
@given(content=st.binary(max_size=200))
def test_accounts(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for beginning in (
            b"",
            b"account_id,created_time,plan\n",
            b'{"account_id": "a", "created_time": 1, "plan": "p"}\n',
        ):
            path = Path(folder) / "accounts"
            path.write_bytes(beginning + content)
            try:
                read_accounts(path, Aside())
            except InputError:
                continue
