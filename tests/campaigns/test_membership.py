"""Who belongs to a hand that is planted among strangers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from stillwatch.campaigns.membership import BELONGS, BELONGS_TO_SURE, HOUR, NOBODY, Ties, belonging
from stillwatch.campaigns.model import Ints, Population
from stillwatch.links import LINK_DETECTORS

People = Callable[..., Population]
KIND = {d.name: k for k, d in enumerate(LINK_DETECTORS)}
SIZE, HAND, NEAREST = 3000, 40, 10
FREE = np.ones(SIZE, bool)
YEAR = 365 * 24


@dataclass(frozen=True)
class Log:
    """Accounts with what they hold (kind, account, value), when they signed up, and who is alike. The first HAND are
    one hand."""

    held: Ints
    created: Ints
    near: Ints
    unit: Ints
    links: Ints = field(default_factory=lambda: np.zeros((0, 2), np.int64))

    def ties(self) -> Ties:
        """As they are read: values that two or more hold."""
        rows = np.unique(self.held, axis=0)
        holders, held = _count(rows[:, [0, 2]]), _count(rows[:, [0, 1]])
        shared = holders >= 2
        kind, member, value = rows[shared].T
        mixed = int((self.near >= 0).any(axis=1).sum())
        holds = np.zeros(SIZE, np.int64)
        np.bitwise_or.at(holds, rows[:, 1], 1 << rows[:, 0])
        links = np.concatenate([self.links, self.links[:, ::-1]])
        return Ties(kind, member, value, holders[shared], held[shared], holds, self.near, mixed, links)

    def with_held(self, *rows: tuple[str, int, int]) -> Log:
        more = np.array([(KIND[kind], member, value) for kind, member, value in rows], np.int64)
        return replace(self, held=np.concatenate([self.held, more]))

    def without_held(self, members: Ints, *kinds: str) -> Log:
        gone = np.isin(self.held[:, 1], members)
        if kinds:
            gone &= np.isin(self.held[:, 0], [KIND[kind] for kind in kinds])
        return replace(self, held=self.held[~gone])

    def with_created(self, member: int, created: int) -> Log:
        changed = self.created.copy()
        changed[member] = created
        return replace(self, created=changed)

    def with_links(self, *pairs: tuple[int, int]) -> Log:
        return replace(self, links=np.array(pairs, np.int64))

    def with_near(self, members: Ints, near: Ints) -> Log:
        changed = self.near.copy()
        changed[members] = near
        return replace(self, near=changed)


def _count(rows: Ints) -> Ints:
    _, number, counts = np.unique(rows, axis=0, return_inverse=True, return_counts=True)
    return counts[number.reshape(-1)].astype(np.int64)


def _log(seed: int = 1) -> Log:
    """A hand with 20 cards, 10 devices, 30 exits of which each account uses six, and sign-ups in eight hours; among
    strangers with a card, a device and a few addresses each, some of them families and carriers' gateways."""
    rng = np.random.default_rng(seed)
    hand, strangers = np.arange(HAND), np.arange(HAND, SIZE)
    parts = [("payment", hand, hand % 20), ("device", hand, hand % 10)]
    parts += [("address", hand, rng.permutation(30)[hand % 30] * 0 + rng.integers(0, 30, HAND)) for _ in range(6)]
    parts += [("signup_address", hand, hand % 15)]
    family = np.where(rng.random(strangers.size) < 0.1, strangers // 2, strangers + SIZE)
    parts += [(kind, strangers, 1000 + family) for kind in ("payment", "device", "signup_address")]
    parts += [("address", strangers, 1000 + rng.integers(0, 4000, strangers.size)) for _ in range(2)]
    parts += [("address", np.arange(SIZE), 100 + rng.integers(0, 20, SIZE))]
    held = np.concatenate([np.column_stack([np.full(m.size, KIND[kind]), m, v]) for kind, m, v in parts])
    created = rng.integers(0, YEAR * HOUR, SIZE)
    created[hand] = rng.choice(YEAR, 8, replace=False)[hand % 8] * HOUR + rng.integers(0, HOUR // 4, HAND)
    near = rng.integers(HAND, SIZE, (SIZE, NEAREST))
    near[hand] = np.array([rng.choice(np.delete(hand, n), NEAREST, replace=False) for n in hand])
    return Log(held.astype(np.int64), created.astype(np.int64), near.astype(np.int64), np.arange(SIZE, dtype=np.int64))


def _belong(people: People, log: Log, core: Ints, free: np.ndarray = FREE, surely: Ints = NOBODY) -> set[int]:
    found = belonging(core, log.ties(), people(SIZE, unit=log.unit, created=log.created), free, surely)
    assert (found.posterior >= np.where(np.isin(found.members, surely), BELONGS_TO_SURE, BELONGS)).all()
    assert found.members.tolist() == sorted(set(found.members.tolist()))
    return set(found.members.tolist())


EVERYBODY_OF_THE_HAND = set(range(HAND))
CORE = np.r_[np.arange(30), np.arange(500, 545, 3)].astype(np.int64)
"""Thirty of the hand and fifteen strangers: what a community of alike accounts may hold."""


@pytest.mark.parametrize("seed", range(5))
def test_members_are_found_and_strangers_are_dropped(people: People, seed: int) -> None:
    assert _belong(people, _log(seed), CORE) == EVERYBODY_OF_THE_HAND


@pytest.mark.parametrize("kinds", [("payment",), ("device",), ("address", "signup_address"), ("payment", "device")])
def test_other_ties_make_up_for_those_that_are_not_seen(people: People, kinds: tuple[str, ...]) -> None:
    log = _log().without_held(np.arange(SIZE), *kinds)
    assert _belong(people, log, CORE) == EVERYBODY_OF_THE_HAND


def test_strangers_who_merely_work_alike_are_dropped(people: People) -> None:
    rng = np.random.default_rng(2)
    log = _log().with_near(CORE[30:], rng.integers(0, HAND, (15, NEAREST)))
    assert _belong(people, log, CORE) == EVERYBODY_OF_THE_HAND


def test_likeness_alone_is_no_hand(people: People) -> None:
    """Forty alike accounts that nothing ties."""
    rng = np.random.default_rng(3)
    alike = np.arange(1000, 1040)
    assert _belong(people, _log().with_near(alike, rng.choice(alike, (40, NEAREST))), alike) == set()


OUTSIDER = 2000


def _at_the_proxy(log: Log) -> Log:
    """Somebody who signs up and sends through the exits of the hand, with a card and a device of his own."""
    exits = [("address", OUTSIDER, exit) for exit in range(8)]
    moved = log.without_held(np.array([OUTSIDER])).with_held(("signup_address", OUTSIDER, 3), *exits)
    return moved.with_held(("payment", OUTSIDER, 9001), ("device", OUTSIDER, 9001))


def test_the_same_proxy_is_not_the_same_actor(people: People) -> None:
    assert _belong(people, _at_the_proxy(_log()), CORE) == EVERYBODY_OF_THE_HAND


def test_nor_is_it_if_the_community_has_him(people: People) -> None:
    assert _belong(people, _at_the_proxy(_log()), np.append(CORE, OUTSIDER)) == EVERYBODY_OF_THE_HAND


@pytest.mark.parametrize("alike", [True, False])
def test_who_shares_the_proxy_is_a_member_only_if_he_works_alike(people: People, alike: bool) -> None:
    """Of whom nothing else is known: no card, no device, no time of sign-up."""
    log = _at_the_proxy(_log()).without_held(np.array([OUTSIDER]), "payment", "device").with_created(OUTSIDER, -1)
    if alike:
        log = log.with_near(np.array([OUTSIDER]), np.arange(NEAREST))
    assert _belong(people, log, CORE) == EVERYBODY_OF_THE_HAND | ({OUTSIDER} if alike else set())


def test_who_works_alike_behind_the_proxy_and_signed_up_alone_is_none(people: People) -> None:
    log = _at_the_proxy(_log()).with_near(np.array([OUTSIDER]), np.arange(NEAREST))
    assert _belong(people, log, CORE) == EVERYBODY_OF_THE_HAND


def _linked_and_alike(log: Log) -> Log:
    """The outsider shares nothing of how the hand was made, works alike, and has a rare wording in common with it."""
    alike = log.with_near(np.array([OUTSIDER]), np.arange(NEAREST))
    return alike.with_links((3, OUTSIDER), *((n, n + 1) for n in range(HAND - 1)))


def test_who_works_alike_and_is_linked_by_a_rare_wording_is_a_member(people: People) -> None:
    alone = np.array([OUTSIDER])
    log = _linked_and_alike(_log().without_held(alone).with_created(OUTSIDER, -1))
    assert _belong(people, log, CORE) == EVERYBODY_OF_THE_HAND | {OUTSIDER}
    assert _belong(people, log.with_links((0, 1)), CORE) == EVERYBODY_OF_THE_HAND, "unless nothing links him"
    far = _log().without_held(alone).with_created(OUTSIDER, -1).with_links(*map(tuple, log.links.tolist()))
    assert _belong(people, far, CORE) == EVERYBODY_OF_THE_HAND, "nor if he works on something else"


def test_a_wording_that_many_strangers_have_in_common_with_the_hand_makes_no_member(people: People) -> None:
    log = _linked_and_alike(_log().without_held(np.array([OUTSIDER])).with_created(OUTSIDER, -1))
    crowd = [(n % HAND, n) for n in range(1000, 1800)]
    assert _belong(people, log.with_links(*map(tuple, log.links.tolist()), *crowd), CORE) == EVERYBODY_OF_THE_HAND


def test_links_and_likeness_are_no_hand(people: People) -> None:
    """Evaluators of one benchmark: linked, alike, and made by nobody."""
    rng = np.random.default_rng(3)
    alike = np.arange(1000, 1040)
    log = _log().with_near(alike, rng.choice(alike, (40, NEAREST)))
    assert _belong(people, log.with_links(*((n, n + 1) for n in range(1000, 1039))), alike) == set()


def test_a_carriers_gateway_ties_nobody(people: People) -> None:
    """All of the hand, and a thousand strangers, send through one gateway."""
    everyone = [("address", n, 7777) for n in [*range(HAND), *range(1000, 2000)]]
    assert _belong(people, _log().with_held(*everyone), CORE) == EVERYBODY_OF_THE_HAND


def test_a_member_of_another_make_is_found(people: People) -> None:
    """Not alike and not in the community, registered like the hand: card, device, address and hour."""
    log = _log().with_held(("payment", OUTSIDER, 4), ("device", OUTSIDER, 6), ("signup_address", OUTSIDER, 9))
    assert _belong(people, log.with_created(OUTSIDER, int(log.created[4])), CORE) == EVERYBODY_OF_THE_HAND | {OUTSIDER}


@pytest.mark.parametrize("kind", ["payment", "device", "signup_address"])
def test_one_value_in_common_is_not_enough(people: People, kind: str) -> None:
    assert _belong(people, _log().with_held((kind, OUTSIDER, 4)), CORE) == EVERYBODY_OF_THE_HAND


def test_a_family_in_the_community_is_none_of_the_hand(people: People) -> None:
    """Two who share everything with each other, nothing with the rest, and are not alike."""
    both = [(kind, n, 9001) for n in (2000, 2001) for kind in ("payment", "device", "signup_address")]
    log = _log().without_held(np.array([2000, 2001])).with_held(*both)
    assert _belong(people, log, np.append(CORE, [2000, 2001])) == EVERYBODY_OF_THE_HAND


def test_only_free_accounts_are_added(people: People) -> None:
    free = FREE.copy()
    free[35:40] = False
    assert _belong(people, _log(), CORE, free) == set(range(35))
    free[:] = False
    assert _belong(people, _log(), CORE, free) == set(range(30))


@pytest.mark.parametrize("in_core", [True, False])
def test_ties_of_an_open_customer_count_for_nothing(people: People, in_core: bool) -> None:
    """A firm of 30 whose accounts share cards, devices and offices with one another."""
    firm = np.arange(1000, 1030)
    shared = [
        (kind, n, 8000 + n % 5)
        for n in range(1000, 1030)
        for kind in ("payment", "device", "signup_address", "address")
    ]
    log = _log().without_held(firm).with_held(*shared)
    unit = log.unit.copy()
    unit[firm] = SIZE + 1000
    core = np.append(CORE, firm) if in_core else CORE
    assert _belong(people, replace(log, unit=unit), core) == EVERYBODY_OF_THE_HAND
    assert _belong(people, replace(log, unit=unit), firm) == set()
    assert _belong(people, log, firm) == set(firm.tolist())


def test_an_open_customer_who_holds_what_the_hand_holds_is_no_member(people: People) -> None:
    members = [(kind, 1000 + n, n % 10) for n in range(10) for kind in ("payment", "device", "address")]
    log = _log().with_held(*members)
    unit = log.unit.copy()
    unit[1000:1010] = SIZE + 1000
    assert _belong(people, replace(log, unit=unit), CORE) == EVERYBODY_OF_THE_HAND


def _sharing_little(rng: np.random.Generator, nearest: int) -> Log:
    """The hand bought a card and a device for each account; half of them signed up alone, share no exit, and have so
    many of the others among their ten nearest."""
    log = _log().without_held(np.arange(HAND), "payment", "device", "signup_address")
    apart = np.arange(0, HAND, 2)
    log = log.without_held(apart, "address")
    kept = [("client", m, 7 + m % 6) for m in range(HAND)]
    log = log.with_held(*kept, *((kind, m, 90_000 + m) for m in range(HAND) for kind in ("payment", "device")))
    near = np.where(np.arange(NEAREST) < nearest, log.near[apart], rng.integers(HAND, SIZE, (apart.size, NEAREST)))
    log, created = log.with_near(apart, near), log.created.copy()
    created[apart] = rng.integers(0, YEAR * HOUR, apart.size)
    return replace(log, created=created)


def test_of_a_sure_hand_more_belong_who_share_little(people: People) -> None:
    log = _sharing_little(np.random.default_rng(4), nearest=7)
    usual, trusted = (_belong(people, log, CORE, surely=surely) for surely in (NOBODY, CORE))
    assert usual < trusted <= EVERYBODY_OF_THE_HAND, "and no stranger of the community"


def test_who_has_nobody_of_a_sure_hand_among_the_nearest_belongs_no_more_for_it(people: People) -> None:
    log = _sharing_little(np.random.default_rng(4), nearest=0)
    usual, trusted = (_belong(people, log, CORE, surely=surely) for surely in (NOBODY, CORE))
    assert trusted == usual


@pytest.mark.parametrize("seed", range(4))
def test_numbers_of_accounts_and_values_are_of_no_consequence(people: People, seed: int) -> None:
    rng = np.random.default_rng(seed)
    log, new = _log(seed), rng.permutation(SIZE)
    old = np.argsort(new)
    values = rng.permutation(int(log.held[:, 2].max()) + 1)
    held = np.column_stack([log.held[:, 0], new[log.held[:, 1]], values[log.held[:, 2]]])
    renumbered = Log(held, log.created[old], new[log.near[old]], np.arange(SIZE))
    free, core = rng.random(SIZE) < 0.9, np.append(CORE, [700, 701])
    before = _belong(people, log, core, free)
    assert _belong(people, renumbered, np.sort(new[core]), free[old]) == {int(new[n]) for n in before}
    assert before


def test_an_unknown_time_of_sign_up_says_nothing(people: People) -> None:
    log = _log()
    assert _belong(people, replace(log, created=np.full(SIZE, -1)), CORE) == EVERYBODY_OF_THE_HAND


@pytest.mark.parametrize("seed", range(10))
def test_random_communities_are_no_hand(people: People, seed: int) -> None:
    """Forty strangers, taken at random: a family among them at most."""
    core = np.random.default_rng(seed).choice(np.arange(HAND, SIZE), 40, replace=False)
    assert _belong(people, _log(seed), np.sort(core)) == set()


def test_nothing_is_held_and_nobody_is_alike(people: People) -> None:
    log = replace(_log(), held=np.zeros((0, 3), np.int64), near=np.full((SIZE, NEAREST), -1), created=np.full(SIZE, -1))
    assert _belong(people, log, CORE) == set()
