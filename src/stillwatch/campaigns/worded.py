"""Worded groups: which accounts take part in one common work of their own wordings.

Accounts that send one wording are linked, but a link by wording alone says little of who works for whom: a campaign's
accounts carry other people's requests, with the wording of an application that hundreds use, and a harness that
thousands use holds a campaign and its other users together. So a linked group is looked at in five steps:

1. who takes part in its own wordings (`taking_part`);
2. whether these are several works (`works.clearest`);
3. who only uses a wording of a larger public (`cored`);
4. who else takes part in the work of a group that is tied by more than wording (`joined`);
5. who else belongs to one that has no wording to speak of (`completed`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from stillwatch.campaigns import tables
from stillwatch.campaigns.coordination import Coordination
from stillwatch.campaigns.groups import LEAST_ACCOUNTS, kept_groups
from stillwatch.campaigns.membership import belonging
from stillwatch.campaigns.model import Bools, Floats, Groups, Ints, Population
from stillwatch.campaigns.verdict import SCREEN
from stillwatch.engine import Engine
from stillwatch.links import Links

PART, PART_SHARE = 3, 0.02
"""Exchanges of the common work, and share of an account's exchanges, from which it takes part; fewer can be borrowed
prompts. A judgement: the most covered pool that is simulated has 5 % of harvest."""
TAKING = 0.4
"""Share of the linked accounts that must take part, or the wording is not what makes them a group. In 24
worlds of the range campaigns that repeat their wording have 0.89 and more, a reseller's pools, with customers of
applications among the linked, 0.50 to 0.97, and campaigns that repeat none 0 to 0.97, by chance wordings."""
HALF = 0.5
"""Of the usual share of a member's exchanges that are the group's own work, the least that others need to join: users
of a harness send the odd line that is otherwise a campaign's. A judgement."""
UNLIKE = 2.0
"""Nats by which an account that uses a group's frames may hold its wordings more like the other users than like its
members, and still join; below nought, for rates that are estimated from few accounts are no sharper. In a world of the
second simulator (june2026-61) 108 users of coding agents, whose tool outputs a campaign sends too, are at -21 and less,
and the six accounts of the campaign that were proposed with them at 21 and more."""
MOST = 2 / 3
"""Share of the linked accounts that take part, from which the others are looked at one by one. A judgement: 0.73 and
more where chance wordings tie a campaign, 0.5 where linked pools have customers."""
ALIKE = 0.8
"""Of the median of the core, the least by which an account's wordings must tell it apart. A judgement."""


@dataclass(frozen=True)
class Parts:
    """Linked groups by how many of them take part in a common work. `worded`: those who do, where enough do, and
    `linked` the same groups with everybody that was linked. `weak`: those who do, where few do. `workless`: accounts of
    no group, or of one that has no common work."""

    linked: Groups
    worded: Groups
    weak: Groups
    workless: Bools


def taking_part(engine: Engine, found: Groups) -> Parts:
    """Who of each group takes part in a common work; of fewer than LEAST_ACCOUNTS it is none."""
    tables.register_grouped(engine, found)
    tables.register_common_work(engine)
    parts = tables.read_parts(engine)
    group, member = np.asarray(parts["grp"]).astype(np.int64), np.asarray(parts["member"]).astype(np.int64)
    common, exchanges = np.asarray(parts["common"]), np.asarray(parts["exchanges"])
    takes_part = common >= np.maximum(PART, PART_SHARE * exchanges)
    taking = np.bincount(group[takes_part], minlength=found.count)
    works, most = taking >= LEAST_ACCOUNTS, taking >= TAKING * found.sizes
    taken = np.full(found.of.size, -1, np.int64)
    taken[member[takes_part]] = group[takes_part]
    return Parts(
        linked=kept_groups(found.of, found, works & most),
        worded=kept_groups(taken, found, works & most),
        weak=kept_groups(taken, found, works & ~most),
        workless=np.asarray(~np.r_[works, False][found.of], bool),
    )


def cored(engine: Engine, links: Links, people: Population, worded: Groups, asked: list[Coordination]) -> Groups:
    """Worded groups that pass the screen, without the accounts that only use a wording of a larger public.

    Who is tied by more than wording is the core, so the links that made the groups do not count; the campaign's own
    instructions tell the core apart.
    """
    of = worded.of.copy()
    tables.register_grouped(engine, worded)
    ties, held = tables.read_ties(engine, links), tables.read_wordings(engine)
    for k, answer in enumerate(asked):
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
    rows = held.rows(members)
    member, value = held.member[rows], np.unique(held.value[rows], return_inverse=True)[1]
    of_core = np.isin(member, core)
    used = held.exchanges[rows] >= np.maximum(PART, PART_SHARE * people.exchanges[member])
    inside, others = np.bincount(value, of_core) / core.size, np.bincount(value, ~of_core)
    outside = np.minimum((others + 2.0 + 2.0 * np.sqrt(others + 1.0)) / max(members.size - core.size, 1), 1.0)
    ratio = np.maximum(np.log(np.maximum(inside, 1e-9) / outside), 0.0)
    score = np.zeros(people.size)
    np.maximum.at(score, member, np.where(used, ratio[value], 0.0))
    return members[score[members] >= ALIKE * np.median(score[core])]


