"""Linked pairs, which stay in the engine: how they are read, in portions that a machine can hold.

Table `linked` has a row for each pair of members (a < b) that is linked by what they send or by how they were
registered, with the strength of each side in millionths of a nat. Connected components are found in the engine, so that
what comes over at once is one component, or several small ones.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stillwatch.engine import Engine, Step
from stillwatch.links.model import Side

MILLION = 1_000_000
AT_ONCE = 5_000_000
"""Links that are read at once, of one component or of several: 1.4 GB with the graph made of them (281 bytes a link,
measured with 4.9 million random ones among 500,000 accounts). A component with more is *giant*, and is thinned."""
STRONGEST = 32
"""Links of each account that stay in a giant component, the strongest: it is then as large as its accounts. Communities
are dense inside, so of what holds one together some is left."""
MOST_ROUNDS = 64
"""Rounds in which components must be found. A path of a million accounts takes 20."""


class Components:
    """The links of one side, and which accounts they connect. Makes tables `side_links` and `stars`; closes them."""

    def __init__(self, engine: Engine, side: Side, least: int, free: npt.NDArray[np.bool_] | None = None) -> None:
        """`least`: strength from which a pair is linked; `free`: only links between these accounts."""
        self._engine = engine
        _register_side(engine, side, least, free)
        _find_components(engine)

    def labels(self, accounts: int) -> npt.NDArray[np.int64]:
        """For each account the first of its component; itself, where nothing links it."""
        label = np.arange(accounts, dtype=np.int64)
        stars = self._engine.fetch("SELECT high, low FROM stars ORDER BY high")
        label[np.asarray(stars["high"])] = np.asarray(stars["low"])
        return label

    def portions(self, accounts: int, at_once: int = AT_ONCE) -> Iterator[pa.Table]:
        """The links of all components of `accounts` and more, in portions that hold whole components (a, b, strength).

        Fewer than twice `at_once` links each; a component with more than it is a portion of its own, thinned."""
        self._engine.run(_component_steps(accounts))
        sizes = self._engine.fetch("SELECT component, links FROM components ORDER BY component")
        count = np.asarray(sizes["links"]).astype(np.int64)
        giant = count > at_once
        portion = np.cumsum(np.where(giant, 0, count)) // at_once
        small = sizes.filter(pa.array(~giant))
        for number in np.unique(portion[~giant]):
            yield self._links_of(small.filter(pa.array(portion[~giant] == number)), 0)
        for row in np.flatnonzero(giant):
            yield self._links_of(sizes.slice(int(row), 1), STRONGEST)

    def _links_of(self, components: pa.Table, strongest: int) -> pa.Table:
        self._engine.register("portion", components.select(["component"]))
        inside = "side_links l JOIN component_of c ON c.member = l.a JOIN portion p ON p.component = c.component"
        return _thinned(self._engine, f"SELECT l.a, l.b, l.strength FROM {inside}", strongest)

    def close(self) -> None:
        """Drop what was made."""
        self._engine.drop("side_links", "stars", "components", "component_of", "portion", "free_accounts")


def read_side(engine: Engine, side: Side, least: int, free: npt.NDArray[np.bool_], at_once: int = AT_ONCE) -> pa.Table:
    """All links of one side between free accounts (a, b, strength in nats); the strongest, if they are too many."""
    _register_side(engine, side, least, free)
    many = int(engine.fetch("SELECT COUNT(*) AS n FROM side_links")["n"][0].as_py())
    links = _thinned(engine, "SELECT a, b, strength FROM side_links", STRONGEST if many > at_once else 0)
    engine.drop("side_links", "free_accounts")
    return links


def _thinned(engine: Engine, links: str, strongest: int) -> pa.Table:
    """The links in order; if asked, those among the strongest of one of their ends."""
    if strongest:
        engine.run(
            [
                Step("all_links", links),
                Step(
                    "both_ends",
                    "SELECT a AS own, b AS other, strength FROM all_links UNION ALL "
                    "SELECT b AS own, a AS other, strength FROM all_links",
                    keep=False,
                ),
                Step(
                    "ranked_links",
                    "SELECT own, other, ROW_NUMBER() OVER (PARTITION BY own "
                    "ORDER BY strength DESC, other) AS place FROM both_ends",
                    keep=False,
                ),
            ]
        )
        links = (
            "SELECT l.a, l.b, l.strength FROM all_links l JOIN (SELECT DISTINCT LEAST(own, other) AS a, "
            f"GREATEST(own, other) AS b FROM ranked_links WHERE place <= {strongest}) AS r ON r.a = l.a AND r.b = l.b"
        )
    table = engine.fetch(
        f"SELECT a, b, CAST(strength AS DOUBLE) / {MILLION} AS strength FROM ({links}) AS x ORDER BY a, b"
    )
    engine.drop("ranked_links", "both_ends", "all_links")
    return table


def _register_side(engine: Engine, side: Side, least: int, free: npt.NDArray[np.bool_] | None) -> None:
    """Table `side_links` (a, b, strength): pairs that one side links, of free accounts."""
    among = ""
    if free is not None:
        engine.register("free_accounts", pa.table({"member": np.flatnonzero(free).astype(np.int32)}))
        among = "JOIN free_accounts f ON f.member = l.a JOIN free_accounts g ON g.member = l.b "
    sql = f"SELECT l.a, l.b, l.{side} AS strength FROM linked l {among}WHERE l.{side} >= {least}"
    engine.run([Step("side_links", sql)])


def _find_components(engine: Engine) -> None:
    """Table `stars` (high, low): each account of a component beside its first, with the first.

    Alternating large and small stars (Kiveris et al., Connected components in MapReduce and beyond, 2014): no step
    needs more than the links, and rounds grow with the square of the logarithm of the accounts, in practice slower.
    """
    engine.run([Step("stars", "SELECT b AS high, a AS low FROM side_links")])
    for _ in range(MOST_ROUNDS):
        if _all_stars(engine):
            return
        engine.run(_round_steps())
        engine.drop("large_stars")
    raise AssertionError(f"components were not found in {MOST_ROUNDS} rounds")


def _all_stars(engine: Engine) -> bool:
    """Whether every account knows one lower account, and that one knows none."""
    told = engine.fetch(
        "SELECT (SELECT COUNT(*) FROM stars) - (SELECT COUNT(DISTINCT high) FROM stars) AS several, "
        "(SELECT COUNT(*) FROM stars s JOIN stars t ON t.high = s.low) AS longer"
    )
    return bool(told.to_pylist() == [{"several": 0, "longer": 0}])


def _round_steps() -> list[Step]:
    both = "SELECT high AS own, low AS other FROM stars UNION ALL SELECT low AS own, high AS other FROM stars"
    least = f"SELECT own, LEAST(own, MIN(other)) AS first FROM ({both}) AS b GROUP BY own"
    return [
        # Large star: every higher neighbour goes to the lowest of the neighbourhood.
        Step(
            "large_stars",
            f"SELECT DISTINCT b.other AS high, m.first AS low FROM ({both}) AS b JOIN ({least}) AS m ON m.own = b.own "
            "WHERE b.other > b.own AND b.other > m.first",
        ),
        # Small star: the account and its lower neighbours go to the lowest of them.
        Step(
            "stars",
            "SELECT DISTINCT n.high, n.low FROM (SELECT l.low AS high, m.first AS low FROM large_stars l "
            "JOIN (SELECT high, MIN(low) AS first FROM large_stars GROUP BY high) AS m ON m.high = l.high "
            "WHERE l.low > m.first UNION ALL "
            "SELECT high, MIN(low) AS low FROM large_stars GROUP BY high) AS n",
        ),
    ]


def _component_steps(accounts: int) -> list[Step]:
    """Tables `component_of` (member, component) and `components` (component, links), of those large enough."""
    return [
        Step(
            "component_of",
            "SELECT m.member, m.component FROM (SELECT high AS member, low AS component FROM stars UNION ALL "
            "SELECT DISTINCT low AS member, low AS component FROM stars) AS m JOIN (SELECT low FROM stars GROUP BY low "
            f"HAVING COUNT(*) >= {accounts - 1}) AS large ON large.low = m.component",
        ),
        Step(
            "components",
            "SELECT c.component, COUNT(*) AS links FROM side_links l JOIN component_of c ON c.member = l.a "
            "GROUP BY c.component",
        ),
    ]
