"""One reading of a point in time for all formats: ISO-8601 or an epoch in seconds, ms, us or ns."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from stillwatch.intake.errors import RecordError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
EARLIEST = 0
LATEST = (datetime(2200, 1, 1, tzinfo=UTC) - EPOCH) // MICROSECOND
"""Bounds of a believable time, in microseconds since 1970. Outside, a sentinel was taken for a time."""

SMALLEST_EPOCH = 1e8
"""A bare number below this (March 1973 in seconds) is a counter, not a time."""

EPOCH_UNITS = ((1e11, 1e6), (1e14, 1e3), (1e17, 1.0), (float("inf"), 1e-3))
"""(largest value, microseconds in one unit): seconds until the year 5138, then ms, us and ns."""

JSON_KINDS = {
    type(None): "null",
    str: "text",
    bool: "a boolean",
    int: "an integer",
    float: "a number",
    list: "a list",
    dict: "an object",
}

NUMBER = re.compile(r"[+-]?\d+(\.\d*)?")


def microseconds(value: Any, name: str = "time") -> int:
    """Microseconds since 1970 UTC of an ISO-8601 text or an epoch; no zone means UTC. Raises RecordError."""
    if isinstance(value, str):
        moment = _of_text(value.strip(), name)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        moment = _of_number(value, name)
    else:
        raise RecordError(f"{name}: expected a time, got {kind(value)}")
    if not EARLIEST <= moment < LATEST:
        raise RecordError(f"{name}: not between 1970 and 2200")
    return moment


def kind(value: Any) -> str:
    """What a decoded JSON value is, in JSON's words."""
    return JSON_KINDS.get(type(value), "something else")


def _of_text(text: str, name: str) -> int:
    if NUMBER.fullmatch(text):
        return _of_number(float(text) if "." in text else int(text), name)
    try:
        moment = datetime.fromisoformat(text.removesuffix(" UTC"))
    except ValueError:
        raise RecordError(f"{name}: not an ISO-8601 time or an epoch") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - EPOCH) // MICROSECOND


def _of_number(value: int | float, name: str) -> int:
    if not value >= SMALLEST_EPOCH or value == float("inf"):
        raise RecordError(f"{name}: not an epoch in seconds, ms, us or ns")
    factor = next(factor for largest, factor in EPOCH_UNITS if value < largest or largest == float("inf"))
    if isinstance(value, int):
        # Integers stay exact: a float has too few digits for nanoseconds.
        return value * int(factor) if factor >= 1 else value // 1000
    return round(value * factor)
