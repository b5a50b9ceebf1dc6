"""What people do at the desk, in a real browser: from the first admin's link to an appeal that is granted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from stillwatch.casework.roles import Role
from tests.console.browser.conftest import PATIENCE, Served, collect, serving
from tests.console.conftest import PASSWORD, entered
from tests.report import fakes

CAMPAIGN = "c-4b1d9e"


@dataclass
class Person:
    """Somebody at a browser of their own. `complaints`: what the page must not have done."""

    page: Page
    address: str
    complaints: list[str]

    def at(self, path: str) -> Page:
        self.page.goto(self.address + path)
        return self.page

    def send(self, button: str) -> None:
        """Press a button that can be seen, and wait for the page that follows."""
        with self.page.expect_navigation():
            self.page.locator(f"button:visible:text-is('{button}')").first.click()

    def judge(self, summary: str, button: str, **fields: str) -> None:
        """Unfold a form of a case, fill it in, send it."""
        form = self.page.locator("details", has=self.page.locator(f"summary:text-is('{summary}')"))
        if form.get_attribute("open") is None:
            form.locator("summary").click()
        for name, text in fields.items():
            form.locator(f"[name='{name}']").fill(text)
        with self.page.expect_navigation():
            form.locator(f"button:text-is('{button}')").click()

    def text(self, place: str) -> str:
        return self.page.locator(place).inner_text()


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Served]:
    """A desk of its own: these tests change it."""
    result = fakes.write_result(tmp_path / "result", fakes.campaign(CAMPAIGN, 40), fakes.SCAN)
    with serving(result, tmp_path) as found:
        yield found


class House:
    """People who come in, each with a browser."""

    def __init__(self, chromium: Browser, served: Served) -> None:
        self._chromium, self._served = chromium, served
        self.contexts: list[BrowserContext] = []
        self.people: list[Person] = []

    def stranger(self) -> Person:
        context = self._chromium.new_context(viewport={"width": 1280, "height": 900})
        context.set_default_timeout(PATIENCE)
        self.contexts.append(context)
        page = context.new_page()
        found = Person(page, self._served.address, collect(page, self._served.address))
        self.people.append(found)
        return found

    def person(self, role: Role, name: str = "") -> Person:
        found = self.stranger()
        for cookie, value in entered(self._served.app, role, name or role.value).cookies.items():
            found.page.context.add_cookies([{"name": cookie, "value": value, "url": self._served.address}])
        return found


@pytest.fixture
def house(chromium: Browser, alone: Served) -> Iterator[House]:
    found = House(chromium, alone)
    yield found
    for context in found.contexts:
        context.close()


def opened(house: House) -> Person:
    """An analyst who has opened a case on the campaign."""
    ada = house.person(Role.ANALYST, "ada")
    ada.at(f"/campaigns/{CAMPAIGN}").fill("#case-reason", "One hand.")
    ada.send("Open a case")
    assert ada.page.url.endswith("/cases/1")
    return ada


def test_the_first_admin_comes_in_by_a_link_and_invites_an_analyst(house: House, alone: Served) -> None:
    link = alone.app.state.desk.access.invitations.invite_first_admin()
    admin = house.stranger()
    admin.at(f"/welcome?invitation={link}")
    admin.page.fill("[name='name']", "root")
    for field in admin.page.locator("input[type='password']").all():
        field.fill(PASSWORD)
    with admin.page.expect_navigation():
        admin.page.locator("main button[type='submit']").click()
    admin.at("/people")
    admin.page.select_option("#invited-role", "analyst")
    admin.send("Make a link")
    invitation = admin.text("code.link")
    analyst = house.stranger()
    analyst.page.goto(invitation)
    analyst.page.fill("[name='name']", "ada")
    for field in analyst.page.locator("input[type='password']").all():
        field.fill(PASSWORD)
    with analyst.page.expect_navigation():
        analyst.page.locator("main button[type='submit']").click()
    assert "ada, analyst" in analyst.text(".who")
    analyst.send("Sign out")
    analyst.at("/cases")
    assert "/sign-in" in analyst.page.url
    analyst.page.fill("#name", "ada")
    analyst.page.fill("#password", PASSWORD)
    analyst.send("Sign in")
    assert analyst.page.url.endswith("/cases")
    assert [person.complaints for person in house.people] == [[], []]


def test_a_measure_from_proposal_to_a_granted_appeal(house: House) -> None:
    ada = opened(house)
    ada.judge("Confirm", "Confirm", reason="Looked at.")
    ada.judge("Propose a measure", "Propose", reason="It goes on.")
    assert "which a second person must approve" in ada.text(".notice")
    assert "proposed" in ada.text("#measures")
    ben = house.person(Role.APPROVER, "ben")
    ben.at("/cases?show=waiting").click("tbody a")
    ben.page.fill("textarea[id^='decide-']", "Agreed.")
    ben.send("Approve")
    assert "in force" in ben.text("#measures")
    ada.at(f"/campaigns/{CAMPAIGN}/members").locator("tbody a[href^='/accounts/']").first.click()
    account = ada.page.url
    ada.page.click("a:text-is('Judge it in case 1')")
    ada.judge("Enter an appeal", "Enter the appeal", statement="A course of mine.", reason="By mail.")
    ben.at("/cases/1")
    assert ben.page.locator("button:text-is('Refuse')").count() == 0, "who approved the measure does not answer"
    eve = house.person(Role.APPROVER, "eve")
    eve.at("/cases/1").fill("textarea[id^='answer-']", "The course exists.")
    eve.send("Grant: lift and clear")
    assert "granted by eve" in eve.text("#appeals")
    ada.page.goto(account)
    assert "Cleared by a granted appeal" in ada.text("main")
    assert "answered the appeal" in ada.text("main")
    assert [person.complaints for person in house.people] == [[], [], []]


def test_an_account_is_cleared_from_its_page_and_that_is_taken_back(house: House) -> None:
    ada = opened(house)
    ada.at(f"/campaigns/{CAMPAIGN}/members").locator("tbody a[href^='/accounts/']").first.click()
    ada.page.click("a:text-is('Judge it in case 1')")
    ada.judge("Clear accounts, or mark them as bystanders", "Clear: not part of it", reason="A customer we know.")
    assert "A customer we know." in ada.text("#cleared")
    ada.judge("Take this back", "Take entry 3 back", reason="The wrong account.")
    assert ada.page.locator("#cleared").count() == 0
    assert "took back entry 3" in ada.text("#history")
    assert ada.complaints == []


def test_a_case_is_worked_by_keyboard(house: House) -> None:
    ada = opened(house)
    ada.page.keyboard.press("m")
    ada.page.keyboard.type("Typed without a mouse.")
    ada.page.keyboard.press("Tab")
    with ada.page.expect_navigation():
        ada.page.keyboard.press("Enter")
    assert "Typed without a mouse." in ada.text("#history")
    assert ada.complaints == []


def test_what_was_typed_is_not_lost_when_a_rule_forbids_it(house: House) -> None:
    ada, ben = opened(house), house.person(Role.ANALYST, "ben")
    ben.at("/cases/1")
    ada.judge("Close", "Close as resolved", reason="Done.")
    ben.judge("Comment", "Comment", reason="A remark on a closed case is allowed.")
    assert "A remark on a closed case" in ben.text("#history")
    page = ada.at("/cases/1")
    ben.judge("Open it again", "Open again", reason="More came in.")
    ada.page = page
    ada.judge("Open it again", "Open again", reason="A long reason that took a while to write.")
    assert "is not closed" in ada.text("main")
    assert "A long reason that took a while to write." in ada.text("main")


@pytest.mark.parametrize("width", [1280, 390])
def test_cases_fit_the_screen(house: House, width: int) -> None:
    ada = opened(house)
    ada.judge("Propose a measure", "Propose", reason="It goes on.")
    ada.page.set_viewport_size({"width": width, "height": 900})
    for path in ("/cases", "/cases/1", "/ledger"):
        ada.at(path)
        for summary in ada.page.locator("summary").all():
            summary.click()
        assert ada.page.evaluate("document.documentElement.scrollWidth") <= width, path
