"""The rows that a script writes for, the texts that it returns, and the plan of sentences in between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pyarrow as pa

from testrange import seeds
from testrange.language import Phrasebook, compose, join_runs
from testrange.language.phrasebook import DOMAINS


@dataclass(frozen=True)
class Rows:
    """Requests to write: one element per request in each column."""

    account: seeds.Integers  # voice of the account
    speaker: seeds.Integers  # voice of the person who speaks
    session: seeds.Integers
    turn: seeds.Indices  # from 1
    book: Phrasebook
    rng: np.random.Generator

    def __len__(self) -> int:
        return len(self.account)

    def take(self, picked: seeds.Indices) -> Rows:
        return Rows(
            self.account[picked], self.speaker[picked], self.session[picked], self.turn[picked], self.book, self.rng
        )


@dataclass(frozen=True)
class Texts:
    """The system prompt (null where there is none) and the newest user message of each request."""

    system: pa.StringArray
    message: pa.StringArray


class Script(Protocol):
    """Anything that can write requests."""

    def write(self, rows: Rows) -> Texts: ...


def no_text(size: int) -> pa.StringArray:
    """Nulls, for requests without a system prompt."""
    return pa.nulls(size, pa.string())


def favourite(voices: seeds.Integers, chance: seeds.Floats) -> seeds.Indices:
    """The topic of a request: each voice has a first, a second and a third love, then anything."""
    rank = np.searchsorted([0.62, 0.84, 0.94], chance)
    hashes = seeds.unit(seeds.mix(voices, rank, np.where(rank == 3, (chance * 1e6).astype(np.int64), 0)))
    return np.searchsorted(np.cumsum(TOPIC_SHARES), hashes, side="right").clip(0, len(DOMAINS) - 1)


TOPIC_SHARES = (0.30, 0.10, 0.13, 0.10, 0.12, 0.05, 0.04, 0.04, 0.05, 0.03, 0.04)


def sentences(
    rows: Rows,
    domain: seeds.Indices,
    counts: Mapping[str, seeds.Indices],
    fixed: seeds.Integers | None = None,
) -> pa.StringArray:
    """A text per row: `counts` says how many sentences of each role, in order of the mapping.

    With `fixed`, equal numbers give equal texts: that is how an application repeats its own wording.
    """
    table = np.stack(list(counts.values()), axis=1)
    cells = np.repeat(np.arange(table.size), table.ravel())
    row, role = cells // len(counts), cells % len(counts)
    groups = np.stack([rows.book.group(name, domain) for name in counts], axis=1)[row, role]
    numbers = np.zeros(len(row), dtype=np.uint64)
    if fixed is not None:
        lengths = table.sum(axis=1)
        place = np.arange(len(row)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        numbers = seeds.mix(fixed[row], place)
    composed = compose(rows.book, groups, rows.speaker[row], numbers, rows.rng)
    return join_runs(composed, table.sum(axis=1))
