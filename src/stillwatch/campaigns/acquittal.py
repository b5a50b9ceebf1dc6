"""Acquittal: a part of an accused group that is apart from the rest answers the second question alone.

Two resellers whose customers use the same applications send the same wordings, and are one group by them. Where one of
them harvests, the group does, and the other would be accused for its neighbour. What tells them apart is what each
bought and rented: no exit, card or device is held on both sides; or cards and work say that they are two hands
(`hands`). Such parts are asked for their harvest by themselves, and one whose harvest is not sure at the level is not
accused beside one whose harvest is.

A part may also be a campaign's own that bought everything anew. It harvests then, and stays.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from stillwatch.campaigns import tables
from stillwatch.campaigns.groups import LEAST_ACCOUNTS
from stillwatch.campaigns.hands import Hand, register_divided
from stillwatch.campaigns.harvest_question import HarvestQuestion
from stillwatch.campaigns.model import Groups, Ints, codes
from stillwatch.engine import Engine

BOUGHT = ("address", "payment", "device")
"""Kinds that are bought or rented for accounts."""


@dataclass(frozen=True)
class Part:
    """Accounts of one group that are apart from the rest of it; `tied`: something ties them to one another, else each
    has no exit, card or device in common with five others."""

    group: int
    members: Ints
    tied: bool


def parts_of(engine: Engine, groups: Groups, accused: Collection[int], hands: Sequence[Hand]) -> list[Part]:
    """The parts of accused groups, where there are several: the hands of one that is several; else accounts whom exits,
    cards and devices tie, the largest part first, and then those who are in none of five or more, together. Table
    `grouped` is that of the accused afterwards, if there are any.

    Cost: linear in what accused groups hold."""
    if not accused:
        return []
    chosen, found = sorted(accused), list[Part]()
    tables.register_grouped(engine, groups.only(chosen))
    label = _tied(engine, groups)
    for group in chosen:
        concerned = [hand for hand in hands if group in hand.asked]
        parts = [Part(group, hand.members, True) for hand in concerned if hand.asked == (group,)]
        if not concerned:
            parts = _by_what_was_bought(group, groups.members(group), label)
        found += parts if len(parts) > 1 else []
    return found


def _by_what_was_bought(group: int, members: Ints, label: Ints) -> list[Part]:
    size = np.bincount(label[members])
    large = sorted(np.flatnonzero(size >= LEAST_ACCOUNTS).tolist(), key=lambda k: (-size[k], k))
    rest = members[size[label[members]] < LEAST_ACCOUNTS]
    parts = [Part(group, members[label[members] == k], True) for k in large]
    return [*parts, Part(group, rest, False)] if rest.size >= LEAST_ACCOUNTS else parts


def acquitted(
    engine: Engine, groups: Groups, parts: Sequence[Part], question: HarvestQuestion, level: float
) -> list[Part]:
    """The parts whose harvest is not sure at the level, of groups in which that of another part is; not those that have
    too little work to say.

    In worlds of the second simulator that were looked at, 49 parts have p-values of 0.001 and less and stay accused,
    five of honest people have 0.02 to 0.27; of 45 hands of the range's two-hands worlds, seeds that the bench does not
    report, 44 have 0.008 and less, one 0.012.

    Tables `grouped`, `typical` and `common_work` are those of the parts afterwards. Needs `own_work` and `typical` of
    the groups. Cost: one pass over the exchanges of these accounts."""
    of = np.full(groups.of.size, -1, np.int64)
    for number, part in enumerate(parts):
        of[part.members] = number
    asked = Groups(of, tuple(groups.formed_by[part.group] for part in parts))
    register_divided(engine, asked)
    answers, _ = question.ask(engine, asked)
    harvesting = {part.group for part, answer in zip(parts, answers, strict=True) if answer.p <= level}
    return [
        part
        for part, answer in zip(parts, answers, strict=True)
        if part.group in harvesting and answer.judged and answer.p > level
    ]


def _tied(engine: Engine, groups: Groups) -> Ints:
    """A label for each account: of those whom exits, cards and devices tie within their group, one.

    A value ties only where the group has half of its holders: the exit of a public network is everybody's."""
    held = tables.read_held(engine, BOUGHT)
    kind, member, value, holders = (np.asarray(held[name]).astype(np.int64) for name in held.column_names)
    number = codes(groups.of[member], kind, value)
    ties = 2 * np.bincount(number, minlength=1)[number] >= holders
    accounts = groups.of.size
    size = accounts + int(number.max(initial=-1)) + 1
    edges = coo_array((np.ones(int(ties.sum())), (member[ties], accounts + number[ties])), shape=(size, size))
    return connected_components(edges, directed=False)[1][:accounts].astype(np.int64)
