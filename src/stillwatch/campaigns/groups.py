"""Linked pairs to groups: connected components, then the Louvain method inside each component.

Components first, because modularity has a resolution limit: over a whole population it merges small groups (20,000
planted groups of 50 became 600), inside one component it does not. A split is only taken where the parts are really
apart; a campaign is not cut into arbitrary arcs.
"""

from __future__ import annotations

import networkit as nk
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.sparse import coo_array

from stillwatch.campaigns.model import Bools, Groups, Ints, one_side
from stillwatch.engine import Engine
from stillwatch.links import Components, Links, read_side

LEAST_ACCOUNTS = 5
"""Groups below this size are families and small teams; no campaign on record is smaller than hundreds."""
SPLIT_MODULARITY = 0.35
"""Modularity from which a split of a component is believed. The best split of one ring with jumps has 0.17 to 0.27
(40 to 25,000 accounts), two such rings of 30 to 200 accounts with three links between them 0.49 to 0.50."""
ROUNDS = 4
MOST_ROUNDS = 32
RESOLVED = 2500.0
"""Links of a log at which the resolution is 1. Modularity merges communities of fewer than the root of 2 m / g links
(Fortunato and Barthélemy 2007): with g = m / 2500 those of 70 links, some fifteen accounts, stay apart in a log of any
size."""
LINKED = 5.0
"""Weight of a link by what two accounts send, where alike accounts have 1 and one for each nearest in common."""


def worded_groups(engine: Engine, links: Links, seed: int) -> Groups:
    """Groups of accounts linked by what they send."""
    of = partition(Components(engine, "traffic", links.least), links.accounts, seed)
    return Groups(of, one_side(int(of.max(initial=-1)) + 1, "traffic"))


def registered_groups(engine: Engine, links: Links, free: Bools, seed: int) -> Groups:
    """Groups, among the free accounts, of those linked by how they were registered."""
    of = partition(Components(engine, "registration", links.least, free), links.accounts, seed)
    return Groups(of, one_side(int(of.max(initial=-1)) + 1, "registration"))


def alike_groups(engine: Engine, links: Links, free: Bools, seed: int) -> Groups:
    """Communities, among the free accounts, of those whose traffic is alike or that what they send links.

    Communities at a resolution that tells communities of RESOLVED links apart, however large the log.
    """
    alike, linked = _among(links.likeness.pairs, free), read_side(engine, "traffic", links.least, free)
    a, b = (np.concatenate([np.asarray(alike[c]), np.asarray(linked[c])]).astype(np.int64) for c in ("a", "b"))
    weight = np.r_[1.0 + np.asarray(alike["common"]), np.full(linked.num_rows, LINKED)]
    if a.size == 0:
        return Groups(np.full(links.accounts, -1, np.int64), ())
    members = np.unique(np.concatenate([a, b]))
    graph = _graph(members, a, b, weight, seed)
    found = _louvain(graph, max(1.0, a.size / RESOLVED))
    label = np.arange(links.accounts, dtype=np.int64) + members.size
    label[members] = np.array(found.getVector(), np.int64)
    of = _numbered(label)
    return Groups(of, one_side(int(of.max(initial=-1)) + 1, "traffic"))


def kept_groups(of: Ints, found: Groups, kept: Bools) -> Groups:
    """Some of the groups, numbered anew; `of` names for each account its group by the numbers of `found`."""
    number = np.append(np.where(kept, np.cumsum(kept) - 1, -1), -1).astype(np.int64)  # the last is for accounts of none
    return Groups(number[of], tuple(side for side, keep in zip(found.formed_by, kept, strict=True) if keep))


def together(first: Groups, second: Groups) -> Groups:
    """Both sets of groups, the second numbered after the first. No account may be in both."""
    of = np.where(second.of >= 0, first.count + second.of, first.of)
    return Groups(of, first.formed_by + second.formed_by)


def _among(pairs: pa.Table, free: Bools) -> pa.Table:
    a, b = np.asarray(pairs["a"]).astype(np.int64), np.asarray(pairs["b"]).astype(np.int64)
    return pairs.filter(pa.array(free[a] & free[b]))


def partition(components: Components, accounts: int, seed: int) -> Ints:
    """Group number of each account, -1 outside any group. Groups are numbered by their first member.

    Deterministic: one thread, fixed seed, edges in order. Linear in pairs per round; holds a portion of them at once.
    """
    label = components.labels(accounts)
    for pairs in components.portions(2 * LEAST_ACCOUNTS):
        label = _divided(label, pairs, seed)
    components.close()
    return _numbered(label)


