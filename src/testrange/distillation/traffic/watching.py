"""A provider that scans its log at the end of every day and closes the accounts that a scan accuses.

The log grows day by day through the product's own store, and each scan is numbered (`look`), so that all scans of the
log together keep the level of false discoveries. Closed accounts are silent from then on: later scans see the log as
it would have been. Nobody opens new accounts in their stead.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from stillwatch.progress import Silent
from testrange.score import ACCUSED, TAKING_PART

LEVEL = 0.01
"""Level of false discoveries of all scans of a log together: the product's default."""


@dataclass(frozen=True)
class Watch:
    """How a log is watched: scans at the end of these `days` of the world (from 0), ascending, and `delay` days after
    which an accused account is closed, since a person decides."""

    start: date
    days: tuple[int, ...]
    delay: int = 1
    level: float = LEVEL

    def end_of(self, day: int) -> datetime:
        """The first moment after a day of the world, UTC."""
        return datetime.combine(self.start, time(), UTC) + timedelta(days=day + 1)

    def closing(self, accused: int) -> datetime:
        """The moment from which an account is closed that was accused at the end of a day."""
        return self.end_of(accused + self.delay)


def accused_by_day(world: Path, watch: Watch, seed: int) -> dict[str, int]:
    """The day of its first accusation for each account that a scan accuses, rightly or not. Never reads `truth/`.

    One scan for each day of the watch; hours grow with the log. The key of the scans belongs to the seed."""
    logged = ds.dataset(world / "exchanges", format="parquet").to_table().sort_by("time")
    registered = pq.read_table(world / "accounts.parquet")
    accused: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as scratch:
        desk = _Desk(Path(scratch), seed, watch)
        for look, day in enumerate(watch.days, 1):
            before = watch.end_of(watch.days[look - 2]) if look > 1 else None
            desk.receive(day, still_sent(_between(logged, before, watch.end_of(day)), accused, watch))
            desk.register(_created_before(registered, watch.end_of(day)))
            for account in desk.accused(look):
                accused.setdefault(account, day)
    return accused


def still_sent(rows: pa.Table, accused: Mapping[str, int], watch: Watch) -> pa.Table:
    """The rows without those that accounts would have sent after they were closed."""
    return rows.filter(pa.array(is_open(rows, accused, watch)))


def is_open(rows: pa.Table, accused: Mapping[str, int], watch: Watch) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """For each row with `account_id` and `time`: whether the account was not yet closed."""
    open_until = pa.table(
        {
            "account_id": pa.array(list(accused), pa.string()),
            "until": pa.array([watch.closing(day) for day in accused.values()], rows["time"].type),
        }
    )
    place = pc.index_in(rows["account_id"], open_until["account_id"].combine_chunks())
    until = open_until["until"].combine_chunks().take(place.combine_chunks())
    found: np.ndarray[tuple[int], np.dtype[np.bool_]] = pc.fill_null(pc.less(rows["time"], until), True).to_numpy()
    return found


class _Desk:
    """Where log files arrive and scans are made; everything lies in a scratch folder."""

    def __init__(self, scratch: Path, seed: int, watch: Watch) -> None:
        self._scratch, self._watch = scratch, watch
        self._log, self._key = scratch / "log", scratch / "key"
        (self._log / "exchanges").mkdir(parents=True)
        self._key.write_text(hashlib.blake2b(f"traffic {seed}".encode(), digest_size=32).hexdigest() + "\n", "utf-8")
        self._key.chmod(0o600)

    def receive(self, day: int, rows: pa.Table) -> None:
        pq.write_table(rows, self._log / "exchanges" / f"day-{day:03d}.parquet")

    def register(self, accounts: pa.Table) -> None:
        pq.write_table(accounts, self._log / "accounts.parquet")

    def accused(self, look: int) -> list[str]:
        """Accounts that this scan accuses: harvesters and mixed accounts of distillation campaigns, by name."""
        from stillwatch.road import ScanOptions, scan  # noqa: PLC0415  (seconds, which no other command should pay)

        result = self._scratch / "result"
        store = self._scratch / "store"
        options = ScanOptions(
            log=self._log, out=result, key=self._key, store=store, level=self._watch.level, look=look, threads=1
        )
        return accused_accounts(scan(options, Silent()).tables)


def accused_accounts(tables: Mapping[str, pa.Table]) -> list[str]:
    """Accounts that take part in campaigns with the verdict distillation, by name, each once."""
    campaigns, members = tables["campaigns"], tables["members"]
    named = campaigns.filter(pc.equal(campaigns["verdict"], ACCUSED))["campaign_id"].to_pylist()
    return sorted({row["account_id"] for row in _taking_part(members) if row["campaign_id"] in named})


def _taking_part(members: pa.Table) -> Iterable[dict[str, str]]:
    chosen = members.select(["campaign_id", "account_id", "role"])
    return (row for row in chosen.to_pylist() if row["role"] in TAKING_PART)


def _between(rows: pa.Table, first: datetime | None, end: datetime) -> pa.Table:
    kind = rows["time"].type
    kept = pc.less(rows["time"], pa.scalar(end, kind))
    if first is not None:
        kept = pc.and_(kept, pc.greater_equal(rows["time"], pa.scalar(first, kind)))
    return rows.filter(kept)


def _created_before(accounts: pa.Table, end: datetime) -> pa.Table:
    return accounts.filter(pc.less(accounts["created_time"], pa.scalar(end, accounts["created_time"].type)))
