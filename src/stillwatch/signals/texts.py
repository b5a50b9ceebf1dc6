"""Kept texts: only when asked for, only of campaign members, only until a stated day."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Set
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

if TYPE_CHECKING:  # whoever only lets texts expire does not wait for the compiler
    from stillwatch.signals.stage import Signaller

COLUMNS = ("exchange_id", "account_id", "time", "system_text", "input_text", "output_text")
FOLDER = "texts"
NOTE = "expires.json"


def passing_texts(
    batches: Iterable[pa.Table], folder: Path, signaller: Signaller, as_of: datetime | None
) -> Iterator[pa.Table]:
    """Pass batches of exchanges on, setting their texts aside in `folder` on the way: under the account ids that the
    result shows, and none from `as_of` on."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, batch in enumerate(batches):
        texts = batch.select(list(COLUMNS))
        shown = signaller.account_ids(pa.concat_arrays(texts["account_id"].chunks or [pa.array([], pa.string())]))
        texts = texts.set_column(COLUMNS.index("account_id"), "account_id", shown)
        if as_of is not None:
            texts = texts.filter(pc.less(texts["time"], pa.scalar(as_of, texts["time"].type)))
        pq.write_table(texts, folder / f"part-{number:06d}.parquet", compression="zstd")
        yield batch


def keep_texts_of(accounts: Set[str], source: Path, result: Path, days: int) -> datetime:
    """Keep the texts of these accounts beside the result, for `days` from now; everything else is deleted."""
    until = datetime.now(UTC) + timedelta(days=days)
    kept = result / FOLDER
    kept.mkdir()
    rows = ds.dataset(source, format="parquet").filter(
        pc.field("account_id").isin(pa.array(sorted(accounts), pa.string()))
    )
    pq.write_table(
        rows.to_table().sort_by([("time", "ascending"), ("exchange_id", "ascending")]), kept / "texts.parquet"
    )
    (kept / NOTE).write_text(json.dumps({"delete_after": until.isoformat(timespec="seconds")}) + "\n")
    shutil.rmtree(source)
    return until


def expire_texts(result: Path, now: datetime | None = None) -> bool:
    """Delete the kept texts of a result if their time is over; true if they were. Every command that opens a result
    calls this first."""
    note = result / FOLDER / NOTE
    if not note.exists():
        return False
    until = datetime.fromisoformat(json.loads(note.read_text())["delete_after"])
    if (now or datetime.now(UTC)) < until:
        return False
    shutil.rmtree(result / FOLDER)
    return True
