"""People: added, changed, never left without an admin."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from stillwatch.access import Access, AccessError
from stillwatch.access.people import OPENID, spelled
from stillwatch.casework.database import Database
from stillwatch.casework.roles import Author, Role
from stillwatch.casework.schema import PEOPLE

pytestmark = pytest.mark.usefixtures("quick_hashes")
PASSWORD = "a sentence of many words"


def test_a_person_signs_in_with_their_password_in_any_spelling_of_the_name(access: Access) -> None:
    added = access.people.add(" Ana.Köhler ", Role.ANALYST, PASSWORD)
    assert added.name == "ana.köhler"
    found = access.people.by_password("ANA.KÖHLER", PASSWORD)
    assert found == added
    assert added.author == Author("ana.köhler", Role.ANALYST)
    assert access.people.by_password("ana.köhler", PASSWORD + ".") is None
    assert access.people.by_password("somebody else", PASSWORD) is None
    assert access.people.by_password("\x00", PASSWORD) is None


def test_the_password_is_nowhere_in_the_database(access: Access, database: Database) -> None:
    access.people.add("ana", Role.VIEWER, PASSWORD)
    with database.reading() as connection:
        row = connection.execute(select(PEOPLE)).one()
    assert row.password_hash.startswith("$argon2id$")
    assert PASSWORD not in str(row)


def test_a_name_is_taken_once(access: Access) -> None:
    access.people.expect("ana", Role.VIEWER)
    with pytest.raises(AccessError, match="already"):
        access.people.add("Ana", Role.VIEWER, PASSWORD)


@pytest.mark.parametrize("name", ["", "   ", "x" * 65, "a\nb", "a\x1b[2J", "a\u202eb"])
def test_what_cannot_be_shown_is_no_name(name: str) -> None:
    with pytest.raises(AccessError, match="printable"):
        spelled(name)


def test_the_last_admin_stays(access: Access) -> None:
    access.people.expect("ana", Role.ADMIN)
    access.people.expect("bo", Role.ADMIN)
    access.people.disable("bo")
    with pytest.raises(AccessError, match="last admin"):
        access.people.disable("ana")
    with pytest.raises(AccessError, match="last admin"):
        access.people.change_role("ana", Role.VIEWER)
    access.people.enable("bo")
    access.people.change_role("ana", Role.VIEWER)
    found = access.people.find("ana")
    assert found is not None
    assert found.role == Role.VIEWER


def test_two_admins_who_disable_each_other_at_once_leave_one(access: Access) -> None:
    for name in ("ana", "bo"):
        access.people.expect(name, Role.ADMIN)

    def disable(name: str) -> bool:
        try:
            access.people.disable(name)
        except AccessError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(disable, ["ana", "bo"])) == [False, True]
    assert sum(not person.disabled for person in access.people.everybody()) == 1


def test_who_is_disabled_cannot_sign_in(access: Access) -> None:
    access.people.expect("ana", Role.ADMIN)
    access.people.add("bo", Role.VIEWER, PASSWORD)
    access.people.disable("bo")
    assert access.people.by_password("bo", PASSWORD) is None
    access.people.enable("bo")
    assert access.people.by_password("bo", PASSWORD) is not None


def test_a_new_password_replaces_the_old_one_and_ends_sessions(access: Access) -> None:
    person = access.people.add("bo", Role.VIEWER, PASSWORD)
    token = access.sessions.start(person)
    access.people.change_password("bo", "other words than before")
    assert access.people.by_password("bo", PASSWORD) is None
    assert access.people.by_password("bo", "other words than before") is not None
    assert access.sessions.person(token) is None


def test_whoever_signs_in_through_the_provider_has_no_password(access: Access) -> None:
    access.people.expect("ana", Role.VIEWER)
    with pytest.raises(AccessError, match="provider"):
        access.people.change_password("ana", PASSWORD)
    assert access.people.by_password("ana", "") is None


def test_an_expected_person_is_known_by_their_subject_from_then_on(access: Access) -> None:
    access.people.expect("ana", Role.ANALYST)
    first = access.people.expected("Ana", "subject-1")
    assert first is not None
    assert first.source == OPENID
    assert access.people.expected("ana", "subject-2") is None, "the entry belongs to the first subject"
    assert access.people.by_subject("subject-1") == first
    assert access.people.by_subject("subject-2") is None


def test_a_local_person_is_not_taken_over_through_the_provider(access: Access) -> None:
    access.people.add("ana", Role.ADMIN, PASSWORD)
    assert access.people.expected("ana", "subject-1") is None


def test_a_change_of_somebody_unknown_says_so(access: Access) -> None:
    for change in (access.people.disable, access.people.enable):
        with pytest.raises(AccessError, match="nobody called zoe"):
            change("zoe")
