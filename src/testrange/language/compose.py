"""Vectorised composition: one sentence per row, from its group, its speaker and chance."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from testrange import seeds
from testrange.language.phrasebook import WIDTH, Phrasebook

TILT = 1.4
"""Exponent that makes the first phrases of a pool commoner than the last, as words are; 1 would be uniform."""


def compose(
    book: Phrasebook,
    groups: seeds.Indices,
    voices: seeds.Integers,
    fixed: seeds.Integers,
    rng: np.random.Generator,
) -> pa.StringArray:
    """One sentence per row.

    `voices` gives each row its speaker: sticky pools offer a speaker few personal favourites. Where `fixed` is not
    zero the whole sentence follows from that number alone, so equal numbers give equal sentences.
    """
    if not len(groups):
        return pa.array([], pa.string())
    frozen = fixed != 0
    chance = np.where(frozen, seeds.unit(seeds.mix(fixed, 1)), rng.random(len(groups)))
    pattern = book.first[groups] + (chance * book.count[groups]).astype(np.int64)
    columns = []
    for column in range(WIDTH):
        pools = book.slots[pattern, column]
        if not (book.sizes[pools] > 1).any():
            break
        columns.append(book.phrases.take(pa.array(_chosen(book, pools, voices, (fixed, column), rng))))
    return pc.binary_join_element_wise(*columns, "")


def _chosen(
    book: Phrasebook,
    pools: seeds.Indices,
    voices: seeds.Integers,
    fixed: tuple[seeds.Integers, int],
    rng: np.random.Generator,
) -> seeds.Indices:
    fresh = rng.random(len(pools))
    favourite = (fresh * book.sticky[pools]).astype(np.int64)
    personal = seeds.unit(seeds.mix(voices, pools, favourite))
    chance = np.where(book.sticky[pools] > 0, personal, fresh)
    numbers, column = fixed
    chance = np.where(numbers != 0, seeds.unit(seeds.mix(numbers, column + 2)), chance)
    return book.starts[pools] + (chance**TILT * book.sizes[pools]).astype(np.int64)


def join_runs(sentences: pa.StringArray, lengths: seeds.Indices) -> pa.StringArray:
    """Join runs of consecutive sentences (row i takes `lengths[i]` of them) into one text each."""
    offsets = np.zeros(len(lengths) + 1, dtype=np.int32)
    np.cumsum(lengths, out=offsets[1:])
    runs = pa.ListArray.from_arrays(pa.array(offsets), sentences)
    return pc.utf8_trim_whitespace(pc.binary_join(runs, ""))
