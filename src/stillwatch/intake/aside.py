"""What did not fit: counted in full, described up to a cap, and never quoted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pyarrow as pa

from stillwatch.records import REJECTS

KEPT_ROWS = 100_000
"""Rows kept to look at. A log in the wrong format rejects every line: the count says so."""

_Row = tuple[str, int | None, str]


class Aside:
    """Collects rejected records and notes while a log is read. Reasons hold no prompt text and no identifier.

    `count` is the number of rejected records and `accepted` of those that became exchanges or accounts, both
    without any cap. `notes` are remarks on files that cost no record, such as a column that is not known.
    """

    def __init__(self, kept_rows: int = KEPT_ROWS) -> None:
        self.count = 0
        self.accepted = 0
        self.reasons: Counter[str] = Counter()
        self.notes: list[str] = []
        self._kept_rows = kept_rows
        self._rows: list[_Row] = []

    def add(self, file: str, line: int | None, reason: str) -> None:
        """Set one record aside. `line` counts lines or rows from 1; None where the file has none."""
        self.count += 1
        self.reasons[reason] += 1
        if len(self._rows) < self._kept_rows:
            self._rows.append((str(file), line, reason))

    def add_all(self, file: str, lines: Iterable[int], reason: str) -> None:
        """Set several records of one file aside for the same reason."""
        for line in lines:
            self.add(file, line, reason)

    def note(self, file: str, remark: str) -> None:
        """Keep a remark about a file, once."""
        text = f"{file}: {remark}"
        if text not in self.notes:
            self.notes.append(text)

    def table(self) -> pa.Table:
        """The rejects, by file, line and reason; at most the capped number of rows."""
        rows = sorted(self._rows, key=_order)
        columns = list(zip(*rows, strict=True)) if rows else [(), (), ()]
        schema = REJECTS.arrow
        arrays = [pa.array(values, type=field.type) for values, field in zip(columns, schema, strict=True)]
        return pa.Table.from_arrays(arrays, schema=schema)


def _order(row: _Row) -> tuple[str, int, str]:
    file, line, reason = row
    return file, -1 if line is None else line, reason
