"""Signing in and out in the browser."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from fastapi import FastAPI
from httpx2 import Response

from stillwatch.access.provider import CREATE, REFUSE, Provider
from stillwatch.casework.roles import Role
from stillwatch.console.guard import Desk, local_path
from tests.access.provider import CLIENT_ID, CLIENT_SECRET, OpenIdProvider, Visitor
from tests.clock import Clock

from .conftest import ADDRESS, PASSWORD, Browser, Make, SignedIn

SESSION = "stillwatch-session-8750"


@pytest.fixture
def ana(desk: Desk) -> str:
    """Somebody with a password."""
    return desk.access.people.add("ana", Role.ADMIN, PASSWORD).name


def _sign_in(browser: Browser, password: str = PASSWORD, **fields: str) -> Response:
    return browser.submit("/sign-in", name="Ana", password=password, **fields)


def _who(browser: Browser) -> int:
    return browser.get("/people.json").status_code


def test_the_right_password_opens_the_page_that_was_asked_for(browser: Browser, ana: str) -> None:
    asked = browser.get("/reads?before=7")
    assert asked.headers["location"] == "/sign-in?to=/reads%3Fbefore%3D7"
    page = browser.get(asked.headers["location"]).text
    assert 'name="to" value="/reads?before=7"' in page
    done = _sign_in(browser, to="/reads?before=7")
    assert (done.status_code, done.headers["location"]) == (303, "/reads?before=7")
    cookie = next(c for c in done.headers.get_list("set-cookie") if c.startswith(SESSION))
    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
    assert "Max-Age" not in cookie, "it ends with the browser"
    assert _who(browser) == 200


def test_the_wrong_password_and_an_unknown_name_look_the_same(browser: Browser, ana: str) -> None:
    wrong = _sign_in(browser, "not the password")
    unknown = browser.submit("/sign-in", name="Zoe", password=PASSWORD)
    assert wrong.status_code == unknown.status_code == 403
    assert "do not belong together" in wrong.text
    token = wrong.text.partition('form_token" value="')[2].partition('"')[0]
    assert wrong.text.replace("Ana", "Zoe") == unknown.text, token
    assert SESSION not in browser.cookies


def test_what_was_typed_is_shown_as_text(browser: Browser) -> None:
    page = browser.submit("/sign-in", name='"><script>alert(1)</script>', password="x").text
    assert "<script>alert" not in page


def test_many_wrong_passwords_are_slowed(browser: Browser, ana: str, clock: Clock) -> None:
    for _ in range(5):
        assert _sign_in(browser, "not the password").status_code == 403
    waits = _sign_in(browser)
    assert waits.status_code == 429
    assert "Try again at 09:00:30 UTC" in waits.text
    assert waits.headers["retry-after"] == "30"
    clock.pass_by(seconds=30)
    assert _sign_in(browser).status_code == 303


def test_a_session_that_was_there_before_is_not_taken_over(browser: Browser, ana: str) -> None:
    """Fixation: a token that somebody else put into the browser is not the one that signs in."""
    browser.keep(SESSION, "put-there-by-somebody-else")
    done = _sign_in(browser)
    assert done.status_code == 303
    assert browser.cookies[SESSION] != "put-there-by-somebody-else"
    stranger = Browser(browser.app)  # type: ignore[arg-type]
    stranger.keep(SESSION, "put-there-by-somebody-else")
    assert _who(stranger) == 401


def test_signing_in_again_ends_the_session_before(browser: Browser, app: FastAPI, ana: str) -> None:
    _sign_in(browser)
    before = browser.cookies[SESSION]
    _sign_in(browser)
    old = Browser(app)
    old.keep(SESSION, before)
    assert _who(browser) == 200
    assert _who(old) == 401


def test_signing_out_ends_the_session_and_not_only_its_cookie(browser: Browser, app: FastAPI, ana: str) -> None:
    _sign_in(browser)
    token = browser.cookies[SESSION]
    left = browser.submit("/sign-out", page="/people")
    assert left.headers["location"] == "/sign-in"
    assert SESSION not in browser.cookies
    assert "You are signed out." in browser.get("/sign-in").text
    assert "You are signed out." not in browser.get("/sign-in").text, "a notice is shown once"
    copy = Browser(app)
    copy.keep(SESSION, token)
    assert _who(copy) == 401


def test_a_session_ends_while_its_owner_is_away(signed_in: SignedIn, clock: Clock) -> None:
    admin = signed_in(Role.ADMIN)
    clock.pass_by(minutes=29)
    assert _who(admin) == 200
    clock.pass_by(minutes=31)
    assert _who(admin) == 401
    assert admin.get("/people").headers["location"] == "/sign-in?to=/people"


def test_what_was_written_survives_the_end_of_the_session(signed_in: SignedIn, clock: Clock) -> None:
    admin = signed_in(Role.ADMIN)
    token = admin.form_token("/people")
    clock.pass_by(hours=1)
    sent = {"form_token": token, "role": "viewer", "reason": "Three <b>pages</b> of reasons."}
    refused = admin.post("/people/invite", data=sent)
    assert refused.status_code == 401
    assert "Your session has ended" in refused.text
    assert "Three &lt;b&gt;pages&lt;/b&gt; of reasons." in refused.text
    assert admin.get("/people").status_code == 303, "and nothing was done"


AWAY = [
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/ /evil.example",
    "javascript:alert(1)",
    "evil.example",
    "/%0d%0aLocation:https://evil.example\r\n",
    "/x\\..\\",
    "http:/evil.example",
    "",
]


@pytest.mark.parametrize("away", AWAY)
def test_a_link_to_the_sign_in_leads_nowhere_else(browser: Browser, ana: str, away: str) -> None:
    assert local_path(away) == "/"
    assert 'name="to" value="/"' in browser.get(f"/sign-in?to={quote(away)}").text
    assert _sign_in(browser, to=away).headers["location"] == "/"


@pytest.mark.parametrize("here", ["/", "/cases/7", "/search?q=a%20b", "/accounts/~YS9i"])
def test_a_page_of_the_console_is_led_back_to(here: str) -> None:
    assert local_path(here) == here


def test_the_first_admin_comes_by_the_link(browser: Browser, desk: Desk) -> None:
    token = desk.access.invitations.invite_first_admin()
    link = f"/welcome?invitation={token}"
    assert "invited as admin" in browser.get(link).text
    short = browser.submit("/welcome", page=link, invitation=token, name="Ana", password="short")
    assert short.status_code == 422
    assert "12 to 256 characters" in short.text
    assert browser.submit("/welcome", page=link, invitation=token, name="Ana", password=PASSWORD).status_code == 303
    assert _who(browser) == 200
    used = browser.get(link)
    assert used.status_code == 404
    assert "was used" in used.text


@pytest.fixture
def by_provider(make_app: Make, openid_provider: OpenIdProvider) -> Browser:
    """A browser at a console that knows the provider."""
    return _browser_of(make_app, openid_provider, CREATE)


def _browser_of(make_app: Make, openid_provider: OpenIdProvider, unknown: str) -> Browser:
    roles = {"desk-admins": Role.ADMIN, "desk-viewers": Role.VIEWER}
    provider = Provider(openid_provider.issuer, CLIENT_ID, CLIENT_SECRET, roles=roles, unknown=unknown)
    return Browser(make_app(oidc=provider, clock=lambda: datetime.now(UTC)))


def _through(browser: Browser, visitor: Visitor, to: str = "/people") -> Response:
    """From our sign-in page to the provider's pages, and back."""
    page = browser.get(f"/sign-in?to={to}").text
    link = page.partition('href="/sign-in/provider')[2].partition('"')[0]
    away = browser.get(f"/sign-in/provider{link}")
    assert away.status_code == 303, away.text
    back = urlsplit(visitor.sign_in(away.headers["location"]))
    assert f"{back.scheme}://{back.netloc}" == ADDRESS
    return browser.get(f"{back.path}?{back.query}")


