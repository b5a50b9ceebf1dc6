"""Per-account volume: accuse whoever sends at least so many exchanges on an active day."""

from __future__ import annotations

from pathlib import Path

import pyarrow.compute as pc
from common import Accused, exchanges, main

PER_DAY = (5, 8, 12, 16, 20, 25, 30, 40, 50, 75, 100, 200, 400)


def accuse(world: Path, _: Path) -> Accused:
    table = exchanges(world, ["account_id", "time"])
    table = table.append_column("day", pc.floor_temporal(table["time"], unit="day"))
    daily = table.group_by(["account_id", "day"]).aggregate([("time", "count")])
    mean = daily.group_by("account_id").aggregate([("time_count", "mean")]).to_pylist()
    return {str(n): [[row["account_id"] for row in mean if row["time_count_mean"] >= n]] for n in PER_DAY}


if __name__ == "__main__":
    main(accuse)