def joined(engine: Engine, worded: Groups, asked: list[Coordination], people: Population) -> tuple[Groups, Bools]:
    """The groups, with those accounts of no hand that do the work of one as its members do; and which hands have no
    frame of their own.

    A clustering puts each account where most of its links lead: those of a pool that carry the wording of a large
    application land among its customers.
    """
    hand = np.array([answer.p <= SCREEN for answer in asked], bool)
    if not hand.any():
        return worded, hand
    inside = np.append(hand, False)[worded.of]
    tables.register_grouped(engine, Groups(np.where(inside, worded.of, -1), worded.formed_by))
    tables.register_common_work(engine)
    uses, of = tables.read_own_uses(engine, PART), worded.of.copy()
    framed = np.bincount(uses.group[uses.inside], minlength=worded.count) > 0
    asking = [(int(group), *_proposed(uses.of(int(group)), people)) for group in np.flatnonzero(framed)]
    proposed = [(group, new, exchanges) for group, new, exchanges in asking if new.size]
    if not proposed:
        return worded, hand & ~framed
    for _, new, _ in proposed:
        inside[new] = True
    tables.register_grouped(engine, Groups(np.where(inside, 0, -1), ("traffic",)))
    held, most = tables.read_wordings(engine), np.zeros(people.size, np.int64)
    for group, new, exchanges in proposed:
        joins = (_likeness(held, worded.members(group), new) >= -UNLIKE) & (exchanges > most[new])
        of[new[joins]], most[new[joins]] = group, exchanges[joins]  # the one that it works for most
    return Groups(of, worded.formed_by), hand & ~framed


def _proposed(uses: tables.OwnUses, people: Population) -> tuple[Ints, Ints]:
    """The accounts outside that do the work of a group half as much of their time as its members do, and their
    exchanges with its frames."""
    users, row = np.unique(uses.wordings.member, return_inverse=True)
    exchanges = np.bincount(row, uses.wordings.exchanges).astype(np.int64)
    mine, share = np.bincount(row, uses.inside) > 0, exchanges / people.exchanges[users]
    joins = ~mine & (share >= max(HALF * float(np.median(share[mine])), PART_SHARE))
    return users[joins], exchanges[joins]


def _likeness(held: tables.Wordings, members: Ints, proposed: Ints) -> Floats:
    """How much likelier each of the proposed holds what it does of the group's wordings if it is a member than if it is
    like the others who are proposed; in nats. `proposed` is in rising order.

    A frame of a harness may have three users in four in a campaign: the fourth uses it as much and lacks what all
    members hold. Each account is weighed by the wordings that it holds and lacks, with the rates among members against
    those among the proposed (naive Bayes): if all that are proposed are members, the rates are the same, and
    nobody is told apart."""
    rows, theirs = held.rows(members), held.rows(proposed)
    values = np.unique(held.value[rows])
    has = np.zeros((proposed.size, values.size), bool)
    theirs = theirs[np.isin(held.value[theirs], values)]
    row = np.searchsorted(proposed, held.member[theirs])
    has[row, np.searchsorted(values, held.value[theirs])] = True
    inside = np.bincount(np.searchsorted(values, held.value[rows]), minlength=values.size)
    of_members, of_proposed = (inside + 1) / (members.size + 2), (has.sum(axis=0) + 1) / (proposed.size + 2)
    holds, lacks = np.log(of_members / of_proposed), np.log((1 - of_members) / (1 - of_proposed))
    return np.asarray(np.where(has, holds, lacks).sum(axis=1), np.float64)


def completed(
    engine: Engine, links: Links, people: Population, worded: Groups, chosen: Bools, linked: Ints
) -> tuple[Groups, Floats]:
    """The chosen groups with those linked accounts that membership gives them and that work alike; and its posterior.

    For hands without a frame: chance wordings tie a part of them. Not where many of the linked take no part: they
    may be anybody."""
    of, belief = worded.of.copy(), np.zeros(people.size)
    sizes = np.bincount(linked[linked >= 0], minlength=worded.count)
    chosen = chosen & (sizes > 0) & (worded.sizes >= MOST * sizes)
    if not chosen.any():
        return worded, belief
    inside = np.append(chosen, False)[worded.of]
    tables.register_grouped(engine, Groups(np.where(inside, worded.of, -1), worded.formed_by))
    around = inside | np.append(chosen, False)[linked]
    ties = replace(tables.read_ties(engine, links), links=tables.read_linked(engine, links, around))
    for group in np.flatnonzero(chosen):
        members = worded.members(int(group))
        free = (worded.of < 0) & (linked == group) & np.isin(ties.near, members).any(axis=1)
        found = belonging(members, ties, people, free)
        new = free[found.members]
        of[found.members[new]], belief[found.members[new]] = group, found.posterior[new]
    return Groups(of, worded.formed_by), belief
