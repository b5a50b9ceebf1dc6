"""A made-up result as large as the desk must bear: one campaign of 25,000 members that hold 600,000 values, sixty small
groups, and the days of every member. The record says that the log had 1.2 million accounts; a result lists its members.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch.records import ACTIVITY, HOLDINGS, MEMBERS, SHARED
from tests.report.fakes import SCAN, START, campaign, merge, write_result

BIG = "c-big"
MEMBERS_OF_BIG = 25_000
GROUPS = 60
DAYS = 45
# Kind: values listed, values that each member holds on average, strength in nats.
HELD = {
    "wording": (40, 10.0, 9.4),
    "address": (110, 11.0, 2.2),
    "payment": (20, 0.9, 7.9),
    "device": (20, 0.6, 6.1),
    "client": (6, 1.2, 1.3),
    "signup_address": (4, 0.9, 3.3),
}


def fabricate(folder: Path, members: int = MEMBERS_OF_BIG) -> Path:
    """Write the result; the same every time."""
    verdicts = ("distillation", "coordinated", "watch")
    parts = [campaign(f"c-{n:04d}", 20 + 7 * n, verdicts[n % 3], seed=n + 2) for n in range(GROUPS)]
    big = campaign(BIG, members, seed=1)
    path = write_result(folder, merge(big, *parts), SCAN | {"counts": {**SCAN["counts"], "accounts": 1_200_000}})
    rng = np.random.default_rng(7)
    accounts = [row["account_id"] for row in big["members"]]
    shared, holdings = _held(accounts, rng)
    _replace(path, SHARED, shared)
    _replace(path, HOLDINGS, holdings)
    listed = sorted(set(pq.read_table(path / f"{MEMBERS.name}.parquet")["account_id"].to_pylist()))
    pq.write_table(_days(listed, rng), path / f"{ACTIVITY.name}.parquet")
    return path


def _replace(path: Path, schema: Any, rows: pa.Table) -> None:
    """Rows of the big campaign in place of those that were there."""
    file = path / f"{schema.name}.parquet"
    table = pq.read_table(file)
    others = table.filter(pa.compute.not_equal(table["campaign_id"], BIG))
    pq.write_table(pa.concat_tables([rows.cast(schema.arrow), others]), file)


def _held(accounts: list[str], rng: np.random.Generator) -> tuple[pa.Table, pa.Table]:
    shared, parts = [], []
    names = pa.array(accounts)
    for kind, (values, each, strength) in HELD.items():
        popularity = rng.dirichlet(np.full(values, 0.7)) * each * 0.5 + each * 0.5 / values
        for value, share in enumerate(np.minimum(popularity, 0.98)):
            holders = np.flatnonzero(rng.random(len(accounts)) < share)
            name = f"{rng.integers(0, 2**62):016x}"
            per = None if kind in {"payment", "device", "signup_address"} else 40
            seen = START + timedelta(hours=value)
            size = len(holders)
            shared.append(
                {
                    "campaign_id": BIG,
                    "detector": kind,
                    "value": name,
                    "accounts_inside": size,
                    "accounts_outside": int(value % 4 * 3),
                    "exchanges": per and per * size,
                    "strength": strength,
                    "first_seen": seen,
                }
            )
            columns = [[BIG] * size, names.take(pa.array(holders)), [kind] * size, [name] * size]
            columns += [[per] * size, [strength] * size, [seen] * size]
            parts.append(
                pa.table([pa.array(c) if isinstance(c, list) else c for c in columns], HOLDINGS.names).cast(
                    HOLDINGS.arrow
                )
            )
    shared.sort(key=lambda row: (-row["accounts_inside"] * row["strength"], row["value"]))
    held = pa.concat_tables(parts).sort_by(
        [("account_id", "ascending"), ("detector", "ascending"), ("value", "ascending")]
    )
    return pa.Table.from_pylist(shared, schema=SHARED.arrow), held


def _days(accounts: list[str], rng: np.random.Generator) -> pa.Table:
    size = len(accounts)
    active = rng.random((size, DAYS)) < 0.7
    who, when = np.nonzero(active)
    exchanges = rng.integers(1, 60, len(who))
    harvested = (exchanges * rng.uniform(0.0, 1.0, len(who))).astype(np.int64)
    first = (START.date() - date(1970, 1, 1)).days
    columns = [pa.array(accounts).take(pa.array(who)), pa.array((first + when).astype(np.int32)).cast(pa.date32())]
    columns += [pa.array(n) for n in (exchanges, harvested, exchanges * 700, harvested * 700)]
    return pa.table(columns, ACTIVITY.names).cast(ACTIVITY.arrow)
