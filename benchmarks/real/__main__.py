"""`make bench-real DATA=folder`: run every measurement on real data that is beside this file.

A measurement is a module of this folder with `measure(data: Path) -> None`; `data` is the folder of Parquet files.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

MEASUREMENTS = ("prompts", "coordination")
NO_DATA = (
    "There is no real data here: say where its Parquet files are, with DATA=folder or in STILLWATCH_DATA. "
    "The pages docs/real-*.md name the sources; without them nothing is measured."
)


def find_data(named: str | None) -> Path | None:
    """The folder of Parquet files: the one named, or its `real/`."""
    folders = [Path(named), Path(named) / "real"] if named else []
    return next((f for f in folders if any(f.glob("*.parquet"))), None)


def main(arguments: list[str]) -> int:
    data = find_data(arguments[0] if arguments and arguments[0] else os.environ.get("STILLWATCH_DATA"))
    if data is None:
        print(NO_DATA, file=sys.stderr)
        return 2
    for name in MEASUREMENTS:
        if find_spec(f"benchmarks.real.{name}") is not None:
            import_module(f"benchmarks.real.{name}").measure(data)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
