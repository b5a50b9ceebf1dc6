"""Who may do what at the desk: ordered roles, and the person who judges."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import total_ordering


@total_ordering
class Role(Enum):
    """Ordered: each may do what the ones before it may."""

    VIEWER = "viewer"
    ANALYST = "analyst"
    APPROVER = "approver"
    ADMIN = "admin"

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, Role):
            return NotImplemented
        order = list(Role)
        return order.index(self) < order.index(other)


@dataclass(frozen=True)
class Author:
    """The person who judges, by the name that the ledger keeps, and their role at that moment."""

    name: str
    role: Role
