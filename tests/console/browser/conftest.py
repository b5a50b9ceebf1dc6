"""A real browser before a real server. Skipped where Chromium is not installed."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Route, sync_playwright

from stillwatch.casework.roles import Role
from stillwatch.console.app import create_app
from stillwatch.console.settings import Settings
from tests.chromium import CHROMIUM
from tests.console.conftest import entered
from tests.report import fakes

PATIENCE = 30_000
"""Milliseconds that a page may take before a test gives up; a test machine may be busy."""


def collect(page: Page, address: str) -> list[str]:
    """What a page must not do, noted as it happens: speak to anybody else, break its policy, complain."""
    complaints: list[str] = []

    def request(sent: Request) -> None:
        if urlsplit(sent.url).netloc != urlsplit(address).netloc and not sent.url.startswith("data:"):
            complaints.append(f"asked {sent.url}")

    def console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(f"console: {message.text}")

    page.on("request", request)
    page.on("console", console)
    page.on("pageerror", lambda error: complaints.append(f"script: {error}"))
    return complaints


@dataclass
class Visit:
    """One page of a browser, with somebody signed in. `complaints`: what it must not have done."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        """Open a page of the console."""
        self.page.goto(self.address + path, wait_until="load")
        return self.page


@dataclass(frozen=True)
class Served:
    """A console that answers at `address`."""

    app: FastAPI
    address: str


@contextmanager
def serving(result: Path, folder: Path) -> Iterator[Served]:
    """A console on this machine, stopped at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = create_app(Settings(result, str(folder / "desk.sqlite"), signing_key=folder / "key", port=port))
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="error", lifespan="off", access_log=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.02)
        yield Served(app, f"http://127.0.0.1:{port}")
    finally:
        server.should_exit = True
        thread.join()
        app.state.desk.ledger.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A result with an accused campaign whose days are told, a coordinated group, and one that attacks the reader."""
    hostile, _ = fakes.hostile()
    tables = fakes.merge(
        fakes.campaign("c-4b1d9e", 140), fakes.campaign("c-coord1", 12, verdict="coordinated", seed=2), hostile
    )
    account = tables["members"][0]["account_id"]
    tables["activity"] = [
        {"account_id": account, "day": row["day"], "exchanges": 9, "harvested_exchanges": 6, "tokens": 900}
        for row in tables["timeline"][:20]
    ]
    tables["overlaps"] = [*tables.get("overlaps", []), *fakes.OVERLAPS]
    folder = tmp_path_factory.mktemp("served")
    with serving(fakes.write_result(folder / "result", tables, fakes.SCAN), folder) as found:
        yield found


Visiting = Callable[..., Visit]


@pytest.fixture
def visiting(chromium: Browser, served: Served) -> Iterator[Visiting]:
    """Opens the console in the browser, as a person of some role: `visiting(width=390, scheme="dark")`."""
    contexts = []

    def visit(width: int = 1280, scheme: str = "light", role: Role = Role.ANALYST) -> Visit:
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if scheme == "dark" else "light",
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        for name, value in entered(served.app, role).cookies.items():
            context.add_cookies([{"name": name, "value": value, "url": served.address}])
        context.route(lambda url: not url.startswith((served.address, "data:")), _refused)
        page = context.new_page()
        return Visit(page, served.address, collect(page, served.address))

    yield visit
    for context in contexts:
        context.close()


def _refused(route: Route) -> None:
    route.abort()
