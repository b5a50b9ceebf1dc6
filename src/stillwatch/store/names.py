"""The originals behind the pseudonyms of a store, sealed: a scan of the store has not met them itself.

Without the key a sealed name is as good as random; equal values have equal ciphertexts (see `Seal`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds

from stillwatch.signals import Signaller
from stillwatch.signals.pseudonyms import shown
from stillwatch.signals.stage import clients

SCHEMA = pa.schema(
    [pa.field("kind", pa.string(), False), pa.field("pseudonym", pa.int64(), False), pa.field("sealed", pa.binary())]
)
REGISTERED = {
    "payment": ("payment_fingerprint", "payment"),
    "device": ("device_fingerprint", "device"),
    "email_domain": ("email_domain", "email_domain"),
    "signup_address": ("signup_ip", "address"),
}
"""Column of the registrations to the column of the account record, and the kind of its pseudonyms."""

Met = dict[tuple[str, int], str]
"""Kind and pseudonym to the value in clear: only in memory, and only until it is sealed."""


def met_in(
    records: pa.Table, signals: pa.Table, account_names: pa.Array | None
) -> list[tuple[str, pa.Array, pa.Array]]:
    """The pseudonymised columns of a batch: kind, pseudonyms, values, row by row.

    `account_names` are the pseudonyms of its accounts, or None where account ids are kept as they are."""
    column = {n: _whole(records[n]) for n in ("client_ip", "user_agent", "tls_fingerprint", "account_id")}
    pairs = [
        ("address", _whole(signals["address"]), column["client_ip"]),
        ("client", _whole(signals["client"]), clients(column["user_agent"], column["tls_fingerprint"])),
    ]
    return pairs if account_names is None else [*pairs, ("account", account_names, column["account_id"])]


def add_met(met: Met, kind: str, pseudonyms: pa.Array, values: pa.Array) -> None:
    """Remember one value for each pseudonym. Sorts the pseudonyms; Python per distinct one."""
    there = pc.is_valid(pseudonyms)
    numbers: npt.NDArray[np.int64] = np.asarray(pseudonyms.filter(there)).astype(np.int64)
    distinct, first = np.unique(numbers, return_index=True)
    originals = values.filter(there).take(pa.array(first)).to_pylist()
    met.update(zip(((kind, int(n)) for n in distinct), originals, strict=True))


def sealed_table(met: Mapping[tuple[str, int], str], signaller: Signaller) -> pa.Table:
    """What was met, sealed: some ten microseconds a value."""
    order = sorted(met)
    return pa.table(
        {
            "kind": pa.array([kind for kind, _ in order], pa.string()),
            "pseudonym": pa.array([number for _, number in order], pa.int64()),
            "sealed": pa.array([signaller.seal.close(met[name]) for name in order], pa.binary()),
        },
        schema=SCHEMA,
    )


def registered_names(accounts: pa.Table, registered: pa.Table, signaller: Signaller) -> pa.Table:
    """The sealed names of account records: `registered` is what the door made of `accounts`, row by row."""
    met: Met = {}
    for column, (original, kind) in REGISTERED.items():
        add_met(met, kind, _whole(registered[column]), _whole(accounts[original]))
    return sealed_table(met, signaller)


def held_by(registered: pa.Table, names: pa.Table) -> pa.Table:
    """Each name once that the merged account records still hold: what nobody has any more is not kept."""
    held = [
        pa.table({"kind": pa.array([kind] * len(v), pa.string()), "pseudonym": v})
        for column, (_, kind) in REGISTERED.items()
        for v in [pc.unique(_whole(registered[column]).drop_null())]
    ]
    joined = names.group_by(["kind", "pseudonym"]).aggregate([("sealed", "min")])
    joined = joined.rename_columns({"sealed_min": "sealed"}).join(
        pa.concat_tables(held), ["kind", "pseudonym"], join_type="left semi"
    )
    ordered = joined.select(SCHEMA.names).sort_by([("kind", "ascending"), ("pseudonym", "ascending")])
    return ordered.cast(SCHEMA)


def find_sealed(files: Sequence[Path], kind: str, wanted: Set[str]) -> dict[str, bytes]:
    """The sealed originals behind some pseudonyms, as shown. Reads every file of names once, in batches."""
    numbers = pa.array(list(_numbers(wanted)), pa.int64())
    if not len(numbers) or not files:
        return {}
    rows = ds.dataset([str(file) for file in files], schema=SCHEMA, format="parquet").to_table(
        columns=["pseudonym", "sealed"],
        filter=(pc.field("kind") == kind) & pc.field("pseudonym").isin(numbers),
    )
    found = dict(zip(rows["pseudonym"].to_pylist(), rows["sealed"].to_pylist(), strict=True))
    return {name: sealed for number, sealed in found.items() if (name := shown(number)) in wanted}


def _numbers(wanted: Set[str]) -> Iterator[int]:
    """The pseudonyms that are shown so. An account id that is kept as it is may be none."""
    for name in wanted:
        try:
            number = int(name, 16)
        except ValueError:
            continue
        if 0 <= number < 2**64:
            yield number - 2**64 if number >= 2**63 else number


def _whole(column: pa.ChunkedArray) -> pa.Array:
    combined = column.combine_chunks()
    return combined if isinstance(combined, pa.Array) else pa.concat_arrays(combined.chunks)
