"""Walk through the desk on a result in Chromium, and take the pictures of docs/desk.md.

    python scripts/desk_pictures.py demo/result docs/images --key demo/key

Works on a ledger of its own in a temporary folder. Needs Chromium and the development environment.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import threading
import time
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from stillwatch.casework.roles import Role
from stillwatch.console.app import create_app
from stillwatch.console.guard import Desk
from stillwatch.console.settings import Settings

PORT = 8769
PEOPLE = {"ada": Role.ANALYST, "ben": Role.APPROVER}


def main() -> None:
    told = argparse.ArgumentParser(description=__doc__)
    told.add_argument("result", type=Path)
    told.add_argument("images", type=Path)
    told.add_argument("--key", type=Path)
    asked = told.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = Path(shutil.copytree(asked.result, Path(folder) / "result"))
        app = create_app(Settings(result, f"{folder}/desk.sqlite", asked.key, Path(folder) / "signing.key", port=PORT))
        server = uvicorn.Server(uvicorn.Config(app, port=PORT, log_level="warning"))
        threading.Thread(target=server.run, daemon=True).start()
        while not server.started:
            time.sleep(0.1)
        try:
            with sync_playwright() as player:
                browser = player.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
                Walk(app, browser, asked.images).through()
                browser.close()
        finally:
            server.should_exit = True


class Walk:
    """One walk from the list of campaigns to a measure in force and an appeal."""

    def __init__(self, app: FastAPI, browser: Browser, images: Path) -> None:
        self.desk: Desk = app.state.desk
        self.browser, self.images = browser, images
        for name, role in PEOPLE.items():
            self.desk.access.people.expect(name, role)

    def page(self, name: str, width: int = 1280, dark: bool = False) -> Page:
        """A browser window in which somebody is signed in."""
        person = self.desk.access.people.find(name)
        assert person is not None
        context = self.browser.new_context(
            viewport={"width": width, "height": 860}, color_scheme="dark" if dark else "light"
        )
        token = self.desk.access.sessions.start(person)
        context.add_cookies([{"name": f"stillwatch-session-{PORT}", "value": token, "url": self.at("/")}])
        return context.new_page()

    def at(self, path: str) -> str:
        return f"http://127.0.0.1:{PORT}{path}"

    def shoot(self, page: Page, name: str, whole: bool = False) -> None:
        page.screenshot(path=self.images / f"desk-{name}.png", full_page=whole)

    def through(self) -> None:
        ada = self.page("ada")
        ada.goto(self.at("/"))
        self.shoot(ada, "campaigns")
        campaign = ada.locator("tbody a[href^='/campaigns/']").first.get_attribute("href") or ""
        ada.goto(self.at(campaign))
        self.shoot(ada, "campaign")
        ada.goto(self.at(f"{campaign}/network"))
        self.shoot(ada, "network")
        ada.goto(self.at(campaign))
        ada.fill("#case-reason", "Two hundred accounts of one hand; no innocent explanation holds.")
        ada.click("button:has-text('Open a case')")
        ada.wait_for_url("**/cases/1")
        self.judge(ada, "Confirm", {"textarea": "I looked at the evidence, the explanations and twenty members."})
        self.judge(ada, "Propose a measure", {"textarea[name=reason]": "The harvest goes on."}, "Propose")
        ben = self.page("ben")
        ben.goto(self.at("/cases/1"))
        self.shoot(ben, "case")
        ben.fill("textarea[id^='decide-']", "Agreed; look again before it ends.")
        ben.click("button:has-text('Approve')")
        ben.wait_for_load_state()
        ada.goto(self.at(f"{campaign}/members"))
        account = ada.locator("a[href^='/accounts/']").first.get_attribute("href") or ""
        ada.goto(self.at(account))
        self.shoot(ada, "account")
        phone = self.page("ada", width=390, dark=True)
        phone.goto(self.at("/cases/1"))
        self.shoot(phone, "phone")

    def judge(self, page: Page, summary: str, fields: dict[str, str], button: str = "") -> None:
        """Fill in one form of a case and send it."""
        form: Locator = page.locator("details", has=page.locator(f"summary:text-is('{summary}')"))
        form.locator("summary").click()
        for place, text in fields.items():
            form.locator(place).fill(text)
        form.locator(f"button:has-text('{button or summary}')").click()
        page.wait_for_load_state()


if __name__ == "__main__":
    main()
