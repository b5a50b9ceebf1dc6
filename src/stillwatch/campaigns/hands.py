"""Hands: an accused group that is two hands is shown as two.

Two hands that buy at one shop and rent one proxy share cards, devices and exits, and what they send can tie them too.
Both questions are asked of the group as a whole; only groups that are accused come here, so that a division can cost
nobody an accusation and bring none. What proposes a division does not decide it:

* *works* of the group's wordings, where few accounts take part in two of them, propose; cards, devices and client
  software decide: they must be shared between the works less than if they had been dealt out without regard to them;
* communities by card and device propose; what their accounts do decides: it must tell two of them apart out of sample;
* another accused group with a card or device in common proposes that some accounts are its own; what they do decides,
  and cards, devices and clients must say the same. They go there.

Where one says two and the other one, it is one hand with two suppliers, or one with two kinds of work. Who stands
between goes where its work is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from itertools import combinations, permutations

import numpy as np

from stillwatch.campaigns import tables
from stillwatch.campaigns.alike_work import AccountWork, out_of_sample, read_account_work, told_apart, towards
from stillwatch.campaigns.dealt import MADE, Dealt
from stillwatch.campaigns.groups import LEAST_ACCOUNTS, communities
from stillwatch.campaigns.model import Bools, Floats, Groups, Ints, Population
from stillwatch.campaigns.works import works_of
from stillwatch.engine import Engine, Step

DEALT = ("payment", "device", "client")
"""Kinds that decide: what a hand deals out to its accounts."""
APART = 0.8
"""Of the sharing that chance would put between two hands, the part below which they may be two. In 8 worlds of
the range two hands with half of their accounts from one shop have 0.46 to 0.73 (one 0.87), in 5 with a fifth 0.28 to
0.53; six sets of accounts that are no strays 0.90 and more."""
SURE = 0.01
"""Share of deals at random that keep hands as much apart, up to which they are two."""
DEALS = 999
TOLD = 0.95
"""Chance to tell two accounts of different communities apart by their work, from which it is two hands' work. In six
worlds with every campaign the most among 49 single hands is 0.90, the next 0.84; in 5 of 8 groups of two hands it is
1.00, in the others none of their communities is one hand's."""
CHANCE = 0.001
"""P-value to tell them apart by chance, over all pairs that were tried."""
LEAST_COMMUNITY = 4
"""Accounts from which a community proposes a hand."""
MOST_COMMUNITIES = 12
"""Communities of a group, the largest first, that are tried in pairs."""
ROUNDS = 6


@dataclass(frozen=True)
class Hand:
    """Accounts of one hand, and the groups as whose members both questions were asked of them: first the one of most of
    them."""

    members: Ints
    asked: tuple[int, ...]


def divided(engine: Engine, groups: Groups, accused: Collection[int], people: Population, seed: int) -> list[Hand]:
    """The hands of accused groups, where they are others than the groups: in the order of the groups, of each the
    largest hand first. Needs `own_work` and `typical` of the groups; leaves `grouped` of the accused alone.

    Cost: pairs of accounts on one card or device, and DEALS times the holdings of cards, devices and clients of groups
    for which a division is proposed; pairs of accused groups with a card or device in common."""
    chosen = sorted(accused)
    if not chosen:
        return []
    used = tables.read_typical_uses(engine)
    mine = groups.only(chosen)
    tables.register_grouped(engine, mine)
    known = _Known(Dealt.read(engine, MADE), Dealt.read(engine, DEALT), read_account_work(engine), seed)
    found: list[Hand] = []
    for group in chosen:
        members = groups.members(group)
        works = works_of(used.take(np.flatnonzero(mine.of[used.member] == group)), people, members.size)
        hands = _by_works(known, members, works) or _by_cards(known, members)
        found += [Hand(hand, (group,)) for hand in sorted(hands, key=lambda hand: (-hand.size, int(hand[0])))]
    found = _at_home(known, found)
    count = Counter(hand.asked[0] for hand in found)
    return [
        hand
        for hand in found
        if count[hand.asked[0]] > 1 or hand.members.tolist() != groups.members(hand.asked[0]).tolist()
    ]


