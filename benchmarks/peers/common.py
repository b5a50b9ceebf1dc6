"""What all peers share: reading a world as a provider sees it, and writing what was accused. Never reads the truth."""

from __future__ import annotations

import argparse
import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

Accused = dict[str, list[list[str]]]
"""Setting to groups of accounts."""
LEAST_GROUP = 5
"""Accounts from which a component is a group, as for Stillwatch."""
WORDS = re.compile(r"[a-z]+|[0-9]+")


def exchanges(world: Path, columns: list[str]) -> pa.Table:
    return ds.dataset(world / "exchanges", format="parquet").to_table(columns=columns)


def accounts(world: Path) -> pa.Table:
    """Sign-up records of the accounts that are in the log."""
    table = pq.read_table(world / "accounts.parquet")
    logged = exchanges(world, ["account_id"])["account_id"]
    return table.filter(pa.compute.is_in(table["account_id"], logged.unique()))


def shingles(text: str, one_in: int) -> set[int]:
    """Hashes of four words in a row, one in so many kept; numbers count as one word."""
    words = ["0" if w[0].isdigit() else w for w in WORDS.findall(text.lower())[:256]]
    found = set()
    for start in range(len(words) - 3):
        told = " ".join(words[start : start + 4]).encode()
        value = int.from_bytes(hashlib.blake2b(told, digest_size=6).digest(), "big")
        if value % one_in == 0:
            found.add(value)
    return found


def shingles_by_account(world: Path, one_in: int = 8, least_accounts: int = 3) -> dict[str, Counter[int]]:
    """Exchanges that carry each sampled shingle, by account; shingles of fewer accounts are left out."""
    table = exchanges(world, ["account_id", "input_text", "system_text"])
    uses: dict[str, Counter[int]] = defaultdict(Counter)
    for account, message, system in zip(*(c.to_pylist() for c in table.columns), strict=True):
        uses[account].update(shingles(message or "", one_in) | shingles(system or "", one_in))
    holders = Counter(value for of in uses.values() for value in of)
    return {a: Counter({v: n for v, n in of.items() if holders[v] >= least_accounts}) for a, of in uses.items()}


def components(pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Connected components of at least LEAST_GROUP accounts."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for one, other in pairs:
        parent[root(one)] = root(other)
    found: dict[str, list[str]] = defaultdict(list)
    for name in list(parent):
        found[root(name)].append(name)
    return [sorted(names) for names in found.values() if len(names) >= LEAST_GROUP]


def main(accuse: Callable[[Path, Path], Accused]) -> None:
    """`SCRIPT WORLD CLEAN OUT`: accuse in a world, at every setting; CLEAN is a world without campaigns."""
    parser = argparse.ArgumentParser()
    for name in ("world", "clean", "out"):
        parser.add_argument(name, type=Path)
    told = parser.parse_args()
    told.out.write_text(json.dumps(accuse(told.world, told.clean)))
