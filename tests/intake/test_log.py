from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stillwatch.intake import FORMATS, Aside, InputError, open_log, read_exchanges
from stillwatch.intake.sources import read_sample
from stillwatch.records import EXCHANGES

from .conftest import LOGS, Outcome, native

Read = Callable[..., Outcome]
Lines = Callable[..., Path]

EXPECTED = {
    "anthropic.jsonl": "anthropic",
    "bedrock.jsonl": "bedrock",
    "litellm.jsonl": "litellm",
    "litellm-redacted.jsonl": "litellm",
    "openai.jsonl": "openai",
    "opentelemetry.jsonl": "opentelemetry",
    "opentelemetry-legacy.jsonl": "opentelemetry",
    "opentelemetry-server.jsonl": "opentelemetry",
}


def test_every_recorded_log_is_known_by_its_content(tmp_path: Path) -> None:
    assert {path.name for path in LOGS.iterdir()} == set(EXPECTED)
    for name, form in EXPECTED.items():
        bare = tmp_path / name.removesuffix(".jsonl")
        shutil.copy(LOGS / name, bare)
        assert [file.format for file in open_log(bare).files] == [form]


def test_no_recorded_log_is_known_by_two_formats() -> None:
    for name, form in EXPECTED.items():
        sample = read_sample(LOGS / name)
        known = [known.name for known in FORMATS if known.recognises(sample)]
        # The two envelopes differ by their bodies only; the more particular of them is asked first.
        assert known[0] == form
        assert set(known) <= {form, "openai"}


def test_a_directory_of_logs_in_several_formats_is_read_whole(read: Read) -> None:
    outcome = read(LOGS)
    single = [read(LOGS / name) for name in EXPECTED]
    assert outcome.table.num_rows == sum(one.table.num_rows for one in single)
    assert outcome.aside.count == sum(one.aside.count for one in single) == 1


def test_a_directory_skips_what_stands_beside_logs(tmp_path: Path, lines: Lines, read: Read) -> None:
    part = tmp_path / "log" / "exchanges" / "day=2026-01-01"
    part.mkdir(parents=True)
    (tmp_path / "log" / "truth").mkdir()
    pq.write_table(pa.table({"anything": [1]}), tmp_path / "log" / "truth" / "campaigns.parquet")
    pq.write_table(pa.table({"anything": [1]}), tmp_path / "log" / "accounts.parquet")
    lines(native(), name="log/exchanges/day=2026-01-01/part.jsonl")
    (part / "_SUCCESS").touch()
    (part / ".part.crc").write_bytes(b"x")
    (part / "empty.jsonl").touch()
    (part / "world.json").write_text('{"seed": 1}')
    outcome = read(tmp_path / "log")
    assert outcome.table.num_rows == 1
    assert len(outcome.aside.notes) == 2


def test_files_are_sorted(lines: Lines, tmp_path: Path) -> None:
    for name in ("c.jsonl", "a.jsonl", "b.jsonl"):
        lines(native(), name=name)
    assert [file.path.name for file in open_log(tmp_path).files] == ["a.jsonl", "b.jsonl", "c.jsonl"]


def test_a_json_file_that_is_a_log_is_read_from_a_directory(tmp_path: Path, read: Read) -> None:
    shutil.copy(LOGS / "opentelemetry.jsonl", tmp_path / "traces.json")
    assert read(tmp_path).table.num_rows == 8


@pytest.mark.parametrize("kind", ["gzip", "zstd"])
def test_compressed_logs_read_the_same(tmp_path: Path, read: Read, kind: str) -> None:
    content = (LOGS / "openai.jsonl").read_bytes()
    packed = gzip.compress(content) if kind == "gzip" else _zstd(content)
    (tmp_path / "log.jsonl.any").write_bytes(packed)
    assert read(tmp_path / "log.jsonl.any").table.equals(read(LOGS / "openai.jsonl").table)


def test_a_cut_gzip_file_costs_its_end(tmp_path: Path, read: Read) -> None:
    # Incompressible enough that the cut comes after the sample that recognition reads.
    rows = [native(number, input_text=str(hash((number, place)))) for number in range(9000) for place in range(2)]
    content = gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode())
    (tmp_path / "log.gz").write_bytes(content[: len(content) * 3 // 4])
    outcome = read(tmp_path / "log.gz")
    assert 9000 < outcome.table.num_rows < 18000
    assert outcome.rejects[0][1] == "line too long, or the compressed data ends early"


def _zstd(content: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(content)
    packed: bytes = sink.getvalue().to_pybytes()
    return packed


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty file"),
        (b"\n \n", "empty file"),
        (b"once upon a time\n", "not recognised"),
        (b'{"some": "object"}\n', "not recognised"),
        (b"PAR1 and no more", "Parquet"),
        (b"exchange_id,time,model\n1,2026-01-01,m\n", "account_id"),
        (b"exchange_id,time,account_id,model,model\n", "twice"),
        (b"\x1f\x8b\x08broken", "damaged"),
    ],
)
def test_a_file_that_cannot_be_read_says_so(tmp_path: Path, read: Read, content: bytes, message: str) -> None:
    path = tmp_path / "log"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        read(path)
    assert str(path) in str(caught.value)


def test_an_unrecognised_file_lists_the_formats(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("nothing known")
    with pytest.raises(InputError) as caught:
        open_log(tmp_path / "log")
    assert all(form.name in str(caught.value) for form in FORMATS)


def test_missing_and_empty_places(tmp_path: Path) -> None:
    for path in (tmp_path / "missing", tmp_path):
        with pytest.raises(InputError):
            open_log(path)


def test_a_file_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text("{}")

    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError, match="no permission"):
        open_log(path)


def test_naming_a_format(lines: Lines, read: Read) -> None:
    path = lines({"seen": 1}, native())
    assert read(path, format="exchange-record").rejects == [(1, "exchange_id: missing")]
    with pytest.raises(InputError, match="unknown log format"):
        open_log(path, format="csv")


def test_a_mapping_moves_a_column(lines: Lines, read: Read) -> None:
    record = native(account_id=None, customer="c-1")
    outcome = read(lines(record), mapping={"account_id": ["tenant", "customer"]})
    assert outcome.rows[0]["account_id"] == "c-1"
    with pytest.raises(InputError, match="no column"):
        open_log(lines(record), mapping={"acount_id": ["customer"]})


def test_columns_choose_and_required_ones_are_still_checked(lines: Lines, read: Read) -> None:
    path = lines(native(turn=3), native(turn="x"), native(account_id=""))
    outcome = read(path, columns=["model", "exchange_id"])
    assert outcome.table.column_names == ["exchange_id", "model"]
    assert outcome.rejects == [(3, "account_id: missing")]
    with pytest.raises(ValueError, match="no column"):
        read(path, columns=["nonsense"])


def test_reading_is_lazy_and_deterministic(lines: Lines) -> None:
    path = lines(*(native(number) for number in range(100)), {"bad": 1})
    first, second = Aside(), Aside()
    tables = [list(read_exchanges(open_log(path), aside)) for aside in (first, second)]
    assert pa.concat_tables(tables[0]).equals(pa.concat_tables(tables[1]))
    assert first.table().equals(second.table())


def test_every_column_is_always_there(read: Read) -> None:
    for name in EXPECTED:
        assert read(LOGS / name).table.schema.equals(EXCHANGES.arrow)
