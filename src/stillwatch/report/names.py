"""Sealed names: the original values behind a result's pseudonyms, readable only with the key."""

from __future__ import annotations

from collections.abc import Mapping, Set
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch.signals import Key, Seal

SCHEMA = pa.schema([pa.field("pseudonym", pa.string(), False), pa.field("sealed", pa.binary(), False)])
FILE = "names.parquet"
_KINDS = {
    "payment": "payment",
    "device": "device",
    "signup_address": "address",
    "address": "address",
    "email_domain": "email_domain",
    "client": "client",
}


class Sealed(Protocol):
    """Whoever knows sealed originals: the door, of what passed it in this run, or a store."""

    def sealed(self, kind: str, wanted: Set[str]) -> Mapping[str, bytes]:
        """The sealed originals behind some pseudonyms, as shown."""


def seal_names(tables: dict[str, pa.Table], known: Sealed) -> pa.Table:
    """The sealed original of every pseudonym that the tables show, sorted by pseudonym."""
    wanted: dict[str, set[str]] = {"account": set(tables["members"]["account_id"].to_pylist())}
    for detector, value in zip(
        tables["shared"]["detector"].to_pylist(), tables["shared"]["value"].to_pylist(), strict=True
    ):
        if detector in _KINDS:
            wanted.setdefault(_KINDS[detector], set()).add(value)
    sealed: dict[str, bytes] = {}
    for kind, shown_values in wanted.items():
        sealed.update(known.sealed(kind, shown_values))
    names = sorted(sealed)
    return pa.table([pa.array(names, pa.string()), pa.array([sealed[n] for n in names], pa.binary())], schema=SCHEMA)


def open_names(result: Path, key: Key) -> dict[str, str]:
    """Pseudonym to original value. Raises KeyFileError with another key."""
    path = result / FILE
    if not path.exists():
        return {}
    table = pq.read_table(path)
    seal = Seal(key)
    return {p: seal.open(s) for p, s in zip(table["pseudonym"].to_pylist(), table["sealed"].to_pylist(), strict=True)}
