"""The ways casework can fail. Messages hold no password, no SQL and no content of a judgement."""

from __future__ import annotations


class CaseworkError(Exception):
    """The ledger or its database cannot be used. Says what, where and what to do next."""

    def __init__(self, what: str, where: object, what_next: str) -> None:
        super().__init__(f"{what}: {where}. {what_next}")
        self.what = what
        self.where = str(where)
        self.what_next = what_next


class BusyError(CaseworkError):
    """Another writer held the database for too long."""


class LostConnectionError(CaseworkError):
    """The connection broke. Whether the last judgement was written is not known; its token makes a repeat harmless."""


class ConflictError(CaseworkError):
    """A row with the same unique value is there already, or what a row refers to is not."""


class BrokenChainError(CaseworkError):
    """An entry of the ledger does not hold; nothing more is written to it."""


class RuleError(CaseworkError):
    """A judgement is against the rules: a person's mistake, told in a sentence. The ledger is unchanged."""

    def __init__(self, what: str, what_next: str = "") -> None:
        Exception.__init__(self, f"{what}. {what_next}".strip())
        self.what = what
        self.where = ""
        self.what_next = what_next
