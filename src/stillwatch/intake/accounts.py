"""The accounts file: one row per customer account, with the columns of `ACCOUNTS`."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.intake.aside import Aside
from stillwatch.intake.errors import InputError
from stillwatch.intake.formats.exchange_record import read_own, recognises_table
from stillwatch.intake.jsonlog import Reading
from stillwatch.intake.sources import read_sample
from stillwatch.records import ACCOUNTS

KINDS = "Accounts are Parquet, CSV or JSON lines with at least account_id and created_time"


def read_accounts(path: Path, aside: Aside) -> pa.Table:
    """All accounts of a file in the columns of `ACCOUNTS`, null where the file has none.

    The earliest sign-up of an account counts; every other row of the account is set aside. Raises InputError.
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
    unique = _one_of_each(accounts, path, aside)
    aside.accepted += unique.num_rows
    return unique


def _one_of_each(accounts: pa.Table, path: Path, aside: Aside) -> pa.Table:
    """The earliest sign-up of each account, whatever the order of rows."""
    order = [
        "account_id",
        "created_time",
        *(n for n in accounts.column_names if n not in ("account_id", "created_time")),
    ]
    accounts = accounts.sort_by([(name, "ascending") for name in order])
    ids = accounts["account_id"].combine_chunks()
    later = pc.equal(ids.slice(1), ids.slice(0, max(len(ids) - 1, 0)))
    first = [True, *(not repeated for repeated in later.to_pylist())][: len(ids)]
    for _ in range(first.count(False)):
        aside.add(str(path), None, "account_id: another row has an earlier sign-up of this account")
    return accounts.filter(pa.array(first, pa.bool_()))
