"""Large worlds to disk, day by day in this process or in several others, the same bytes however many."""

from __future__ import annotations

import json
import multiprocessing
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from testrange.population import Population
from testrange.scale.days import Part, parts_of_day, slim
from testrange.scale.declared import ScaleWorld, population_of
from testrange.scale.signals import SignalParts
from testrange.setting import Setting
from testrange.worlds import account_records, account_truth

Form = Literal["signals", "raw"]
Progress = Callable[[int, int], None]
Counts = npt.NDArray[np.int64]


class Writer(Protocol):
    """How a form of a world lays out its accounts and its parts."""

    def accounts(self, records: pa.Table) -> None: ...

    def part(self, day: date, part: Part) -> set[str]:
        """Write a part and say which columns it fills."""


@dataclass(frozen=True)
class RawParts:
    """Exchange records with their texts."""

    out: Path

    def accounts(self, records: pa.Table) -> None:
        pq.write_table(records, self.out / "accounts.parquet", compression="zstd", compression_level=1)

    def part(self, day: date, part: Part) -> set[str]:
        folder = self.out / "exchanges"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"day-{day}-part-{part.number:04d}.parquet"
        pq.write_table(part.exchanges, path, compression="zstd", compression_level=1)
        return filled(part.exchanges)


@dataclass(frozen=True)
class ScaleWritten:
    """What a world came to. `columns` are those of the log and of the accounts that are filled."""

    directory: Path
    form: Form
    accounts: int
    exchanges: int
    harvested: int
    columns: tuple[str, ...]


def write_scale_world(
    world: ScaleWorld, out: Path, form: Form, processes: int = 1, progress: Progress | None = None
) -> ScaleWritten:
    """Write a world under `out`; one of before is removed. About 20 microseconds an exchange and process, and some ten
    seconds to start others than this one, which alone does the work of one process and keeps the population."""
    for name in ("exchanges", "signals", "registrations", "truth"):
        shutil.rmtree(out / name, ignore_errors=True)
    (out / "truth").mkdir(parents=True)
    sent, harvested, columns = np.zeros(0, np.int64), np.zeros(0, np.int64), set[str]()
    with _mapping(processes) as each:
        columns |= next(each(_accounts, [world], [out], [form]))
        days = ((world, out, form, day) for day in range(world.days))
        for number, told in enumerate(each(_day, *zip(*days, strict=True))):
            sent, harvested = (_sum(sent, told[0]), _sum(harvested, told[1]))
            columns |= told[2]
            if progress:
                progress(number + 1, world.days)
    _count_in_truth(out / "truth" / "accounts.parquet", sent, harvested)
    written = ScaleWritten(out, form, int(sent.size), int(sent.sum()), int(harvested.sum()), tuple(sorted(columns)))
    told_of = {"world": asdict(world), "written": {k: v for k, v in asdict(written).items() if k != "directory"}}
    (out / "world.json").write_text(json.dumps(told_of, indent=2, default=str, sort_keys=True) + "\n", "utf-8")
    return written


@contextmanager
def _mapping(processes: int) -> Iterator[Callable[..., Iterator[Any]]]:
    """`map`, by so many processes."""
    if processes == 1:
        yield map
        return
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool.map


def filled(table: pa.Table) -> set[str]:
    """Columns with at least one value."""
    return {name for name in table.column_names if table.column(name).null_count < table.num_rows}


def _writer(world: ScaleWorld, out: Path, form: Form) -> Writer:
    return SignalParts(out, world.seed) if form == "signals" else RawParts(out)


@lru_cache(maxsize=1)
def _people(world: ScaleWorld) -> tuple[Setting, Population]:
    """Of one process, made once: from the declaration, so that nothing has to be sent."""
    setting, people = population_of(world)
    return setting, slim(people)


def _accounts(world: ScaleWorld, out: Path, form: Form) -> set[str]:
    _, people = population_of(world)
    records = account_records(people)
    _writer(world, out, form).accounts(records)
    pq.write_table(account_truth(people), out / "truth" / "accounts.parquet", compression="zstd")
    return filled(records)


def _day(world: ScaleWorld, out: Path, form: Form, day: int) -> tuple[Counts, Counts, set[str]]:
    """Write one day; what each account sent and harvested, and the columns that were filled."""
    setting, people = _people(world)
    when, writer, columns = world.start + timedelta(days=day), _writer(world, out, form), set[str]()
    sent, harvested = np.zeros(len(people), np.int64), np.zeros(len(people), np.int64)
    for part in parts_of_day(setting, people, day):
        columns |= writer.part(when, part)
        sent, harvested = sent + part.sent, harvested + part.harvested
        _write_truth(out / "truth" / "exchanges", when, part)
    return sent, harvested, columns


def _write_truth(folder: Path, day: date, part: Part) -> None:
    """The harvested exchanges of a part; the truth of the others is that they are none."""
    folder.mkdir(parents=True, exist_ok=True)
    taken = part.truth.filter(part.truth["harvest"])
    pq.write_table(taken, folder / f"day-{day}-part-{part.number:04d}.parquet", compression="zstd")


def _count_in_truth(path: Path, sent: Counts, harvested: Counts) -> None:
    """Add to the truth of each account its exchanges and its harvested ones."""
    table = pq.read_table(path)
    table = table.append_column("exchanges", pa.array(sent)).append_column("harvested", pa.array(harvested))
    pq.write_table(table, path, compression="zstd")


def _sum(one: Counts, other: Counts) -> Counts:
    return other if one.size == 0 else one + other


def parts_on_disk(out: Path, form: Form) -> Iterator[Path]:
    """The files of the log of a world, in order."""
    folder = out / ("signals" if form == "signals" else "exchanges")
    yield from sorted(folder.rglob("*.parquet"))


def rows_and_bytes(out: Path, form: Form) -> tuple[int, int]:
    """Rows and bytes of the log of a world."""
    files = list(parts_on_disk(out, form))
    return sum(pq.read_metadata(f).num_rows for f in files), sum(f.stat().st_size for f in files)


def accounts_logged(out: Path) -> int:
    """Accounts of a world that are in its log."""
    sent = pq.read_table(out / "truth" / "accounts.parquet", columns=["exchanges"])["exchanges"]
    return int(pc.sum(pc.greater(sent, 0)).as_py())
