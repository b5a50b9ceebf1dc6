"""`make bench-scale`: measure scans of large worlds and write docs/scale-bench.md.

Records are kept in benchmarks/scale/records, one line a measurement; the page shows the newest of each kind and size.
Worlds are kept in the folder named by --worlds until they are deleted.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.scale.page import PEERS, write_page
from benchmarks.scale.record_file import keep_record, read_records
from benchmarks.scale.watch import GB, Watched, watch
from testrange.bench.peers import environment
from testrange.scale import of_size, write_scale_world
from testrange.scale.writing import Form, rows_and_bytes

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
PAGE = ROOT / "docs" / "scale-bench.md"
PARTS = ("signals", "raw", "spark", "peers", "sketch")


def main(arguments: list[str]) -> int:
    """Measure what was asked for, then write the page from everything that was ever measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--exchanges", type=int, nargs="+", default=[3_000_000], help="sizes; 300000000 takes hours")
    usual = [part for part in PARTS if part != "spark"]
    parser.add_argument(
        "--parts", nargs="*", choices=PARTS, default=usual, help="spark, which needs Java, if asked for"
    )
    parser.add_argument("--memory", default="8GB", help="limit of the engine")
    parser.add_argument("--most", type=float, default=12.0, help="GB of memory at which a measurement is stopped")
    parser.add_argument("--minutes", type=float, default=60.0, help="after which a measurement is stopped")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--worlds", type=Path, default=ROOT / "build" / "bench" / "worlds")
    parser.set_defaults(revision=revision())  # before the first record changes the tree
    chosen = parser.parse_args(arguments)
    for size in chosen.exchanges:
        for part in chosen.parts:
            MEASURES[part](chosen, size)
    write_page(read_records(), PAGE)
    return 0


def scans(chosen: argparse.Namespace, size: int, form: Form) -> None:
    """The floor and a whole scan of one form."""
    world, run = made(chosen, size, form), f"{form}-{size}"
    for what in ("floor", form):
        command = [sys.executable, "-m", "benchmarks.scale.child", what, str(world)]
        measure(chosen, (what, run), world, command, {})


def on_spark(chosen: argparse.Namespace, size: int) -> None:
    """A whole scan of signals on Spark."""
    world = made(chosen, size, "signals")
    command = [sys.executable, "-m", "benchmarks.scale.child", "spark", str(world)]
    measure(chosen, ("spark", f"signals-{size}"), world, command, {})


def peers(chosen: argparse.Namespace, size: int) -> None:
    """Other programs on the edges of a world of signals."""
    python, reason = environment(ROOT / "build" / "bench" / "scale-environment", HERE)
    if python is None:
        print(f"other programs are skipped: {reason}")
        return
    world = made(chosen, size, "signals")
    with tempfile.TemporaryDirectory(dir=chosen.worlds) as folder:
        subprocess.run([sys.executable, "-m", "benchmarks.scale.edges", str(world), folder], check=True, cwd=ROOT)
        for which in PEERS:
            measure(chosen, (which, f"{which}-{size}"), world, [str(python), str(HERE / "peer.py"), which, folder], {})


def sketches(chosen: argparse.Namespace, size: int) -> None:
    """The sketch of a text, ours and others', on texts of a raw world."""
    python, _ = environment(ROOT / "build" / "bench" / "scale-environment", HERE)
    world = made(chosen, size, "raw")
    for whose, program in (("stillwatch", Path(sys.executable)), ("rensa", python), ("datasketch", python)):
        if program is not None:
            command = [str(program), str(HERE / "sketch.py"), whose, str(world)]
            measure(chosen, ("sketch", f"sketch-{whose}"), world, command, {"whose": whose})


MEASURES: dict[str, Any] = {
    "signals": lambda chosen, size: scans(chosen, size, "signals"),
    "raw": lambda chosen, size: scans(chosen, size, "raw"),
    "spark": on_spark,
    "peers": peers,
    "sketch": sketches,
}


def made(chosen: argparse.Namespace, size: int, form: Form) -> Path:
    """The world of a size and form; written where it is not there yet."""
    world: Path = chosen.worlds / f"{form}-{size}"
    if not (world / "world.json").exists():
        print(f"writing {world}", flush=True)
        write_scale_world(of_size(size), world, form, chosen.threads)
    return world


def measure(
    chosen: argparse.Namespace, names: tuple[str, str], world: Path, command: list[str], more: dict[str, object]
) -> None:
    """One measurement in a process of its own, kept as a record."""
    what, run = names
    rows, size = rows_and_bytes(world, "signals" if (world / "signals").exists() else "raw")
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(dir=chosen.worlds) as scratch:
        ending = [scratch] if what in PEERS else [scratch, str(chosen.threads), chosen.memory]
        arguments = command + ([] if what == "sketch" else ending)
        seen = watch(arguments, Path(scratch), chosen.minutes, round(chosen.most * GB), {"PYTHONPATH": str(ROOT)})
    told = {"what": what, "run": run, "rows": rows, "bytes": size, "memory": chosen.memory, "load": load}
    keep_record(told | _seen(seen) | {"date": f"{datetime.now(UTC):%Y-%m-%d}", "revision": chosen.revision} | more)
    print(f"{what} of {rows:,} exchanges: {seen.ended}, {seen.seconds:.0f} s, {seen.peak / GB:.2f} GB", flush=True)


def _seen(seen: Watched) -> dict[str, Any]:
    """A record's part that was measured."""
    marks = []
    for mark in seen.marks:
        memory, spilled = seen.between(mark["from"], mark["to"])
        known = {k: v for k, v in mark.items() if k not in ("from", "to")}
        marks.append(known | {"seconds": mark["to"] - mark["from"], "memory": memory, "spilled": spilled})
    found = next((m["name"] for m in seen.marks if m["kind"] == "found"), None)
    given = next((m["rows"] for m in seen.marks if m["kind"] == "stage" and "rows" in m), 0)
    return {
        "ended": seen.ended,
        "seconds": seen.seconds,
        "processor": seen.processor,
        "peak": seen.peak,
        "spilled": seen.spilled,
        "marks": [m for m in marks if m["kind"] != "found"],
        "found": found,
        "given": given,
    }


def revision() -> str:
    """The revision that was measured, with a star where the tree had changes."""
    command = ["git", "describe", "--always", "--dirty=*"]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
