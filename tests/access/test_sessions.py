"""Sessions end: by time, at sign-out, and with what their person may do."""

from __future__ import annotations

from sqlalchemy import select

from stillwatch.access import Access, Person
from stillwatch.casework.database import Database
from stillwatch.casework.roles import Role
from stillwatch.casework.schema import SESSIONS
from tests.clock import Clock


def _somebody(access: Access, name: str = "ana", role: Role = Role.ANALYST) -> Person:
    return access.people.expect(name, role)


def test_a_session_tells_its_person(access: Access) -> None:
    ana, bo = _somebody(access), _somebody(access, "bo", Role.VIEWER)
    tokens = [access.sessions.start(person) for person in (ana, bo, ana)]
    assert len(set(tokens)) == 3
    assert [access.sessions.person(token) for token in tokens] == [ana, bo, ana]
    assert access.sessions.person("made up") is None
    assert access.sessions.person("") is None


def test_only_the_hash_of_a_token_is_kept(access: Access, database: Database) -> None:
    token = access.sessions.start(_somebody(access))
    with database.reading() as connection:
        assert token not in str(connection.execute(select(SESSIONS)).all())
        hashed = connection.scalar(select(SESSIONS.c.token_hash))
    assert access.sessions.person(str(hashed)) is None, "what is in the database opens nothing"


def test_a_session_ends_without_use(access: Access, clock: Clock) -> None:
    token = access.sessions.start(_somebody(access))
    for _ in range(3):
        clock.pass_by(minutes=29)
        assert access.sessions.person(token) is not None
    clock.pass_by(minutes=31)
    assert access.sessions.person(token) is None
    clock.pass_by(minutes=-31)
    assert access.sessions.person(token) is not None, "it was time that ended it"


def test_a_session_ends_after_twelve_hours_in_any_case(access: Access, clock: Clock) -> None:
    token = access.sessions.start(_somebody(access))
    for _ in range(12 * 3):
        clock.pass_by(minutes=20)
        assert access.sessions.person(token) is not None
    clock.pass_by(seconds=1)
    assert access.sessions.person(token) is None


def test_use_is_written_down_once_a_minute(access: Access, clock: Clock, database: Database) -> None:
    token = access.sessions.start(_somebody(access))

    def noted() -> str:
        with database.reading() as connection:
            return str(connection.scalar(select(SESSIONS.c.last_used_time)))

    first = noted()
    clock.pass_by(seconds=59)
    access.sessions.person(token)
    assert noted() == first
    clock.pass_by(seconds=1)
    access.sessions.person(token)
    assert noted() == "2026-06-08T09:01:00.000000Z"


def test_signing_out_ends_one_session_alone(access: Access) -> None:
    ana = _somebody(access)
    here, there = access.sessions.start(ana), access.sessions.start(ana)
    access.sessions.end(here)
    access.sessions.end("made up")
    assert access.sessions.person(here) is None
    assert access.sessions.person(there) == ana


def test_another_role_or_none_ends_all_sessions_of_that_person(access: Access) -> None:
    _somebody(access, "admin", Role.ADMIN)
    ana, bo = _somebody(access), _somebody(access, "bo")
    tokens = [access.sessions.start(ana) for _ in range(2)]
    other = access.sessions.start(bo)
    access.people.change_role("ana", Role.VIEWER)
    assert [access.sessions.person(token) for token in tokens] == [None, None]
    token = access.sessions.start(ana)
    access.people.disable("ana")
    assert access.sessions.person(token) is None
    access.people.enable("ana")
    assert access.sessions.person(token) is None, "a session that ended stays ended"
    assert access.sessions.person(other) == bo
