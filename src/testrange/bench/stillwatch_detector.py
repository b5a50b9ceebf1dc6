"""Stillwatch as a detector of the bench: one scan in this process, under a key that belongs to the seed."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from stillwatch.progress import Silent
from stillwatch.road import ScanOptions, scan
from testrange.bench.measured import measure
from testrange.bench.store import Outcome, Store, without_truth
from testrange.worlds import World

DEFAULT_LEVEL = 0.01


@dataclass(frozen=True)
class Asked:
    """How a world is scanned."""

    level: float = DEFAULT_LEVEL
    as_of: datetime | None = None
    exchanges: bool = False  # also list which exchanges are harvest

    @property
    def name(self) -> str:
        cut = f"-{self.as_of:%Y%m%d%H}" if self.as_of else ""
        return f"stillwatch-{self.level:g}{cut}{'-listed' if self.exchanges else ''}"


def stillwatch_outcome(store: Store, world: World, asked: Asked | None = None, keep: bool = False) -> Outcome:
    """What Stillwatch accuses in a world, against the truth."""
    how = asked or Asked()
    return store.outcome(world, how.name, store.product_version, lambda folder: _scanned(folder, world.seed, how), keep)


def _scanned(folder: Path, seed: int, asked: Asked) -> Outcome:
    with tempfile.TemporaryDirectory() as scratch, without_truth(folder) as log:
        key = Path(scratch) / "key"
        key.write_text(hashlib.blake2b(f"bench {seed}".encode(), digest_size=32).hexdigest() + "\n", "utf-8")
        key.chmod(0o600)
        result = Path(scratch) / "result"
        told: dict[str, Any] = {"level": asked.level, "as_of": asked.as_of, "list_exchanges": asked.exchanges}
        scan(ScanOptions(log=log, out=result, key=key, threads=1, **told), Silent())
        return measure(result, folder)
