"""Account records past the door: pseudonyms in place of payment, device, address and organisation."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.signals.stage import Signaller, account_keys


def registrations(accounts: pa.Table, signaller: Signaller) -> pa.Table:
    """One row per account: key, sign-up time, and pseudonyms of what it was registered with. The earliest row wins."""
    table = accounts.combine_chunks()
    column = {name: pc.cast(table[name], table.schema.field(name).type).combine_chunks() for name in table.column_names}
    column = {name: c if isinstance(c, pa.Array) else pa.concat_arrays(c.chunks) for name, c in column.items()}
    of = signaller.pseudonyms.of
    registered = pa.table(
        {
            "account": account_keys(signaller.account_ids(column["account_id"])),
            "created_time": column["created_time"],
            "organisation": of(column["organization_id"], "organisation"),
            "email_domain": of(column["email_domain"], "email_domain"),
            "payment": of(column["payment_fingerprint"], "payment"),
            "device": of(column["device_fingerprint"], "device"),
            "signup_address": of(column["signup_ip"], "address"),
        }
    )
    return _first_of_each(registered)


def _first_of_each(table: pa.Table) -> pa.Table:
    """One row per account, the earliest sign-up, whatever the order of rows."""
    keyed = table.append_column("row", pa.array(range(table.num_rows), pa.int64()))
    ordered = keyed.sort_by([("account", "ascending"), ("created_time", "ascending"), ("payment", "ascending")])
    keys = ordered["account"].combine_chunks()
    if len(keys) == 0:
        return table
    changed = pc.not_equal(keys.slice(1), keys.slice(0, len(keys) - 1))
    first = pa.concat_arrays([pa.array([True]), changed if isinstance(changed, pa.Array) else changed.combine_chunks()])
    return ordered.filter(first).drop_columns(["row"])
