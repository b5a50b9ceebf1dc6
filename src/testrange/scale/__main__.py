"""`python -m testrange.scale OUT --exchanges 3000000 --form signals`: write a large world."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from testrange.scale.declared import of_size
from testrange.scale.writing import rows_and_bytes, write_scale_world


def main() -> None:
    """Write one world and say what it came to."""
    parser = argparse.ArgumentParser(prog="python -m testrange.scale", description=__doc__)
    parser.add_argument("out", type=Path, help="folder to write the world to")
    parser.add_argument("--exchanges", type=int, default=3_000_000, help="about so many; 300000000 is the full scale")
    parser.add_argument("--form", choices=("signals", "raw"), default="signals")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args()
    world = of_size(chosen.exchanges, chosen.seed)
    written = write_scale_world(world, chosen.out, chosen.form, chosen.processes, _say)
    rows, size = rows_and_bytes(chosen.out, chosen.form)
    sys.stdout.write(
        f"{rows:,} exchanges of {written.accounts:,} accounts in {chosen.out}, {size / max(rows, 1):.0f} bytes each; "
        f"{written.harvested:,} are harvest\n"
    )


def _say(done: int, days: int) -> None:
    sys.stderr.write(f"\r{done} of {days} days" + ("\n" if done == days else ""))


if __name__ == "__main__":
    main()
