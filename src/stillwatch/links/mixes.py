"""Sums over the exchanges of each account and parity of the day, from which its mix is seen (`likeness`)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from numba import njit

from stillwatch.engine import Engine, InProcess, Step
from stillwatch.signals.kernel import BAG

OUTPUT_BOUNDS = (32, 128, 512, 2048)
INPUT_BOUNDS = (64, 256, 1024, 4096)
LEAST_EXCHANGES = 16
"""Exchanges from which an account has a mix."""
SUMMED = (
    "follow_ups",
    *(f"o{k}" for k in range(len(OUTPUT_BOUNDS))),
    *(f"i{k}" for k in range(len(INPUT_BOUNDS))),
    *(f"b{k}" for k in range(BAG)),
)
"""Follow-ups; exchanges whose output and whose input reach each bound; and the bags of words."""
_ENOUGH = f"p.exchanges >= {LEAST_EXCHANGES}"
Longs = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Sums:
    """`member`: the accounts with enough exchanges, in order; [half, account]: number of `exchanges`, and with a last
    axis the sums of SUMMED."""

    member: Longs
    exchanges: Longs
    sums: Longs

    def table(self) -> pa.Table:
        """Table `mixes`."""
        half, row = np.nonzero(self.exchanges)
        known = {"member": self.member[row].astype(np.int32), "half": half.astype(np.int32)}
        counted = {"exchanges": self.exchanges[half, row]}
        return pa.table(known | counted | {name: self.sums[half, row, k] for k, name in enumerate(SUMMED)})


def read_sums(engine: Engine) -> Sums:
    """The sums, also left as table `mixes` (member, half, exchanges, SUMMED). Needs `scanned` and `population`. One
    pass; memory for two rows of SUMMED for each account."""
    if not isinstance(engine, InProcess):
        engine.run(mix_steps())
        return _fetched(engine)
    found = _looped(engine)
    engine.collect("mixes", found.table().to_reader())
    return found


def mix_steps() -> list[Step]:
    """Table `mixes`."""
    counted = [
        "COUNT(*) AS exchanges",
        "COUNT(CASE WHEN s.turn > 1 THEN 1 END) AS follow_ups",
        *(f"COUNT(CASE WHEN s.output_tokens >= {b} THEN 1 END) AS o{k}" for k, b in enumerate(OUTPUT_BOUNDS)),
        *(f"COUNT(CASE WHEN s.input_tokens >= {b} THEN 1 END) AS i{k}" for k, b in enumerate(INPUT_BOUNDS)),
        *(f"CAST(SUM(s.bag[{k + 1}]) AS BIGINT) AS b{k}" for k in range(BAG)),
    ]
    return [
        Step(
            "mixes",
            f"SELECT p.member, s.day % 2 AS half, {', '.join(counted)} FROM scanned s "
            f"JOIN population p ON p.account = s.account WHERE {_ENOUGH} GROUP BY p.member, s.day % 2",
        )
    ]


def _fetched(engine: Engine) -> Sums:
    """From the table."""
    table = engine.fetch("SELECT * FROM mixes ORDER BY member, half")
    half = np.asarray(table["half"]).astype(np.int64)
    found, row = np.unique(np.asarray(table["member"]).astype(np.int64), return_inverse=True)
    exchanges, sums = np.zeros((2, found.size), np.int64), np.zeros((2, found.size, len(SUMMED)), np.int64)
    exchanges[half, row] = np.asarray(table["exchanges"])
    sums[half, row] = np.stack([np.asarray(table[name]) for name in SUMMED], axis=1)
    return Sums(found, exchanges, sums)


def _looped(engine: InProcess) -> Sums:
    """The same in this process: an engine of columns sums a list of 32 numbers number by number."""
    known = engine.fetch(f"SELECT member FROM population p WHERE {_ENOUGH} ORDER BY member")
    member = np.asarray(known["member"]).astype(np.int64)
    row = np.full(int(member.max(initial=0)) + 1, -1, np.int32)
    row[member] = np.arange(member.size)
    exchanges, sums = np.zeros((2, member.size), np.int64), np.zeros((2, member.size, len(SUMMED)), np.int64)
    batches = engine.stream(
        "SELECT p.member, s.day, s.turn, s.output_tokens, s.input_tokens, s.bag FROM scanned s "
        f"JOIN population p ON p.account = s.account WHERE {_ENOUGH}"
    )
    bounds = (np.array(OUTPUT_BOUNDS, np.int64), np.array(INPUT_BOUNDS, np.int64))
    for batch in batches:
        turn, output, given = (_whole(batch[name]) for name in ("turn", "output_tokens", "input_tokens"))
        where = (row[np.asarray(batch["member"])], np.asarray(batch["day"]).astype(np.int64) % 2)
        bags = np.asarray(pc.list_flatten(batch["bag"])).reshape(-1, BAG)
        _add(where, (turn, output, given), bags, bounds, exchanges, sums)
    return Sums(member, exchanges, sums)


def _whole(numbers: pa.Array) -> Longs:
    """As whole numbers; what is not known reaches no bound."""
    return np.asarray(pc.fill_null(numbers.cast(pa.int64()), -1)).astype(np.int64, copy=False)


@njit(nogil=True, cache=True)
def _add(where, numbers, bags, bounds, exchanges, sums):  # type: ignore[no-untyped-def]
    """Add a batch to the sums of the account and half of each row."""
    (rows, halves), (turn, output, given), (output_bounds, input_bounds) = where, numbers, bounds
    first_of_input = 1 + output_bounds.shape[0]
    first_of_bag = first_of_input + input_bounds.shape[0]
    for k in range(rows.shape[0]):
        mine = sums[halves[k], rows[k]]
        exchanges[halves[k], rows[k]] += 1
        mine[0] += turn[k] > 1
        for b in range(output_bounds.shape[0]):
            mine[1 + b] += output[k] >= output_bounds[b]
        for b in range(input_bounds.shape[0]):
            mine[first_of_input + b] += given[k] >= input_bounds[b]
        for b in range(bags.shape[1]):
            mine[first_of_bag + b] += bags[k, b]
