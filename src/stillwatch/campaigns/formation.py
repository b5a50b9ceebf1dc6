"""Formation: which sets of accounts the two questions are asked of.

1. *Worded* groups: linked by what they send, and taking part in a common work of their own wordings.
2. *Alike* groups, among the others: communities of accounts whose traffic is alike. Likeness proves nothing, so what
   makes them one hand must come from how they were registered and how they move; only communities that pass this test
   go on, and each account then needs ties of its own to belong.
3. Groups linked by what they send that have no common work and of which no alike group was made: the same questions
   asked again, say.
4. *Registered* groups, among the rest: linked by how they were registered.

No group is tested on what made it. An account is in one group at most.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from stillwatch.campaigns import tables
from stillwatch.campaigns.coordination import Coordination, Evidence, assess_coordination
from stillwatch.campaigns.coordination.shared_values import Held
from stillwatch.campaigns.groups import LEAST_ACCOUNTS, alike_groups, registered_groups, together, worded_groups
from stillwatch.campaigns.membership import belonging
from stillwatch.campaigns.model import Bools, Floats, Groups, Ints, Population, one_side
from stillwatch.campaigns.verdict import SCREEN
from stillwatch.engine import Engine
from stillwatch.links import Links

PART, PART_SHARE = 3, 0.02
"""Exchanges of the common work, and share of an account's exchanges, from which it takes part; fewer can be borrowed
prompts. A judgement: the most covered pool that is simulated has 5 % of harvest."""

ALIKE = 0.8
"""Of the median of the core, the least by which an account's wordings must tell it apart. A judgement."""


@dataclass(frozen=True)
class Formed:
    """`linked`: the groups with the accounts that were linked to them and take no part. `groups`: the same groups,
    members alone. `coordination`: the answer to the first question, one per group, on the group as it was before
    anybody was left out for having no ties: who is left was chosen by what is tested. `belief`: for each account how
    likely it belongs, where that was weighed, else 0."""

    linked: Groups
    groups: Groups
    coordination: list[Coordination]
    belief: Floats


def form_groups(engine: Engine, links: Links, people: Population, columns: Collection[str], seed: int) -> Formed:
    """Every group, with the answer to the first question. Leaves tables `grouped`, `typical`, `common_work`."""
    moves = tables.read_moves(engine)

    def asked_of(groups: Groups, alike: Groups) -> list[Coordination]:
        tables.register_grouped(engine, groups)
        held, slots = Held.from_table(tables.read_held(engine)), tables.read_slots(engine, people.size)
        return assess_coordination(groups, people, Evidence(held, slots, moves, columns, alike))

    sending = worded_groups(links, seed)
    linked, worded = _worded(engine, sending)
    workless = linked.of < 0
    alike = alike_groups(links, linked.of < 0, seed)
    asked = asked_of(worded, alike)
    cored = _cored(engine, links, people, worded, asked)
    alike = alike_groups(links, cored.of < 0, seed)
    tested = asked_of(alike, alike)
    chosen, members, belief = _hands(engine, links, people, alike, tested, cored.of < 0)
    groups = together(cored, members)
    left = _left(sending, workless & (groups.of < 0))
    registered = registered_groups(links, (groups.of < 0) & (left.of < 0), seed)
    others = together(left, registered)
    groups = together(groups, others)
    found = asked_of(others, alike)
    tables.register_grouped(engine, groups)
    tables.register_common_work(engine)
    idle = (groups.of < 0) & (worded.of < 0)
    beside = Groups(np.where(idle, linked.of, groups.of), groups.formed_by)
    return Formed(beside, groups, [*asked, *(tested[k] for k in chosen), *found], belief)


def _worded(engine: Engine, found: Groups) -> tuple[Groups, Groups]:
    """Groups of which at least LEAST_ACCOUNTS take part in a common work: as linked, and those who take part alone."""
    tables.register_grouped(engine, found)
    tables.register_common_work(engine)
    parts = tables.read_parts(engine)
    group, member = np.asarray(parts["grp"]).astype(np.int64), np.asarray(parts["member"]).astype(np.int64)
    common, exchanges = np.asarray(parts["common"]), np.asarray(parts["exchanges"])
    takes_part = common >= np.maximum(PART, PART_SHARE * exchanges)
    kept = np.bincount(group[takes_part], minlength=found.count) >= LEAST_ACCOUNTS
    number = np.where(kept, np.cumsum(kept) - 1, -1)
    linked, of = np.full(found.of.size, -1, np.int64), np.full(found.of.size, -1, np.int64)
    linked[member] = number[group]
    of[member[takes_part]] = number[group[takes_part]]
    formed_by = tuple(side for side, keep in zip(found.formed_by, kept, strict=True) if keep)
    return Groups(linked, formed_by), Groups(of, formed_by)


