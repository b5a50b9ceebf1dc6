"""Works: a group that shares several wordings can be one hand, or a hand among the public of something that it uses.

The accounts of a reseller carry the wording of applications; thousands use the harness that a campaign uses; resellers
who serve one buyer send one buyer's wording. Wordings that the same accounts use are one *work*, and those who take
part in a work are asked the first question apart from the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from stillwatch.campaigns import tables
from stillwatch.campaigns.coordination import Coordination
from stillwatch.campaigns.dealt import MADE, Dealt
from stillwatch.campaigns.groups import LEAST_ACCOUNTS, together
from stillwatch.campaigns.model import Groups, Ints, Population
from stillwatch.campaigns.verdict import SCREEN
from stillwatch.campaigns.worded import PART, PART_SHARE
from stillwatch.engine import Engine

SAME_WORK = 0.9
"""Bhattacharyya coefficient of the use of two wordings over accounts from which they are one work. In 24 worlds
of the range the templates of a pool have 0.97 and more, those of an application that it carries 0.93 and more, one and
the other at most 0.83."""
LEAST_WORK = 0.05
"""Share of the exchanges of a group's wordings from which a work is one; fewer are chance turns of speech. A
judgement."""
MOST_WORKS = 4
"""Works of a group that are looked at; each is one more question that its p-value has to pay for. A judgement."""
MOST_WORDINGS = 500
"""Wordings of a group, the most used first, of which its works are made, so that a large group costs no more."""
BETWEEN = 0.5
"""Of what would be shared between the works of one hand, the part below which they are those of several. A judgement:
nothing is shared between the pools of three resellers in a world of the second simulator."""


def clearest(
    engine: Engine, whole: Groups, people: Population, ask: Callable[[Groups], list[Coordination]]
) -> tuple[Groups, list[Coordination]]:
    """Each group whole, or its works apart: where one of them is tied more clearly by more than wording than the whole
    is, or where they are those of separate hands. The clearest work stands for the group, its other works become groups
    behind all these. With the answers of `ask`, whose p-values count all that were tried.

    Needs `common_work` of the groups. Cost: `ask` once for the groups, once for each rank of their works, once for the
    others."""
    works = _works(engine, whole, people)
    asked, of = ask(whole), whole.of.copy()
    ranks = [ask(_ranked(whole, works, rank)) for rank in range(max(map(len, works), default=0))]
    tables.register_grouped(engine, whole)
    made = Dealt.read(engine, MADE)
    for g, mine in enumerate(works):
        answers = [asked[g], *(ranks[rank][g] for rank in range(len(mine)))]
        hands = [work for work, answer in zip(mine, answers[1:], strict=True) if answer.p <= SCREEN]
        first = 1 if _separate(hands, made) else 0
        best = min(range(first, len(answers)), key=lambda k: answers[k].p)
        asked[g] = replace(answers[best], tried=len(answers))
        if best > 0:
            of[whole.members(g)] = -1
            of[mine[best - 1]] = g
    others, parent = _others(whole, works, of)
    left = ask(others) if parent else []
    told = [replace(answer, tried=1 + len(works[g])) for answer, g in zip(left, parent, strict=True)]
    return together(Groups(of, whole.formed_by), others), [*asked, *told]


def _separate(hands: list[Ints], made: Dealt) -> bool:
    """Whether works, each of them tied by more than wording, are those of different hands: few accounts share two of
    them, and cards and devices are shared within each far more often than between them."""
    everybody = np.unique(np.concatenate([*hands, np.zeros(0, np.int64)]))
    shared = sum(members.size for members in hands) - everybody.size
    if len(hands) < 2 or 2 * shared > min(members.size for members in hands):
        return False
    label = np.zeros(everybody.size, np.int64)
    for k, members in enumerate(hands):
        label[np.searchsorted(everybody, members)] = k
    theirs = made.among(everybody)
    apart = 1.0 - float(((np.bincount(label) / everybody.size) ** 2).sum())
    return theirs.between(label) < BETWEEN * apart * theirs.shared()


def _ranked(whole: Groups, works: list[list[Ints]], rank: int) -> Groups:
    """The accounts that share the work of this rank of each group."""
    of = np.full(whole.of.size, -1, np.int64)
    for group, mine in enumerate(works):
        if rank < len(mine):
            of[mine[rank]] = group
    return Groups(of, whole.formed_by)


def _others(whole: Groups, works: list[list[Ints]], of: Ints) -> tuple[Groups, list[int]]:
    """What is left of the works of groups of which one work was taken, and the group of each."""
    found, parent = np.full(of.size, -1, np.int64), list[int]()
    for group, mine in enumerate(works):
        for work in mine:
            free = work[(of[work] < 0) & (found[work] < 0)]
            if free.size >= LEAST_ACCOUNTS:
                found[free] = len(parent)
                parent.append(group)
    return Groups(found, tuple(whole.formed_by[g] for g in parent)), parent


def _works(engine: Engine, whole: Groups, people: Population) -> list[list[Ints]]:
    """For each group that has several, those who take part in each of its works, the largest first."""
    tables.register_grouped(engine, whole)
    used = tables.read_typical_uses(engine)
    group = whole.of[used.member]
    order = np.argsort(group, kind="stable")
    bounds = np.searchsorted(group[order], np.arange(whole.count + 1))
    return [
        works_of(used.take(order[low:high]), people, int(size))
        for low, high, size in zip(bounds[:-1], bounds[1:], whole.sizes, strict=True)
    ]


def works_of(used: tables.Wordings, people: Population, size: int) -> list[Ints]:
    """The works of one group: wordings that the same accounts use are one. None, where everybody shares the one work.

    Cost: pairs of wordings with a user in common, among the MOST_WORDINGS that are used most."""
    if used.member.size == 0:
        return []
    used = used.take(_most_used(used))
    members, row = np.unique(used.member, return_inverse=True)
    values, column = np.unique(used.value, return_inverse=True)
    root = coo_array((np.sqrt(used.exchanges.astype(float)), (row, column))).tocsr()
    total = np.sqrt(np.bincount(column, used.exchanges))
    both = (root.T @ root).tocoo()
    close = both.data >= SAME_WORK * total[both.row] * total[both.col]
    near = coo_array((close[close], (both.row[close], both.col[close])), shape=(values.size, values.size))
    work = connected_components(near, directed=False)[1].astype(np.int64)
    uses = np.zeros((members.size, int(work.max(initial=-1)) + 1))
    np.add.at(uses, (row, work[column]), used.exchanges)
    takes = uses >= np.maximum(PART, PART_SHARE * people.exchanges[members])[:, None]
    takes &= (uses.sum(axis=0) >= LEAST_WORK * uses.sum()) & (takes.sum(axis=0) >= LEAST_ACCOUNTS)
    largest = np.argsort(-uses.sum(axis=0), kind="stable")[:MOST_WORKS]
    found = [members[takes[:, k]] for k in largest if takes[:, k].any()]
    return [] if len(found) == 1 and found[0].size == size else found


def _most_used(used: tables.Wordings) -> Ints:
    """Rows of the wordings that are used most."""
    values, column = np.unique(used.value, return_inverse=True)
    uses = np.bincount(column, used.exchanges, minlength=values.size)
    chosen = np.zeros(values.size, bool)
    chosen[np.argsort(-uses, kind="stable")[:MOST_WORDINGS]] = True
    return np.flatnonzero(chosen[column]).astype(np.int64)
