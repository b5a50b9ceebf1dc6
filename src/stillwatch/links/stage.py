"""Signals to links: who holds what, how telling it is, and which accounts share enough."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillwatch.engine import Engine, Step
from stillwatch.links.likeness import Likeness, find_likeness
from stillwatch.links.linked import MILLION
from stillwatch.links.phrases import find_phrases
from stillwatch.links.population import asked_step
from stillwatch.links.registry import LINK_DETECTORS
from stillwatch.links.shared import find_linked
from stillwatch.links.wording import FRAME, SKELETON_CAP, UTTERED, worded_steps

HUB_SHARE = 0.25
"""Values held by more than this share of all accounts say nothing and link nobody."""
LEAST_STRENGTH = 500
"""Thousandths of a nat below which a value is not looked at: everyday turns of speech, by the million."""
BASE_THRESHOLD = 7.0
"""Nats that a pair must share among 10,000 accounts. Among N it is ln(N / 10,000) more, because the chance that *some*
unconnected pair shares a rare value grows with N exactly as the strength of a rare value does."""
REFERENCE_ACCOUNTS = 10_000
NEAREST = (1, 2)
"""Places on in the ring of a value's holders to which each is always proposed: every pair up to five holders."""
JUMPS = tuple(pow(48271, k + 1, 2**31 - 1) for k in range(24))
"""And to 1 + jump mod (K - 1) places on, with one jump for every doubling of K holders. Log K random jumps make a ring
an expander (Alon and Roichman 1994), so the holders of one value stay together in clustering with K log K pairs
instead of K^2; jumps of 1, 2, 4, 8 … do not: their ring falls into arcs of modularity 0.45. The jumps are the minimal
standard generator's (Park and Miller 1988), the same in every scan."""


@dataclass(frozen=True)
class LinkOptions:
    """What a scan knows before linking: the columns that are filled."""

    columns: Collection[str]


@dataclass(frozen=True)
class Links:
    """The result of the stage, beside table `linked` in the engine.

    A row of `linked` is a pair of members (a < b) that is linked by what they send or by how they were registered, with
    the strength of each side in millionths of a nat. A pair is linked by a side if that side alone reaches the
    threshold, here in nats: what is found through one side can then be tested on the others without having been chosen
    for it.
    """

    accounts: int
    threshold: float
    likeness: Likeness

    @property
    def least(self) -> int:
        """The threshold as `linked` has strengths."""
        return round(self.threshold * MILLION)


def usable(columns: Collection[str]) -> tuple[int, ...]:
    """Codes of the detectors for which at least one needed column is filled."""
    return tuple(k for k, d in enumerate(LINK_DETECTORS) if any(need in columns for need in d.detector.needs))


def find_links(engine: Engine, options: LinkOptions) -> Links:
    """Tables `facts`, `holdings`, `values_held` and the linked pairs. Needs `population_steps`, `registrations`.

    Cost: linear in exchanges for holdings; K log K per value of K holders for pairs.
    """
    codes = usable(options.columns)
    accounts = _count(engine, "population")
    engine.drop("accounts_seen", "anchors")
    find_phrases(engine)
    engine.run([asked_step(), *worded_steps()])
    engine.drop(*UTTERED)
    engine.run(_holding_steps(codes))
    _register_strengths(engine, accounts)
    engine.run(_pair_steps())
    threshold = BASE_THRESHOLD + float(np.log(max(accounts, 1) / REFERENCE_ACCOUNTS))
    find_linked(engine, round(threshold * MILLION))
    engine.drop("values_counted", "values_held", "ring", "chords")
    return Links(accounts, threshold, find_likeness(engine, accounts))


def _count(engine: Engine, table: str) -> int:
    return int(engine.fetch(f"SELECT COUNT(*) AS n FROM {table}").column("n")[0].as_py())


