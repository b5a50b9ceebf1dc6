"""Finding the simple columns of a foreign record: each has a list of places, the first with a value counts."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import pyarrow as pa

from stillwatch.intake.jsonlog import Fields
from stillwatch.intake.rows import Values
from stillwatch.records import EXCHANGES

TEXT_COLUMNS = frozenset(column.name for column in EXCHANGES.columns if pa.types.is_string(column.type))


def placed(record: dict[str, Any], fields: Fields) -> Values:
    """The columns whose places hold a value. An empty text is no value; a whole number can be an identifier."""
    values: Values = {}
    for column, places in fields.items():
        for place in places:
            value = find(record, place)
            if value is not None and value != "":
                values[column] = identifier(value) if column in TEXT_COLUMNS else value
                break
    return values


def find(record: dict[str, Any], place: str) -> Any:
    """The value at a path of keys joined by dots, or under the whole path as one key; None if there is none."""
    if place in record:
        return record[place]
    value: Any = record
    for key in _keys(place):
        if not isinstance(value, dict):
            return None
        value = value.get(key)
    return value


def identifier(value: Any) -> Any:
    """A whole number as text, since some systems number their customers; anything else as it is."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


@lru_cache(maxsize=1024)
def _keys(place: str) -> tuple[str, ...]:
    return tuple(place.split("."))
