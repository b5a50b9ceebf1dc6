"""Invitations let one person in, once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from stillwatch.access import Access, AccessError
from stillwatch.access.passwords import PasswordError
from stillwatch.casework.database import Database
from stillwatch.casework.roles import Role
from stillwatch.casework.schema import INVITATIONS
from tests.clock import Clock

pytestmark = pytest.mark.usefixtures("quick_hashes")
PASSWORD = "a sentence of many words"


def test_the_first_admin_comes_by_a_link(access: Access) -> None:
    token = access.invitations.invite_first_admin()
    assert token is not None
    assert access.invitations.find(token) == Role.ADMIN
    assert access.invitations.accept(token, "Ana", PASSWORD).role == Role.ADMIN
    assert access.people.by_password("ana", PASSWORD) is not None
    assert access.invitations.invite_first_admin() is None, "there is somebody now"


def test_a_new_first_link_ends_the_one_before(access: Access) -> None:
    first, second = access.invitations.invite_first_admin(), access.invitations.invite_first_admin()
    assert first is not None
    assert second is not None
    with pytest.raises(AccessError, match="out of date"):
        access.invitations.find(first)
    access.invitations.find(second)


def test_an_invitation_works_once(access: Access) -> None:
    admin = access.people.expect("ana", Role.ADMIN)
    token = access.invitations.invite(Role.APPROVER, admin)
    assert [(i.role, i.made_by) for i in access.invitations.open()] == [(Role.APPROVER, "ana")]
    assert access.invitations.accept(token, "bo", PASSWORD).role == Role.APPROVER
    assert access.invitations.open() == []
    with pytest.raises(AccessError, match="was used"):
        access.invitations.accept(token, "cy", PASSWORD)


def test_two_at_once_who_share_a_link_let_one_in(access: Access) -> None:
    token = access.invitations.invite(Role.VIEWER, access.people.expect("ana", Role.ADMIN))

    def accept(name: str) -> bool:
        try:
            access.invitations.accept(token, name, PASSWORD)
        except AccessError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(accept, ["bo", "cy"])) == [False, True]
    assert len(access.people.everybody()) == 2


def test_an_invitation_is_not_spent_by_what_will_not_do(access: Access) -> None:
    token = access.invitations.invite(Role.VIEWER, access.people.expect("ana", Role.ADMIN))
    with pytest.raises(PasswordError):
        access.invitations.accept(token, "bo", "short")
    with pytest.raises(AccessError, match="already"):
        access.invitations.accept(token, "ana", PASSWORD)
    access.invitations.accept(token, "bo", PASSWORD)


def test_an_invitation_ends(access: Access, clock: Clock) -> None:
    token = access.invitations.invite(Role.VIEWER, access.people.expect("ana", Role.ADMIN))
    clock.pass_by(days=3)
    with pytest.raises(AccessError):
        access.invitations.accept(token, "bo", PASSWORD)
    assert access.invitations.open() == []


def test_only_the_hash_of_a_link_is_kept(access: Access, database: Database) -> None:
    token = access.invitations.invite_first_admin()
    with database.reading() as connection:
        assert str(token) not in str(connection.execute(select(INVITATIONS)).all())
