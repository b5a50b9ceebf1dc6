"""The phrases of a log, found by whatever way its engine has: `wording.phrase_steps`, or a compiled loop that does the
same in this process, three to four times as fast. Both leave the tables `phrases`, `frames` and `facts`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from numba import njit

from stillwatch.engine import Engine, InProcess
from stillwatch.links.holders import Holders, parts_of, placed, slot_of
from stillwatch.links.population import FACTS
from stillwatch.links.wording import COUNTED, LEAST_HOLDERS, REPEATS, phrase_steps, prompts_step

NEVER = np.iinfo(np.int64).max
Longs = npt.NDArray[np.int64]
Ints = npt.NDArray[np.int32]
Lists = tuple[Ints, Longs]
"""Bounds, and what lies between them."""
PHRASES = {"phrase": "shingles", "system_phrase": "system_shingles"}
SAID = f"SELECT {', '.join(FACTS)}, shingles, system_shingles FROM sketches"
MESSAGES, SYSTEM_PROMPTS = "SELECT member, shingles FROM sketches", "SELECT member, system_shingles FROM prompts"


def find_phrases(engine: Engine) -> None:
    """Tables `facts`, `phrases` and `frames`. Needs `scanned` and the view `sketches`.

    Cost: linear in sampled shingles, and in the loop twelve bytes of disk for each, up to `holders.MOST_ROWS`."""
    if not isinstance(engine, InProcess):
        engine.run(phrase_steps())
        engine.drop(*COUNTED)
        return
    engine.run([prompts_step()])
    common = _common(engine)
    phrases = _Phrases.of(common, _first(engine, common))
    engine.drop("prompts")
    schema = engine.fetch(f"{SAID} WHERE 1 = 0").select(FACTS).schema
    for name in PHRASES:
        schema = schema.append(pa.field(name, pa.int32()))
    engine.collect("facts", pa.RecordBatchReader.from_batches(schema, phrases.facts(engine.stream(SAID))))
    engine.register("phrases", phrases.table())
    engine.register("frames", phrases.frames())


@dataclass(frozen=True)
class _Common:
    """Shingles with enough holders that use them often enough, in order."""

    value: Longs
    holders: Longs
    uses: Longs

    @cached_property
    def table(self) -> tuple[Ints, Longs]:
        """Where the place of each in the order is found."""
        return placed(self.value, 1 << (4 * self.value.size + 1024).bit_length()), self.value


def _common(engine: InProcess) -> _Common:
    """A system prompt counts once for each account in `times`, and as often as it was sent in `uses`."""
    again = engine.fetch(
        "SELECT shingle, CAST(SUM(uses - 1) AS BIGINT) AS more FROM "
        "(SELECT UNNEST(system_shingles) AS shingle, uses FROM prompts) AS u GROUP BY shingle ORDER BY shingle"
    )
    prompted, more = np.asarray(again["shingle"]), np.asarray(again["more"])
    found: list[tuple[Longs, Longs, Longs]] = []
    for part in parts_of(_shingles(engine)):
        with Holders(engine.temporary, engine.threads, part) as holders:
            for sql in (MESSAGES, SYSTEM_PROMPTS):
                for batch in engine.stream(sql):
                    holders.add(np.asarray(batch["member"]).astype(np.int32), *_lists(batch.column(1)))
            for counted in holders.counted(LEAST_HOLDERS):
                uses = counted.times + _looked_up(counted.value, prompted, more)
                often = uses >= REPEATS * counted.holders
                found.append((counted.value[often], counted.holders[often], uses[often]))
    value, held, uses = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.argsort(value)
    return _Common(value[order], held[order], uses[order])


def _shingles(engine: InProcess) -> int:
    """Rows of shingle and account that will be counted."""
    total = (
        f"SELECT CAST(COALESCE(SUM(ARRAY_LENGTH({lists})), 0) AS BIGINT) AS n FROM {table}"
        for lists, table in (("shingles", "scanned"), ("system_shingles", "prompts"))
    )
    return sum(engine.fetch(sql)["n"][0].as_py() for sql in total)


def _first(engine: InProcess, common: _Common) -> Longs:
    """The least exchange in which each common shingle stands."""
    first = np.full(common.value.size, NEVER, np.int64)
    for sql in ("SELECT exchange, shingles FROM scanned", "SELECT first, system_shingles FROM prompts"):
        for batch in engine.stream(sql):
            _note_first(*_lists(batch.column(1)), np.asarray(batch.column(0)), common.table, first)
    return first


def _looked_up(wanted: Longs, keys: Longs, values: Longs) -> Longs:
    """The value of each wanted key, which are in order; 0 where there is none."""
    if keys.size == 0:
        return np.zeros(wanted.size, np.int64)
    place = np.minimum(np.searchsorted(keys, wanted), keys.size - 1)
    return np.where(keys[place] == wanted, values[place], 0).astype(np.int64)


def _lists(column: pa.Array) -> Lists:
    return np.asarray(column.offsets), np.asarray(column.values).astype(np.int64, copy=False)


@dataclass(frozen=True)
class _Phrases:
    """Common shingles with their ranks; `marks` and `texts` of a frame are counted while texts get their phrase."""

    common: _Common
    rank: Ints
    marks: Longs
    texts: Longs

    @classmethod
    def of(cls, common: _Common, first: Longs) -> _Phrases:
        """Ranked from 1: by how often a holder uses it, then by uses; ties fall to the one met later."""
        order = np.lexsort((common.value, first, common.uses, common.uses * 1000 // np.maximum(common.holders, 1)))
        rank = np.empty(order.size, np.int32)
        rank[order] = np.arange(1, order.size + 1)
        return cls(common, rank, np.zeros(order.size, np.int64), np.zeros(order.size, np.int64))

    def facts(self, said: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """FACTS of each exchange and its phrases; the system prompt's only where it is another."""
        for batch in said:
            message, prompt = (self._chosen(_lists(batch[lists])) for lists in PHRASES.values())
            prompt[prompt == message] = 0
            ranks = (pa.array(rank, mask=rank == 0) for rank in (message, prompt))
            yield pa.record_batch([*(batch[name] for name in FACTS), *ranks], names=[*FACTS, *PHRASES])

    def _chosen(self, shingles: Lists) -> Ints:
        """The rank of the phrase of each text, 0 where it has none."""
        counted = (self.rank, self.common.uses, self.common.holders)
        ranks: Ints = _choose(*shingles, self.common.table, counted, (self.marks, self.texts))
        return ranks

    def table(self) -> pa.Table:
        """Table `phrases`."""
        return pa.table({"value": self.common.value, "rank": self.rank})

    def frames(self) -> pa.Table:
        """Table `frames`; once all texts have their phrase."""
        some = self.texts > 0
        return pa.table({"rank": self.rank[some], "length": self.marks[some] * 1000 // self.texts[some]})


@njit(nogil=True, cache=True)
def _note_first(bounds, shingles, exchange, table, first):  # type: ignore[no-untyped-def]
    """Lower the first exchange of each common shingle to the one of a text in which it stands."""
    slots, known = table
    for k in range(exchange.shape[0]):
        for j in range(bounds[k], bounds[k + 1]):
            number = slots[slot_of(slots, known, shingles[j])]
            if number >= 0:
                first[number] = min(first[number], exchange[k])


@njit(nogil=True, cache=True)
def _choose(bounds, shingles, table, counted, frame):  # type: ignore[no-untyped-def]
    """The greatest rank among the common shingles of each text. Notes, for the phrase that has it, the shingles of the
    same frame: those that are used half as often or more, by at most twice as many accounts."""
    (slots, known), (rank, uses, holders), (marks, texts) = table, counted, frame
    chosen = np.zeros(bounds.shape[0] - 1, np.int32)
    numbers = np.empty(np.max(np.diff(bounds)) if chosen.size else 0, np.int32)
    for k in range(chosen.shape[0]):
        found, best = 0, -1
        for j in range(bounds[k], bounds[k + 1]):
            number = slots[slot_of(slots, known, shingles[j])]
            if number < 0:
                continue
            numbers[found] = number
            found += 1
            if best < 0 or rank[number] > rank[best]:
                best = number
        if best < 0:
            continue
        chosen[k] = rank[best]
        texts[best] += 1
        for number in numbers[:found]:
            if 2 * uses[number] >= uses[best] and holders[number] <= 2 * holders[best]:
                marks[best] += 1
    return chosen
