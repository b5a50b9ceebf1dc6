"""Worlds and outcomes under a build folder: made once, found again, and made anew when the code behind them changes."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import stillwatch
import testrange
from testrange.worlds import World, write_world

Outcome = dict[str, Any]


@cache
def fingerprint(*roots: Path, without: str | None = None) -> str:
    """A hash of all files under some folders, or of single files, as they were when the process first asked."""
    digest = hashlib.blake2b(digest_size=8)
    for root in roots:
        files = [root] if root.is_file() else sorted(p for p in root.rglob("*") if p.is_file())
        for path in files:
            told = str(path.relative_to(root))
            if "__pycache__" in told or (without and told.startswith(without)):
                continue
            digest.update(told.encode() + path.read_bytes())
    return digest.hexdigest()


@contextmanager
def without_truth(world: Path) -> Iterator[Path]:
    """The log and the sign-up records of a world alone: what a detector is given."""
    with tempfile.TemporaryDirectory() as scratch:
        log = Path(scratch)
        for name in ("exchanges", "accounts.parquet"):
            (log / name).symlink_to((world / name).resolve())
        yield log


class Store:
    """A folder of worlds and outcomes. Files appear whole or not at all, so a run can be stopped at any time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.range_version = fingerprint(Path(testrange.__path__[0]), without="bench")
        ours = (Path(__file__).with_name(f"{name}.py") for name in ("measured", "took"))
        self.product_version = fingerprint(Path(stillwatch.__path__[0]), *ours)
        (folder / "worlds").mkdir(parents=True, exist_ok=True)
        (folder / "outcomes").mkdir(exist_ok=True)

    def name(self, world: World) -> str:
        """The name of a world: a hash of its declaration and of the code that makes it."""
        told = json.dumps(asdict(world), default=str, sort_keys=True) + self.range_version
        return hashlib.blake2b(told.encode(), digest_size=8).hexdigest()

    def world(self, world: World) -> Path:
        """The folder of a world, written if it is not there yet."""
        folder = self.folder / "worlds" / self.name(world)
        if not (folder / "world.json").exists():
            draft = folder.with_name(f"{folder.name}.{os.getpid()}")
            write_world(world, draft)
            shutil.rmtree(folder, ignore_errors=True)
            draft.rename(folder)
        return folder

    @contextmanager
    def passing_world(self, world: World, keep: bool = False) -> Iterator[Path]:
        """A world that is removed after use, unless it was there before or is to be kept."""
        there = (self.folder / "worlds" / self.name(world)).exists()
        folder = self.world(world)
        try:
            yield folder
        finally:
            if not (keep or there):
                shutil.rmtree(folder, ignore_errors=True)

    def outcome(self, world: World, what: str, version: str, make: Callable[[Path], Outcome], keep: bool) -> Outcome:
        """What a detector came to on a world: read back if it is known, else made and kept."""
        path = self.folder / "outcomes" / f"{self.name(world)}-{what}-{version}.json"
        if path.exists():
            found: Outcome = json.loads(path.read_text("utf-8"))
            return found
        with self.passing_world(world, keep) as folder:
            made = make(folder)
        draft = path.with_suffix(f".{os.getpid()}")
        draft.write_text(json.dumps(made), "utf-8")
        draft.rename(path)
        return made
