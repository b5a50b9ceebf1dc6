"""The two ways a log can be at fault: the whole file, or one record in it."""

from __future__ import annotations


class InputError(Exception):
    """A file cannot be read at all. Says what, where and what next; never holds content of a record."""

    def __init__(self, what: str, where: object, what_next: str) -> None:
        super().__init__(f"{what}: {where}. {what_next}")
        self.what = what
        self.where = str(where)
        self.what_next = what_next


class RecordError(Exception):
    """One record does not fit. The message is the reason kept in `rejects`: columns and types, no values."""
