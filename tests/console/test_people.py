"""People and reads, for admins."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi import FastAPI

from stillwatch.access.provider import Provider
from stillwatch.casework.roles import Role
from stillwatch.console.guard import Desk

from .conftest import PASSWORD, Browser, Make, SignedIn, entered


def _person(browser: Browser, name: str) -> dict[str, Any]:
    people: list[dict[str, Any]] = browser.get("/people.json").json()["people"]
    return next(person for person in people if person["name"] == name)


def test_an_invitation_lets_somebody_in_with_its_role(signed_in: SignedIn, browser: Browser) -> None:
    admin = signed_in(Role.ADMIN)
    made = admin.submit("/people/invite", page="/people", role="approver")
    assert made.status_code == 201
    link = re.search(r"http://127\.0\.0\.1:8750(/welcome\?invitation=[\w-]+)", made.text)
    assert link
    assert link[1] not in admin.get("/people").text, "it is shown once"
    assert [i["role"] for i in admin.get("/people.json").json()["invitations"]] == ["approver"]
    token = link[1].partition("=")[2]
    browser.submit("/welcome", page=link[1], invitation=token, name="Bo", password=PASSWORD)
    assert _person(admin, "bo")["role"] == "approver"
    assert admin.get("/people.json").json()["invitations"] == []


def test_a_changed_role_holds_at_once(app: FastAPI, signed_in: SignedIn) -> None:
    admin, viewer = signed_in(Role.ADMIN), signed_in(Role.VIEWER)
    assert viewer.get("/people.json").status_code == 403
    changed = admin.submit("/people/role", page="/people", name="viewer", role="admin")
    assert (changed.status_code, changed.headers["location"]) == (303, "/people")
    assert "The role was changed" in admin.get("/people").text
    assert viewer.get("/people.json").status_code == 401, "the session of the old role ended"
    assert entered(app, Role.ADMIN, "viewer").get("/people.json").status_code == 200


def test_who_is_disabled_is_out_at_once_and_can_be_let_in_again(signed_in: SignedIn) -> None:
    admin, analyst = signed_in(Role.ADMIN), signed_in(Role.ANALYST)
    admin.submit("/people/disable", page="/people", name="analyst")
    assert analyst.get("/people.json").status_code == 401
    assert _person(admin, "analyst")["disabled"]
    admin.submit("/people/enable", page="/people", name="analyst")
    assert not _person(admin, "analyst")["disabled"]


def test_the_last_admin_cannot_be_taken_away(signed_in: SignedIn) -> None:
    admin = signed_in(Role.ADMIN)
    for path, fields in (("/people/disable", {}), ("/people/role", {"role": "viewer"})):
        refused = admin.submit(path, page="/people", name="admin", **fields)
        assert refused.status_code == 409
        assert "admin is the last admin" in refused.text
    assert _person(admin, "admin")["yourself"]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANALYST, Role.APPROVER])
def test_nobody_else_changes_people(signed_in: SignedIn, role: Role) -> None:
    browser = signed_in(role)
    for path in ("/people/invite", "/people/role", "/people/disable", "/people/enable", "/people/expect"):
        refused = browser.submit(path, page="/people", name=role.value, role="admin")
        assert refused.status_code == 403, path
        assert "takes the role admin" in refused.text


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        ("/people/role", {"name": "admin", "role": "root"}, 422),
        ("/people/role", {"name": "admin"}, 422),
        ("/people/role", {"name": "nobody", "role": "viewer"}, 409),
        ("/people/disable", {"name": "x" * 201}, 422),
        ("/people/disable", {"name": "x" * 100}, 409),
        ("/people/expect", {"name": "a\x1b[2J", "role": "viewer"}, 409),
    ],
)
def test_what_does_not_fit_is_told(signed_in: SignedIn, path: str, fields: dict[str, str], status: int) -> None:
    refused = signed_in(Role.ADMIN).submit(path, page="/people", **fields)
    assert refused.status_code == status
    assert "<h1>" in refused.text


def test_names_are_shown_as_text(signed_in: SignedIn, desk: Desk) -> None:
    desk.access.people.expect('<img src=x onerror="alert(1)">', Role.VIEWER)
    page = signed_in(Role.ADMIN).get("/people").text
    assert "<img" not in page
    assert "&lt;img src=x onerror=&#34;alert(1)&#34;&gt;" in page


def test_somebody_is_expected_from_the_provider(make_app: Make) -> None:
    app = make_app(oidc=Provider("https://id.example", "desk"))
    admin = entered(app, Role.ADMIN)
    assert "Add by provider" in admin.get("/people").text
    admin.submit("/people/expect", page="/people", name="Mila", role="analyst")
    assert _person(admin, "mila")["source"] == "oidc"


def test_reads_are_listed_from_the_newest_page_by_page(signed_in: SignedIn, desk: Desk) -> None:
    admin = signed_in(Role.ADMIN)
    assert "0 reads" in admin.get("/reads").text
    ana = desk.access.people.expect("ana", Role.ANALYST)
    for number in range(230):
        desk.access.reads.note(ana, "account", f"a<{number}>", "an appeal asks for it", number)
    seen, path = [], "/reads"
    while path:
        page = admin.get(path).text
        seen += re.findall(r"<code>a&lt;(\d+)&gt;</code>", page)
        following = re.search(r'href="(/reads\?before=\d+)" rel="next"', page)
        path = following[1] if following else ""
    assert seen == [str(number) for number in reversed(range(230))]
    assert admin.get("/reads.json").json()["total"] == 230
