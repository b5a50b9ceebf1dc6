"""Who openly belongs together: examples, and brute force over random registrations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from itertools import count as counting
from itertools import pairwise

import networkx as nx
import numpy as np
import pyarrow as pa
import pytest

from stillwatch.campaigns.customers import FIRM, MOSTLY, OFFICE, PROVIDER, customers

COLUMNS = ("organisation", "email_domain", "payment", "signup_address")
Row = Mapping[str, int]
"""The values of one account, by column."""
PLACE = 77
FRESH = counting(100_000)


def _units(rows: Sequence[Row]) -> list[int]:
    columns = {name: pa.chunked_array([[row.get(name) for row in rows]], pa.int64()) for name in COLUMNS}
    return [int(unit) for unit in customers(pa.table(columns))]


def _together(rows: Sequence[Row]) -> set[frozenset[int]]:
    """The customers with several accounts."""
    unit = _units(rows)
    accounts: dict[int, list[int]] = {}
    for account, u in enumerate(unit):
        accounts.setdefault(u, []).append(account)
    for u, mine in accounts.items():
        assert u == mine[0] if len(mine) == 1 else u >= len(rows)
    return {frozenset(mine) for mine in accounts.values() if len(mine) > 1}


def _strangers(count: int, **same: int) -> list[Row]:
    """Accounts with a card and a domain each of their own, but for what is given."""
    return [{"email_domain": next(FRESH), "payment": next(FRESH)} | same for _ in range(count)]


def _mail(count: int, domain: int = 1, card: int = 5000) -> list[Row]:
    """Customers of one mail provider, each with a card."""
    return [{"email_domain": domain, "payment": card + n} for n in range(count)]


def test_strangers_are_their_own_customers() -> None:
    assert _units(_strangers(5)) == [0, 1, 2, 3, 4]
    assert _units([{}] * 4) == [0, 1, 2, 3]
    assert _units([]) == []


def test_a_verified_organisation_is_one_customer() -> None:
    rows = [*_strangers(3, organisation=7), *_strangers(2, organisation=8), *_strangers(1, organisation=9)]
    assert _together(rows) == {frozenset({0, 1, 2}), frozenset({3, 4})}


@pytest.mark.parametrize(("size", "firm"), [(2, True), (FIRM, True), (FIRM + 1, False)])
def test_a_firm_has_a_domain_that_few_have(size: int, firm: bool) -> None:
    rows = [*_mail(size, domain=4), *_strangers(200)]
    assert _together(rows) == ({frozenset(range(size))} if firm else set())


def test_without_cards_a_domain_of_their_own_is_enough() -> None:
    assert _together([{"email_domain": 4}] * 20) == {frozenset(range(20))}
    assert _together([{"email_domain": 4}] * (FIRM + 1)) == set()


def test_a_card_that_is_seen_with_two_domains_breaks_openness() -> None:
    """One card in common with a stranger, and neither domain is a firm's."""
    firm, other = _mail(10, domain=4), _mail(6, domain=5, card=6000)
    assert _together([*firm, *other]) == {frozenset(range(10)), frozenset(range(10, 16))}
    assert _together([*firm[:9], {"email_domain": 4, "payment": 6000}, *other]) == set()


def test_a_card_that_is_seen_without_a_domain_breaks_openness() -> None:
    firm = _mail(10, domain=4)
    assert _together([*firm, {"payment": 5003}]) == set()


def test_a_pool_that_rotates_domains_or_cards_is_no_customer() -> None:
    many_domains = [{"email_domain": 100 + n % 7, "payment": 500 + n % 5} for n in range(70)]
    one_card = [{"email_domain": 100 + n, "payment": 500} for n in range(40)]
    no_domain = [{"payment": 500} for _ in range(40)]
    for pool in (many_domains, one_card, no_domain):
        assert _together(pool) == set()


def test_a_laboratory_has_one_card_in_a_large_domain() -> None:
    """A university of 60, and the 8 of it whom one card pays for."""
    campus = [*_mail(52), *({"email_domain": 1, "payment": 4000} for _ in range(8))]
    assert _together([*campus, *_strangers(6_000)]) == {frozenset(range(52, 60))}


@pytest.mark.parametrize(("users", "laboratory"), [(100, True), (101, False)])
def test_mail_providers_have_no_laboratories(users: int, laboratory: bool) -> None:
    """Who is found by one card among a provider's users hides among them."""
    rows = [*_mail(users - 8), *({"email_domain": 1, "payment": 4000} for _ in range(8))]
    rows += _strangers(10_000 - users)
    assert (users <= PROVIDER * 10_000) is laboratory
    assert bool(_together(rows)) is laboratory