def register_divided(engine: Engine, groups: Groups) -> None:
    """Tables `grouped`, `typical` and `common_work` of groups some of which were divided.

    Whose work an exchange is does not change: what was common work of the whole, of which harvest was asked, is common
    work of the part whose account sent it. So nobody's role or harvest depends on a division."""
    tables.register_grouped(engine, groups)
    engine.run(
        [
            Step(
                "typical",
                "SELECT DISTINCT g.grp, t.value FROM typical t JOIN own_work o ON o.grp = t.grp AND o.value = t.value "
                "JOIN grouped g ON g.member = o.member",
            ),
            Step(
                "common_work",
                "SELECT g.grp, c.member, c.exchange, c.length FROM common_work c JOIN grouped g ON g.member = c.member",
            ),
        ]
    )


@dataclass(frozen=True)
class _Known:
    """What is known of the accounts of accused groups."""

    made: Dealt
    dealt: Dealt
    work: AccountWork
    seed: int


def _by_works(known: _Known, members: Ints, works: list[Ints]) -> list[Ints]:
    """The hands that do the works of one group; none where it is one, or where its accounts take part in several."""
    taking = np.array([np.isin(members, work) for work in works], bool).reshape(len(works), members.size)
    shared = int(taking.sum()) - int(taking.any(axis=0).sum())
    if len(works) < 2 or 2 * shared > min(work.size for work in works):
        return []
    label = np.where(taking.sum(axis=0) == 1, taking.argmax(axis=0), -1).astype(np.int64)
    if (np.bincount(label[label >= 0], minlength=len(works)) < LEAST_ACCOUNTS).any():
        return []
    return _parts(members, _settled(known, members, label)) if _kept_apart(known, members, label) is not None else []


def _by_cards(known: _Known, members: Ints) -> list[Ints]:
    """The hands that communities by card and device are of; the group itself where their work is one."""
    rows = known.work.rows(members)
    figures = known.work.scaled(rows)
    label = _learned(figures, _proposed(known, members, rows, figures))
    if label is None or told_apart(figures, label == 1)[0] < TOLD:
        return [members]
    whole = np.full(members.size, -1, np.int64)
    whole[np.searchsorted(members, known.work.member[rows])] = label
    if _kept_apart(known, members, whole) is None:
        return [members]
    return [hand for part in _parts(members, _settled(known, members, whole)) for hand in _by_cards(known, part)]


def _at_home(known: _Known, hands: list[Hand]) -> list[Hand]:
    """The hands, with the accounts of each that are another's where they belong: those first that are kept apart most
    clearly from those they leave."""
    hands = list(hands)
    for _ in range(len(hands)):
        found = [
            (*answer, leaves, joins)
            for leaves, joins in permutations(range(len(hands)), 2)
            if not set(hands[leaves].asked) & set(hands[joins].asked)
            for answer in _strays(known, hands[leaves].members, hands[joins].members)
        ]
        if not found:
            break
        _, strays, leaves, joins = min(found, key=lambda one: (one[0], one[2:]))
        rest = np.setdiff1d(hands[leaves].members, strays)
        more = np.union1d(hands[joins].members, strays)
        asked = (*hands[joins].asked, *hands[leaves].asked)
        hands[leaves], hands[joins] = replace(hands[leaves], members=rest), Hand(more, asked)
    return hands


def _strays(known: _Known, members: Ints, others: Ints) -> list[tuple[float, Ints]]:
    """Those of a hand's accounts that are another hand's, with the part of what chance would have the others share with
    both; none where the hands have no card or device in common."""
    of_both = known.made.member[np.isin(known.made.value, known.made.values(others))]
    if not np.isin(of_both, members).any():
        return []
    everybody = np.union1d(members, others)
    rows = known.work.rows(everybody)
    here, figures = np.isin(known.work.member[rows], members), known.work.scaled(rows)
    label = _learned(figures, np.where(here, 0, 1).astype(np.int64), here)
    if label is None or not (here & (label == 1)).any() or told_apart(figures, label == 1)[0] < TOLD:
        return []
    whole = np.where(np.isin(everybody, members), 0, 1).astype(np.int64)
    whole[np.searchsorted(everybody, known.work.member[rows])] = label
    part = _kept_apart(known, everybody, whole, np.isin(everybody, members))
    return [] if part is None else [(part, everybody[(whole == 1) & np.isin(everybody, members)])]


