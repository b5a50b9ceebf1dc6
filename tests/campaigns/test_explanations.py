"""Each innocent explanation: where it holds, and where it does not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest

from stillwatch.campaigns.coordination import Coordination
from stillwatch.campaigns.explanations import FIRM, INSTITUTION, MOST, Context, explain_innocently
from stillwatch.campaigns.model import Explanation, Finding

SIDE_OF = {
    "payment": "registration",
    "device": "registration",
    "signup_address": "registration",
    "email_domain": "registration",
    "signup_cohort": "registration",
    "wording": "traffic",
    "address": "traffic",
    "client": "traffic",
    "balance": "rhythm",
    "synchrony": "rhythm",
    "pivot": "rhythm",
}
OPEN, ORGANISATION = "a few open customers", "declared organisation"
PLACE, APPLICATION = "campus, course or employer", "customers of one application"
PUBLIC, PROXY = "public material", "one proxy, many strangers"
HAND = {"payment": 1e-12, "wording": 1e-20, "synchrony": 1e-8}


def _spoken(loud: dict[str, float]) -> Coordination:
    """All detectors looked; those named spoke."""
    by_side: dict[Any, tuple[Finding, ...]] = {}
    for name, side in SIDE_OF.items():
        by_side[side] = (*by_side.get(side, ()), Finding(name, "", 0.0, 0.0, "", loud.get(name, 1.0)))
    return Coordination(by_side, "traffic")


def _registered(size: int, **columns: Sequence[object]) -> pa.Table:
    """Every account on its own, but for the columns given."""
    usual: dict[str, Sequence[object]] = {
        "organisation": [None] * size,
        "payment": [1000 + n for n in range(size)],
        "email_domain": [5000 + n for n in range(size)],
    }
    given = usual | columns
    counts = Counter(given["email_domain"])
    given.setdefault("domain_holders", [counts[domain] for domain in given["email_domain"]])
    return pa.table({name: pa.array(values, pa.int64()) for name, values in given.items()})


def _explained(
    registrations: pa.Table, loud: dict[str, float] | None = None, **shares: float
) -> dict[str, Explanation]:
    given = {"public_share": 0.0, "asked_again": 0.0, "domain_share": 0.0, "domain_outside": 0.0} | shares
    found = explain_innocently(Context(registrations.num_rows, registrations, _spoken(loud or HAND), **given))
    assert len({e.name for e in found}) == len(found)
    return {e.name: e for e in found}


def _holding(found: dict[str, Explanation]) -> set[str]:
    return {name for name, e in found.items() if e.holds}


def test_one_hand_has_no_excuse() -> None:
    found = _explained(_registered(60))
    assert _holding(found) == set()
    assert set(found) == {ORGANISATION, OPEN, PLACE, APPLICATION, PUBLIC, PROXY}
    assert all(e.finding and e.finding == e.finding.strip() for e in found.values())


@pytest.mark.parametrize(("declared", "holds"), [(40, True), (32, True), (31, False), (0, False)])
def test_declared_organisation(declared: int, holds: bool) -> None:
    found = _explained(_registered(40, organisation=[7] * declared + [None] * (40 - declared)))
    assert (declared / 40 >= MOST) is holds
    assert found[ORGANISATION].holds is holds
    assert found[ORGANISATION].share == pytest.approx(declared / 40)


def test_many_small_organisations_are_not_one() -> None:
    assert ORGANISATION not in _holding(_explained(_registered(40, organisation=[n // 4 for n in range(40)])))


def test_a_few_open_customers() -> None:
    firm = _registered(30, payment=[1] * 30, email_domain=[2] * 30)
    assert _explained(firm)[OPEN].holds
    assert _explained(firm)[OPEN].share == pytest.approx(1.0)
    two = _registered(30, payment=[1] * 15 + [3] * 15, email_domain=[2] * 15 + [4] * 15)
    assert _explained(two)[OPEN].holds


def test_a_pool_that_rotates_payment_or_domain_is_no_open_customer() -> None:
    assert not _explained(_registered(30, email_domain=[2] * 30))[OPEN].holds
    assert not _explained(_registered(30, payment=[1] * 30))[OPEN].holds
    assert not _explained(_registered(30, payment=[1] * 30, email_domain=[None] * 30))[OPEN].holds


def test_a_large_pool_on_one_payment_is_no_open_customer() -> None:
    size = FIRM + 1
    assert not _explained(_registered(size, payment=[1] * size, email_domain=[2] * size))[OPEN].holds
    assert _explained(_registered(FIRM, payment=[1] * FIRM, email_domain=[2] * FIRM))[OPEN].holds


def test_six_open_customers_are_too_many_for_a_few() -> None:
    pairs = [n // 5 for n in range(30)]
    assert not _explained(_registered(30, payment=pairs, email_domain=pairs))[OPEN].holds


BY_PLACE = {"email_domain": 1e-20, "signup_address": 1e-9, "signup_cohort": 1e-15, "address": 1e-12}


def test_campus_course_or_employer() -> None:
    campus = {"domain_share": 0.9, "domain_outside": 0.8}
    assert _explained(_registered(30), BY_PLACE, **campus)[PLACE].holds
    assert not _explained(_registered(30), BY_PLACE | HAND, **campus)[PLACE].holds


def test_a_place_needs_its_domain_and_people_outside() -> None:
    shares = {"domain_share": INSTITUTION - 0.01, "domain_outside": 0.8}
    assert not _explained(_registered(30), BY_PLACE, **shares)[PLACE].holds
    own_domain = {"domain_share": 1.0, "domain_outside": 0.0}
    assert not _explained(_registered(30), BY_PLACE, **own_domain)[PLACE].holds


def test_customers_of_one_application() -> None:
    assert _explained(_registered(30), {"wording": 1e-30})[APPLICATION].holds
    assert _explained(_registered(30), {"wording": 1e-30, "client": 1e-9})[APPLICATION].holds


@pytest.mark.parametrize("other", ["payment", "device", "signup_cohort", "synchrony", "balance", "pivot"])
def test_an_application_does_not_register_or_move_its_customers(other: str) -> None:
    assert not _explained(_registered(30), {"wording": 1e-30, other: 1e-6})[APPLICATION].holds


def test_silence_is_no_application() -> None:
    assert not _explained(_registered(30), {"wording": 0.5})[APPLICATION].holds
    assert not _explained(_registered(30), {"payment": 1e-9})[APPLICATION].holds


@pytest.mark.parametrize(("share", "holds"), [(0.0, False), (0.49, False), (0.5, True), (1.0, True)])
def test_public_material(share: float, holds: bool) -> None:
    found = _explained(_registered(30), public_share=share)
    assert found[PUBLIC].holds is holds
    assert found[PUBLIC].share == pytest.approx(share)


def test_one_proxy_many_strangers() -> None:
    assert _explained(_registered(30), {"address": 1e-40})[PROXY].holds
    assert _explained(_registered(30), {"address": 1e-40, "signup_address": 1e-9})[PROXY].holds
    assert not _explained(_registered(30), {"address": 1e-40, "client": 1e-5})[PROXY].holds
    assert not _explained(_registered(30), {"wording": 1e-9})[PROXY].holds
    assert not _explained(_registered(30), {"address": 0.5})[PROXY].holds


def test_shares_are_shares() -> None:
    tables = [_registered(30), _registered(30, payment=[1] * 30, email_domain=[2] * 30), _registered(5)]
    for table in tables:
        for explanation in _explained(table, public_share=0.3).values():
            assert explanation.share is None or 0.0 <= explanation.share <= 1.0


def test_without_cards_a_domain_of_their_own_makes_an_open_customer() -> None:
    firm: dict[str, Sequence[object]] = {"payment": [None] * 20, "email_domain": [7] * 20}
    assert OPEN in _holding(_explained(_registered(20, **firm)))
    assert OPEN not in _holding(_explained(_registered(20, **firm, domain_holders=[400] * 20)))


@pytest.mark.parametrize(("again", "holds"), [(0.09, False), (0.2, True)])
def test_working_through_one_public_list(again: float, holds: bool) -> None:
    assert (PUBLIC in _holding(_explained(_registered(60), asked_again=again))) is holds
