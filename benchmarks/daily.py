"""What one more day costs: a store takes it up and scans its window, beside a scan of the whole log.

Run `python -m benchmarks.daily`, or with `--world DIR` on a world of your own. Both scans run in the same minute and
process, after a first scan that loads and compiles everything.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from benchmarks.scan import Stopwatch
from stillwatch.road import ScanOptions, scan
from testrange.presets import PRESETS
from testrange.worlds import write_world

DAY = 86_400_000_000


def split(world: Path, log: Path) -> list[Path]:
    """The exchanges of a world, one file a day; the files, by day."""
    table = ds.dataset(world / "exchanges").to_table()
    days = pc.divide(table["time"].cast(pa.int64()), DAY)
    (log / "exchanges").mkdir(parents=True)
    (log / "accounts.parquet").symlink_to((world / "accounts.parquet").resolve())
    files = []
    for day in sorted(set(days.to_pylist())):
        files.append(log / "exchanges" / f"{day}.parquet")
        pq.write_table(table.filter(pc.equal(days, day)), files[-1])
    return files


def timed(log: Path, work: Path, threads: int, store: Path | None) -> dict[str, float]:
    """Seconds of each stage of a scan."""
    watch = Stopwatch()
    scan(ScanOptions(log, work / "result", work / "key", threads=threads, store=store), watch)
    return {name: seconds for name, seconds, _ in watch.stages}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--world", type=Path)
    parser.add_argument("--preset", default="demo", choices=sorted(PRESETS))
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--again", type=int, default=3, help="how often; the median is told")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        world = given.world or work / "world"
        if given.world is None:
            write_world(PRESETS[given.preset](given.seed), world)
        *files, last = split(world, work / "log")
        hidden = last.rename(work / "last")
        timed(work / "log", work, given.threads, work / "store")  # loads and compiles, and fills the store
        rows = sum(pq.read_metadata(file).num_rows for file in files)
        new = pq.read_metadata(hidden).num_rows
        runs: list[tuple[dict[str, float], dict[str, float]]] = []
        for n in range(given.again):
            stored = work / f"store-{n}"
            copy(work / "store", stored)
            hidden.rename(last)
            runs.append(
                (timed(work / "log", work, given.threads, stored), timed(work / "log", work, given.threads, None))
            )
            last.rename(hidden)
        size = sum(p.stat().st_size for p in (work / "store").rglob("*.parquet"))
        print(f"{rows:,} exchanges of {len(files)} days in the store, {size / rows:.0f} bytes each; {new:,} more come")
        tell(runs)


def copy(store: Path, to: Path) -> None:
    """A copy of a store: segments never change, so links do."""
    for path in store.rglob("*"):
        place = to / path.relative_to(store)
        if path.suffix == ".parquet":
            place.parent.mkdir(parents=True, exist_ok=True)
            place.hardlink_to(path)
    for name in ("manifest.json", "lock", "readers"):
        (to / name).write_bytes((store / name).read_bytes())


def tell(runs: list[tuple[dict[str, float], dict[str, float]]]) -> None:
    """The run with the median of the sums, for each way."""
    daily, whole = (sorted((r[k] for r in runs), key=lambda r: sum(r.values()))[len(runs) // 2] for k in (0, 1))
    print("| Stage | One more day, s | The whole log, s | Share |\n|---|---:|---:|---:|")
    for name in daily:
        print(f"| {name} | {daily[name]:.1f} | {whole[name]:.1f} | {daily[name] / whole[name]:.0%} |")
    total = sum(daily.values()), sum(whole.values())
    print(f"| **all** | **{total[0]:.1f}** | **{total[1]:.1f}** | **{total[0] / total[1]:.0%}** |")


if __name__ == "__main__":
    main()
