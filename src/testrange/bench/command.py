"""`make bench-truth`: measure, then write the page."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

from testrange.bench import early, hands, mixed, parts, peer_sweeps, peers
from testrange.bench.page import Run, write_page
from testrange.bench.store import Store
from testrange.bench.workers import Each, working

LEFT_OUT = "left out of this run"


def main(root: Path, arguments: list[str] | None = None) -> None:
    """Run the bench in a working copy; stopped runs go on where they were."""
    told = _told(root, arguments)
    size = replace(parts.QUICK if told.quick else parts.FULL, long=told.long)
    store = Store(told.folder)
    with working(store, told.workers) as each:
        run = _run(root, told, (store, each, size, _saying()))
    write_page(run, told.page, told.images)
    sys.stderr.write(f"written: {told.page}\n")


def _run(root: Path, told: argparse.Namespace, means: tuple[Store, Each, parts.Size, parts.Say]) -> Run:
    store, each, size, say = means
    main_part, sweeps = parts.main_part(each, size, say), parts.sweep_part(each, size, say)
    scripts = root / "benchmarks" / "peers"
    ran = LEFT_OUT if told.no_peers else peers.runners(store, size, say, scripts)
    beside = peers.peer_part(each, size, say, ran)
    return Run(
        main=main_part,
        sweeps=sweeps,
        control=parts.control_part(each, size, say),
        first_days=parts.first_day_part(each, size, say),
        hands=hands.hands_part(each, size, say),
        early=early.early_part(each, size, say),
        mixed=mixed.mixed_part(each, size, say),
        peers=beside,
        peer_sweeps=peer_sweeps.peer_sweep_part(each, size, say, ran, beside),
        size=size,
        command="make bench-truth" + (" LONG=1" if told.long else "") + (" QUICK=1" if told.quick else ""),
        date=told.date,
        revision=told.revision or _revision(root),
    )


def _told(root: Path, arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench-truth", description=main.__doc__)
    parser.add_argument("--quick", action="store_true", help="small worlds, two seeds; writes under the build folder")
    parser.add_argument("--long", action="store_true", help="also 50 times the ordinary customers")
    parser.add_argument("--no-peers", action="store_true", help="measure Stillwatch alone")
    parser.add_argument("--workers", type=int, help="worlds at a time; 2, and 1 where small")
    parser.add_argument("--folder", type=Path, default=root / "build" / "bench", help="worlds and outcomes")
    parser.add_argument("--page", type=Path, help="page to write")
    parser.add_argument("--images", type=Path, help="folder for its plots")
    parser.add_argument("--date", default=date.today().isoformat(), help="date that the page tells")
    parser.add_argument("--revision", help="revision that the page tells, if it is not that of the working copy")
    told = parser.parse_args(arguments)
    told.workers = told.workers or (1 if told.quick else 2)
    docs = told.folder if told.quick else root / "docs"
    told.page = told.page or docs / "truth.md"
    told.images = told.images or told.page.parent / "images"
    return told


def _saying() -> parts.Say:
    started = time.monotonic()

    def say(what: str) -> None:
        sys.stderr.write(f"{time.monotonic() - started:7.0f} s  {what}\n")
        sys.stderr.flush()

    return say


def _revision(root: Path) -> str:
    command = ["git", "-C", str(root), "describe", "--always", "--dirty"]
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603
    except (subprocess.SubprocessError, OSError):
        return "unknown"
