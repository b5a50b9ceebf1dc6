"""Account records in a store: merged, so that there is one of each account. The file that was given last decides.

Within one file the earliest sign-up of an account counts, as in a scan without a store. Across files the record of the
file that was given last replaces all of an earlier one, whatever it says: an organisation may have been verified since.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from stillwatch.records.schema import TIMESTAMP
from stillwatch.store.files import check_files
from stillwatch.store.manifest import Registered

COLUMNS = {
    "account": "account_id",
    "created_time": "created_time",
    "organisation": "organization_id",
    "email_domain": "email_domain",
    "payment": "payment_fingerprint",
    "device": "device_fingerprint",
    "signup_address": "signup_ip",
}
"""Column of the registrations to the column of the account record that fills it."""


def no_accounts() -> pa.Table:
    """The registrations of nobody."""
    kinds = {name: TIMESTAMP if name == "created_time" else pa.int64() for name in COLUMNS}
    return pa.schema(list(kinds.items())).empty_table()


def read_registered(store: Path, registered: Registered) -> tuple[pa.Table, pa.Table]:
    """The merged account records and their sealed names. Raises InputError for a damaged file."""
    files = (registered.accounts, registered.names)
    check_files(store, files, 1)
    accounts, names = (pq.read_table(store / file.path) for file in files)
    return accounts, names


def merged(old: pa.Table, new: pa.Table) -> pa.Table:
    """Every account once; the new record where there are two."""
    kept = old.filter(pc.invert(pc.is_in(old["account"], new["account"].combine_chunks())))
    return pa.concat_tables([kept, new.cast(old.schema)]).sort_by("account")


def filled(registered: pa.Table) -> set[str]:
    """Columns of the account record that at least one account fills."""
    return {COLUMNS[n] for n in registered.column_names if registered.column(n).null_count < registered.num_rows}
