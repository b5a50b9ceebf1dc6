from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from stillwatch.intake import Aside, open_log, read_exchanges
from stillwatch.records import EXCHANGES

LOGS = Path(__file__).parents[1] / "data" / "logs"


@dataclass(frozen=True)
class Outcome:
    """What reading a log gave."""

    table: pa.Table
    aside: Aside

    @property
    def rows(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.table.to_pylist()
        return rows

    @property
    def rejects(self) -> list[tuple[int | None, str]]:
        return [(row["line"], row["reason"]) for row in self.aside.table().to_pylist()]


def read_log(path: Path, **options: Any) -> Outcome:
    aside = Aside()
    columns = options.pop("columns", None)
    tables = list(read_exchanges(open_log(path, **options), aside, columns))
    schema = EXCHANGES.arrow
    for table in tables:
        assert columns or table.schema.equals(schema)
        assert table.num_rows
    outcome = Outcome(pa.concat_tables(tables) if tables else schema.empty_table(), aside)
    assert aside.accepted == outcome.table.num_rows
    assert aside.table().num_rows == aside.count
    return outcome


@pytest.fixture
def logs() -> Path:
    return LOGS


@pytest.fixture
def read() -> Callable[..., Outcome]:
    return read_log


@pytest.fixture
def lines(tmp_path: Path) -> Callable[..., Path]:
    """A file of JSON lines from the given objects."""

    def write(*records: Any, name: str = "log.jsonl") -> Path:
        path = tmp_path / name
        path.write_text("".join(json.dumps(record) + "\n" for record in records))
        return path

    return write


def native(number: int = 1, **columns: Any) -> dict[str, Any]:
    """A valid exchange record as JSON."""
    required = {"exchange_id": f"e{number}", "time": 1767225600 + number, "account_id": "a", "model": "m"}
    return required | columns
