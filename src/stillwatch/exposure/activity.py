"""The days and the kinds of work of each account that a result lists: all that it did, beside what was harvest."""

from __future__ import annotations

import pyarrow as pa

from stillwatch.engine import Engine

_BY_DAY = (
    "COUNT(*) AS exchanges, COUNT(CASE WHEN taken THEN 1 END) AS harvested, "
    "CAST(SUM(COALESCE(output_tokens, 0) + COALESCE(reasoning_tokens, 0)) AS BIGINT) AS tokens, "
    "CAST(SUM(CASE WHEN taken THEN COALESCE(output_tokens, 0) + COALESCE(reasoning_tokens, 0) ELSE 0 END) AS BIGINT) "
    "AS harvested_tokens"
)


def measure_activity(engine: Engine, beside: pa.Array) -> pa.Table:
    """One row per listed member and day, sorted: `member, day, exchanges, harvested, tokens, harvested_tokens`.

    `beside`: members of no group that are listed as bystanders, of whom nothing is harvest. Needs `facts` and
    `harvested`. Cost: one pass over the exchanges of those listed, and one over all for those beside.
    """
    engine.register("beside", pa.table({"member": pa.array(beside, pa.int32())}))
    return engine.fetch(
        f"SELECT member, day, {_BY_DAY} FROM (SELECT member, day, output_tokens, reasoning_tokens, taken "
        "FROM harvested UNION ALL SELECT f.member, f.day, f.output_tokens, f.reasoning_tokens, FALSE AS taken "
        "FROM facts f JOIN beside b ON b.member = f.member) AS a GROUP BY member, day ORDER BY member, day"
    )


_IF_TAKEN = "CAST(SUM(CASE WHEN taken THEN COALESCE({name}, 0) ELSE 0 END) AS BIGINT) AS {name}"
_USED = ("member", "capability", "model", "input_tokens", "output_tokens", "reasoning_tokens", "estimated")


def measure_usage(engine: Engine) -> pa.Table:
    """One row per listed member, capability code and model, sorted: `exchanges`, and of those `harvested` with their
    tokens; `estimated` is 1 where the log had no token counts of a harvested one.

    Needs what `measure_activity` registered. Cost: as that.
    """
    used = ", ".join(_USED)
    beside = ", ".join(f"f.{name}" for name in _USED)
    tokens = ", ".join(_IF_TAKEN.format(name=f"{kind}_tokens") for kind in ("input", "output", "reasoning"))
    return engine.fetch(
        "SELECT member, capability, CAST(model AS VARCHAR) AS model, COUNT(*) AS exchanges, "
        f"COUNT(CASE WHEN taken THEN 1 END) AS harvested, {tokens}, "
        "MAX(CASE WHEN taken AND estimated THEN 1 ELSE 0 END) AS estimated "
        f"FROM (SELECT {used}, taken FROM harvested UNION ALL SELECT {beside}, FALSE AS taken FROM facts f "
        "JOIN beside b ON b.member = f.member) AS u "
        "GROUP BY member, capability, CAST(model AS VARCHAR) ORDER BY 1, 2, 3"
    )
