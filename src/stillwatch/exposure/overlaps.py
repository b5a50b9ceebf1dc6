"""What listed groups share with one another. Two hands can buy from one proxy and one account shop: same infrastructure
is not same actor, and nothing here changes a verdict or a group."""

from __future__ import annotations

import pyarrow as pa

from stillwatch.engine import Engine, Step
from stillwatch.links import LINK_DETECTORS

DECISIVE = ("payment", "device", "signup_address")
"""Kinds of which one member of either group is enough: such accounts were paid for, set up or made in one place."""
LEAST_IN_EACH = 3
"""Members of either group that hold a value of another kind before it counts as shared: one session through the same
address, one mailbox of a throw-away provider or one borrowed phrase is met by chance. A judgement; three is the number
of members from which an address is a group's exit too."""
THEIRS = (3, 10)
"""A value counts only if the two groups together are at least 3 in 10 of all accounts that hold it, as for exits: what
many others hold as well (a mail provider, a public VPN, an everyday phrase) says nothing of these two. A judgement."""


def find_overlaps(engine: Engine) -> pa.Table:
    """One row per pair of listed groups (one < other) and kind of value (detector code) that they share: how many
    values, members of either that hold one, and accounts in neither that do.

    Needs `holdings`, `grouped` and `listed`, so values of a strength below 0.5 nats are left out. Cost: linear in the
    holdings of listed groups, and in the pairs of groups that hold one value.
    """
    engine.run(_steps())
    return engine.fetch(
        "SELECT c.one, c.other, c.detector, c.shared, x.holders AS in_one, y.holders AS in_other, "
        "COALESCE(z.holders, 0) AS outside FROM (SELECT one, other, detector, COUNT(*) AS shared "
        "FROM overlapping GROUP BY one, other, detector) AS c "
        f"JOIN ({_who('one')}) AS x ON {_same('x')} JOIN ({_who('other')}) AS y ON {_same('y')} "
        f"LEFT JOIN ({_who(None)}) AS z ON {_same('z')} ORDER BY c.one, c.other, c.detector"
    )


def _steps() -> list[Step]:
    decisive = ", ".join(str(code) for code, d in enumerate(LINK_DETECTORS) if d.name in DECISIVE)
    part, whole = THEIRS
    return [
        Step(
            "held_by_listed",
            "SELECT g.grp, h.detector, h.value, COUNT(*) AS inside, MAX(h.holders) AS holders FROM holdings h "
            "JOIN grouped g ON g.member = h.member JOIN listed l ON l.grp = g.grp "
            f"GROUP BY g.grp, h.detector, h.value HAVING COUNT(*) >= {LEAST_IN_EACH} OR h.detector IN ({decisive})",
        ),
        Step(
            "overlapping",
            "SELECT a.grp AS one, b.grp AS other, a.detector, a.value FROM held_by_listed a "
            "JOIN held_by_listed b ON b.detector = a.detector AND b.value = a.value AND b.grp > a.grp "
            f"WHERE {whole} * (a.inside + b.inside) >= {part} * a.holders",
        ),
        Step(
            "overlap_holders",
            "SELECT o.one, o.other, o.detector, h.member, COALESCE(g.grp, -1) AS grp FROM overlapping o "
            "JOIN holdings h ON h.detector = o.detector AND h.value = o.value "
            "LEFT JOIN grouped g ON g.member = h.member GROUP BY o.one, o.other, o.detector, h.member, g.grp",
        ),
    ]


def _who(group: str | None) -> str:
    """Accounts that hold a shared value: in one of the two groups, or in neither."""
    chosen = "grp <> one AND grp <> other" if group is None else f"grp = {group}"
    return (
        f"SELECT one, other, detector, COUNT(*) AS holders FROM overlap_holders WHERE {chosen} "
        "GROUP BY one, other, detector"
    )


def _same(name: str) -> str:
    return " AND ".join(f"{name}.{column} = c.{column}" for column in ("one", "other", "detector"))
