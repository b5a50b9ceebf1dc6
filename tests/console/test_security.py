"""What every request must have, and what every response carries."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI

from stillwatch.casework.roles import Role
from stillwatch.console.settings import LARGEST_REQUEST

from .conftest import ADDRESS, Browser, Make, SignedIn

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def _paths(app: FastAPI, method: str) -> Iterator[str]:
    """Every path of the console, with an id that nothing has where one is asked for."""
    for path, operations in app.openapi()["paths"].items():
        if method in operations:
            yield path.replace("{", "").replace("}", "")


def test_every_response_carries_the_headers(app: FastAPI, signed_in: SignedIn) -> None:
    admin = signed_in(Role.ADMIN)
    paths = [*_paths(app, "get"), "/openapi.json", "/nowhere", "/assets/0/desk.css"]
    assert len(paths) > 10
    for path in paths:
        response = admin.get(path)
        assert response.status_code < 500, path
        headers = response.headers
        assert headers["content-security-policy"] == POLICY, path
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "camera=()" in headers["permissions-policy"]
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store", path
        assert "server" not in headers
        assert "strict-transport-security" not in headers, "it would lock a browser out of http on this machine"


def test_refusals_carry_the_headers_too(app: FastAPI) -> None:
    foreign = Browser(app, "http://evil.example").get("/")
    assert foreign.status_code == 421
    assert foreign.headers["content-security-policy"] == POLICY


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[", "127.0.0.1@evil.example:8750"])
def test_a_foreign_host_name_is_not_answered(browser: Browser, host: str) -> None:
    """A site that points its own name at this address would read everything in its visitor's browser otherwise."""
    assert browser.get("/sign-in", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1:8750", "localhost:8750", "LOCALHOST", "[::1]:8750"])
def test_this_machine_is_answered_by_its_names(browser: Browser, host: str) -> None:
    assert browser.get("/sign-in", headers={"host": host}).status_code == 200


def test_behind_tls_the_public_name_is_answered_and_cookies_stay_there(make_app: Make) -> None:
    app = make_app(public_url="https://desk.example/", host="0.0.0.0")
    outside = Browser(app, "https://desk.example")
    response = outside.get("/sign-in")
    assert response.status_code == 200
    assert response.headers["strict-transport-security"].startswith("max-age=")
    cookie = response.headers["set-cookie"]
    assert cookie.startswith("__Host-stillwatch-visit=")
    assert {"Secure", "HttpOnly", "Path=/"} <= set(cookie.split("; "))
    assert Browser(app, "http://0.0.0.0").get("/sign-in").status_code == 421


def test_a_body_that_is_too_large_is_refused_by_its_length(browser: Browser) -> None:
    token = browser.form_token()
    body = f"form_token={token}&name=x&password=".encode() + b"x" * LARGEST_REQUEST
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert browser.post("/sign-in", content=body, headers=headers).status_code == 413


def test_a_body_that_hides_its_length_is_cut_off(browser: Browser) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(64):
            sent += 1
            yield b"x" * 65536

    headers = {"content-type": "application/x-www-form-urlencoded"}
    response = browser.post("/sign-in", content=endless(), headers=headers)
    assert response.status_code == 413


@pytest.mark.parametrize("length", ["-1", "1e9", "9" * 5000, "\u0663"])
def test_a_length_that_is_no_number_is_refused(browser: Browser, length: str) -> None:
    headers = {b"content-type": b"application/x-www-form-urlencoded", b"content-length": length.encode()}
    assert browser.post("/sign-in", content=b"", headers=headers).status_code == 413


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", "text/plain", ""])
def test_only_forms_are_taken(browser: Browser, kind: str) -> None:
    response = browser.post("/sign-in", content=b"{}", headers={"content-type": kind})
    assert response.status_code == 415


def test_every_form_is_refused_without_its_token(app: FastAPI, signed_in: SignedIn) -> None:
    admin = signed_in(Role.ADMIN)
    paths = list(_paths(app, "post"))
    assert len(paths) >= 6
    for path in paths:
        assert admin.post(path, data={"reason": "x"}).status_code == 403, path
        assert admin.post(path, data={"form_token": "0" * 64}).status_code == 403, path
        assert admin.post(path, data={"form_token": "é" * 64}).status_code == 403, path


def test_the_token_of_one_session_is_none_of_another(signed_in: SignedIn) -> None:
    admin, analyst = signed_in(Role.ADMIN), signed_in(Role.ANALYST)
    token = analyst.form_token("/people")
    response = admin.post("/people/invite", data={"form_token": token, "role": "admin"})
    assert response.status_code == 403
    assert "another session" in response.text


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "http://["},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_a_form_from_elsewhere_is_refused_even_with_its_token(signed_in: SignedIn, headers: dict[str, str]) -> None:
    admin = signed_in(Role.ADMIN)
    fields = {"form_token": admin.form_token("/people"), "role": "admin", "reason": "words of another site"}
    response = admin.post("/people/invite", data=fields, headers=headers)
    assert response.status_code == 403
    assert "not sent from the console" in response.text
    assert "words of another site" not in response.text


def test_a_form_from_here_is_taken(signed_in: SignedIn) -> None:
    admin = signed_in(Role.ADMIN)
    fields = {"form_token": admin.form_token("/people"), "role": "viewer"}
    here = {"origin": ADDRESS, "sec-fetch-site": "same-origin"}
    assert admin.post("/people/invite", data=fields, headers=here).status_code == 201


def test_pages_take_no_other_method(browser: Browser) -> None:
    for method in ("DELETE", "PUT", "PATCH", "TRACE"):
        response = browser.request(method, "/sign-in")
        assert response.status_code in {403, 405}, method
    assert browser.get("/sign-out").status_code == 405


def test_no_page_has_an_inline_style_or_script(app: FastAPI, signed_in: SignedIn) -> None:
    """The policy forbids them: one would silently do nothing."""
    admin = signed_in(Role.ADMIN)
    for path in _paths(app, "get"):
        if path.endswith(".json"):
            continue
        text = admin.get(path, follow_redirects=True).text
        assert " style=" not in text, path
        assert "<style" not in text, path
        assert " onclick=" not in text, path
        assert text.count("<script") == text.count("<script src="), path
