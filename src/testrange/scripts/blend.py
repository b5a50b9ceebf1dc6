"""A blend: some sessions follow one script, the others another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from testrange import seeds
from testrange.scripts.rows import Rows, Script, Texts


@dataclass(frozen=True)
class Blend:
    """`share` of the sessions follow `first`, the rest `second`."""

    first: Script
    second: Script
    share: float

    def write(self, rows: Rows) -> Texts:
        chance = seeds.unit(seeds.mix(rows.session, 91))
        sides = [np.flatnonzero(chance < self.share), np.flatnonzero(chance >= self.share)]
        written = [script.write(rows.take(side)) for script, side in zip((self.first, self.second), sides, strict=True)]
        back = pa.array(np.argsort(np.concatenate(sides)))
        return Texts(
            pa.concat_arrays([w.system for w in written]).take(back),
            pa.concat_arrays([w.message for w in written]).take(back),
        )
