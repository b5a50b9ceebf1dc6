"""Table rows as plain objects that `json.dumps` takes."""

from __future__ import annotations

from datetime import date
from typing import Any

from stillwatch.report.result import Row


def plain_row(row: Row) -> dict[str, Any]:
    """`row` with times as ISO text, maps as objects and lists of names as they are."""
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    if isinstance(value, list):
        return value if value and all(isinstance(one, str) for one in value) else dict(value)
    return value
