"""A shared value as pages show it: who holds it, and what makes it rare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stillwatch.report.figures import count, counted, number_of, percent
from stillwatch.report.result import Row


@dataclass(frozen=True)
class SharedValue:
    """A shared value and who holds it. `strength` in nats; `exchanges` is null for a sign-up value."""

    kind: str
    value: str
    accounts_inside: int | None
    accounts_outside: int | None
    exchanges: int | None
    strength: float | None
    first_seen: datetime | None
    rarity: str


def shared_value(row: Row, accounts: int | None) -> SharedValue:
    """A row of the table `shared`; `accounts` are those of the whole log."""
    return SharedValue(
        kind=row["detector"],
        value=row["value"],
        accounts_inside=row["accounts_inside"],
        accounts_outside=row["accounts_outside"],
        exchanges=row["exchanges"],
        strength=row["strength"],
        first_seen=row["first_seen"],
        rarity=rarity(row, accounts),
    )


def rarity(row: Mapping[str, Any], accounts: int | None) -> str:
    """What makes a shared value rare: how many accounts of the whole log hold it."""
    inside, outside = number_of(row, "accounts_inside"), number_of(row, "accounts_outside")
    if outside == 0:
        return "nobody outside the group"
    holders = round(inside + outside)
    if not accounts:
        return counted(holders, "account")
    return f"{count(holders)} of {count(accounts)} accounts ({percent(holders / accounts)})"
