"""Each innocent explanation: where it holds, and where it does not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from stillwatch.campaigns.coordination import Coordination
from stillwatch.campaigns.explanations import FEW, INSTITUTION, MOST, Context, explain_innocently, institution
from stillwatch.campaigns.groups import LEAST_ACCOUNTS
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
PLACE, APPLICATION = "campus, course, employer or event", "customers of one application"
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
    usual: dict[str, Sequence[object]] = {"organisation": [None] * size, "signup_address": list(range(size))}
    return pa.table({name: pa.array(values, pa.int64()) for name, values in (usual | columns).items()})


def _explained(
    registrations: pa.Table,
    loud: dict[str, float] | None = None,
    customers: Sequence[int] | None = None,
    /,
    **shares: float,
) -> dict[str, Explanation]:
    """`customers`: the unit of each account; without it every account is its own customer."""
    size = registrations.num_rows
    units = np.array(range(size) if customers is None else customers, np.int64)
    given = {"public_share": 0.0, "asked_again": 0.0, "domain_share": 0.0, "domain_outside": 0.0} | shares
    found = explain_innocently(Context(size, registrations, units, _spoken(loud or HAND), **given))
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


def _of_firms(*sizes: int, strangers: int = 0) -> tuple[pa.Table, list[int]]:
    """A group of firms of these sizes and of accounts that are nobody's."""
    units = [100 + k for k, size in enumerate(sizes) for _ in range(size)] + list(range(strangers))
    return _registered(len(units)), units


def _open(*sizes: int, strangers: int = 0) -> Explanation:
    registrations, units = _of_firms(*sizes, strangers=strangers)
    return _explained(registrations, None, units)[OPEN]


def test_a_few_open_customers() -> None:
    firm = _open(30)
    assert firm.holds
    assert firm.share == pytest.approx(1.0)
    assert firm.finding.startswith("100% of the accounts")
    assert _open(15, 15).holds
    assert _open(300).holds


def test_a_pool_that_looks_like_many_customers_is_no_open_customer() -> None:
    """What makes an open customer is looked at for all accounts of the log (test_customers.py)."""
    assert not _open(strangers=30).holds
    assert _open(strangers=30).share == 0.0


@pytest.mark.parametrize(("there", "holds"), [(40, True), (20, True), (19, False), (0, False)])
def test_an_event_at_one_venue(there: int, holds: bool) -> None:
    """Of 60 accounts a third signed up at one address, and nothing but place and time ties them together."""
    at_venue = _registered(60, signup_address=[999] * there + list(range(60 - there)))
    place = {"signup_address": 1e-20, "signup_cohort": 1e-12, "address": 1e-20, "wording": 1e-30}
    assert _explained(at_venue, place)[PLACE].holds is holds
    assert not _explained(at_venue, place | {"payment": 1e-12})[PLACE].holds, "a pool shares more than a place"


@pytest.mark.parametrize(("each", "venues", "holds"), [(12, 3, True), (10, 2, True), (7, 3, True), (5, 4, False)])
def test_several_events_in_one_group(each: int, venues: int, holds: bool) -> None:
    """Of 60 accounts: clustering may bring the people of three events together, a tenth at one address is a venue."""
    addresses = [900 + n % venues for n in range(each * venues)]
    at_venues = _registered(60, signup_address=addresses + list(range(60 - len(addresses))))
    place = {"signup_address": 1e-20, "signup_cohort": 1e-12, "address": 1e-20, "wording": 1e-30}
    assert _explained(at_venues, place)[PLACE].holds is holds
    assert not _explained(at_venues, place | {"payment": 1e-12})[PLACE].holds, "a pool shares more than a place"


def test_a_large_pool_of_strangers_is_no_open_customer() -> None:
    assert not _open(50, strangers=251).holds
    assert not _open(*[2] * 150).holds


@pytest.mark.parametrize(("strangers", "holds"), [(10, True), (11, False)])
def test_a_few_strangers_beside_open_customers_are_strays(strangers: int, holds: bool) -> None:
    found = _open(20, 20, strangers=strangers)
    assert found.share == pytest.approx(40 / (40 + strangers))
    assert (40 / (40 + strangers) >= MOST) is holds
    assert found.holds is holds


def test_six_open_customers_are_too_many_for_a_few() -> None:
    found = _open(*[5] * 6)
    assert not found.holds
    assert found.share == pytest.approx(FEW * 5 / 30)
    assert "100% of the accounts belong to 6 customers" in found.finding


def test_the_largest_customers_count() -> None:
    assert _open(2, 2, 30, 2, 30, 30).share == pytest.approx(90 / 96)


@pytest.mark.parametrize(("customers", "holds"), [(LEAST_ACCOUNTS - 1, True), (LEAST_ACCOUNTS, False)])
def test_fewer_customers_than_make_a_group_are_no_group(customers: int, holds: bool) -> None:
    assert _open(*[6] * customers).holds is holds


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


def _mailboxes(domains: Sequence[int | None], holders: dict[int, int]) -> pa.Table:
    return pa.table(
        {
            "email_domain": pa.array(domains, pa.int64()),
            "domain_holders": pa.array([None if d is None else holders[d] for d in domains], pa.int64()),
        }
    )


def test_the_institution_is_the_domain_that_most_have() -> None:
    share, outside = institution(_mailboxes([7] * 12 + [8] * 6 + [None] * 2, {7: 40, 8: 10}), accounts=2_000)
    assert share == 12 / 20
    assert outside == 1 - 12 / 40


def test_a_mail_provider_is_no_institution() -> None:
    half = [1] * 10 + [2] * 6 + [None] * 4
    assert institution(_mailboxes(half, {1: 4_000, 2: 30}), accounts=10_000) == (6 / 20, 1 - 6 / 30)
    assert institution(_mailboxes([1] * 20, {1: 4_000}), accounts=10_000) == (0.0, 0.0)
    assert institution(_mailboxes([1] * 20, {1: 400}), accounts=10_000) == (1.0, 1 - 20 / 400), "a large campus"
    assert institution(_mailboxes([1] * 20, {1: 45}), accounts=100)[0] == 1.0, "a campus in a small log"


def test_customers_of_one_application() -> None:
    assert _explained(_registered(30), {"wording": 1e-30})[APPLICATION].holds
    assert _explained(_registered(30), {"wording": 1e-30, "client": 1e-9})[APPLICATION].holds


@pytest.mark.parametrize("other", ["payment", "device", "signup_cohort", "synchrony", "balance"])
def test_an_application_does_not_register_or_move_its_customers(other: str) -> None:
    assert not _explained(_registered(30), {"wording": 1e-30, other: 1e-6})[APPLICATION].holds


def test_a_release_draws_everyone_who_tries_new_models() -> None:
    assert _explained(_registered(30), {"wording": 1e-30, "pivot": 1e-6})[APPLICATION].holds
    assert not _explained(_registered(30), {"wording": 1e-30, "pivot": 1e-6, "device": 1e-6})[APPLICATION].holds


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


@pytest.mark.parametrize("units", [[1] * 30, list(range(30)), [n // 2 for n in range(30)], [0] * 5])
def test_shares_are_shares(units: list[int]) -> None:
    for explanation in _explained(_registered(len(units)), None, units, public_share=0.3).values():
        assert explanation.share is None or 0.0 <= explanation.share <= 1.0


@pytest.mark.parametrize(("again", "holds"), [(0.09, False), (0.2, True)])
def test_working_through_one_public_list(again: float, holds: bool) -> None:
    assert (PUBLIC in _holding(_explained(_registered(60), asked_again=again))) is holds
