"""Sign-in through a real OpenID provider, over HTTP."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest

from stillwatch.access import Access, open_access
from stillwatch.access.oidc import Handshake, OpenIdConnect, ProviderError, admit, highest_role
from stillwatch.access.provider import CREATE, Provider
from stillwatch.casework.database import open_database
from stillwatch.casework.roles import Role

from .conftest import IDLE, LONGEST
from .provider import CLIENT_ID, CLIENT_SECRET, REDIRECT_URI, OpenIdProvider, Visitor

ROLES = {"desk-viewers": Role.VIEWER, "desk-analysts": Role.ANALYST, "desk-admins": Role.ADMIN}


def _now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def described(openid_provider: OpenIdProvider) -> Provider:
    return Provider(openid_provider.issuer, CLIENT_ID, CLIENT_SECRET, roles=ROLES, unknown=CREATE)


@pytest.fixture
def client(described: Provider) -> OpenIdConnect:
    return OpenIdConnect(described, REDIRECT_URI, _now)


@pytest.fixture
def access(sqlite_url: str) -> Access:
    return open_access(open_database(sqlite_url), _now, IDLE, LONGEST)


def _answer(client: OpenIdConnect, handshake: Handshake, visitor: Visitor) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(visitor.sign_in(client.begin(handshake))).query))


def test_somebody_signs_in_with_the_role_of_their_groups(client: OpenIdConnect, access: Access) -> None:
    handshake = Handshake.new()
    identity = client.finish(handshake, _answer(client, handshake, Visitor("mila+desk-analysts+other")))
    assert (identity.name, identity.subject, identity.role) == ("mila", "mila+desk-analysts+other", Role.ANALYST)
    person = admit(access.people, client.provider, identity)
    assert (person.name, person.role) == ("mila", Role.ANALYST)
    assert admit(access.people, client.provider, identity) == person


def test_the_request_asks_for_a_code_with_challenge_state_and_nonce(client: OpenIdConnect) -> None:
    asked = parse_qs(urlsplit(client.begin(Handshake.new())).query)
    assert asked["response_type"] == ["code"]
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == [REDIRECT_URI]
    assert {"state", "nonce", "code_challenge"} <= set(asked)
    assert "client_secret" not in asked


def test_the_answer_of_another_browser_is_refused(client: OpenIdConnect) -> None:
    mine, theirs = Handshake.new(), Handshake.new()
    answer = _answer(client, theirs, Visitor("mila+desk-analysts"))
    with pytest.raises(ProviderError, match="another try"):
        client.finish(mine, answer)
    with pytest.raises(ProviderError, match="another try"):
        client.finish(mine, {**answer, "state": ""})


def test_a_code_of_another_try_is_refused_by_its_challenge(client: OpenIdConnect) -> None:
    mine, theirs = Handshake.new(), Handshake.new()
    answer = _answer(client, theirs, Visitor("mila+desk-analysts"))
    with pytest.raises(ProviderError, match="exchange the code"):
        client.finish(mine, {**answer, "state": mine.state})


def test_a_token_with_another_nonce_is_refused(client: OpenIdConnect) -> None:
    handshake = Handshake.new()
    url = urlsplit(client.begin(handshake))
    forged = urlencode({**dict(parse_qsl(url.query)), "nonce": "of somebody else"})
    answer = parse_qsl(urlsplit(Visitor("mila+desk-analysts").sign_in(url._replace(query=forged).geturl())).query)
    with pytest.raises(ProviderError, match="does not hold"):
        client.finish(handshake, dict(answer))


def test_a_code_works_once(client: OpenIdConnect) -> None:
    handshake = Handshake.new()
    answer = _answer(client, handshake, Visitor("mila+desk-analysts"))
    client.finish(handshake, answer)
    with pytest.raises(ProviderError, match="exchange the code"):
        client.finish(handshake, answer)


def test_whoever_does_not_agree_is_not_signed_in(client: OpenIdConnect) -> None:
    handshake = Handshake.new()
    answer = _answer(client, handshake, Visitor("mila+desk-analysts", agrees=False))
    assert answer["error"] == "access_denied"
    with pytest.raises(ProviderError, match="did not let you in"):
        client.finish(handshake, answer)


def test_a_token_for_another_client_or_from_another_time_is_refused(described: Provider) -> None:
    late = OpenIdConnect(described, REDIRECT_URI, lambda: _now() + timedelta(hours=3))
    handshake = Handshake.new()
    with pytest.raises(ProviderError, match="compare the clocks"):
        late.finish(handshake, _answer(late, handshake, Visitor("mila+desk-analysts")))


def test_the_wrong_secret_of_the_client_is_told(described: Provider) -> None:
    client = OpenIdConnect(replace(described, client_secret="wrong"), REDIRECT_URI, _now)
    handshake = Handshake.new()
    with pytest.raises(ProviderError, match="exchange the code") as told:
        client.finish(handshake, _answer(client, handshake, Visitor("mila+desk-analysts")))
    assert "wrong" not in str(told.value)


def test_new_keys_of_the_provider_are_fetched(client: OpenIdConnect, openid_provider: OpenIdProvider) -> None:
    client.begin(Handshake.new())
    openid_provider.change_keys()
    handshake = Handshake.new()
    assert client.finish(handshake, _answer(client, handshake, Visitor("mila+desk-admins"))).role == Role.ADMIN


def test_no_provider_and_another_issuer_are_told(described: Provider) -> None:
    gone = OpenIdConnect(replace(described, issuer="http://127.0.0.1:1"), REDIRECT_URI, _now)
    with pytest.raises(ProviderError, match="could not be used to read its description"):
        gone.begin(Handshake.new())
    other = OpenIdConnect(
        replace(described, issuer=described.issuer.replace("127.0.0.1", "localhost")), REDIRECT_URI, _now
    )
    with pytest.raises(ProviderError, match="another name"):
        other.begin(Handshake.new())


def test_an_unverified_address_is_no_name(described: Provider) -> None:
    client = OpenIdConnect(replace(described, name_claim="email"), REDIRECT_URI, _now)
    handshake = Handshake.new()
    with pytest.raises(ProviderError, match="verified"):
        client.finish(handshake, _answer(client, handshake, Visitor("mila+unverified")))
    handshake = Handshake.new()
    assert client.finish(handshake, _answer(client, handshake, Visitor("mila"))).name == "mila@desk.example"


def test_a_claim_that_the_provider_does_not_make_is_told(described: Provider) -> None:
    client = OpenIdConnect(replace(described, name_claim="nickname"), REDIRECT_URI, _now)
    handshake = Handshake.new()
    with pytest.raises(ProviderError, match="nickname"):
        client.finish(handshake, _answer(client, handshake, Visitor("mila")))


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        (["desk-viewers", "desk-admins", 7], Role.ADMIN),
        ("desk-analysts", Role.ANALYST),
        (["Desk-Admins"], None),
        ([], None),
        (None, None),
        ({"desk-admins": True}, None),
    ],
)
def test_the_highest_role_of_a_group_counts(groups: object, role: Role | None) -> None:
    assert highest_role(groups, ROLES) == role
