"""When accounts send: the slots in which they meet, and their moves to a new model, gathered in the engine."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from stillwatch.campaigns.coordination.synchrony import SLOTS_PER_HOUR
from stillwatch.engine import Engine, Step

SAMPLED_OUTSIDERS = 4000
"""Ungrouped accounts whose slots are read as the reference for synchrony."""
DAY = 86_400_000_000
LEAST_HISTORY = 2 * DAY
"""A model seen only from two days after the log's start on counts as released in the log."""


def register_slots(engine: Engine) -> None:
    """Tables `active_slots` (member, slot): five-minute slots in which each account sent something; and `own_meetings`
    (member, own): its pairs of such slots in one hour. One pass."""
    engine.run(
        [
            Step("active_slots", "SELECT DISTINCT member, slot FROM facts"),
            Step(
                "own_meetings",
                "SELECT member, CAST(SUM(n * (n - 1) // 2) AS BIGINT) AS own FROM (SELECT member, COUNT(*) AS n FROM "
                f"active_slots GROUP BY member, slot // {SLOTS_PER_HOUR}) AS h GROUP BY member",
            ),
        ]
    )


def read_meetings(engine: Engine, accounts: int) -> pa.Table:
    """For each group, and for a sample of the others (-1), pairs of active slots: all, those that are the same slot,
    that lie in one hour, of these the ones of one account, and those at the same place of any two hours. Counted in the
    engine: a campaign has slots by the million."""
    step = max(1, accounts // SAMPLED_OUTSIDERS)
    engine.run(
        [
            Step(
                "meeting",
                f"SELECT m.member, COALESCE(g.grp, -1) AS grp, m.own FROM own_meetings m "
                f"LEFT JOIN grouped g ON g.member = m.member WHERE g.member IS NOT NULL OR m.member % {step} = 0",
            ),
            # Slots of a group are few beside those of its accounts, and every other count is a sum over them.
            Step(
                "busy_slots",
                "SELECT m.grp, a.slot, COUNT(*) AS n FROM active_slots a JOIN meeting m ON m.member = a.member "
                "GROUP BY m.grp, a.slot",
            ),
        ]
    )
    alike = {
        "pairs": "",
        "same_slot": ", slot",
        "same_hour": f", slot // {SLOTS_PER_HOUR}",
        "same_place": f", slot % {SLOTS_PER_HOUR}",
    }
    counted = " UNION ALL ".join(
        f"SELECT grp, '{name}' AS what, CAST(SUM(n) AS BIGINT) AS n FROM busy_slots GROUP BY grp{key}"
        for name, key in alike.items()
    )
    sums = ", ".join(
        f"CAST(SUM(CASE WHEN what = '{name}' THEN n * (n - 1) // 2 ELSE 0 END) AS BIGINT) AS {name}" for name in alike
    )
    found = engine.fetch(
        f"SELECT c.*, o.own FROM (SELECT grp, {sums} FROM ({counted}) AS n GROUP BY grp) AS c JOIN "
        "(SELECT grp, CAST(SUM(own) AS BIGINT) AS own FROM meeting GROUP BY grp) AS o ON o.grp = c.grp ORDER BY c.grp"
    )
    engine.drop("meeting", "busy_slots")
    return found


def read_moves(engine: Engine) -> pa.Table:
    """For each release inside the log: accounts active before and in the day after, and what they used then."""
    models = engine.fetch("SELECT model, MIN(time) AS released FROM facts GROUP BY model ORDER BY model")
    released = np.asarray(models["released"].cast(pa.int64())).astype(np.int64)
    new = released >= released.min() + LEAST_HISTORY if released.size else np.zeros(0, bool)
    times = models["released"].type
    engine.register(
        "releases",
        pa.table(
            {
                "model": models["model"].cast(pa.string()).filter(pa.array(new)),
                "released": pa.array(released[new]).cast(times),
                "since": pa.array(released[new] - 7 * DAY).cast(times),
                "until": pa.array(released[new] + DAY).cast(times),
            }
        ),
    )
    return engine.fetch(
        "SELECT r.model, f.member, COUNT(CASE WHEN f.time >= r.released THEN 1 END) AS after, "
        "COUNT(CASE WHEN f.time >= r.released AND f.model = r.model THEN 1 END) AS on_model FROM facts f "
        "JOIN releases r ON f.time >= r.since AND f.time < r.until GROUP BY r.model, f.member "
        "HAVING MIN(f.time) < MIN(r.released) AND MAX(f.time) >= MIN(r.released) ORDER BY r.model, f.member"
    )
