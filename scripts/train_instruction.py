"""Learn the table of words of the `instruction` signal from licensed collections; the same input gives the same bytes.

    pip download --no-deps --dest FOLDER chitchat-dataset==0.9.0
    .venv/bin/python scripts/train_instruction.py --data FOLDER

FOLDER holds `real/prompts_*.parquet` and the wheel; `--chitchat` says where the wheel is, if it is elsewhere. How the
table is learned stands in `benchmarks/real/training.py`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.real.training import WHEEL, learn, read_licensed, written  # noqa: E402

OUT = ROOT / "src" / "stillwatch" / "signals" / "instruction.tsv"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with real/prompts_*.parquet")
    parser.add_argument("--chitchat", type=Path, help="wheel of chitchat-dataset 0.9.0")
    parser.add_argument("--out", type=Path, default=OUT)
    told = parser.parse_args()
    wheel = told.chitchat or told.data / WHEEL
    for wanted in (told.data / "real", wheel):
        if not wanted.exists():
            sys.exit(f"{wanted} is missing")
    told.out.write_text(written(learn(*read_licensed(told.data / "real", wheel))), encoding="utf-8")
    print(f"wrote {told.out}")


if __name__ == "__main__":
    main()
