"""A small extract of public traces and prompts; ATTRIBUTION.md names source, commit and licence of each file."""

from __future__ import annotations

from functools import cache
from importlib import resources

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray


@cache
def table(name: str) -> pa.Table:
    """One file of the extract."""
    with resources.files(__name__).joinpath(f"{name}.parquet").open("rb") as stream:
        return pq.read_table(stream)


def column(name: str, field: str) -> NDArray[np.float64]:
    """One numeric column, nulls as NaN."""
    return np.asarray(table(name)[field].to_numpy(), dtype=np.float64)


def prompts(*sources: str) -> list[str]:
    """The prompts of some sets, in file order."""
    rows = table("prompts")
    kept = rows.filter(pc.is_in(rows["source"], pa.array(sources)))
    return [str(text) for text in kept["prompt"].to_pylist()]
