"""Tiny logs, through the real door and into the real engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from stillwatch.engine import DuckDBEngine, Engine
from stillwatch.links.population import population_steps
from stillwatch.records import ACCOUNTS, EXCHANGES
from stillwatch.signals import Signaller, open_key, registrations

START = datetime(2026, 5, 4, tzinfo=UTC)
Rows = list[dict[str, Any]]
OpenLog = Callable[..., Engine]


@pytest.fixture
def open_log(tmp_path: Path, key_file: Path) -> Iterator[OpenLog]:
    """Take exchanges (account_id and whatever matters) and accounts through the door into an engine."""
    engine = DuckDBEngine(tmp_path / "spill", threads=1)

    def through(exchanges: Rows, accounts: Rows | None = None, as_of: str | None = None) -> Engine:
        signaller = Signaller(open_key(key_file))
        defaults = {"model": "m"}
        rows = [
            defaults | {"exchange_id": f"x{n}", "time": START + timedelta(seconds=17 * n)} | row
            for n, row in enumerate(exchanges)
        ]
        signed = [{"created_time": START - timedelta(days=9)} | row for row in accounts or []]
        engine.register("signals", signaller.signals(pa.Table.from_pylist(rows, schema=EXCHANGES.arrow)))
        table = pa.Table.from_pylist(signed, schema=ACCOUNTS.arrow)
        engine.register("registrations", registrations(table, signaller))
        ids = [row["exchange_id"] for row in rows]
        engine.run(population_steps(as_of, duplicated=len(set(ids)) < len(ids)))
        return engine

    yield through
    engine.close()
