"""`make bench-second DATA=FOLDER`: make worlds, scan them, write `docs/second.md`. Goes on where it was stopped."""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from datetime import date
from functools import cache
from pathlib import Path

from benchmarks.real.page import put
from benchmarks.second import tables
from benchmarks.second.data import Data, read_data
from benchmarks.second.make import make_world
from benchmarks.second.scoring import WorldOutcome, from_json, score, to_json
from benchmarks.second.world import Asked

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "second.md"
WORLDS = {"default": 4, "unrepeated": 4, "mixed": 2, "shared_proxy": 1, "june2026": 1, "none": 4}
"""Worlds of each kind in a set."""
SETS = {"development": 1, "held out": 101}
"""First seed of each set of worlds."""
MACHINE = "2 cores, 24 GB"
NO_DATA = (
    "There is no real data here: name the folder that holds real/ and lists/ with DATA=FOLDER or in STILLWATCH_DATA. "
    "docs/second.md says what is read; without it nothing is measured."
)
_FOUND, _ACCUSED = 0, 3
"""Exit codes of a scan that went well."""
_NOT_MAKING = ("__main__.py", "tables.py")


def scan(world: Path, scratch: Path, name: str) -> Path:
    """Scan a world with the program as a user would, under a key of its own; gives the folder of the result."""
    key, result = scratch / "key", scratch / "result"
    key.write_text(hashlib.blake2b(f"second {name}".encode(), digest_size=32).hexdigest() + "\n", "utf-8")
    key.chmod(0o600)
    program = Path(sys.executable).with_name("stillwatch")
    command = [str(program), "scan", str(world), "--out", str(result), "--key", str(key), "--threads", "1"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode not in (_FOUND, _ACCUSED):
        raise RuntimeError(f"the scan of {name} ended with {ran.returncode}: {ran.stderr[-500:]}")
    return result


@cache
def version() -> str:
    """A hash of the product and of everything that makes and scores worlds: outcomes of other code are made anew."""
    digest = hashlib.blake2b(digest_size=6)
    ours = [path for path in Path(__file__).parent.glob("*.*") if path.name not in _NOT_MAKING]
    product = [path for path in (ROOT / "src" / "stillwatch").rglob("*") if path.is_file() and path.suffix != ".pyc"]
    for path in sorted([*ours, *product]):
        digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()


def outcome(asked: Asked, data: Data, folder: Path) -> WorldOutcome:
    """What is accused in a world: read back if known, else made and kept; the world itself is removed."""
    path = folder / f"{asked.name}-{version()}.json"
    if path.exists():
        return from_json(path.read_text("utf-8"))
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        world = Path(scratch) / "world"
        make_world(asked, data, world)
        made = score(scan(world, Path(scratch), asked.name), world)
    draft = path.with_suffix(".draft")
    draft.write_text(to_json(made), "utf-8")
    draft.rename(path)
    print(
        f"{asked.name}: {made.right} of {made.accused} accused rightly, {time.monotonic() - started:.0f} s", flush=True
    )
    return made


def write_page(outcomes: dict[str, list[WorldOutcome]], page: Path, revision: str) -> None:
    """Write every table between its markers."""
    told = f"`make bench-second`, {date.today().isoformat()}, revision {revision}, {MACHINE}.\n"
    put(page, "provenance", told)
    for name, found in outcomes.items():
        put(page, f"{name} campaigns", tables.campaign_table(found))
        put(page, f"{name} summary", tables.summary_table(found))
        put(page, f"{name} wrong", tables.wrong_table(found))
        put(page, f"{name} hardness", tables.hardness_table(found))


def _revision() -> str:
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def main(arguments: list[str]) -> int:
    """Measure and write the page; 2 without data."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.second", description=__doc__)
    parser.add_argument("--data", default=os.environ.get("STILLWATCH_DATA", ""), help="folder with real/ and lists/")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "second", help="outcomes")
    parser.add_argument("--page", type=Path, default=PAGE, help="page with the markers of the tables")
    parser.add_argument("--revision", help="revision that the page tells, if it is not that of the working copy")
    told = parser.parse_args(arguments)
    folder = Path(told.data)
    if not told.data or not (folder / "real").is_dir() or not (folder / "lists").is_dir():
        print(NO_DATA, file=sys.stderr)
        return 2
    data = read_data(folder)
    told.folder.mkdir(parents=True, exist_ok=True)
    outcomes = {
        name: [
            outcome(Asked(kind, first + at), data, told.folder) for kind, count in WORLDS.items() for at in range(count)
        ]
        for name, first in SETS.items()
    }
    write_page(outcomes, told.page, told.revision or _revision())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
