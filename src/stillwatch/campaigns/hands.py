"""Hands: a group that two hands tie together comes apart.

Two hands that buy at one shop and rent one proxy share some cards, devices and exits, and what they send can tie them
too. So each group that passes the screen is looked at from both sides: communities by card and device propose hands,
and what the accounts send decides. Where the one says two and the other one, it is one hand with two suppliers, or one
with two kinds of work. An account that belongs to another hand, from both sides, goes there.

Nobody is accused here who was not: the parts of a group are its accounts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import coo_array

from stillwatch.campaigns import tables
from stillwatch.campaigns.coordination import Coordination
from stillwatch.campaigns.groups import LEAST_ACCOUNTS, communities
from stillwatch.campaigns.model import Floats, Groups, Ints
from stillwatch.campaigns.verdict import SCREEN
from stillwatch.engine import Engine
from stillwatch.links import Likeness

APART = 0.25
"""Of the sharing of cards and devices that chance would put between two communities, the part below which they may be
two hands. In six worlds of the range two hands with a fifth of their accounts from one shop share 0.05 to 0.35; the
least cut of a random graph in which each has ten neighbours has about 0.45."""
UNLIKE = 0.5
"""Of the alike pairs that chance would put between two communities, the part below which they do different work."""
LEAST_EXPECTED = 10.0
"""Alike pairs that chance would put between two communities from which their lack says something: none of ten is one
in 20,000."""

MOST_NEAR = 2 / 3
"""Share of an account's nearest, among those of hands, that says which hand's work it does. A judgement."""
SURELY = 0.9
"""The share that says so against its cards and devices, which a shop may have sold to either. A judgement."""
ROUNDS = 4
MOST_HOLDERS = 100
"""Grouped accounts of a card or device beyond which it ties nobody here: pairs grow with the square. A judgement."""


@dataclass(frozen=True)
class _Ties:
    """Weighted pairs of accounts, each once."""

    a: Ints
    b: Ints
    weight: Floats

    def among(self, label: Ints) -> _Ties:
        """The pairs of which both have a label."""
        inside = (label[self.a] >= 0) & (label[self.b] >= 0)
        return _Ties(self.a[inside], self.b[inside], self.weight[inside])

    def between(self, label: Ints) -> tuple[Floats, Floats]:
        """Weight between each two labels, and what chance would put there, given the weight of each account."""
        count, mine = int(label.max(initial=-1)) + 1, self.among(label)
        seen = np.zeros((count, count))
        np.add.at(seen, (label[mine.a], label[mine.b]), mine.weight)
        seen += seen.T
        ends = seen.sum(axis=1)
        return seen, np.outer(ends, ends) / max(float(ends.sum()), 1e-9)


def separated(
    engine: Engine,
    likeness: Likeness,
    whole: tuple[Groups, list[Coordination]],
    ask: Callable[[Groups], list[Coordination]],
    seed: int,
) -> tuple[Groups, list[Coordination]]:
    """The groups, those apart that hold several hands: the largest part keeps the number, others come behind.

    A group comes apart only where each part passes the screen by itself. No part is surer than its whole was, since
    cards and devices chose it and test it. Cost: pairs of accounts with a card or device in common, and `ask` twice."""
    groups, asked = whole
    hands = [k for k, answer in enumerate(asked) if answer.p <= SCREEN]
    if not hands:
        return whole
    tables.register_grouped(engine, groups)
    made, alike = _made(engine), _alike(likeness)
    if made.a.size == 0:  # no log of accounts, say: nothing proposes that a group is two
        return whole
    of = _at_home(groups, hands, made, likeness.near)
    parts = [(k, part) for k in hands for part in _parts(np.flatnonzero(of == k), made, alike, likeness.near, seed)]
    if parts:
        passing = [answer.p <= SCREEN for answer in ask(_with(groups, of, parts))]
        failed = {k for n, (k, _) in enumerate(parts) if not (passing[k] and passing[groups.count + n])}
        parts = [(k, part) for k, part in parts if k not in failed]
    apart = _with(groups, of, parts)
    if (apart.of == groups.of).all():
        return whole
    parents = [*range(groups.count), *(k for k, _ in parts)]
    return apart, [
        asked[k]
        if k == g and (groups.members(k).tolist() == apart.members(k).tolist())
        else _no_surer(answer, asked[k])
        for g, (k, answer) in enumerate(zip(parents, ask(apart), strict=True))
    ]


def _no_surer(answer: Coordination, before: Coordination) -> Coordination:
    return replace(answer, tried=before.tried + 1, at_least=before.p)


def _with(groups: Groups, of: Ints, parts: list[tuple[int, Ints]]) -> Groups:
    """The groups with these members, and parts of them behind."""
    of = of.copy()
    for n, (_, members) in enumerate(parts):
        of[members] = groups.count + n
    return Groups(of, groups.formed_by + tuple(groups.formed_by[k] for k, _ in parts))


def _at_home(groups: Groups, hands: list[int], made: _Ties, near: Ints) -> Ints:
    """For each account its group: another hand's, where most of its nearest and more of its cards and devices are.

    A few rounds, since those who go take their nearest along."""
    number = np.full(groups.count + 1, -1, np.int64)  # the last is for accounts of none
    number[hands] = np.arange(len(hands))
    hand = number[groups.of]
    members = np.flatnonzero(hand >= 0)
    row, mine = np.arange(members.size), made.among(hand)
    for _ in range(ROUNDS):
        votes, cards = _votes(members, hand, near, len(hands)), np.zeros((hand.size, len(hands)))
        np.add.at(cards, (mine.a, hand[mine.b]), mine.weight)
        np.add.at(cards, (mine.b, hand[mine.a]), mine.weight)
        best, held = votes.argmax(axis=1), cards[members]
        goes = votes[row, best] >= MOST_NEAR * np.maximum(votes.sum(axis=1), 1)
        goes &= held[row, best] > held[row, hand[members]]
        left = np.bincount(hand[members][~goes], minlength=len(hands))
        goes &= left[hand[members]] >= LEAST_ACCOUNTS
        if not goes.any():
            break
        hand[members[goes]] = best[goes]
    of = groups.of.copy()
    of[members] = np.array(hands, np.int64)[hand[members]]
    return of


def _votes(members: Ints, label: Ints, near: Ints, count: int) -> Ints:
    """For each member how many of its nearest by likeness have each label."""
    votes = np.zeros((members.size, count), np.int64)
    of = np.where(near[members] >= 0, label[near[members]], -1)
    row, column = np.nonzero(of >= 0)
    np.add.at(votes, (row, of[row, column]), 1)
    return votes


def _parts(members: Ints, made: _Ties, alike: _Ties, near: Ints, seed: int) -> list[Ints]:
    """The hands of one group but for the largest; none where it is one."""
    label = np.full(near.shape[0], -1, np.int64)
    label[members] = 0
    mine = made.among(label)
    found = communities(members, mine.a, mine.b, mine.weight, APART, seed)
    large = np.flatnonzero(np.bincount(found, minlength=1) >= LEAST_ACCOUNTS)
    if large.size < 2:
        return []
    number = np.full(int(found.max()) + 1, -1, np.int64)
    number[large] = np.arange(large.size)
    label[members] = number[found]
    label[members] = np.append(_of_one_work(alike, label), -1)[label[members]]
    count = int(label.max()) + 1
    if count < 2:
        return []
    for _ in range(ROUNDS):
        votes = _votes(members, label, near, count)
        moved = votes.max(axis=1) >= np.where(label[members] < 0, 1, np.maximum(SURELY * votes.sum(axis=1), 1))
        label[members] = np.where(moved, votes.argmax(axis=1), label[members])
    largest = int(np.bincount(label[members][label[members] >= 0]).argmax())
    return [np.flatnonzero(label == k).astype(np.int64) for k in range(count) if k != largest]


def _of_one_work(alike: _Ties, label: Ints) -> Ints:
    """For each community the number of its hand. The two that work least alike are of two hands, and so is each that
    works like none before it. One that works like several is of none: its accounts are looked at one by one."""
    seen, chance = alike.between(label)
    ratio = np.where(chance >= LEAST_EXPECTED, seen / np.maximum(chance, LEAST_EXPECTED), 1.0)
    np.fill_diagonal(ratio, 1.0)
    first, second = np.unravel_index(int(ratio.argmin()), ratio.shape)
    if ratio[first, second] >= UNLIKE:
        return np.zeros(ratio.shape[0], np.int64)
    hands = [int(min(first, second)), int(max(first, second))]
    hands += [k for k in range(ratio.shape[0]) if k not in hands and (ratio[k, hands] < UNLIKE).all()]
    like = ratio[:, hands] >= UNLIKE
    like[hands] = np.eye(len(hands), dtype=bool)
    return np.where(like.sum(axis=1) == 1, like.argmax(axis=1), -1).astype(np.int64)


def _made(engine: Engine) -> _Ties:
    """Grouped accounts that have a card or device in common; one of forty weighs as much as twenty of two."""
    held = tables.read_held(engine, ("payment", "device"))
    kind, member, value = (np.asarray(held[c]).astype(np.int64) for c in ("detector", "member", "value"))
    number = np.unique(np.stack([kind, value]), axis=1, return_inverse=True)[1].reshape(-1)
    count = np.bincount(number)
    shape = (1 + int(member.max(initial=-1)), count.size)
    holds = coo_array((np.ones(member.size), (member, number)), shape=shape).tocsr()
    weight = np.where(count <= MOST_HOLDERS, 1.0 / np.maximum(count - 1.0, 1.0), 0.0)
    holds = holds[:, np.flatnonzero(weight)]
    upper = ((holds * weight[weight > 0][None, :]) @ holds.T).tocoo()
    once = upper.row < upper.col
    return _Ties(upper.row[once].astype(np.int64), upper.col[once].astype(np.int64), upper.data[once])


def _alike(likeness: Likeness) -> _Ties:
    a, b = (np.asarray(likeness.pairs[c]).astype(np.int64) for c in ("a", "b"))
    return _Ties(a, b, np.ones(a.size))
