"""What proposed pairs of accounts share, and which of them are linked: steps for any engine, and a compiled loop that
does the same where the engine is of this process. Both leave table `linked`.

What two accounts share is found by going through what either holds, in order (a merge). A join of engines looks up one
by one what the account with fewer holdings has: eight times the time at 30 million exchanges, with rows for everything
that is shared.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from numba import njit

from stillwatch.engine import Engine, InProcess, Step
from stillwatch.links.linked import MILLION
from stillwatch.links.model import Side
from stillwatch.links.registry import LINK_DETECTORS

ROOTS = tuple(round(np.sqrt(pull / 1000) * 1000) for pull in range(1001))
"""Thousandths of the root of a share, by its thousandths."""
Longs = npt.NDArray[np.int64]


def find_linked(engine: Engine, least: int) -> None:
    """Table `linked` (a, b, traffic, registration): proposed pairs of which one side reaches `least` millionths of a
    nat. Each kind of value adds at most its cap. Needs `holdings` and `proposed`.

    Cost: holdings of both of each pair; in the loop memory for all holdings, 25 bytes each."""
    if not isinstance(engine, InProcess):
        engine.run(shared_steps(least))
        engine.drop("held", "shared_pairs", "roots")
        return
    held, found = _Held.read(engine), list[tuple[Longs, ...]]()
    for batch in engine.stream("SELECT a, b FROM proposed"):
        pairs = (np.asarray(batch["a"]).astype(np.int64), np.asarray(batch["b"]).astype(np.int64))
        sides = _weighed(pairs, (held.starts, held.code), (held.strength, held.pull), _KINDS)
        strong = np.maximum(*sides) >= least
        found.append(tuple(column[strong] for column in (*pairs, *sides)))
    a, b, traffic, registration = (
        np.concatenate([np.zeros(0, np.int64), *column]) for column in (zip(*found, strict=True) if found else [()] * 4)
    )
    ends = {"a": a.astype(np.int32), "b": b.astype(np.int32)}
    engine.collect("linked", pa.table({**ends, "traffic": traffic, "registration": registration}).to_reader())


def shared_steps(least: int) -> list[Step]:
    """The same by an engine."""
    root = ", ".join(f"({pull}, {root})" for pull, root in enumerate(ROOTS))
    caps = " ".join(f"WHEN {k} THEN {round(d.cap * MILLION)}" for k, d in enumerate(LINK_DETECTORS))
    kinds = (
        "SELECT s.a, s.b, s.detector, CAST(SUM(s.strength * r.root) AS BIGINT) AS strength FROM shared_pairs s "
        "JOIN roots r ON r.pull = s.pull GROUP BY s.a, s.b, s.detector"
    )
    capped = f"SELECT a, b, detector, LEAST(strength, CASE detector {caps} END) AS strength FROM ({kinds}) AS k"
    traffic, registration = (
        f"CAST(SUM(CASE WHEN detector IN ({_codes(side)}) THEN strength ELSE 0 END) AS BIGINT)"
        for side in ("traffic", "registration")
    )
    return [
        Step("held", "SELECT member, COUNT(*) AS values_held FROM holdings GROUP BY member"),
        # In order: an engine that is free to join holdings with holdings first does so, and that is quadratic. Looked
        # up is what the one with fewer holdings has.
        Step(
            "shared_pairs",
            "SELECT c.a, c.b, x.detector, x.strength, LEAST(x.pull, y.pull) AS pull FROM "
            "(SELECT p.a, p.b, CASE WHEN m.values_held <= n.values_held THEN p.a ELSE p.b END AS few, "
            "CASE WHEN m.values_held <= n.values_held THEN p.b ELSE p.a END AS many FROM proposed p "
            "JOIN held m ON m.member = p.a JOIN held n ON n.member = p.b) AS c "
            "JOIN holdings x ON x.member = c.few "
            "JOIN holdings y ON y.member = c.many AND y.detector = x.detector AND y.value = x.value",
            in_order=True,
        ),
        Step("roots", f"SELECT * FROM (VALUES {root}) AS t(pull, root)"),
        Step(
            "linked",
            f"SELECT a, b, {traffic} AS traffic, {registration} AS registration FROM ({capped}) AS c GROUP BY a, b "
            f"HAVING GREATEST({traffic}, {registration}) >= {least}",
        ),
    ]


def _codes(side: Side) -> str:
    return ", ".join(str(k) for k, d in enumerate(LINK_DETECTORS) if d.side == side)


_KINDS = (
    np.array(ROOTS, np.int64),
    np.array([round(d.cap * MILLION) for d in LINK_DETECTORS], np.int64),
    np.array([d.side == "traffic" for d in LINK_DETECTORS], bool),
)
"""Roots; and of each kind of value its cap, and whether it is of the side of traffic."""


@dataclass(frozen=True)
class _Held:
    """Holdings in order of member, kind and value: where those of each member start; `code` is the kind and a number of
    the value in one, so that one comparison tells whether two are the same."""

    starts: Longs
    code: Longs
    strength: npt.NDArray[np.int32]
    pull: npt.NDArray[np.int16]

    @staticmethod
    def read(engine: Engine) -> _Held:
        table = engine.fetch(
            "SELECT h.member, v.code, h.detector, h.strength, h.pull FROM holdings h JOIN "
            "(SELECT detector, value, ROW_NUMBER() OVER (ORDER BY detector, value) AS code FROM values_held) AS v "
            "ON v.detector = h.detector AND v.value = h.value ORDER BY h.member, v.code"
        )
        member = np.asarray(table["member"])
        starts = np.searchsorted(member, np.arange(int(member.max(initial=-1)) + 2)).astype(np.int64)
        code = (np.asarray(table["code"]).astype(np.int64) << 8) | np.asarray(table["detector"])
        return _Held(
            starts,
            code,
            np.asarray(table["strength"]).astype(np.int32),
            np.asarray(table["pull"]).astype(np.int16),
        )


@njit(nogil=True, cache=True)
def _weighed(pairs, held, weights, kinds):  # type: ignore[no-untyped-def]
    """Of each pair, what it shares on the side of traffic and on that of registration, in millionths of a nat."""
    (first, second), (starts, code), (strength, pull), (roots, caps, is_traffic) = pairs, held, weights, kinds
    traffic, registration = np.zeros(first.shape[0], np.int64), np.zeros(first.shape[0], np.int64)
    sums = np.zeros(caps.shape[0], np.int64)
    for k in range(first.shape[0]):
        sums[:] = 0
        x, last_x = starts[first[k]], starts[first[k] + 1]
        y, last_y = starts[second[k]], starts[second[k] + 1]
        while x < last_x and y < last_y:
            if code[x] < code[y]:
                x += 1
            elif code[x] > code[y]:
                y += 1
            else:
                sums[code[x] & 255] += strength[x] * roots[min(pull[x], pull[y])]
                x, y = x + 1, y + 1
        for kind in range(caps.shape[0]):
            if is_traffic[kind]:
                traffic[k] += min(sums[kind], caps[kind])
            else:
                registration[k] += min(sums[kind], caps[kind])
    return traffic, registration
