"""What a scan links accounts by, as the other programs take it: `python -m benchmarks.scale.edges WORLD OUT`.

One shingle in four of those that signals hold, as the truth bench gives it to them. `pairs.parquet`: accounts with
shingles that they used twice or more and that three accounts have. `acts.parquet`: each exchange with its content and
the two rarest of those shingles.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

RARE = 3


def write_edges(world: Path, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    connection = duckdb.connect(config={"threads": 2, "memory_limit": "4GB", "temp_directory": str(out / "spill")})
    files = f"read_parquet('{world}/signals/**/*.parquet', hive_partitioning = false)"
    connection.execute(
        "CREATE TABLE seen AS SELECT * FROM (SELECT exchange, account, UNNEST(shingles) AS shingle "
        f"FROM {files}) WHERE shingle % 4 = 0"
    )
    connection.execute(
        "CREATE TABLE uses AS SELECT account, shingle, COUNT(*) AS uses FROM seen GROUP BY account, shingle"
    )
    connection.execute(
        f"CREATE TABLE held AS SELECT shingle, COUNT(*) AS holders FROM uses GROUP BY shingle HAVING COUNT(*) >= {RARE}"
    )
    pairs = "SELECT u.account, u.shingle FROM uses u JOIN held h ON h.shingle = u.shingle WHERE u.uses >= 2"
    connection.execute(f"COPY ({pairs}) TO '{out}/pairs.parquet' (FORMAT parquet)")
    rarest = (
        "SELECT exchange, shingle FROM (SELECT s.exchange, s.shingle, ROW_NUMBER() OVER (PARTITION BY s.exchange "
        "ORDER BY h.holders, s.shingle) AS place FROM seen s JOIN held h ON h.shingle = s.shingle) WHERE place <= 2"
    )
    connection.execute(
        f"COPY (SELECT f.exchange, f.account, epoch_us(f.time) / 1e6 AS time, f.content, r.shingles FROM {files} f "
        f"LEFT JOIN (SELECT exchange, LIST(shingle) AS shingles FROM ({rarest}) GROUP BY exchange) r "
        f"ON r.exchange = f.exchange) TO '{out}/acts.parquet' (FORMAT parquet)"
    )


if __name__ == "__main__":
    write_edges(Path(sys.argv[1]), Path(sys.argv[2]))
