"""Make one world: `python -m benchmarks.second.make OUT --data FOLDER --kind KIND --seed SEED`. About 10 s."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from benchmarks.second.campaigns import run_campaigns
from benchmarks.second.data import Data, read_data
from benchmarks.second.ordinary import ordinary_people
from benchmarks.second.twins import benign_twins
from benchmarks.second.world import KINDS, Asked, World
from benchmarks.second.writing import write_world


def make_world(asked: Asked, data: Data, folder: Path) -> dict[str, Any]:
    """Write a world and give its summary; the same seed and data give the same world."""
    world = World(asked, data)
    ordinary_people(world)
    benign_twins(world)
    run_campaigns(world)
    return write_world(world, folder)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.second.make", description=__doc__)
    parser.add_argument("out", type=Path, help="folder of the log; the truth lies beside it")
    parser.add_argument("--data", type=Path, default=os.environ.get("STILLWATCH_DATA"), help="folder of real data")
    parser.add_argument("--kind", choices=KINDS, default="default")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scale", type=float, default=1.0, help="size of everything")
    parser.add_argument("--volume", type=float, default=1.0, help="number of ordinary users")
    told = parser.parse_args(arguments)
    if told.data is None:
        parser.error("where the real data are must be said with --data or in STILLWATCH_DATA")
    made = make_world(Asked(told.kind, told.seed, told.scale, told.volume), read_data(told.data), told.out)
    print({name: made[name] for name in ("world", "exchanges", "accounts", "days", "harvested")})
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