def _left(sending: Groups, free: Bools) -> Groups:
    """What is left of the groups among free accounts, where it still is a group."""
    of = np.where(free, sending.of, -1)
    kept = np.bincount(of[of >= 0], minlength=sending.count) >= LEAST_ACCOUNTS
    number = np.r_[np.where(kept, np.cumsum(kept) - 1, -1), -1]
    return Groups(number[of].astype(np.int64), one_side(int(kept.sum())))


def _cored(engine: Engine, links: Links, people: Population, worded: Groups, tested: list[Coordination]) -> Groups:
    """Worded groups that pass the screen, without the accounts that only use a wording of a larger public.

    Who is tied by more than wording is the core. A harness that thousands use holds a campaign and its other users
    together; the campaign's own instructions tell the core apart.
    """
    of = worded.of.copy()
    tables.register_grouped(engine, worded)
    ties = tables.read_ties(engine, links.likeness)
    held = tables.read_wordings(engine)
    for k, answer in enumerate(tested):
        members = worded.members(k)
        core = belonging(members, ties, people, worded.of == k).members if answer.p <= SCREEN else members[:0]
        if core.size >= LEAST_ACCOUNTS:
            part = _parts_of_core(members, core, held, people)
            if part.size >= LEAST_ACCOUNTS:
                of[members] = -1
                of[part] = k
    return Groups(of, worded.formed_by)


def _parts_of_core(members: Ints, core: Ints, held: tables.Wordings, people: Population) -> Ints:
    """The members whose wordings tell them apart from the rest as those of the core do.

    Of each wording: ln of its share of users in the core over the most that its share outside can be, two deviations
    up; of each member the largest, over wordings that are a part of its work. Where the rest is small or uses the
    same, nothing is told apart and everybody stays."""
    rows = np.flatnonzero(np.isin(held.member, members))
    member, value = held.member[rows], np.unique(held.value[rows], return_inverse=True)[1]
    of_core = np.isin(member, core)
    used = held.exchanges[rows] >= np.maximum(PART, PART_SHARE * people.exchanges[member])
    inside, others = np.bincount(value, of_core) / core.size, np.bincount(value, ~of_core)
    outside = np.minimum((others + 2.0 + 2.0 * np.sqrt(others + 1.0)) / max(members.size - core.size, 1), 1.0)
    ratio = np.maximum(np.log(np.maximum(inside, 1e-9) / outside), 0.0)
    score = np.zeros(people.size)
    np.maximum.at(score, member, np.where(used, ratio[value], 0.0))
    return members[score[members] >= ALIKE * np.median(score[core])]


def _hands(
    engine: Engine, links: Links, people: Population, alike: Groups, tested: list[Coordination], free: Bools
) -> tuple[list[int], Groups, Floats]:
    """The alike communities that pass the screen, with the accounts that belong to each, the clearest first."""
    suspected = [k for k, answer in enumerate(tested) if answer.p <= SCREEN]
    of, belief = np.full(people.size, -1, np.int64), np.zeros(people.size)
    chosen: list[int] = []
    if suspected:
        tables.register_grouped(engine, _only(alike, suspected))
        ties = tables.read_ties(engine, links.likeness)
        for k in sorted(suspected, key=lambda k: (tested[k].p, k)):
            still_free = free & (of < 0)
            core = alike.members(k)
            core = core[still_free[core]]
            if core.size < LEAST_ACCOUNTS:
                continue
            found = belonging(core, ties, people, still_free)
            if found.members.size >= LEAST_ACCOUNTS:
                of[found.members], belief[found.members] = len(chosen), found.posterior
                chosen.append(k)
    return chosen, Groups(of, tuple(alike.formed_by[k] for k in chosen)), belief


def _only(groups: Groups, chosen: list[int]) -> Groups:
    return Groups(np.where(np.isin(groups.of, chosen), groups.of, -1), groups.formed_by)
