"""What a group or a case comes to: now, without the accounts that people cleared since the scan, and at the scan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stillwatch.casework.counting import CaseSums
from stillwatch.casework.sums import Tables
from stillwatch.console.reading import CountedNow
from stillwatch.records import CAMPAIGNS, EXPOSURE
from stillwatch.report.figures import number_of
from stillwatch.report.prices import ListPrice, Prices
from stillwatch.report.result import Row


@dataclass(frozen=True)
class Sums:
    """Accounts that are no bystanders, what they did and what they took; `price` at list price, None without one."""

    accounts: int
    exchanges: int
    harvested_exchanges: int
    harvested_tokens: int
    price: ListPrice | None


@dataclass(frozen=True)
class ThenAndNow:
    """Sums as they count now and as the scan counted them; the same where `cleared`, the accounts that count no more,
    is 0. `tells_tokens` and `tells_price`: whether the result has what it takes to count these anew; else they stay.
    """

    now: Sums
    at_scan: Sums
    cleared: int
    tells_tokens: bool
    tells_price: bool


def sums_of(rows: Sequence[Row], exposure: Sequence[Row], prices: Prices | None) -> Sums:
    """Sum rows of `campaigns`, and the price of rows of `exposure`."""

    def total(column: str) -> int:
        return round(sum(number_of(row, column) for row in rows))

    return Sums(
        total("accounts"),
        total("exchanges"),
        total("harvested_exchanges"),
        total("harvested_tokens"),
        prices.of(exposure) if prices else None,
    )


def case_sums(counted: CountedNow, found: CaseSums, prices: Prices | None) -> ThenAndNow:
    """The sums of a case over all its campaigns."""

    def summed(tables: Tables) -> Sums:
        return sums_of(tables[CAMPAIGNS.name].to_pylist(), tables[EXPOSURE.name].to_pylist(), prices)

    return ThenAndNow(summed(found.now), summed(found.at_scan), found.cleared, counted.tells_days, counted.tells_kinds)
