"""Sealed names: the original values behind a result's pseudonyms, readable only with the key."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch.signals import Key, Seal, Signaller

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


def seal_names(tables: dict[str, pa.Table], signaller: Signaller) -> pa.Table:
    """The sealed original of every pseudonym that the tables show, sorted by pseudonym."""
    wanted: dict[str, set[str]] = {"account": set(tables["members"]["account_id"].to_pylist())}
    for detector, value in zip(
        tables["shared"]["detector"].to_pylist(), tables["shared"]["value"].to_pylist(), strict=True
    ):
        if detector in _KINDS:
            wanted.setdefault(_KINDS[detector], set()).add(value)
    originals: dict[str, str] = {}
    for kind, shown_values in wanted.items():
        originals.update(signaller.pseudonyms.originals(kind, shown_values))
    rows = sorted(originals.items())
    sealed = [signaller.seal.close(value) for _, value in rows]
    return pa.table([pa.array([name for name, _ in rows], pa.string()), pa.array(sealed, pa.binary())], schema=SCHEMA)


def open_names(result: Path, key: Key) -> dict[str, str]:
    """Pseudonym to original value. Raises KeyFileError with another key."""
    path = result / FILE
    if not path.exists():
        return {}
    table = pq.read_table(path)
    seal = Seal(key)
    return {p: seal.open(s) for p, s in zip(table["pseudonym"].to_pylist(), table["sealed"].to_pylist(), strict=True)}
