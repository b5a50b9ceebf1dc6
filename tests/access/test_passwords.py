"""Passwords: what they must be, how they are kept, and what does not tell a known name from an unknown one."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher, extract_parameters
from sqlalchemy import select, update

from stillwatch.access import Access, passwords
from stillwatch.access.passwords import PasswordError, check_new_password, hash_password, verify_password
from stillwatch.casework.database import Database
from stillwatch.casework.roles import Role
from stillwatch.casework.schema import PEOPLE


@pytest.mark.parametrize(
    ("password", "what"),
    [
        ("elevenchars", "12 to 256"),
        ("x" * 257, "12 to 256"),
        ("abababababababab", "different characters"),
        ("my name is Ana.Kohler ok", "name of its owner"),
    ],
)
def test_what_will_not_do(password: str, what: str) -> None:
    with pytest.raises(PasswordError, match=what):
        check_new_password(password, "ana.kohler@desk.example")


def test_a_sentence_will_do() -> None:
    check_new_password("zwölf große Boxkämpfer", "ana")


def test_the_same_characters_composed_otherwise_are_the_same_password() -> None:
    hashed = hash_password("caf\u00e9 au lait, deux fois")
    assert verify_password("cafe\u0301 au lait, deux fois", hashed)


def test_without_a_hash_the_same_work_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time is not measured: what takes it, the hash with its parameters, is the same."""
    seen: list[str] = []
    verify = PasswordHasher.verify

    def watched(self: PasswordHasher, hashed: str, password: str) -> bool:
        seen.append(hashed)
        return verify(self, hashed, password)

    monkeypatch.setattr(PasswordHasher, "verify", watched)
    assert not verify_password("a wrong password", hash_password("the right password"))
    assert not verify_password("a wrong password", None)
    known, unknown = (extract_parameters(hashed) for hashed in seen)
    assert known == unknown


def test_a_hash_of_weaker_parameters_is_replaced_at_sign_in(access: Access, database: Database) -> None:
    password = "a sentence of many words"
    access.people.add("ana", Role.VIEWER, password)
    weak = PasswordHasher(time_cost=1, memory_cost=8192).hash(password)
    with database.writing() as connection:
        connection.execute(update(PEOPLE).values(password_hash=weak))
    assert access.people.by_password("ana", "not the password") is None
    assert _kept(database) == weak, "only the right password makes a new hash"
    assert access.people.by_password("ana", password) is not None
    assert not passwords.needs_new_hash(_kept(database))
    assert access.people.by_password("ana", password) is not None


def test_a_damaged_hash_lets_nobody_in() -> None:
    assert not verify_password("a sentence of many words", "$argon2id$damaged")


def _kept(database: Database) -> str:
    with database.reading() as connection:
        return str(connection.scalar(select(PEOPLE.c.password_hash)))