def test_somebody_signs_in_through_the_provider(by_provider: Browser) -> None:
    done = _through(by_provider, Visitor("mila+desk-admins"))
    assert (done.status_code, done.headers["location"]) == (303, "/people")
    (mila,) = by_provider.get("/people.json").json()["people"]
    assert (mila["name"], mila["role"], mila["source"]) == ("mila", "admin", "oidc")


def test_somebody_unknown_is_refused_where_it_is_so_configured(make_app: Make, openid_provider: OpenIdProvider) -> None:
    browser = _browser_of(make_app, openid_provider, REFUSE)
    refused = _through(browser, Visitor("mila+desk-admins"))
    assert refused.status_code == 403
    assert "not among the people" in refused.text
    assert SESSION not in browser.cookies


def test_whoever_does_not_agree_comes_back_with_nothing(by_provider: Browser) -> None:
    refused = _through(by_provider, Visitor("mila+desk-admins", agrees=False))
    assert refused.status_code == 403
    assert "did not let you in" in refused.text


def test_an_answer_without_its_beginning_is_refused(by_provider: Browser) -> None:
    """Somebody else's answer, put into this browser, would sign it in as them."""
    assert by_provider.get("/sign-in/return?code=x&state=y").status_code == 400
    by_provider.get("/sign-in/provider")
    refused = by_provider.get("/sign-in/return?code=x&state=y")
    assert refused.status_code == 403
    assert "another try" in refused.text


def test_the_provider_leads_nowhere_else(by_provider: Browser) -> None:
    assert _through(by_provider, Visitor("mila+desk-admins"), "//evil.example").headers["location"] == "/"


def test_a_provider_that_does_not_answer_is_told(make_app: Make) -> None:
    gone = Provider("http://127.0.0.1:1", CLIENT_ID, CLIENT_SECRET)
    response = Browser(make_app(oidc=gone)).get("/sign-in/provider")
    assert response.status_code == 502
    assert "Try again, or sign in another way" in response.text


def test_without_a_provider_there_is_no_link_to_one(browser: Browser) -> None:
    assert "provider" not in browser.get("/sign-in").text
    assert browser.get("/sign-in/provider").status_code == 404
    assert browser.get("/sign-in/return?code=x").status_code == 404


def test_no_secret_is_in_what_the_database_keeps(browser: Browser, ana: str, tmp_path: Path) -> None:
    _sign_in(browser)
    token = browser.cookies[SESSION]
    for file in tmp_path.glob("desk.sqlite*"):
        kept = file.read_bytes()
        assert token.encode() not in kept
        assert PASSWORD.encode() not in kept
