"""Company: cards and devices of accused accounts, and what strangers hold of them by chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from stillwatch.campaigns.coordination.company import ASKED, Cards, company_finding
from stillwatch.campaigns.coordination.shared_values import Held
from stillwatch.campaigns.model import Finding, Groups, Population, one_side

People = Callable[..., Population]
Check = Callable[[Sequence[Finding]], None]
ACCOUNTS, SHOP = 3000, range(1000, 1004)


def _groups(*members: Sequence[int]) -> Groups:
    of = np.full(ACCOUNTS, -1, np.int64)
    for k, mine in enumerate(members):
        of[list(mine)] = k
    return Groups(of, one_side(len(members)))


def _held(cards: Sequence[tuple[int, int]], groups: Groups) -> Cards:
    """Cards of grouped accounts, with the number of all who hold each."""
    member, value = (np.array(column, np.int64) for column in zip(*sorted(set(cards)), strict=True))
    holders = np.bincount(value)[value]
    inside = groups.of[member] >= 0
    return Cards.of(Held(np.ones(inside.sum(), np.int64), member[inside], value[inside], holders[inside]))


def _shop(members: Sequence[int]) -> list[tuple[int, int]]:
    return [(m, SHOP[k % len(SHOP)]) for k, m in enumerate(members)]


SMALL, LARGE, OTHER = range(0, 12), range(20, 68), range(100, 130)


def test_a_small_hand_that_bought_where_an_accused_one_did_stands_out(people: People) -> None:
    groups = _groups(SMALL, LARGE)
    held = _held(_shop(SMALL[:6]) + _shop(LARGE[:24]), groups)
    found = company_finding(0, [1], held, groups, people(ACCOUNTS))
    assert found is not None
    assert (found.observed, found.detector) == (6, "company")
    assert found.p < 1e-9
    assert found.statement == "6 of 12 accounts hold a card or device that accounts of an accused campaign hold"


def test_the_clearest_campaign_counts_and_each_that_was_tried_costs(people: People) -> None:
    groups = _groups(SMALL, LARGE, OTHER)
    held = _held(_shop(SMALL[:6]) + _shop(LARGE[:24]), groups)
    alone = company_finding(0, [1], held, groups, people(ACCOUNTS))
    both = company_finding(0, [1, 2], held, groups, people(ACCOUNTS))
    assert alone is not None
    assert both is not None
    assert both.p == pytest.approx(2 * alone.p)


@pytest.mark.parametrize("carried", [0, 4])
def test_a_few_accounts_say_nothing(people: People, carried: int) -> None:
    groups = _groups(SMALL, LARGE)
    held = _held(_shop(SMALL[:carried]) + _shop(LARGE[:24]), groups)
    assert company_finding(0, [1], held, groups, people(ACCOUNTS)) is None


def test_a_card_of_one_accused_account_is_not_its_own(people: People) -> None:
    """One stolen card does not make its other holders company."""
    groups = _groups(SMALL, LARGE)
    held = _held([(m, 7) for m in (*SMALL[:6], LARGE[0])], groups)
    assert company_finding(0, [1], held, groups, people(ACCOUNTS)) is None


def test_accounts_of_one_customer_count_once(people: People) -> None:
    groups, unit = _groups(SMALL, LARGE), np.arange(ACCOUNTS)
    held = _held(_shop(SMALL[:6]) + _shop(LARGE[:24]), groups)
    apart = company_finding(0, [1], held, groups, people(ACCOUNTS))
    unit[list(SMALL[:6])] = ACCOUNTS
    together = company_finding(0, [1], held, groups, people(ACCOUNTS, unit=unit))
    assert apart is not None
    assert together is not None
    assert together.p > 1e4 * apart.p


def test_a_card_that_everybody_holds_is_no_company(people: People) -> None:
    groups = _groups(SMALL, LARGE)
    held = _held([(m, 7) for m in (*SMALL[:6], *LARGE[:24], *range(500, 1900))], groups)
    found = company_finding(0, [1], held, groups, people(ACCOUNTS))
    assert found is not None
    assert found.p > 0.05


def test_strangers_meet_an_accused_campaign_no_more_often_than_told(people: People, no_surplus: Check) -> None:
    """Groups of strangers, and cards that many of the accused and of everybody hold."""
    rng, found = np.random.default_rng(1), []
    for _ in range(400):
        groups = _groups(rng.choice(np.arange(100, ACCOUNTS), 30, replace=False).tolist(), LARGE)
        cards = [(int(m), int(rng.integers(4))) for m in rng.choice(ACCOUNTS, 600, replace=False)]
        finding = company_finding(0, [1], _held(cards + _shop(LARGE[:8]), groups), groups, people(ACCOUNTS))
        found.append(finding or Finding("company", "", 0.0, 0.0, "accounts", 1.0))
    assert sum(f.p < 1.0 for f in found) > 20, "nothing was tried"
    no_surplus([Finding(f.detector, "", 0.0, 0.0, "", min(1.0, f.p / ASKED)) for f in found])