def _holding_steps(codes: tuple[int, ...]) -> list[Step]:
    parts = [
        f"SELECT CAST({code} AS TINYINT) AS detector, member, value, exchanges, first_seen "
        f"FROM ({LINK_DETECTORS[code].sql}) AS h{code}"
        for code in codes
    ]
    nothing = (
        "SELECT CAST(0 AS TINYINT) AS detector, member, CAST(0 AS BIGINT) AS value, exchanges, "
        "first_time AS first_seen FROM population WHERE 1 = 0"
    )
    return [
        Step("holdings_all", " UNION ALL ".join(parts) or nothing),
        Step(
            "values_counted",
            "SELECT detector, value, COUNT(*) AS holders FROM holdings_all GROUP BY detector, value "
            "HAVING COUNT(*) >= 2",
        ),
    ]


def _register_strengths(engine: Engine, accounts: int) -> None:
    """Table `values_held`: detector, value, holders, strength in thousandths of a nat."""
    values = engine.fetch(
        "SELECT v.detector, v.value, v.holders, s.length FROM values_counted v "
        "LEFT JOIN skeletons s ON s.value = v.value AND v.detector = 0 ORDER BY v.detector, v.value"
    )
    strength = value_strength(values, accounts)
    table = values.select(["detector", "value", "holders"]).append_column(
        "strength", pa.array(np.round(strength * 1000).astype(np.int64))
    )
    engine.register("values_weighed", table)
    engine.run([Step("values_held", f"SELECT * FROM values_weighed WHERE strength >= {LEAST_STRENGTH}")])


def value_strength(values: pa.Table, accounts: int) -> npt.NDArray[np.float64]:
    """Nats by which sharing each value surprises: reliability x ln(N / holders), and for wording also its length."""
    detector = np.asarray(values["detector"]).astype(int)
    holders = np.asarray(values["holders"]).astype(float)
    reliability = np.array([d.reliability for d in LINK_DETECTORS])[detector]
    strength = reliability * np.log(max(accounts, 1) / holders)
    length = np.nan_to_num(values["length"].to_numpy(zero_copy_only=False).astype(float)) / 1000
    wording = detector == 0
    strength[wording] *= np.clip((length[wording] - 1.0) / (FRAME / 1000 - 1.0), 0.0, 1.0)
    strength += np.minimum(np.maximum(length - 1.0, 0.0), SKELETON_CAP)
    strength[(holders > HUB_SHARE * accounts) & (holders > 50)] = 0.0
    return np.asarray(np.maximum(strength, 0.0), np.float64)


def _pair_steps() -> list[Step]:
    proposing = ", ".join(str(k) for k, d in enumerate(LINK_DETECTORS) if d.proposes)
    near = [f"SELECT {2 * n} AS least, 0 AS jump, {n} AS fixed" for n in NEAREST]
    far = [f"SELECT {4 << k} AS least, {jump} AS jump, 1 AS fixed" for k, jump in enumerate(JUMPS)]
    ring = (
        "SELECT h.detector, h.value, h.member, v.holders, CAST(ROW_NUMBER() OVER (PARTITION BY h.detector, h.value "
        "ORDER BY h.member) - 1 AS BIGINT) AS place FROM holdings h "
        f"JOIN values_held v ON v.detector = h.detector AND v.value = h.value WHERE h.detector IN ({proposing})"
    )
    return [
        Step(
            "holdings",
            "SELECT h.detector, h.member, h.value, h.exchanges, h.first_seen, v.holders, v.strength, "
            "CASE WHEN h.detector = 0 THEN h.exchanges * 1000 // p.exchanges ELSE 1000 END AS pull "
            "FROM holdings_all h JOIN values_held v ON v.detector = h.detector AND v.value = h.value "
            "JOIN population p ON p.member = h.member",
        ),
        Step("ring", ring),
        Step("chords", " UNION ALL ".join(near + far)),
        Step(
            "proposed",
            "SELECT DISTINCT LEAST(a.member, b.member) AS a, GREATEST(a.member, b.member) AS b FROM "
            "(SELECT r.detector, r.value, r.member, "
            "(r.place + c.fixed + c.jump % (r.holders - 1)) % r.holders AS next "
            "FROM ring r JOIN chords c ON c.least <= r.holders) AS a "
            "JOIN ring b ON b.detector = a.detector AND b.value = a.value AND b.place = a.next "
            "WHERE a.member <> b.member",
        ),
    ]
