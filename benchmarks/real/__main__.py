"""`python -m benchmarks.real [--data FOLDER]`: every measurement on real data, in turn."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from benchmarks.real import prompts

DOCS = Path(__file__).parents[2] / "docs"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default=os.environ.get("STILLWATCH_DATA", ""), help="folder of real data")
    parser.add_argument("--chitchat", type=Path, help="wheel of chitchat-dataset 0.9.0; else in the folder")
    told = parser.parse_args()
    if not told.data or not (Path(told.data) / "real").is_dir():
        sys.exit("The real data are missing: name their folder with DATA=FOLDER or in STILLWATCH_DATA.")
    prompts.run(Path(told.data), told.chitchat, DOCS / "real-prompts.md")


if __name__ == "__main__":
    main()
