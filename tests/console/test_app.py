"""The application as a whole: pages and twins, errors, ids in paths, assets."""

from __future__ import annotations

import logging
import re
import sqlite3
from pathlib import Path
from typing import Annotated

import pytest
from fastapi import FastAPI, Form
from fastapi.responses import Response
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.casework.roles import Role
from stillwatch.console.guard import Desk
from stillwatch.console.twin import SEGMENT, Id, Pages, id_of, segment
from stillwatch.signals import KeyFileError

from .conftest import Browser, Make, SignedIn, entered


def test_every_page_has_a_twin(app: FastAPI) -> None:
    paths = app.openapi()["paths"]
    links = {"/sign-in/provider", "/sign-in/return"}
    pages = {
        path
        for path, methods in paths.items()
        if "get" in methods and "text/html" in methods["get"]["responses"].get("200", {}).get("content", {})
    }
    assert pages
    assert not pages & links
    for path in pages:
        twin = "/index.json" if path == "/" else f"{path}.json"
        assert "application/json" in paths[twin]["get"]["responses"]["200"]["content"], path


def test_a_role_is_asked_for_everywhere_but_at_the_door(app: FastAPI, browser: Browser) -> None:
    open_to_all = {"/sign-in", "/welcome", "/sign-in/provider", "/sign-in/return"}
    for path, methods in app.openapi()["paths"].items():
        if "get" not in methods or path.removesuffix(".json") in open_to_all:
            continue
        response = browser.get(path.replace("{", "").replace("}", ""))
        if path.endswith(".json"):
            assert response.status_code == 401, path
            assert response.json()["title"] == "Sign in first"
        else:
            assert response.status_code == 303, path
            assert response.headers["location"].startswith("/sign-in"), path


def test_a_role_that_does_not_reach_is_told(signed_in: SignedIn) -> None:
    for role in (Role.VIEWER, Role.ANALYST, Role.APPROVER):
        browser = signed_in(role)
        assert browser.get("/people").status_code == 403
        twin = browser.get("/people.json")
        assert twin.status_code == 403
        assert twin.json()["detail"] == f"It takes the role admin; yours is {role.value}."
    assert signed_in(Role.ADMIN).get("/people").status_code == 200


def test_errors_are_told_as_they_were_asked_for(signed_in: SignedIn) -> None:
    viewer = signed_in(Role.VIEWER)
    page = viewer.get("/nowhere")
    assert page.status_code == 404
    assert "<h1>There is no such page</h1>" in page.text
    assert viewer.get("/nowhere.json").json() == {"status": 404, "title": "There is no such page", "detail": ""}
    program = viewer.get("/nowhere", headers={"accept": "application/json"})
    assert program.headers["content-type"] == "application/json"


def test_what_does_not_fit_names_the_field_and_not_what_was_in_it(signed_in: SignedIn) -> None:
    admin = signed_in(Role.ADMIN)
    told = admin.get("/reads.json?before=secret-word").json()
    assert told["status"] == 422
    assert "before" in told["detail"]
    assert "secret-word" not in str(told)


def test_the_description_is_for_those_who_are_signed_in(browser: Browser, signed_in: SignedIn) -> None:
    assert browser.get("/openapi.json").status_code == 401
    described = signed_in(Role.VIEWER).get("/openapi.json").json()
    assert {"/people", "/people.json"} <= set(described["paths"])


def test_assets_are_kept_by_browsers_under_a_name_of_their_content(browser: Browser) -> None:
    page = browser.get("/sign-in").text
    paths = re.findall('<link rel="stylesheet" href="([^"]+)"', page)
    assert [found.rpartition("/")[2] for found in paths] == ["style.css", "desk.css"]
    for path in paths:
        asset = browser.get(path)
        assert asset.status_code == 200
        assert asset.headers["content-type"] == "text/css; charset=utf-8"
        assert "immutable" in asset.headers["cache-control"]
    assert browser.get(path.replace("/assets/", "/assets/x")).status_code == 404
    assert browser.get(path.replace("desk.css", "../app.py")).status_code == 404
    assert browser.get(path.replace("desk.css", "..%2fapp.py")).status_code == 404


