"""Linked pairs: components against networkx, portions that hold whole ones, and giant ones that are thinned."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import networkx as nx
import numpy as np
import pyarrow as pa
import pytest

from stillwatch.engine import DuckDBEngine
from stillwatch.links import MILLION, Components, read_side
from stillwatch.links.linked import STRONGEST

ACCOUNTS = 400
Pairs = list[tuple[int, int, float]]


def _engine(tmp_path: Path, pairs: Pairs) -> DuckDBEngine:
    engine = DuckDBEngine(tmp_path, threads=1)
    a, b = (pa.array([f(p[0], p[1]) for p in pairs], pa.int32()) for f in (min, max))
    strength = pa.array([round(p[2] * MILLION) for p in pairs], pa.int64())
    other = pa.array([0] * len(pairs), pa.int64())
    engine.register("linked", pa.table({"a": a, "b": b, "traffic": strength, "registration": other}))
    return engine


def _read(table: pa.Table) -> Pairs:
    return [(row["a"], row["b"], row["strength"]) for row in table.to_pylist()]


def _random(seed: int, share: float) -> tuple[nx.Graph, Pairs]:
    graph = nx.gnp_random_graph(ACCOUNTS, share / ACCOUNTS, seed=seed)
    rng = np.random.default_rng(seed)
    return graph, [(*sorted(edge), float(rng.integers(6, 20))) for edge in rng.permutation(list(graph.edges)).tolist()]


def _labels(graph: nx.Graph) -> list[int]:
    first = {node: min(part) for part in nx.connected_components(graph) for node in part}
    return [first[node] for node in range(ACCOUNTS)]


@pytest.mark.parametrize("share", [0.3, 0.9, 1.1, 4.0])
@pytest.mark.parametrize("seed", range(4))
def test_components_are_those_of_networkx(tmp_path: Path, seed: int, share: float) -> None:
    graph, pairs = _random(seed, share)
    assert Components(_engine(tmp_path, pairs), "traffic", 0).labels(ACCOUNTS).tolist() == _labels(graph)


@pytest.mark.parametrize("order", ["up", "down", "shuffled"])
def test_a_long_path_is_one_component(tmp_path: Path, order: str) -> None:
    names = np.arange(ACCOUNTS) if order == "up" else np.arange(ACCOUNTS)[::-1]
    names = np.random.default_rng(1).permutation(names) if order == "shuffled" else names
    path = [(a, b, 9.0) for a, b in pairwise(names.tolist())]
    assert (Components(_engine(tmp_path, path), "traffic", 0).labels(ACCOUNTS) == 0).all()


@pytest.mark.parametrize("at_once", [1, 7, 60, 10_000])
def test_portions_hold_whole_components_and_every_link_of_large_ones_once(tmp_path: Path, at_once: int) -> None:
    graph, pairs = _random(3, 0.95)
    components = Components(_engine(tmp_path, pairs), "traffic", 0)
    portions = [_read(portion) for portion in components.portions(4, at_once)]
    large = {n for part in nx.connected_components(graph) if len(part) >= 4 for n in part}
    found = [pair for portion in portions for pair in portion]
    assert sorted(found) == sorted(p for p in pairs if p[0] in large)
    label = _labels(graph)
    parts = [{label[a] for a, _, _ in portion} for portion in portions]
    met = [part for inside in parts for part in inside]
    assert len(met) == len(set(met)), "a component came in two portions"
    for portion, inside in zip(portions, parts, strict=True):
        assert portion == sorted(portion)
        assert len(portion) < 2 * at_once or len(inside) == 1


def test_a_giant_component_keeps_the_strongest_links_of_each_account(tmp_path: Path) -> None:
    size = 120
    rng = np.random.default_rng(5)
    pairs = [(a, b, float(rng.integers(6, 40))) for a in range(size) for b in range(a + 1, size)]
    (thinned,) = Components(_engine(tmp_path, pairs), "traffic", 0).portions(4, 1000)
    found = set(_read(thinned))
    for account in range(size):
        mine = sorted((p for p in pairs if account in p[:2]), key=lambda p: (-p[2], p[0] + p[1] - account))
        assert set(mine[:STRONGEST]) <= found
    assert len(found) <= STRONGEST * size < len(pairs)


def test_links_below_the_threshold_and_of_accounts_that_are_not_free_are_not_there(tmp_path: Path) -> None:
    engine = _engine(tmp_path, [(0, 1, 5.9), (1, 2, 6.0), (2, 3, 9.0), (3, 4, 7.0)])
    free = np.array([True, True, True, True, False])
    assert _read(read_side(engine, "traffic", 6 * MILLION, free)) == [(1, 2, 6.0), (2, 3, 9.0)]
    components = Components(engine, "traffic", 6 * MILLION, free)
    assert components.labels(5).tolist() == [0, 1, 1, 1, 4]
    assert read_side(engine, "registration", 6 * MILLION, free).num_rows == 0


def test_no_link_is_no_component_and_no_portion(tmp_path: Path) -> None:
    components = Components(_engine(tmp_path, []), "traffic", 0)
    assert components.labels(3).tolist() == [0, 1, 2]
    assert list(components.portions(2)) == []
