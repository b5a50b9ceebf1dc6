from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pcsv
import pyarrow.parquet as pq
import pytest

from stillwatch.intake import Aside, InputError, read_accounts
from stillwatch.records import ACCOUNTS

ROWS = [
    {"account_id": "a", "created_time": datetime(2026, 1, 1, tzinfo=UTC), "email_domain": "example.com"},
    {"account_id": "b", "created_time": datetime(2026, 1, 2, tzinfo=UTC), "payment_fingerprint": "p"},
]
TABLE = pa.Table.from_pylist(ROWS, schema=ACCOUNTS.arrow)


@pytest.mark.parametrize("kind", ["parquet", "csv", "jsonl"])
def test_accounts_in_every_encoding(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "accounts"
    if kind == "parquet":
        pq.write_table(TABLE, path)
    elif kind == "csv":
        pcsv.write_csv(TABLE, path)
    else:
        lines = [json.dumps(row | {"created_time": row["created_time"].isoformat()}) for row in TABLE.to_pylist()]
        path.write_text("\n".join(lines))
    aside = Aside()
    assert read_accounts(path, aside).equals(TABLE)
    assert (aside.accepted, aside.count) == (2, 0)


def test_a_second_row_of_an_account_and_a_bad_row_are_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "accounts.csv"
    path.write_text("account_id,created_time,plan\na,2026-01-01,x\na,2026-01-02,y\nb,soon,z\n")
    aside = Aside()
    assert read_accounts(path, aside)["plan"].to_pylist() == ["x"]
    assert aside.count == 2


@pytest.mark.parametrize(
    "content", [b"", b"who,when\na,b\n", b'{"exchange_id": "1"}', b"account_id,plan,programme\na,b,c\n"]
)
def test_what_is_no_accounts_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "accounts.csv"
    path.write_bytes(content)
    with pytest.raises(InputError):
        read_accounts(path, Aside())
    with pytest.raises(InputError):
        read_accounts(tmp_path / "missing", Aside())
    with pytest.raises(InputError):
        read_accounts(tmp_path, Aside())