ODD = [
    "a/b",
    "..",
    ".",
    "a b",
    "ä",
    "x.json",
    "%2F",
    "~x",
    "",
    "a?b",
    "a#b",
    "<b>",
    "💧",
    "a\\b",
    "\u202e",
    "=1+1",
    "~",
    "a\n",
]


@pytest.mark.parametrize("odd", ODD)
def test_odd_ids_reach_the_page_unchanged(app: FastAPI, odd: str) -> None:
    pages = Pages("echo")

    @pages.view("/echo/{text}", "problem.html.j2", role=None)
    def echo(text: Id) -> list[str]:
        """The id, as the page sees it."""
        return [text]

    app.include_router(pages.router)
    assert Browser(app).get(f"/echo/{segment(odd)}.json").json() == [odd]


@given(st.text())
def test_every_text_stands_in_a_path(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return  # tables hold UTF-8
    assert id_of(segment(text)) == text
    assert re.fullmatch(SEGMENT, segment(text))


@pytest.mark.parametrize("bad", ["~!", "~_", "~%00", "a.b", "~gICA"])
def test_a_segment_that_stands_for_no_id_is_no_page(app: FastAPI, bad: str) -> None:
    pages = Pages("echo")

    @pages.view("/echo/{text}", "problem.html.j2", role=None)
    def echo(text: Id) -> list[str]:
        """The id, as the page sees it."""
        return [text]

    app.include_router(pages.router)
    told = Browser(app).get(f"/echo/{bad}.json")
    assert told.status_code == 404


def test_a_fault_in_a_form_of_ours_is_a_page_too(app: FastAPI) -> None:
    pages = Pages("faulty forms")

    @pages.form("/faulty", Role.VIEWER)
    def faulty_form(reason: Annotated[str, Form()]) -> Response:
        """Fails once its form was read."""
        raise ZeroDivisionError(reason)

    app.include_router(pages.router)
    response = entered(app, Role.VIEWER).submit("/faulty", "/campaigns", reason="A long story.")
    assert response.status_code == 500
    assert "A fault of ours" in response.text


def test_a_fault_of_ours_is_a_page_and_its_log_holds_no_values(app: FastAPI, caplog: pytest.LogCaptureFixture) -> None:
    pages = Pages("faulty")

    @pages.view("/faulty", "problem.html.j2", role=None)
    def faulty() -> list[str]:
        """Fails with somebody's name in its message."""
        raise KeyError("mila@customer.example")

    app.include_router(pages.router)
    with caplog.at_level(logging.ERROR):
        response = entered(app, Role.VIEWER).get("/faulty")
    assert response.status_code == 500
    assert "A fault of ours" in response.text
    assert "content-security-policy" in response.headers
    assert "KeyError at" in caplog.text
    assert "mila" not in caplog.text + response.text
    assert Browser(app).get("/faulty.json").json()["status"] == 500


def test_a_damaged_database_is_told_and_nothing_breaks(
    app: FastAPI, desk: Desk, signed_in: SignedIn, tmp_path: Path
) -> None:
    admin = signed_in(Role.ADMIN)
    desk.ledger.close()
    for file in tmp_path.glob("desk.sqlite*"):
        file.unlink()
    with sqlite3.connect(tmp_path / "desk.sqlite") as other:
        other.execute("CREATE TABLE something_else (x)")
    page = admin.get("/people")
    assert page.status_code == 503
    assert str(tmp_path) not in page.text
    assert admin.get("/people.json").json()["status"] == 503


def test_a_slip_in_the_path_of_the_signing_key_makes_no_other_key(app: FastAPI, make_app: Make, tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="no signing key file"):
        make_app(signing_key=tmp_path / "signing.kez")
    assert not (tmp_path / "signing.kez").exists()
