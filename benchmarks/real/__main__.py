"""`make bench-real DATA=FOLDER`: every measurement on real data, in turn. The data are not in the repository."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from benchmarks.real import coordination, prompts

DOCS = Path(__file__).parents[2] / "docs"
NO_DATA = (
    "There is no real data here: say where its Parquet files are, with DATA=FOLDER or in STILLWATCH_DATA. "
    "The pages docs/real-*.md name the sources; without them nothing is measured."
)


def find_data(named: str | None) -> Path | None:
    """The folder of Parquet files: the one named, or its `real/`."""
    folders = [Path(named), Path(named) / "real"] if named else []
    return next((f for f in folders if any(f.glob("*.parquet"))), None)


def main(arguments: list[str]) -> int:
    """Measure and write the pages; 2 without data."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.real", description=__doc__)
    parser.add_argument("--data", default=os.environ.get("STILLWATCH_DATA", ""), help="folder of real data")
    parser.add_argument("--chitchat", type=Path, help="wheel of chitchat-dataset 0.9.0; else in the folder")
    told = parser.parse_args(arguments)
    data = find_data(told.data)
    if data is None:
        print(NO_DATA, file=sys.stderr)
        return 2
    prompts.run(data.parent if data.name == "real" else data, told.chitchat, DOCS / "real-prompts.md")
    coordination.measure(data)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
