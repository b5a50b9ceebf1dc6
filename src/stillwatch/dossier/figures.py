"""Figures: what the document says in numbers, days and quoted sentences, each with the query that gives it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from stillwatch.report import figures as shapes

COUNTED, QUOTED = "counted", "quoted"
"""Where a value comes from: reckoned from the rows of the folder, or a number of the scan that the rows only repeat."""
WITHHELD = "withheld"
"""What stands in the redacted edition where a value is left out, and for what the log did not tell."""
Value = int | float | str | bool | None


@dataclass(frozen=True)
class Column:
    """One column of a figure: its name in the query, the unit that says how it is written, and where it comes from."""

    name: str
    unit: str
    origin: str = COUNTED


@dataclass(frozen=True)
class Figure:
    """The answer of one query. `single`: it is one value, and printed as such; else a table."""

    name: str
    words: str
    columns: tuple[Column, ...]
    query: str
    rows: tuple[tuple[Value, ...], ...]
    single: bool


@dataclass(frozen=True)
class Cell:
    """One value of a figure, ready to be printed. `place` is None for a figure that is one value."""

    figure: str
    place: tuple[int, int] | None
    value: Value
    unit: str
    redacted: bool

    @property
    def address(self) -> str:
        """The figure, and the row and column in it from 0."""
        return self.figure if self.place is None else f"{self.figure}:{self.place[0]}.{self.place[1]}"

    @property
    def text(self) -> str:
        return written(self.value, self.unit, self.redacted)

    def __html__(self) -> str:
        inner = raised(self.text)
        return Markup('<data class="figure{}" value="{}" data-figure="{}">{}</data>').format(
            " quoted" if self.unit in SENTENCES else "", shapes.visible(canonical(self.value)), self.address, inner
        )

    def __str__(self) -> str:
        return self.text

    def __bool__(self) -> bool:
        return bool(self.value)


def plain(value: Any) -> Value:
    """A value of the engine as JSON can hold it: times as ISO text in UTC, whole decimals as whole numbers."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # JSON has no infinity
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"a figure cannot be a {type(value).__name__}")


def canonical(value: Value) -> str:
    """The value as the document carries it beside the printed text; nothing for what is not known."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) else str(value)


def written(value: Value, unit: str, redacted: bool) -> str:
    """The value as a person reads it. A unit that this version does not know is written as it is."""
    if value is None or value == "":
        return WITHHELD if redacted else shapes.UNKNOWN
    return _WRITERS.get(unit, _as_it_is)(value)


def raised(text: str) -> Markup:
    """`text` escaped, with powers of ten set as powers."""
    base, power, exponent = text.partition("10^")
    if not power:
        return Markup.escape(text)
    digits = len(exponent) - len(exponent.lstrip("0123456789" + shapes.MINUS))
    return Markup("{}10<sup>{}</sup>").format(base, exponent[:digits]) + raised(exponent[digits:])


def _number(write: Callable[[float], str]) -> Callable[[Any], str]:
    return lambda value: write(value) if _is_number(value) else _as_it_is(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _as_it_is(value: object) -> str:
    return shapes.visible(value)


def _money(value: float) -> str:
    return f"{value:,.2f}"


def _yes(value: object) -> str:
    return "yes" if value is True else "no"


SENTENCES = frozenset({"sentence", "text"})
_WRITERS: Mapping[str, Callable[[Any], str]] = {
    **dict.fromkeys(
        ("accounts", "exchanges", "tokens", "values", "tests", "days", "rows", "bytes", "sets", "campaigns", "number"),
        _number(shapes.count),
    ),
    "share": _number(shapes.percent),
    "whole share": _number(shapes.whole_percent),
    "probability": _number(shapes.probability),
    "odds": _number(shapes.odds),
    "log10": _number(shapes.logarithm),
    "strength": _number(shapes.measure),
    "statistic": _number(shapes.measure),
    "nats": _number(lambda value: shapes.nats(value, "")),
    "confidence": _number(shapes.confidence),
    "price": _number(_money),
    "day": shapes.day,
    "time": shapes.moment,
    "sentence": shapes.sentence,
    "name": shapes.label,
    "yes": _yes,
}
