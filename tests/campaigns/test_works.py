"""Works: a pool that carries other people's wording, and separate hands that share one."""

from __future__ import annotations

import numpy as np
import pytest

from stillwatch.campaigns import works
from stillwatch.campaigns.dealt import Dealt
from stillwatch.campaigns.model import Ints
from stillwatch.campaigns.tables import Wordings
from stillwatch.campaigns.verdict import SCREEN

from .small_logs import Log, Rows, chat, hand, named, strangers, template, work

POOL, CUSTOMERS, CROWD = named("h", 40), named("c", 60), named("s", 900)
HARVEST, CARRIED = 8, 5


def _pool_that_carries(rng: np.random.Generator, carriers: list[str]) -> Rows:
    """A pool with a template of its own; an application with customers, whose requests some of the pool carries."""
    own, application = template(rng), template(rng)
    rows = [row for name in POOL for row in work(rng, name, own, HARVEST)]
    rows += [row for name in CUSTOMERS for row in work(rng, name, application, int(rng.integers(6, 14)))]
    rows += [row for name in carriers for row in work(rng, name, application, CARRIED)]
    return rows + [row for name in CROWD for row in chat(rng, name)]


@pytest.mark.parametrize("carriers", [12, 30, 40])
def test_a_pool_is_told_from_the_customers_of_an_application_that_it_carries(log: Log, carriers: int) -> None:
    rng = np.random.default_rng(carriers)
    accounts = hand(rng, POOL) + strangers(rng, CUSTOMERS + CROWD)
    formed = log.formed(_pool_that_carries(rng, POOL[:carriers]), accounts)
    found = list(zip(log.members(formed.groups), formed.coordination, strict=True))
    assert [members for members, answer in found if answer.p <= SCREEN] == [set(POOL)]
    assert {name for members, answer in found if answer.p > SCREEN for name in members} <= set(CUSTOMERS)


def test_without_a_hand_an_application_and_its_carriers_stay_as_they_are(log: Log) -> None:
    """People who were registered apart are no hand, whatever work is looked at."""
    rng = np.random.default_rng(1)
    rows = _pool_that_carries(rng, POOL[:30])
    formed = log.formed(rows, strangers(rng, POOL + CUSTOMERS + CROWD))
    assert all(answer.p > SCREEN for answer in formed.coordination)


def test_two_pools_that_serve_one_buyer_are_two(log: Log) -> None:
    """Both send the buyer's wording beside that of their own customers."""
    rng = np.random.default_rng(2)
    first, second, bought = named("f", 24), named("g", 24), template(rng)
    rows = [row for name in first + second for row in work(rng, name, bought, 1)]
    for pool in (first, second):
        frame = template(rng)
        rows += [row for name in pool for row in work(rng, name, frame, HARVEST)]
    rows += [row for name in (first + second)[12:36] for row in work(rng, name, bought, 3)]
    rows += [row for name in CROWD for row in chat(rng, name)]
    made = hand(rng, first) + [
        row | {key: f"second {row[key]}" for key in ("payment_fingerprint", "device_fingerprint")}
        for row in hand(rng, second)
    ]
    formed = log.formed(rows, made + strangers(rng, CROWD))
    assert sorted(map(sorted, log.members(formed.groups))) == [sorted(first), sorted(second)]


def test_one_pool_that_deals_two_templates_out_is_one(log: Log) -> None:
    """Its halves use different templates and the same cards and devices."""
    rng = np.random.default_rng(3)
    rows = [row for name in CROWD for row in chat(rng, name)]
    third = template(rng)
    for half in (POOL[::2], POOL[1::2]):
        frame = template(rng)
        rows += [row for name in half for row in work(rng, name, frame, HARVEST)]
    rows += [row for name in POOL for row in work(rng, name, third, 4)]
    formed = log.formed(rows, hand(rng, POOL) + strangers(rng, CROWD))
    assert log.members(formed.groups) == [set(POOL)]


def test_the_p_value_pays_for_every_work_that_was_looked_at(log: Log) -> None:
    rng = np.random.default_rng(4)
    accounts = hand(rng, POOL) + strangers(rng, CUSTOMERS + CROWD)
    formed = log.formed(_pool_that_carries(rng, POOL), accounts)
    answer = formed.coordination[log.members(formed.groups).index(set(POOL))]
    assert answer.tried >= 3, "the whole, the pool's work, the application's"
    least = min(p for side, p in answer.sides.items() if side != "traffic")
    assert answer.p == pytest.approx(answer.tried * 2 * least)


def _uses(rows: list[tuple[int, int, int]]) -> Wordings:
    return Wordings(*(np.array(column, np.int64) for column in zip(*rows, strict=True)))


def test_a_large_group_is_looked_at_through_its_most_used_wordings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(works, "MOST_WORDINGS", 2)
    used = _uses([(0, 5, 1), (0, 6, 9), (1, 6, 1), (1, 7, 4), (2, 5, 2)])
    assert used.value[works._most_used(used)].tolist() == [6, 6, 7]


def _brute_force(hands: list[Ints], member: Ints, value: Ints) -> tuple[float, float]:
    """Weighted pairs on one value in different hands, and in any."""
    of = {int(m): k for k, members in enumerate(hands) for m in members}
    between = within = 0.0
    for one in np.unique(value):
        holders = [of[int(m)] for m in member[value == one] if int(m) in of]
        for a in range(len(holders)):
            for b in range(a):
                between += (holders[a] != holders[b]) / (len(holders) - 1)
                within += 1.0 / (len(holders) - 1)
    return between, within


@pytest.mark.parametrize("seed", range(20))
def test_hands_are_separate_where_cards_are_rarely_shared_between_them(seed: int) -> None:
    """Against a count of pairs one by one."""
    rng = np.random.default_rng(seed)
    hands = [np.arange(0, 20), np.arange(20, 50), np.arange(50, 60)]
    member = rng.integers(0, 80, 150)
    value = rng.integers(0, 12, 150) + np.where(rng.random(150) < rng.random(), 12 * (member // 20), 0)
    member, value = np.unique(np.stack([member, value]), axis=1)
    between, within = _brute_force(hands, member, value)
    expected = 1.0 - (20**2 + 30**2 + 10**2) / 60**2
    assert works._separate(hands, Dealt(member, value)) == (between < works.BETWEEN * expected * within)


def test_hands_that_share_their_accounts_are_not_separate() -> None:
    nothing = Dealt(np.zeros(0, np.int64), np.zeros(0, np.int64))
    apart = Dealt(np.array([0, 1, 20, 21]), np.array([0, 0, 1, 1]))
    assert not works._separate([], nothing)
    assert not works._separate([np.arange(9)], apart)
    assert not works._separate([np.arange(0, 20), np.arange(20, 40)], nothing), "nothing tells"
    assert works._separate([np.arange(0, 20), np.arange(20, 40)], apart)
    assert not works._separate([np.arange(0, 30), np.arange(10, 40)], apart)
