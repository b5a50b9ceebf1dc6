"""The form that a scan meets past the door: signals by day, and registrations. The one place of the range that calls
the product's door, with records that are finished: nothing here can fit a text to a detector."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch.signals import Key, Signaller, registrations
from testrange import seeds
from testrange.scale.days import Part


def key_of(seed: int) -> Key:
    """The key of a simulated world. It protects nobody, so it follows from the seed: same bytes."""
    return Key(b"".join(seeds.number("scale key", seed, n).to_bytes(8, "big") for n in range(4)))


@dataclass(frozen=True)
class SignalParts:
    """Signals by day as the product's Signaller makes them of the texts, which are then forgotten."""

    out: Path
    seed: int

    def accounts(self, records: pa.Table) -> None:
        folder = self.out / "registrations"
        folder.mkdir(parents=True, exist_ok=True)
        table = registrations(records, self._signaller)
        pq.write_table(table, folder / "part-0000.parquet", compression="zstd", compression_level=1)
        self._write_key()

    def part(self, day: date, part: Part) -> set[str]:
        folder = self.out / "signals" / f"day={day}"
        folder.mkdir(parents=True, exist_ok=True)
        pq.write_table(
            self._signaller.signals(part.exchanges),
            folder / f"part-{part.number:04d}.parquet",
            compression="zstd",
            compression_level=1,
            use_dictionary=["account_id", "model"],
            write_statistics=False,
        )
        names = part.exchanges.column_names
        return {n for n in names if part.exchanges.column(n).null_count < part.exchanges.num_rows}

    @cached_property
    def _signaller(self) -> Signaller:
        """One a day: it remembers the pseudonyms of what it met."""
        return Signaller(key_of(self.seed))

    def _write_key(self) -> None:
        path = self.out / "key"
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(key_of(self.seed).secret.hex() + "\n")