def _parts(members: Ints, label: Ints) -> list[Ints]:
    return [members[label == k] for k in range(int(label.max()) + 1)]


def _proposed(known: _Known, members: Ints, rows: Ints, figures: Floats) -> Ints | None:
    """Labels of the two communities by card and device whose work is told apart most surely, -1 for everybody else;
    None where no two are. One label for each row of `figures`."""
    a, b, weight = known.made.among(members).pairs(members.size)
    found = communities(np.arange(members.size), a, b, weight, known.seed)
    community = found[np.searchsorted(members, known.work.member[rows])]
    sizes = np.bincount(community, minlength=1)
    largest = [k for k in np.argsort(-sizes, kind="stable")[:MOST_COMMUNITIES] if sizes[k] >= LEAST_COMMUNITY]
    tried = list(combinations(largest, 2))
    answers = []
    for first, second in tried:
        both = np.flatnonzero((community == first) | (community == second))
        answers.append(told_apart(figures[both], community[both] == second))
    sure = [k for k, (chance, p) in enumerate(answers) if chance >= TOLD and p * len(tried) <= CHANCE]
    if not sure:
        return None
    first, second = tried[min(sure, key=lambda k: (answers[k][1], k))]
    return np.where(community == first, 0, np.where(community == second, 1, -1)).astype(np.int64)


def _learned(figures: Floats, label: Ints | None, free: Bools | None = None) -> Ints | None:
    """Everybody's label, by whose work it does: learned from those who have one, and again from all. None where too
    few are left of one. Only those who are `free` change theirs, by default all."""
    if label is None:
        return None
    for _ in range(ROUNDS):
        score = towards(figures, label, figures)
        known = np.flatnonzero(label >= 0)
        score[known] = out_of_sample(figures[known], label[known])
        told = score.argmax(axis=1).astype(np.int64)
        before, label = label, told if free is None else np.where(free, told, label)
        if np.bincount(label, minlength=2).min() < LEAST_ACCOUNTS:
            return None
        if (label == before).all():
            break
    return label


def _settled(known: _Known, members: Ints, label: Ints) -> Ints:
    """A label for everybody: whose work an account does; without a mix, whose cards and devices it holds; else that of
    the largest."""
    label = label.copy()
    largest = int(np.bincount(label[label >= 0]).argmax())
    rows = known.work.rows(members)
    place = np.searchsorted(members, known.work.member[rows])
    open_ = np.flatnonzero(label[place] < 0)
    if open_.size and np.unique(label[place][label[place] >= 0]).size == int(label.max()) + 1:
        figures = known.work.scaled(rows)
        label[place[open_]] = towards(figures, label[place], figures[open_]).argmax(axis=1)
    a, b, weight = known.made.among(members).pairs(members.size)
    votes = np.zeros((members.size, int(label.max()) + 1))
    for one, other in ((a, b), (b, a)):
        told = label[other] >= 0
        np.add.at(votes, (one[told], label[other[told]]), weight[told])
    rest = label < 0
    label[rest] = np.where(votes[rest].any(axis=1), np.round(votes[rest], 6).argmax(axis=1), largest)
    return label


def _kept_apart(known: _Known, members: Ints, label: Ints, dealt: Bools | None = None) -> float | None:
    """Of what accounts of different labels would share of cards, devices and clients, had these been dealt out without
    regard to labels, the part that they do; None where it is not surely less. Accounts labelled -1 do not count.
    `dealt`: the accounts among which labels are dealt, by default all."""
    told = np.flatnonzero(label >= 0)
    held, mine = known.dealt.among(members[told]), label[told]
    places = np.arange(told.size) if dealt is None else np.flatnonzero(dealt[told])
    seen, draw, deals = held.between(mine), np.random.default_rng(known.seed), np.zeros(DEALS)
    for k in range(DEALS):
        drawn = mine.copy()
        drawn[places] = draw.permutation(mine[places])
        deals[k] = held.between(drawn)
    as_apart = (1 + np.count_nonzero(deals <= seen + 1e-9)) / (1 + DEALS)
    part = seen / max(float(deals.mean()), 1e-9)
    return round(part, 6) if part <= APART and as_apart <= SURE else None
