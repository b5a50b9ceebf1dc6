"""A console over a made-up result, with its clock in the hands of the test, and browsers of each role."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from stillwatch.casework.roles import Role
from stillwatch.console.app import create_app
from stillwatch.console.guard import Desk
from stillwatch.console.settings import Settings
from tests.access.provider import openid_provider
from tests.clock import Clock
from tests.report import fakes

__all__ = ["openid_provider"]

ADDRESS = "http://127.0.0.1:8750"
PASSWORD = "correct horse battery staple"
UNTIL = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
"""The end of a measure: the ledger goes by the real clock, whatever time the console is told."""


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def made_up_result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A campaign that is accused, one that is only coordinated, and one whose every word attacks the reader."""
    hostile, _ = fakes.hostile()
    tables = fakes.merge(
        fakes.campaign("c-4b1d9e", 40),
        fakes.campaign("c-coord1", 12, verdict="coordinated", seed=2),
        hostile,
    )
    tables["overlaps"] = [*tables.get("overlaps", []), *fakes.OVERLAPS]
    return fakes.write_result(tmp_path_factory.mktemp("desk") / "result", tables, fakes.SCAN)


@pytest.fixture
def settings(made_up_result: Path, tmp_path: Path, clock: Clock) -> Settings:
    return Settings(
        made_up_result,
        str(tmp_path / "desk.sqlite"),
        signing_key=tmp_path / "signing.key",
        clock=clock,
    )


Make = Callable[..., FastAPI]


@pytest.fixture
def make_app(settings: Settings) -> Iterator[Make]:
    """Makes a console, with some settings changed."""
    made: list[FastAPI] = []

    def make(**changed: object) -> FastAPI:
        app = create_app(replace(settings, **changed))  # type: ignore[arg-type]
        made.append(app)
        return app

    yield make
    for app in made:
        app.state.desk.ledger.close()


@pytest.fixture
def app(make_app: Make) -> FastAPI:
    return make_app()


@pytest.fixture
def desk(app: FastAPI) -> Desk:
    found: Desk = app.state.desk
    return found


class Browser(TestClient):
    """Speaks to the console as a browser does: keeps cookies, and sends forms with the token of their page."""

    def __init__(self, app: FastAPI, address: str = ADDRESS) -> None:
        super().__init__(app, base_url=address, follow_redirects=False)

    def keep(self, name: str, value: str) -> None:
        """Put a cookie there, as if the console had set it."""
        self.cookies.set(name, value, domain="127.0.0.1", path="/")

    def form_token(self, page: str = "/sign-in") -> str:
        found = re.search(r'name="form_token" value="(\w+)"', self.get(page).text)
        assert found, f"no form on {page}"
        return found[1]

    def submit(self, path: str, page: str = "/sign-in", **fields: object) -> Response:
        """Send a form that stands on `page`."""
        return self.post(path, data={"form_token": self.form_token(page), **fields})


@pytest.fixture
def browser(app: FastAPI) -> Browser:
    """A browser in which nobody is signed in."""
    return Browser(app)


SignedIn = Callable[[Role], Browser]


@pytest.fixture
def signed_in(app: FastAPI, desk: Desk) -> SignedIn:
    """A browser in which somebody of that role is signed in, under the role's name."""

    def enter(role: Role) -> Browser:
        return entered(app, role)

    return enter


def entered(app: FastAPI, role: Role, name: str | None = None) -> Browser:
    """A browser with a session, begun without a password: argon2id takes its time."""
    desk: Desk = app.state.desk
    name = name or role.value
    person = desk.access.people.find(name) or desk.access.people.expect(name, role)
    browser = Browser(app)
    browser.keep(f"stillwatch-session-{desk.settings.port}", desk.access.sessions.start(person))
    return browser
