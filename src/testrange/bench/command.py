"""`make bench-truth`: measure, then write the page."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

from testrange.bench import parts, peers
from testrange.bench.page import Run, write_page
from testrange.bench.store import Store


def main(root: Path, arguments: list[str] | None = None) -> None:
    """Run the bench in a working copy; stopped runs go on where they were."""
    told = _told(root, arguments)
    size = replace(parts.QUICK if told.quick else parts.FULL, long=told.long)
    store, say = Store(told.folder), _saying()
    main_part = parts.main_part(store, size, say)
    run = Run(
        main=main_part,
        sweeps=parts.sweep_part(store, size, say),
        control=parts.control_part(store, size, say),
        first_days=parts.first_day_part(store, size, say),
        peers=_peers(store, size, say, None if told.no_peers else root / "benchmarks" / "peers"),
        size=size,
        command="make bench-truth" + (" LONG=1" if told.long else "") + (" QUICK=1" if told.quick else ""),
        date=told.date,
        revision=told.revision or _revision(root),
    )
    write_page(run, told.page, told.images)
    say(f"written: {told.page}")


def _told(root: Path, arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench-truth", description=main.__doc__)
    parser.add_argument("--quick", action="store_true", help="small worlds, two seeds; writes under the build folder")
    parser.add_argument("--long", action="store_true", help="also 50 times the ordinary customers")
    parser.add_argument("--no-peers", action="store_true", help="measure Stillwatch alone")
    parser.add_argument("--folder", type=Path, default=root / "build" / "bench", help="worlds and outcomes")
    parser.add_argument("--page", type=Path, help="page to write")
    parser.add_argument("--images", type=Path, help="folder for its plots")
    parser.add_argument("--date", default=date.today().isoformat(), help="date that the page tells")
    parser.add_argument("--revision", help="revision that the page tells, if it is not that of the working copy")
    told = parser.parse_args(arguments)
    docs = told.folder if told.quick else root / "docs"
    told.page = told.page or docs / "truth.md"
    told.images = told.images or told.page.parent / "images"
    return told


def _peers(store: Store, size: parts.Size, say: parts.Say, scripts: Path | None) -> list[peers.PeerResult]:
    if scripts is None:
        return [peers.PeerResult(name, None, [], "left out of this run") for name in peers.PEERS]
    return peers.peer_part(store, size, say, scripts)


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
