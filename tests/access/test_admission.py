"""Whom the desk lets in that the provider vouches for, and how the provider is described."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from stillwatch.access import Access, AccessError
from stillwatch.access.oidc import Identity, ProviderError, admit
from stillwatch.access.provider import CREATE, REFUSE, Provider, read_provider
from stillwatch.casework.roles import Role

pytestmark = pytest.mark.usefixtures("quick_hashes")
PROVIDER = Provider("https://id.example", "desk", roles={"analysts": Role.ANALYST}, unknown=CREATE)
MILA = Identity("subject-1", "Mila", Role.ANALYST)


def test_somebody_unknown_is_created_or_refused(access: Access) -> None:
    with pytest.raises(ProviderError, match="not among the people"):
        admit(access.people, replace(PROVIDER, unknown=REFUSE), MILA)
    assert access.people.everybody() == []
    assert admit(access.people, PROVIDER, MILA).name == "mila"


def test_without_a_role_nobody_is_let_in_any_more(access: Access) -> None:
    admit(access.people, PROVIDER, MILA)
    with pytest.raises(ProviderError, match="None of your groups"):
        admit(access.people, PROVIDER, replace(MILA, role=None))
    with pytest.raises(ProviderError, match="None of your groups"):
        admit(access.people, PROVIDER, Identity("subject-2", "otto", None))


def test_the_role_follows_the_provider(access: Access) -> None:
    token = access.sessions.start(admit(access.people, PROVIDER, MILA))
    assert admit(access.people, PROVIDER, replace(MILA, role=Role.VIEWER)).role == Role.VIEWER
    assert access.sessions.person(token) is None


def test_without_a_mapping_the_role_is_what_an_admin_set(access: Access) -> None:
    plain = Provider("https://id.example", "desk")
    access.people.expect("mila", Role.APPROVER)
    assert admit(access.people, plain, replace(MILA, role=None)).role == Role.APPROVER
    assert admit(access.people, plain, replace(MILA, role=None, name="Mila Renamed")).name == "mila"


def test_who_was_disabled_stays_out(access: Access) -> None:
    admit(access.people, PROVIDER, MILA)
    access.people.disable("mila")
    with pytest.raises(ProviderError, match="ended"):
        admit(access.people, PROVIDER, MILA)


def test_a_name_of_a_person_with_a_password_is_not_given_away(access: Access) -> None:
    access.people.add("mila", Role.ADMIN, "a sentence of many words")
    with pytest.raises(AccessError, match="already"):
        admit(access.people, PROVIDER, MILA)


DESCRIPTION = """
issuer = "https://id.example/realm/"
client_id = "desk"
client_secret_file = "secret"
unknown = "create"
role_claim = "teams"
[roles]
abuse = "analyst"
"""


def test_a_description_is_read_with_its_secret(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("of both\n")
    (tmp_path / "oidc.toml").write_text(DESCRIPTION)
    provider = read_provider(tmp_path / "oidc.toml")
    assert provider == Provider(
        "https://id.example/realm", "desk", "of both", role_claim="teams", roles={"abuse": Role.ANALYST}, unknown=CREATE
    )
    assert "of both" not in repr(provider)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "`issuer` is missing; `client_id` is missing"),
        ("issuer = ", "is not TOML"),
        ('issuer = "http://id.example"\nclient_id = "x"', "must be an https:// address"),
        ('issuer = "https://id.example"\nclient_id = 7', "`client_id` must be text"),
        ('issuer = "https://id.example"\nclient_id = "x"\nunknown = "maybe"', "must be refuse or create"),
        ('issuer = "https://id.example"\nclient_id = "x"\nunknown = "create"', "needs `roles`"),
        ('issuer = "https://id.example"\nclient_id = "x"\nclient_secrt = "x"', "`client_secrt` is not known"),
        ('issuer = "https://id.example"\nclient_id = "x"\n[roles]\na = "root"', "`roles.a` must be one of viewer"),
        ('issuer = "https://id.example"\nclient_id = "x"\nroles = "a"', "table of GROUP = ROLE"),
        ('issuer = "https://id.example"\nclient_id = "x"\nclient_secret_file = "none"', "Correct `client_secret_file`"),
    ],
)
def test_what_is_wrong_with_a_description_is_told(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "oidc.toml").write_text(text)
    with pytest.raises(AccessError, match=told):
        read_provider(tmp_path / "oidc.toml")


def test_a_description_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(AccessError, match="--oidc"):
        read_provider(tmp_path / "none.toml")
