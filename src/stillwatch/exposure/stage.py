"""Campaigns to exposure. Counts only; nothing here changes a verdict."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillwatch.campaigns.stage import Judged
from stillwatch.campaigns.tables import SHOWS_INTENT
from stillwatch.campaigns.worded import PART, PART_SHARE
from stillwatch.engine import Engine, Step
from stillwatch.exposure.activity import measure_activity, measure_usage

Members = npt.NDArray[np.int64]

HARVESTER = 0.5
"""Share of its exchanges from which an account is a harvester; below, it carries other people's work too, and takes
part from PART exchanges and PART_SHARE of its own on. In a world of the second simulator (mixed-42) accounts of a pool
of honest people, linked to a campaign by the wording of an application, have 0 to 6 such exchanges each and 0 to 4 %,
those of the campaign 6 to 64 and 6 to 24 %."""
_TAKEN = "harvests AND answered AND (common OR shows_intent OR NOT framed)"
EXIT_ACCOUNTS = 3
EXIT_SHARE = 0.3
"""An address is a group's exit if at least three members use it and they are 30 % of all who do."""
STRANGER_EXITS = 3
STRANGER_TRAFFIC = 0.5
"""An outsider stands beside a group if half of its exchanges leave through three or more of the group's exits."""


@dataclass(frozen=True)
class Exposure:
    """`accounts`: one row per campaign and account. `days`: per campaign and day. `taken`: per campaign, capability
    code and model. `bystanders`: accounts outside that share a group's exits and nothing else. `activity`: per account
    that any of these or `idle_members` lists, and day; `usage`: per such account, capability code and model."""

    accounts: pa.Table
    days: pa.Table
    taken: pa.Table
    bystanders: pa.Table
    activity: pa.Table
    usage: pa.Table


def measure_exposure(engine: Engine, judged: Judged) -> Exposure:
    """Table `harvested` (grp, member, exchange) and the sums over it. One pass over the exchanges of listed groups."""
    listed = pa.table(
        {
            "grp": pa.array([a.group for a in judged.assessments], pa.int32()),
            "harvests": pa.array([a.verdict != "coordinated" for a in judged.assessments], pa.bool_()),
        }
    )
    engine.register("listed", listed)
    engine.register("by_wording", pa.table({"member": pa.array(np.flatnonzero(judged.worded), pa.int32())}))
    engine.run(_harvest_steps())
    bystanders = _bystanders(engine)
    beside = np.union1d(np.asarray(bystanders["member"]), idle_members(judged))
    activity = measure_activity(engine, pa.array(beside.astype(np.int32)))
    return Exposure(_accounts(engine), _days(engine), _taken(engine), bystanders, activity, measure_usage(engine))


def idle_members(judged: Judged) -> Members:
    """Members that are linked to a listed group and take no part in it."""
    listed = np.array([a.group for a in judged.assessments], np.int64)
    apart = (judged.linked.of >= 0) & (judged.groups.of < 0) & np.isin(judged.linked.of, listed)
    return np.flatnonzero(apart)


def _harvest_steps() -> list[Step]:
    """Of an account that takes no part nothing counts as taken: a stray line of a campaign's wording is in the traffic
    of honest people too, and in that of the pools that carry it."""
    taken = f"COUNT(CASE WHEN {_TAKEN} THEN 1 END)"
    return [
        Step(
            "work_of_listed",
            "SELECT g.grp, l.harvests, b.member IS NOT NULL AS framed, f.member, f.exchange, f.time, f.day, f.model, "
            "f.answered, f.capability, f.input_tokens, f.output_tokens, f.reasoning_tokens, f.estimated, "
            f"c.exchange IS NOT NULL AS common, {SHOWS_INTENT} AS shows_intent FROM facts f "
            "JOIN grouped g ON g.member = f.member JOIN listed l ON l.grp = g.grp "
            "LEFT JOIN by_wording b ON b.member = g.member "
            "LEFT JOIN common_work c ON c.grp = g.grp AND c.exchange = f.exchange",
        ),
        Step(
            "takes_part",
            f"SELECT grp, member FROM work_of_listed GROUP BY grp, member HAVING {taken} >= {HARVESTER} * COUNT(*) "
            f"OR ({taken} >= {PART} AND {taken} >= {PART_SHARE} * COUNT(*))",
        ),
        Step(
            "harvested",
            f"SELECT w.*, {_TAKEN} AND t.member IS NOT NULL AS taken FROM work_of_listed w "
            "LEFT JOIN takes_part t ON t.grp = w.grp AND t.member = w.member",
        ),
    ]


