"""Honest logs made of real ones: what two accounts do together is taken away, what each does alone stays."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

HOUR = 3_600_000_000


def strangers(events: pa.Table, seed: int) -> pa.Table:
    """Accounts dealt anew over the acts of their place.

    Every account keeps its number of acts and every object its acts and times; who did which act is chance. Whatever
    is linked then is linked by popularity alone.
    """
    rng = np.random.default_rng(seed)
    account, place = (np.asarray(events[c].to_pylist(), object) for c in ("account", "place"))
    for name in sorted(set(place)):
        here = np.flatnonzero(place == name)
        account[here] = account[rng.permutation(here)]
    return events.set_column(0, events.schema.field("account"), pa.array(account.tolist(), pa.string()))


def same_hours(events: pa.Table, seed: int) -> pa.Table:
    """Every act at a random moment of its own hour. Who acts on what, and in which hours, stays.

    Groups are linked as before; that their members met in the same minutes is chance now, so none should be told to
    act as one hand on that ground.
    """
    rng = np.random.default_rng(seed)
    time = np.asarray(events["time"].cast(pa.int64())) // HOUR * HOUR + rng.integers(0, HOUR, events.num_rows)
    field = events.schema.field("time")
    return events.set_column(2, field, pa.array(time, pa.int64()).cast(field.type))
