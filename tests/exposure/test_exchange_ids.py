"""The list of harvested exchanges: the ids of the log, no more of them than the sums say, and only when asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from stillwatch.records import HARVESTED
from stillwatch.road import Scan
from testrange.reading import WorldTables


@pytest.fixture(scope="module")
def listing(scan_log: Callable[..., Scan], world: WorldTables) -> Scan:
    return scan_log(world.directory, list_exchanges=True)


def test_it_lists_as_many_exchanges_as_were_counted(listing: Scan, world: WorldTables) -> None:
    table = pq.read_table(listing.out / "harvested.parquet")
    assert table.schema.equals(HARVESTED.arrow)
    listed = Counter(zip(table["campaign_id"].to_pylist(), table["account_id"].to_pylist(), strict=True))
    members = listing.tables["members"].to_pylist()
    counted = {(r["campaign_id"], r["account_id"]): r["harvested_exchanges"] for r in members}
    assert dict(listed) == {key: n for key, n in counted.items() if n}
    owner = dict(zip(*(world.exchanges[c].to_pylist() for c in ("exchange_id", "account_id")), strict=True))
    pairs = zip(table["exchange_id"].to_pylist(), table["account_id"].to_pylist(), strict=True)
    assert all(owner[exchange] == account for exchange, account in pairs)
    assert pc.count_distinct(table["exchange_id"]).as_py() == table.num_rows


def test_it_changes_nothing_else_and_is_not_there_unasked(listing: Scan, scanned: Scan) -> None:
    assert not (scanned.out / "harvested.parquet").exists()
    for name, table in scanned.tables.items():
        assert listing.tables[name].equals(table), name


def test_hidden_accounts_stay_hidden(scan_log: Callable[..., Scan], world: WorldTables) -> None:
    table = scan_log(world.directory, list_exchanges=True, pseudonymise_accounts=True).tables["harvested"]
    assert not set(table["account_id"].to_pylist()) & set(world.accounts["account_id"].to_pylist())