_TOKENS = (
    "CAST(SUM(CASE WHEN taken THEN COALESCE(input_tokens, 0) ELSE 0 END) AS BIGINT) AS input_tokens, "
    "CAST(SUM(CASE WHEN taken THEN COALESCE(output_tokens, 0) ELSE 0 END) AS BIGINT) AS output_tokens, "
    "CAST(SUM(CASE WHEN taken THEN COALESCE(reasoning_tokens, 0) ELSE 0 END) AS BIGINT) AS reasoning_tokens"
)


def _accounts(engine: Engine) -> pa.Table:
    return engine.fetch(
        "SELECT grp, member, COUNT(*) AS exchanges, COUNT(CASE WHEN taken THEN 1 END) AS harvested, "
        "MIN(time) AS first_seen, "
        f"MAX(time) AS last_seen, {_TOKENS} FROM harvested GROUP BY grp, member ORDER BY grp, member"
    )


def _days(engine: Engine) -> pa.Table:
    debut = "SELECT grp, member, MIN(day) AS day FROM harvested GROUP BY grp, member"
    return engine.fetch(
        f"SELECT d.*, COALESCE(n.new_accounts, 0) AS new_accounts FROM (SELECT grp, day, COUNT(*) AS exchanges, "
        f"COUNT(CASE WHEN taken THEN 1 END) AS harvested, COUNT(DISTINCT member) AS accounts, {_TOKENS} "
        "FROM harvested GROUP BY grp, day) "
        f"AS d LEFT JOIN (SELECT grp, day, COUNT(*) AS new_accounts FROM ({debut}) AS b GROUP BY grp, day) AS n "
        "ON n.grp = d.grp AND n.day = d.day ORDER BY d.grp, d.day"
    )


def _taken(engine: Engine) -> pa.Table:
    return engine.fetch(
        "SELECT grp, capability, CAST(model AS VARCHAR) AS model, COUNT(*) AS harvested, "
        f"{_TOKENS}, MAX(CASE WHEN estimated THEN 1 ELSE 0 END) AS estimated "
        "FROM harvested WHERE taken GROUP BY grp, capability, CAST(model AS VARCHAR) ORDER BY 1, 2, 3"
    )


def _bystanders(engine: Engine) -> pa.Table:
    """Outsiders whose traffic leaves mostly through a group's exits: same proxy, not same actor."""
    engine.run(
        [
            Step(
                "exit_users",
                "SELECT member, address, COUNT(*) AS exchanges FROM facts WHERE address IS NOT NULL "
                "GROUP BY member, address",
            ),
            Step(
                "exit_holders",
                "SELECT address, COUNT(*) AS holders FROM exit_users GROUP BY address HAVING COUNT(*) > 1",
            ),
            Step(
                "exits",
                "SELECT g.grp, u.address FROM exit_users u JOIN exit_holders h ON h.address = u.address "
                "JOIN grouped g ON g.member = u.member JOIN listed l ON l.grp = g.grp GROUP BY g.grp, u.address "
                f"HAVING COUNT(*) >= {EXIT_ACCOUNTS} AND COUNT(*) >= {EXIT_SHARE} * MAX(h.holders)",
            ),
        ]
    )
    return engine.fetch(
        "SELECT e.grp, u.member, CAST(SUM(u.exchanges) AS BIGINT) AS through FROM exits e "
        "JOIN exit_users u ON u.address = e.address "
        "JOIN population p ON p.member = u.member LEFT JOIN grouped g ON g.member = u.member "
        f"WHERE g.member IS NULL GROUP BY e.grp, u.member, p.exchanges HAVING COUNT(*) >= {STRANGER_EXITS} "
        f"AND SUM(u.exchanges) >= {STRANGER_TRAFFIC} * p.exchanges ORDER BY e.grp, u.member"
    )


def shares(values: pa.Array) -> list[float]:
    """Values as shares of their sum."""
    numbers = np.asarray(values).astype(float)
    return [float(n) for n in numbers / max(numbers.sum(), 1.0)]
