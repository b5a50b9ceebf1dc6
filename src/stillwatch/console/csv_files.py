"""Tables for a spreadsheet, in which no cell can act: a text that a spreadsheet would take for a formula is quoted."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from fastapi.responses import StreamingResponse

WIDE = (
    "\N{FULLWIDTH EQUALS SIGN}",
    "\N{FULLWIDTH PLUS SIGN}",
    "\N{FULLWIDTH HYPHEN-MINUS}",
    "\N{FULLWIDTH COMMERCIAL AT}",
)
ACTING = ("=", "+", "-", "@", "\t", "\r", "\n", *WIDE)
"""What a cell may not begin with; spreadsheets take the wide forms for the narrow ones."""
AT_ONCE = 2_000


def harmless(value: Any) -> Any:
    """A cell as it may be written: a text that would act gets an apostrophe before it, as spreadsheets read text."""
    if isinstance(value, date):  # a datetime is one too
        return value.isoformat()
    if isinstance(value, str) and value.lstrip(" \N{NO-BREAK SPACE}").startswith(ACTING):
        return f"'{value}"
    return value


def csv_response(name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> StreamingResponse:
    """A table to be kept as a file `name`, which is ours; rows are written as they come."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_lines(columns, rows), media_type="text/csv; charset=utf-8", headers=headers)


def _lines(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    for number, row in enumerate(rows, start=1):
        writer.writerow([harmless(value) for value in row])
        if number % AT_ONCE == 0:
            yield text.getvalue()
            text.seek(0)
            text.truncate()
    yield text.getvalue()
