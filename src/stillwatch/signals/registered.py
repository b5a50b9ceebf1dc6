"""Account records past the door: pseudonyms in place of payment, device, address and organisation."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.signals.stage import Signaller, account_keys


def registrations(accounts: pa.Table, signaller: Signaller) -> pa.Table:
    """One row per account: key, sign-up time, and pseudonyms of what it was registered with."""
    table = accounts.combine_chunks()
    column = {name: pc.cast(table[name], table.schema.field(name).type).combine_chunks() for name in table.column_names}
    column = {name: c if isinstance(c, pa.Array) else pa.concat_arrays(c.chunks) for name, c in column.items()}
    of = signaller.pseudonyms.of
    return pa.table(
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
