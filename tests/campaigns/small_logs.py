"""Small logs in a real engine, and the people who write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from stillwatch.campaigns import tables
from stillwatch.campaigns.formation import Formed, form_groups
from stillwatch.campaigns.model import Groups
from stillwatch.engine import DuckDBEngine
from stillwatch.links import LinkOptions, Links, find_links
from stillwatch.links.population import population_steps
from stillwatch.records import ACCOUNTS, EXCHANGES
from stillwatch.signals import Signaller, open_key, registrations

START = datetime(2026, 5, 4, tzinfo=UTC)
COLUMNS = {"input_text", "created_time", "device_fingerprint", "payment_fingerprint", "signup_ip", "client_ip", "turn"}
COLUMNS |= {"output_tokens", "time"}
Rows = list[dict[str, Any]]
SYLLABLES = ["ba", "ce", "di", "fo", "gu", "ka", "le", "mi", "no", "pu", "ra", "se", "ti", "vo", "zu"]


class Log:
    """A small log in an engine, and the groups that it has."""

    def __init__(self, folder: Path, key: Path) -> None:
        self.engine, self.key = DuckDBEngine(folder, threads=1), key
        self.names: list[str] = []

    def formed(self, exchanges: Rows, accounts: Rows) -> Formed:
        links = self.linked(exchanges, accounts)
        return form_groups(self.engine, links, tables.read_population(self.engine), COLUMNS, 0)

    def linked(self, exchanges: Rows, accounts: Rows) -> Links:
        signaller = Signaller(open_key(self.key))
        rows = [{"model": "m", "exchange_id": f"x{n}"} | row for n, row in enumerate(exchanges)]
        self.engine.register("signals", signaller.signals(pa.Table.from_pylist(rows, schema=EXCHANGES.arrow)))
        signed = registrations(pa.Table.from_pylist(accounts, schema=ACCOUNTS.arrow), signaller)
        self.engine.register("registrations", signed)
        self.engine.run(population_steps(None, duplicated=False))
        table = self.engine.fetch("SELECT CAST(account_id AS VARCHAR) AS name FROM population ORDER BY member")
        self.names = [str(name) for name in table["name"].to_pylist()]
        return find_links(self.engine, LinkOptions(COLUMNS))

    def members(self, groups: Groups) -> list[set[str]]:
        return [{self.names[n] for n in groups.members(k)} for k in range(groups.count)]


def words(rng: np.random.Generator, count: int) -> list[str]:
    return ["".join(SYLLABLES[k] for k in row) for row in rng.integers(0, len(SYLLABLES), (count, 4))]


def template(rng: np.random.Generator) -> tuple[str, str]:
    """The fixed part of a prompt, before and after its slot."""
    return " ".join(words(rng, 40)), " ".join(words(rng, 40))


def work(rng: np.random.Generator, name: str, frame: tuple[str, str], each: int) -> Rows:
    return [said(rng, name, f"{frame[0]} {' '.join(words(rng, 12))} {frame[1]}") for _ in range(each)]


def said(rng: np.random.Generator, name: str, text: str, tokens: int = 200) -> dict[str, Any]:
    when = START + timedelta(seconds=int(rng.integers(10 * 86_400)))
    return {"account_id": name, "time": when, "input_text": text, "output_tokens": tokens, "turn": 1}


def chat(rng: np.random.Generator, name: str) -> Rows:
    """What strangers say, some more and some less of it."""
    return [said(rng, name, " ".join(words(rng, 8))) for _ in range(int(rng.integers(2, 5)))]


def strangers(rng: np.random.Generator, names: list[str]) -> Rows:
    """Accounts that were registered apart."""
    return [
        {
            "account_id": name,
            "created_time": START - timedelta(seconds=int(rng.integers(300 * 86_400))),
            "payment_fingerprint": f"card {name}",
            "device_fingerprint": f"device {name}",
        }
        for name in names
    ]


def hand(rng: np.random.Generator, names: list[str]) -> Rows:
    """Accounts that share cards and devices, made in a few hours."""
    return [
        {
            "account_id": name,
            "created_time": START - timedelta(days=20 + n % 3, seconds=int(rng.integers(1500))),
            "payment_fingerprint": f"card {n // 4}",
            "device_fingerprint": f"device {(n + 2) // 4}",
        }
        for n, name in enumerate(names)
    ]


def named(letter: str, count: int) -> list[str]:
    return [f"{letter}{n}" for n in range(count)]


def mixed(rng: np.random.Generator, name: str, topic: list[str], tokens: int) -> Rows:
    """Requests in the words of one topic, on even and odd days alike; no wording returns."""
    size = int(rng.integers(18, 40))
    rows = []
    for n in range(size):
        row = said(rng, name, " ".join(rng.choice(topic, 25)), int(tokens * rng.uniform(0.7, 1.3)))
        rows.append(row | {"time": START + timedelta(days=n % 8, seconds=int(rng.integers(86_000)))})
    return rows