def test_users_of_a_mail_provider_are_never_one_customer() -> None:
    rows = [*_mail(200), *_mail(60, domain=2, card=20_000), *_strangers(500)]
    assert _together(rows) == set()


@pytest.mark.parametrize(("firm", "others", "office"), [(3, 3, True), (3, 4, False), (2, 1, False), (30, 30, False)])
def test_colleagues_sign_up_at_the_office(firm: int, others: int, office: bool) -> None:
    """A private mailbox at an address where most are one firm's: its limits are OFFICE, MOSTLY and FIRM."""
    assert (firm >= OFFICE and firm >= MOSTLY * (firm + others) and firm + others <= FIRM) is office
    rows = [{**row, "signup_address": PLACE} for row in [*_mail(firm, domain=4), *_strangers(others)]]
    assert _together([*rows, *_strangers(50)]) == {frozenset(range(firm + others if office else firm))}


def test_a_place_where_strangers_sign_up_is_no_office() -> None:
    assert _together(_strangers(20, signup_address=PLACE)) == set()


def test_numbers_of_accounts_and_values_are_of_no_consequence() -> None:
    rng = np.random.default_rng(3)
    rows = _random(rng, 120)
    order = rng.permutation(len(rows))
    renamed = [{name: value * 31 % 1009 for name, value in rows[n].items()} for n in order]
    moved = {frozenset(int(order[n]) for n in customer) for customer in _together(renamed)}
    assert moved == _together(rows)


# Brute force.


def _random(rng: np.random.Generator, size: int) -> list[Row]:
    """Registrations with a large domain, several small ones, and cards and places that are shared now and then."""
    rows: list[Row] = []
    for n in range(size):
        values = {
            "organisation": (0.1, int(rng.integers(5))),
            "email_domain": (0.9, 0 if rng.random() < 0.4 else int(1 + rng.integers(size // 6 + 1))),
            "payment": (0.8, int(rng.integers(10)) if rng.random() < 0.1 else 100 + n),
            "signup_address": (0.8, int(rng.integers(1 + size // int(rng.choice([3, 9]))))),
        }
        rows.append({name: value for name, (chance, value) in values.items() if rng.random() < chance})
    return rows


def _components(size: int, labels: list[list[Hashable]]) -> list[frozenset[int]]:
    graph = nx.empty_graph(size)
    for label in labels:
        for name in {v for v in label if v is not None}:
            graph.add_edges_from(pairwise(n for n in range(size) if label[n] == name))
    return [frozenset(c) for c in nx.connected_components(graph) if len(c) > 1]


def _brute_force(rows: Sequence[Row]) -> set[frozenset[int]]:
    size = len(rows)
    organisation, domain, card, place = ([row.get(name) for row in rows] for name in COLUMNS)
    seen_with: dict[int, set[Hashable]] = {}
    for n, c in enumerate(card):
        if c is not None:
            seen_with.setdefault(c, set()).add(domain[n] if domain[n] is not None else ("nobody's", n))
    users, there = Counter(domain), Counter(place)

    def is_firm(d: int) -> bool:
        cards = {card[n] for n in range(size) if domain[n] == d and card[n] is not None}
        return 2 <= users[d] <= FIRM and all(len(seen_with[c]) == 1 for c in cards if c is not None)

    firm: list[Hashable] = [d if d is not None and is_firm(d) else None for d in domain]
    payer: list[Hashable] = [
        c
        if c is not None and d is not None and len(seen_with[c]) == 1 and users[d] <= max(FIRM, PROVIDER * size)
        else None
        for c, d in zip(card, domain, strict=True)
    ]
    open_ones = _components(size, [list(organisation), firm, payer])
    offices = {
        p
        for p in there
        if p is not None and there[p] <= FIRM
        for one in open_ones
        if (mine := sum(place[n] == p for n in one)) >= OFFICE and mine >= MOSTLY * there[p]
    }
    customer: list[Hashable] = [next((one for one in open_ones if n in one), None) for n in range(size)]
    return set(_components(size, [customer, [p if p in offices else None for p in place]]))


@pytest.mark.parametrize("seed", range(60))
def test_customers_are_those_of_brute_force(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = _random(rng, int(rng.integers(2, 160)))
    assert _together(rows) == _brute_force(rows)


def test_random_registrations_have_all_kinds_of_customers() -> None:
    """So that brute force has something to check."""
    found = [(_random(np.random.default_rng(seed), 150)) for seed in range(5)]
    assert all(2 <= len(_together(rows)) < 75 for rows in found)
    assert any(max(Counter(row.get("email_domain") for row in rows).values()) > FIRM for rows in found)
