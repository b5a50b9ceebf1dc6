"""Reading a written world back, for tests and for measuring."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq


@dataclass(frozen=True)
class WorldTables:
    """The tables of a written world and their truth."""

    directory: Path
    exchanges: pa.Table
    accounts: pa.Table
    account_truth: pa.Table
    exchange_truth: pa.Table

    def of_group(self, group: str | None) -> pa.Table:
        """Exchanges of a group with their truth, without tool names; None stands for ordinary customers."""
        joined = self.exchanges.drop_columns(["tool_names"]).join(self.exchange_truth, "exchange_id")
        return joined.filter(pc.is_null(joined["group"]) if group is None else pc.equal(joined["group"], group))

    def members(self, group: str) -> pa.Table:
        """Accounts of a group with their truth."""
        joined = self.accounts.join(self.account_truth, "account_id")
        return joined.filter(pc.equal(joined["group"], group))


def read_world(directory: Path) -> WorldTables:
    """All tables under a world's directory."""
    names = ("exchanges", "accounts.parquet", "truth/accounts.parquet", "truth/exchanges.parquet")
    return WorldTables(directory, *(pq.read_table(directory / name) for name in names))