def _divided(label: Ints, pairs: pa.Table, seed: int) -> Ints:
    """The labels, with the components of these pairs divided where they come apart."""
    a, b = np.asarray(pairs["a"]).astype(np.int64), np.asarray(pairs["b"]).astype(np.int64)
    weight = np.asarray(pairs["strength"]).astype(float)
    pending = np.unique(label[a])
    for _ in range(ROUNDS):
        label, pending = _split(label, pending, (a, b, weight), seed)
        if pending.size == 0:
            break
    return label


def _split(
    label: Ints, pending: Ints, edges: tuple[Ints, Ints, npt.NDArray[np.float64]], seed: int
) -> tuple[Ints, Ints]:
    """Try to split each pending group; return the labels and the new groups that are large enough to try again."""
    a, b, weight = edges
    inside = label[a] == label[b]
    order = np.argsort(label[a[inside]], kind="stable")
    a, b, weight = a[inside][order], b[inside][order], weight[inside][order]
    starts = np.searchsorted(label[a], pending, "left")
    ends = np.searchsorted(label[a], pending, "right")
    updated, fresh = label.copy(), int(label.max(initial=0)) + 1
    new: list[int] = []
    for start, end in zip(starts, ends, strict=True):
        members = np.unique(np.concatenate([a[start:end], b[start:end]]))
        parts = _communities(members, a[start:end], b[start:end], weight[start:end], seed)
        if parts is None:
            continue
        updated[members] = fresh + parts
        new.extend((fresh + np.flatnonzero(np.bincount(parts) >= 2 * LEAST_ACCOUNTS)).tolist())
        fresh += int(parts.max()) + 1
    return updated, np.array(new, np.int64)


def communities(members: Ints, a: Ints, b: Ints, weight: npt.NDArray[np.float64], seed: int) -> Ints:
    """The community of each of these members by ties between them, numbered from 0; whoever has none is alone."""
    found = _louvain(_graph(members, a, b, weight, seed), 1.0)
    return np.unique(np.array(found.getVector(), np.int64), return_inverse=True)[1].astype(np.int64)


def _communities(members: Ints, a: Ints, b: Ints, weight: npt.NDArray[np.float64], seed: int) -> Ints | None:
    """Communities of one component, or None where it is one."""
    graph = _graph(members, a, b, weight, seed)
    found = _louvain(graph, 1.0)
    if found.numberOfSubsets() < 2 or nk.community.Modularity().getQuality(found, graph) < SPLIT_MODULARITY:
        return None
    _, parts = np.unique(np.array(found.getVector()), return_inverse=True)
    return parts.astype(np.int64)


def _louvain(graph: nk.Graph, resolution: float) -> nk.Partition:
    """Communities by the Louvain method with refinement (Blondel et al. 2008; Staudt and Meyerhenke 2016), in at most
    MOST_ROUNDS moves a level. NetworKit's Leiden has no such bound and never ends on some small regular graphs: a
    ring of 19 accounts with 66 links of one weight, met in a log of 80,000 accounts."""
    louvain = nk.community.PLM(graph, refine=True, gamma=resolution, par="none", maxIter=MOST_ROUNDS)
    louvain.run()
    return louvain.getPartition()


def _graph(members: Ints, a: Ints, b: Ints, weight: npt.NDArray[np.float64], seed: int) -> nk.Graph:
    """A weighted graph of these members; parallel edges are added up. One thread and a seed, so that it repeats."""
    nk.setSeed(seed, useThreadId=False)
    nk.setNumberOfThreads(1)
    rows, columns = np.searchsorted(members, a), np.searchsorted(members, b)
    shape = (members.size, members.size)
    total = coo_array((weight, (np.minimum(rows, columns), np.maximum(rows, columns))), shape=shape).tocsr().tocoo()
    return nk.GraphFromCoo((total.data, (total.row, total.col)), n=members.size, weighted=True, directed=False)


def _numbered(label: Ints) -> Ints:
    """Renumber groups that are large enough by their first member; everything else is -1."""
    _, first, inverse, counts = np.unique(label, return_index=True, return_inverse=True, return_counts=True)
    kept = counts >= LEAST_ACCOUNTS
    rank = np.full(first.size, -1, np.int64)
    rank[np.flatnonzero(kept)[np.argsort(first[kept], kind="stable")]] = np.arange(int(kept.sum()))
    return rank[inverse].astype(np.int64)
