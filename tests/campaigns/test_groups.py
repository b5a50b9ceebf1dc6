"""Groups against networkx, and the properties that a partition must have."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import numpy as np
import pyarrow as pa
import pytest

from stillwatch.campaigns.groups import (
    LEAST_ACCOUNTS,
    alike_groups,
    partition,
    registered_groups,
    together,
    worded_groups,
)
from stillwatch.campaigns.model import Groups, one_side
from stillwatch.engine import DuckDBEngine
from stillwatch.links import MILLION, Components, Likeness, Links
from stillwatch.links.stage import JUMPS, NEAREST

Edges = list[tuple[int, int, float]]
THRESHOLD = 6.0
LEAST = round(THRESHOLD * MILLION)


def _engine(tmp_path: Path, **edges: Edges) -> DuckDBEngine:
    """An engine with a table of linked pairs, in an order that says nothing."""
    strength: dict[tuple[int, int], list[int]] = {}
    for side, name in enumerate(("traffic", "registration")):
        for a, b, w in edges.get(name, []):
            strength.setdefault((min(a, b), max(a, b)), [0, 0])[side] = round(w * MILLION)
    rows = [{"a": a, "b": b, "traffic": t, "registration": r} for (a, b), (t, r) in strength.items()]
    types = {"a": pa.int32(), "b": pa.int32(), "traffic": pa.int64(), "registration": pa.int64()}
    engine = DuckDBEngine(tmp_path, threads=1)
    engine.register("linked", pa.Table.from_pylist(rows, schema=pa.schema(list(types.items()))))
    return engine


def _links(tmp_path: Path, accounts: int, **edges: Edges) -> tuple[DuckDBEngine, Links]:
    """Linked pairs in an engine, and alike pairs with the number of nearest in common."""
    ordered = sorted(edges.get("alike", []))
    near = pa.table({c: pa.array([int(e[k]) for e in ordered], pa.int64()) for k, c in enumerate(("a", "b", "common"))})
    links = Links(accounts, THRESHOLD, Likeness(np.full((accounts, 2), -1, np.int64), accounts, near))
    return _engine(tmp_path, **edges), links


def _partition(tmp_path: Path, edges: Edges, accounts: int, seed: int) -> np.ndarray:
    return partition(Components(_engine(tmp_path, traffic=edges), "traffic", LEAST), accounts, seed)


def _ring(members: list[int]) -> list[tuple[int, int, float]]:
    """The chords that the link stage proposes for one value."""
    n = len(members)
    chords = [k for k in NEAREST if 2 * k <= n] + [1 + j % (n - 1) for k, j in enumerate(JUMPS) if 4 << k <= n]
    return [(members[i], members[(i + c) % n], 9.0) for i in range(n) for c in chords if c % n]


def _as_sets(label: np.ndarray) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(label == g).tolist()) for g in range(int(label.max(initial=-1)) + 1)}


@pytest.mark.parametrize("seed", range(12))
def test_sparse_random_graphs_give_their_components(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    graph = nx.disjoint_union_all([nx.complete_graph(int(n)) for n in rng.integers(2, 14, 12)])
    edges = [(a, b, 10.0) for a, b in graph.edges]
    expected = {frozenset(c) for c in nx.connected_components(graph) if len(c) >= LEAST_ACCOUNTS}
    assert _as_sets(_partition(tmp_path, edges, graph.number_of_nodes(), seed)) == expected


@pytest.mark.parametrize("size", [8, 40, 300, 2500])
def test_one_hand_is_not_cut_into_arcs(tmp_path: Path, size: int) -> None:
    label = _partition(tmp_path, _ring(list(range(size))), size + 3, 0)
    assert _as_sets(label) == {frozenset(range(size))}


def test_two_hands_with_a_few_shared_exits_come_apart(tmp_path: Path) -> None:
    edges = _ring(list(range(60))) + _ring(list(range(60, 130))) + [(5, 70, 8.0), (17, 99, 8.0), (31, 121, 8.0)]
    assert _as_sets(_partition(tmp_path, edges, 130, 0)) == {frozenset(range(60)), frozenset(range(60, 130))}


def test_many_hands_in_one_component_come_apart(tmp_path: Path) -> None:
    edges: list[tuple[int, int, float]] = []
    for k in range(40):
        edges += [*_ring(list(range(30 * k, 30 * k + 30))), (30 * k, (30 * k + 30) % 1200, 8.0)]
    groups = _as_sets(_partition(tmp_path, edges, 1200, 0))
    assert groups == {frozenset(range(30 * k, 30 * k + 30)) for k in range(40)}


def test_order_of_pairs_is_of_no_consequence(tmp_path: Path) -> None:
    edges = _ring(list(range(60))) + _ring(list(range(60, 130))) + [(5, 70, 8.0)]
    first = _partition(tmp_path, edges, 130, 0)
    assert (first == _partition(tmp_path, edges[::-1], 130, 0)).all()


def test_nobody_linked_is_no_group(tmp_path: Path) -> None:
    assert (_partition(tmp_path, [], 10, 0) == -1).all()


# The three kinds of groups.


def _all(members: range, weight: float) -> Edges:
    return [(a, b, weight) for a in members for b in members if a < b]


EVERYBODY = np.ones(60, bool)


def test_each_side_makes_its_own_groups(tmp_path: Path) -> None:
    links = _links(tmp_path, 60, traffic=_all(range(0, 9), 9.0), registration=_all(range(20, 31), 9.0))
    worded, registered = worded_groups(*links, 0), registered_groups(*links, EVERYBODY, 0)
    assert _as_sets(worded.of) == {frozenset(range(0, 9))}
    assert _as_sets(registered.of) == {frozenset(range(20, 31))}
    assert (worded.formed_by, registered.formed_by) == (("traffic",), ("registration",))


def test_two_weak_sides_do_not_add_up_to_a_link(tmp_path: Path) -> None:
    weak = _all(range(0, 9), THRESHOLD - 0.1)
    links = _links(tmp_path, 60, traffic=weak, registration=weak)
    assert worded_groups(*links, 0).count == registered_groups(*links, EVERYBODY, 0).count == 0


def test_a_link_just_at_the_threshold_counts(tmp_path: Path) -> None:
    assert worded_groups(*_links(tmp_path, 60, traffic=_all(range(0, 9), THRESHOLD)), 0).count == 1


def test_who_is_not_free_is_in_no_further_group(tmp_path: Path) -> None:
    links = _links(tmp_path, 60, registration=_all(range(0, 12), 9.0), alike=_all(range(0, 12), 5))
    free = EVERYBODY & (np.arange(60) >= 5)
    assert _as_sets(registered_groups(*links, free, 0).of) == {frozenset(range(5, 12))}
    assert _as_sets(alike_groups(*links, free, 0).of) == {frozenset(range(5, 12))}
    nearly_nobody = np.arange(60) < LEAST_ACCOUNTS - 1
    assert registered_groups(*links, nearly_nobody, 0).count == alike_groups(*links, nearly_nobody, 0).count == 0


def test_alike_communities_come_apart_at_a_few_bridges(tmp_path: Path) -> None:
    alike = [*_all(range(0, 20), 6), *_all(range(20, 45), 6), (3, 30, 0), (11, 40, 0)]
    found = alike_groups(*_links(tmp_path, 60, alike=alike), EVERYBODY, 0)
    assert _as_sets(found.of) == {frozenset(range(0, 20)), frozenset(range(20, 45))}
    assert found.formed_by == ("traffic", "traffic")


def test_what_they_send_holds_alike_accounts_together(tmp_path: Path) -> None:
    links = _links(tmp_path, 60, traffic=_all(range(0, 6), 9.0), alike=[*_all(range(6, 12), 0), (2, 6, 0)])
    assert _as_sets(alike_groups(*links, EVERYBODY, 0).of) == {frozenset(range(0, 6)), frozenset(range(6, 12))}


def test_small_communities_stay_apart_in_a_large_log(tmp_path: Path) -> None:
    """A thousand communities of ten, each with a bridge to the next: at resolution 1 Leiden melts them."""
    alike: Edges = []
    for k in range(1000):
        bridge = (10 * k + 9, (10 * k + 10) % 10_000, 0.0)
        alike += [*_all(range(10 * k, 10 * k + 10), 5.0), (min(bridge[:2]), max(bridge[:2]), 0.0)]
    found = alike_groups(*_links(tmp_path, 10_000, alike=alike), np.ones(10_000, bool), 0)
    assert found.count == 1000
    assert (found.of == np.arange(10_000) // 10).all()


def test_nobody_alike_is_no_community(tmp_path: Path) -> None:
    found = alike_groups(*_links(tmp_path, 10), np.ones(10, bool), 0)
    assert (found.count, found.formed_by) == (0, ())
    assert (found.of == -1).all()


def test_an_account_that_nothing_links_is_in_no_community(tmp_path: Path) -> None:
    found = alike_groups(*_links(tmp_path, 60, alike=_all(range(0, 20), 6)), EVERYBODY, 0)
    assert (found.of[20:] == -1).all()


@pytest.mark.parametrize("seed", range(4))
def test_communities_repeat_and_number_by_their_first_member(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    number = rng.integers(0, 4, 60)
    alike = [(a, b, 4.0) for a, b, _ in _all(range(60), 0.0) if number[a] == number[b] or rng.random() < 0.01]
    found, again = (alike_groups(*_links(tmp_path, 60, alike=alike), EVERYBODY, seed) for _ in range(2))
    assert (found.of == again.of).all()
    first = [int(found.members(k)[0]) for k in range(found.count)]
    assert first == sorted(first)


def test_together_keeps_both_and_numbers_the_second_after_the_first() -> None:
    first = Groups(np.array([0, 0, -1, 1, -1, -1]), one_side(2, "traffic"))
    second = Groups(np.array([-1, -1, 0, -1, 0, -1]), one_side(1, "registration"))
    both = together(first, second)
    assert both.of.tolist() == [0, 0, 2, 1, 2, -1]
    assert both.formed_by == ("traffic", "traffic", "registration")
    nothing = Groups(np.full(6, -1), ())
    assert together(nothing, second).of.tolist() == second.of.tolist()
    assert together(first, nothing).of.tolist() == first.of.tolist()
    assert together(first, nothing).formed_by == first.formed_by
