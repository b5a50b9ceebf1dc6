"""Groups against networkx, and the properties that a partition must have."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pyarrow as pa
import pytest

from stillwatch.campaigns.groups import LEAST_ACCOUNTS, partition
from stillwatch.links.stage import JUMPS, NEAREST


def _pairs(edges: list[tuple[int, int, float]]) -> pa.Table:
    ordered = sorted((min(a, b), max(a, b), w) for a, b, w in edges)
    columns = list(zip(*ordered, strict=True)) if ordered else [(), (), ()]
    types = (pa.int32(), pa.int32(), pa.float64())
    return pa.table([pa.array(c, t) for c, t in zip(columns, types, strict=True)], names=["a", "b", "strength"])


def _ring(members: list[int]) -> list[tuple[int, int, float]]:
    """The chords that the link stage proposes for one value."""
    n = len(members)
    chords = [k for k in NEAREST if 2 * k <= n] + [1 + j % (n - 1) for k, j in enumerate(JUMPS) if 4 << k <= n]
    return [(members[i], members[(i + c) % n], 9.0) for i in range(n) for c in chords if c % n]


def _as_sets(label: np.ndarray) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(label == g).tolist()) for g in range(int(label.max(initial=-1)) + 1)}


@pytest.mark.parametrize("seed", range(12))
def test_sparse_random_graphs_give_their_components(seed: int) -> None:
    rng = np.random.default_rng(seed)
    graph = nx.disjoint_union_all([nx.complete_graph(int(n)) for n in rng.integers(2, 14, 12)])
    edges = [(a, b, 10.0) for a, b in graph.edges]
    expected = {frozenset(c) for c in nx.connected_components(graph) if len(c) >= LEAST_ACCOUNTS}
    assert _as_sets(partition(_pairs(edges), graph.number_of_nodes(), seed)) == expected


@pytest.mark.parametrize("size", [8, 40, 300, 2500])
def test_one_hand_is_not_cut_into_arcs(size: int) -> None:
    label = partition(_pairs(_ring(list(range(size)))), size + 3, 0)
    assert _as_sets(label) == {frozenset(range(size))}


def test_two_hands_with_a_few_shared_exits_come_apart() -> None:
    edges = _ring(list(range(60))) + _ring(list(range(60, 130))) + [(5, 70, 8.0), (17, 99, 8.0), (31, 121, 8.0)]
    assert _as_sets(partition(_pairs(edges), 130, 0)) == {frozenset(range(60)), frozenset(range(60, 130))}


def test_many_hands_in_one_component_come_apart() -> None:
    edges: list[tuple[int, int, float]] = []
    for k in range(40):
        edges += [*_ring(list(range(30 * k, 30 * k + 30))), (30 * k, (30 * k + 30) % 1200, 8.0)]
    groups = _as_sets(partition(_pairs(edges), 1200, 0))
    assert groups == {frozenset(range(30 * k, 30 * k + 30)) for k in range(40)}


def test_order_of_pairs_is_of_no_consequence() -> None:
    edges = _ring(list(range(60))) + _ring(list(range(60, 130))) + [(5, 70, 8.0)]
    table = _pairs(edges)
    first = partition(table, 130, 0)
    assert (first == partition(table, 130, 0)).all()


def test_nobody_linked_is_no_group() -> None:
    assert (partition(_pairs([]), 10, 0) == -1).all()
