"""Worlds: a declaration in, tables and truth out. The same declaration always gives the same bytes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch.records import ACCOUNTS
from testrange import seeds
from testrange.background import background
from testrange.campaigns import Campaign, campaign_population
from testrange.exchanges import account_ids, block
from testrange.networks import dotted
from testrange.population import Population, together
from testrange.setting import Setting, new_setting
from testrange.twins import Twin, twin_population

BLOCK = 120_000
"""Expected exchanges of one part; bounds memory at about 300 MB."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class World:
    """What to simulate. `accounts` and `exchanges` count ordinary customers; groups come on top.

    `scale` multiplies the number of accounts of every campaign. `answers` fills the output text.
    """

    seed: int = 7
    days: int = 14
    start: date = date(2026, 5, 4)
    accounts: int = 5000
    exchanges: int = 100_000
    campaigns: tuple[Campaign, ...] = ()
    twins: tuple[Twin, ...] = ()
    scale: float = 1.0
    answers: bool = False


@dataclass(frozen=True)
class Written:
    """What a world came to."""

    directory: Path
    accounts: int
    exchanges: int
    harvested: int


def population_of(world: World) -> tuple[Setting, Population]:
    """Everyone in a world, in random order, and their setting."""
    setting = new_setting(world.seed, world.start, world.days)
    ordinary = background(setting, world.accounts, world.exchanges)
    parts = [ordinary]
    parts += [twin_population(setting, twin) for twin in world.twins]
    parts += [campaign_population(setting, campaign, world.scale, ordinary) for campaign in world.campaigns]
    people = together(parts)
    return setting, people.take(setting.generator("order").permutation(len(people)))


def write_world(world: World, out: Path, progress: Progress | None = None) -> Written:
    """Write exchanges, accounts, truth and parameters under `out`; parts of an earlier world there are removed."""
    setting, people = population_of(world)
    shutil.rmtree(out / "exchanges", ignore_errors=True)
    (out / "exchanges").mkdir(parents=True)
    (out / "truth").mkdir(exist_ok=True)
    _write(account_records(people), out / "accounts.parquet")
    _write(account_truth(people), out / "truth" / "accounts.parquet")
    blocks = list(_blocks(setting, people))
    truths = []
    for part, rows in enumerate(blocks):
        table, truth = block(setting, people.take(rows), part, world.answers)
        _write(table, out / "exchanges" / f"part-{part:04d}.parquet")
        truths.append(truth)
        if progress:
            progress(part + 1, len(blocks))
    truth = pa.concat_tables(truths)
    _write(truth, out / "truth" / "exchanges.parquet")
    harvested = int(np.count_nonzero(truth["harvest"].to_numpy()))
    written = Written(out, len(people), truth.num_rows, harvested)
    (out / "world.json").write_text(_parameters(world, written), "utf-8")
    return written


def _write(table: pa.Table, path: Path) -> None:
    pq.write_table(table, path, compression="zstd", compression_level=1)


def _blocks(setting: Setting, people: Population) -> Iterator[seeds.Indices]:
    """Runs of accounts with about BLOCK exchanges each; accounts are in random order already."""
    active = np.clip(np.minimum(people.last_day, setting.clock.days) - people.first_day, 0, None)
    total = np.cumsum(people.rate * active)
    part = (total // BLOCK).astype(np.int64)
    for number in np.unique(part):
        yield np.flatnonzero(part == number)


def account_records(people: Population) -> pa.Table:
    """What a provider knows of each account from its sign-up."""
    columns = {
        "account_id": account_ids(people),
        "created_time": pa.array(people.created, ACCOUNTS.arrow.field("created_time").type),
        "phone_country": pa.array(people.country, pa.string()),
        "billing_country": pa.array(people.billing_country, pa.string()),
        "payment_fingerprint": pa.array(people.payment, pa.string()),
        "signup_ip": dotted(people.signup_address),
        "device_fingerprint": pa.array(people.device, pa.string()),
    }
    names = ("organization", "email_domain", "programme", "plan")
    plain = {n: pa.array(getattr(people, n), pa.string()) for n in names}
    columns |= plain | {"organization_id": plain["organization"]}
    return pa.Table.from_arrays([columns[name] for name in ACCOUNTS.names], schema=ACCOUNTS.arrow)


def account_truth(people: Population) -> pa.Table:
    """What each account is."""
    names = ("kind", "group", "role")
    return pa.table({"account_id": account_ids(people)} | {n: pa.array(getattr(people, n), pa.string()) for n in names})


def _parameters(world: World, written: Written) -> str:
    found = asdict(written)
    del found["directory"]
    return json.dumps({"world": asdict(world), "written": found}, indent=2, default=str, sort_keys=True) + "\n"
