"""How fast a scan is: per stage, and as a ratio to the floor, a bare DuckDB pass over the same files.

Run `make bench-scan`, or `python benchmarks/scan.py --world DIR` on a world of your own. Ratios in one run mean more
than seconds: machines differ and are noisy.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from rensa import RMinHash

from stillwatch.road import ScanOptions, scan
from stillwatch.signals import Key, kernel
from stillwatch.signals.lexicon import compile_lexicon
from testrange.presets import PRESETS
from testrange.score import score
from testrange.worlds import write_world


class Stopwatch:
    """Seconds and peak memory (GB) of each stage."""

    def __init__(self) -> None:
        self.stages: list[tuple[str, float, float]] = []

    @contextmanager
    def stage(self, name: str, total: int | None = None) -> Iterator[Callable[[int], None]]:  # noqa: ARG002
        started = time.perf_counter()
        yield lambda _: None
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        self.stages.append((name, time.perf_counter() - started, peak))


def floor(world: Path) -> float:
    """Seconds in which DuckDB reads every column of the exchanges and aggregates by account."""
    started = time.perf_counter()
    columns = pq.ParquetFile(next((world / "exchanges").glob("*.parquet"))).schema_arrow
    lengths = ", ".join(f"SUM(LENGTH({f.name}))" for f in columns if pa.types.is_string(f.type))
    files = f"read_parquet('{world}/exchanges/*.parquet')"
    duckdb.connect().execute(f"SELECT account_id, COUNT(*), {lengths} FROM {files} GROUP BY account_id").fetchall()
    return time.perf_counter() - started


def sketch_rates(world: Path, texts: int = 50_000) -> dict[str, float]:
    """Texts a second on one core: our kernel, which also scores and hashes, and rensa's MinHash of the same words."""
    table = pq.read_table(next((world / "exchanges").glob("*.parquet")), columns=["input_text"]).slice(0, texts)
    array = table["input_text"].combine_chunks().cast(pa.string())
    data = np.frombuffer(array.buffers()[2], np.uint8)
    offsets = np.frombuffer(array.buffers()[1], np.int32)[array.offset : array.offset + len(array) + 1]
    seed = Key(bytes(32)).sketch_seed
    table_of = compile_lexicon()
    arguments = (data, offsets, np.uint64(seed), kernel.CLASSES, table_of.keys, table_of.weights)
    kernel.read_texts(*arguments)
    started = time.perf_counter()
    kernel.read_texts(*arguments)
    ours = time.perf_counter() - started
    strings = array.to_pylist()
    started = time.perf_counter()
    for text in strings:
        words = (text or "").lower().split()
        sketch = RMinHash(num_perm=128, seed=1)
        sketch.update([" ".join(words[k : k + 4]) for k in range(len(words) - 3)] or words)
    return {"stillwatch kernel": len(array) / ours, "rensa MinHash-128": len(array) / (time.perf_counter() - started)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--world", type=Path, help="a simulated world; made if absent")
    parser.add_argument("--preset", default="bench", choices=sorted(PRESETS))
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        world = chosen.world or Path(scratch) / "world"
        if not world.exists():
            write_world(PRESETS[chosen.preset](7), world)
        report(run(world, Path(scratch)), chosen.json)


def run(world: Path, scratch: Path) -> dict[str, object]:
    base, watch = floor(world), Stopwatch()
    started = time.perf_counter()
    options = ScanOptions(log=world, out=scratch / "result", key=scratch / "key", threads=os.cpu_count() or 1)
    found = scan(options, watch)
    total = time.perf_counter() - started
    return {
        "exchanges": found.statement["counts"]["exchanges"],
        "accounts": found.statement["counts"]["accounts"],
        "cores": os.cpu_count(),
        "floor_seconds": base,
        "stages": [{"stage": n, "seconds": s, "peak_gb": g} for n, s, g in watch.stages],
        "seconds": total,
        "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
        "texts_per_second": sketch_rates(world),
        "score": score(options.out, world).to_text(),
    }


def report(figures: dict[str, object], as_json: bool) -> None:
    if as_json:
        print(json.dumps(figures, indent=2))
        return
    n, total, base = figures["exchanges"], figures["seconds"], figures["floor_seconds"]
    assert isinstance(n, int)
    assert isinstance(total, float)
    assert isinstance(base, float)
    print(f"{n:,} exchanges, {figures['accounts']:,} accounts, {figures['cores']} cores\n")
    print(f"{'stage':<12}{'seconds':>9}{'exchanges/s':>14}{'x floor':>9}{'peak GB':>9}")
    stages = figures["stages"]
    assert isinstance(stages, list)
    rows = [*stages, {"stage": "all", "seconds": total, "peak_gb": figures["peak_gb"]}]
    rows.append({"stage": "(floor)", "seconds": base, "peak_gb": 0.0})
    for row in rows:
        seconds = row["seconds"]
        print(f"{row['stage']:<12}{seconds:>9.1f}{n / seconds:>14,.0f}{seconds / base:>9.1f}{row['peak_gb']:>9.1f}")
    rates = figures["texts_per_second"]
    assert isinstance(rates, dict)
    print("\ntexts a second, one core: " + ", ".join(f"{name} {rate:,.0f}" for name, rate in rates.items()))
    print(f"\n{figures['score']}")


if __name__ == "__main__":
    main()
