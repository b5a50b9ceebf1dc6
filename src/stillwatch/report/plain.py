"""Table rows as plain objects that `json.dumps` takes."""

from __future__ import annotations

from datetime import date
from typing import Any

from stillwatch.report.result import Row


def plain_row(row: Row) -> dict[str, Any]:
    """`row` with times as ISO text and maps as objects."""
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    return dict(value) if isinstance(value, list) else value
