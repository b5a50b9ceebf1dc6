"""The accounts file: one row per customer account, with the columns of `ACCOUNTS`."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from stillwatch.intake.aside import Aside
from stillwatch.intake.errors import InputError
from stillwatch.intake.formats.exchange_record import read_own, recognises_table
from stillwatch.intake.jsonlog import Reading
from stillwatch.intake.sources import read_sample
from stillwatch.records import ACCOUNTS

KINDS = "Accounts are Parquet, CSV or JSON lines with at least account_id and created_time"


def read_accounts(path: Path, aside: Aside) -> pa.Table:
    """All accounts of a file in the columns of `ACCOUNTS`, null where the file has none.

    The first row of an account counts; a later row of the same account is set aside. Raises InputError.
    """
    path = Path(path)
    if path.is_dir():
        raise InputError("a directory, not an accounts file", path, "Give the file in it")
    sample = read_sample(path)
    if not sample.head.strip():
        raise InputError("empty file", path, KINDS)
    if not sample.is_parquet and not recognises_table(sample, ACCOUNTS):
        raise InputError("accounts file not recognised", path, KINDS)
    tables = list(read_own(Reading(path, ACCOUNTS, aside, None, {})))
    accounts = pa.concat_tables(tables) if tables else ACCOUNTS.arrow.empty_table()
    unique = _first_of_each(accounts, path, aside)
    aside.accepted += unique.num_rows
    return unique


def _first_of_each(accounts: pa.Table, path: Path, aside: Aside) -> pa.Table:
    seen: set[str] = set()
    keep = []
    for account in accounts["account_id"].to_pylist():
        keep.append(account not in seen)
        seen.add(account)
    if not all(keep):
        for _ in range(keep.count(False)):
            aside.add(str(path), None, "account_id: a row for this account came before")
        accounts = accounts.filter(pa.array(keep))
    return accounts
