"""The pages of a result in a real browser: at two widths, light and dark, by keyboard, and speaking to nobody."""

from __future__ import annotations

from typing import Any

import pytest

from stillwatch.casework.roles import Role
from stillwatch.console.twin import segment
from tests.console.browser.conftest import Served, Visiting

CAMPAIGN = "/campaigns/c-4b1d9e"
WIDTHS = (1280, 390)
SCHEMES = ("light", "dark")
AA, AA_LARGE = 4.5, 3.0

LOWEST_CONTRAST = """() => {
  // For each text that can be seen: its colour against the nearest opaque ground, by WCAG 2.2.
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const rgba = (text) => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = text;
    pen.fillRect(0, 0, 1, 1);
    return [...pen.getImageData(0, 0, 1, 1).data];
  };
  const linear = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
  const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const ground = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const c = rgba(getComputedStyle(e).backgroundColor);
      if (c[3] === 255) return c;
    }
    return rgba("white");
  };
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || element.closest("title, script, option, dialog, .network .number")) continue;
    if (!element.checkVisibility({ visibilityProperty: true })) continue;
    const style = getComputedStyle(element);
    const svg = element instanceof SVGElement;
    const size = parseFloat(style.fontSize), bold = parseInt(style.fontWeight) >= 700;
    const large = size >= 24 || (bold && size >= 18.66);
    const [a, b] = [light(rgba(svg ? style.fill : style.color)), light(ground(element))].sort((x, y) => y - x);
    found.push({ ratio: (a + 0.05) / (b + 0.05), large, text: texts.currentNode.data.trim().slice(0, 40) });
  }
  return found;
}"""
TOO_WIDE = """() => [...document.querySelectorAll("body *")]
  .filter((e) => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .filter((e) => !e.closest(".skip, svg, dialog, thead"))
  .slice(0, 4).map((e) => e.outerHTML.slice(0, 120))"""


MISNAMED = """() => [...document.querySelectorAll("a[aria-label], button[aria-label], summary[aria-label]")]
  .map((e) => {
    const seen = e.cloneNode(true);
    seen.querySelectorAll("title, [aria-hidden=true]").forEach((hidden) => hidden.remove());
    const plain = (text) => text.replace(/\\s+/g, " ").trim().toLowerCase();
    return [plain(seen.textContent), plain(e.getAttribute("aria-label"))];
  })
  .filter(([seen, name]) => !name.includes(seen))"""
"""What is read aloud but is not what is seen (WCAG 2.5.3): who says what they see must reach it."""


def _pages(served: Served) -> list[str]:
    reading = served.app.state.desk.reader.current().reading
    member = reading.campaign("c-4b1d9e").members["account_id"][0].as_py()
    hostile = next(row["campaign_id"] for row in reading.campaigns if "img" in row["campaign_id"])
    attacker = reading.campaign(hostile).members["account_id"][0].as_py()
    base = f"/campaigns/{segment(hostile)}"
    return [
        "/campaigns",
        CAMPAIGN,
        f"{CAMPAIGN}/members",
        f"{CAMPAIGN}/evidence",
        f"{CAMPAIGN}/network",
        f"/accounts/{member}",
        "/search?q=a",
        "/ledger",
        base,
        f"{base}/members",
        f"{base}/evidence",
        f"{base}/network",
        f"/accounts/{segment(attacker)}",
    ]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_fits_and_can_be_read_and_asks_nobody(
    visiting: Visiting, served: Served, width: int, scheme: str
) -> None:
    visit = visiting(width, scheme)
    for path in _pages(served):
        page = visit.go(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, page.evaluate(TOO_WIDE))
        texts: list[dict[str, Any]] = page.evaluate(LOWEST_CONTRAST)
        assert len(texts) > 15, path
        faint = [text for text in texts if text["ratio"] < (AA_LARGE if text["large"] else AA)]
        assert faint == [], path
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (ground == "rgb(23, 22, 19)") == (scheme == "dark")
    assert visit.complaints == []


def test_numbers_in_circles_can_be_read(visiting: Visiting) -> None:
    for scheme in SCHEMES:
        page = visiting(scheme=scheme).go(f"{CAMPAIGN}/network")
        numbers = page.locator(".network .number")
        assert numbers.count() > 0
        fills = page.evaluate(
            """() => [...document.querySelectorAll(".network .number")].map((number) => {
              const at = (e) => ["x", "y"].map((axis) => e.getAttribute(`c${axis}`) ?? e.getAttribute(axis)).join();
              const circle = [...document.querySelectorAll(".network circle")].find((c) => at(c) === at(number));
              return [getComputedStyle(number).fill, getComputedStyle(circle).fill];
            })"""
        )
        assert all(_contrast(*pair) >= AA for pair in fills), (scheme, fills)


def _contrast(one: str, other: str) -> float:
    def light(colour: str) -> float:
        parts = [int(n) / 255 for n in colour.removeprefix("rgb(").removesuffix(")").split(",")]
        r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


def test_rows_are_walked_and_opened_by_keyboard(visiting: Visiting) -> None:
    visit = visiting()
    page = visit.go("/campaigns")
    page.keyboard.press("j")
    first = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("j")
    second = page.evaluate("document.activeElement.textContent")
    assert first != second
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement.textContent") == first
    page.keyboard.press("Enter")
    page.wait_for_url("**/campaigns/c-4b1d9e")
    page.keyboard.press("3")
    page.wait_for_url("**/campaigns/c-4b1d9e/evidence")
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url("**/campaigns")
    page.keyboard.press("g")
    page.keyboard.press("s")
    page.wait_for_url("**/cases")
    assert visit.complaints == []


def test_search_is_one_key_away(visiting: Visiting) -> None:
    visit = visiting()
    page = visit.go(CAMPAIGN)
    page.keyboard.press("/")
    page.wait_for_url("**/search")
    page.locator("main input[name=q]").wait_for()
    page.keyboard.type("4b1d")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=4b1d")
    page.get_by_role("link", name="c-4b1d9e").first.click()
    page.wait_for_url("**/campaigns/c-4b1d9e")
    assert visit.complaints == []


def test_a_letter_typed_into_a_field_is_a_letter(visiting: Visiting) -> None:
    page = visiting().go("/search")
    page.locator("main input[name=q]").focus()
    page.keyboard.type("jkgc?/")
    assert page.locator("main input[name=q]").input_value() == "jkgc?/"
    assert page.url.endswith("/search")


def test_keys_are_told(visiting: Visiting) -> None:
    page = visiting().go(f"{CAMPAIGN}/members")
    page.keyboard.press("?")
    told = page.locator("#keys").inner_text()
    for words in ("Next row", "Open the row", "Campaigns", "Evidence", "Next page"):
        assert words in told
    page.keyboard.press("Escape")
    assert not page.locator("#keys").is_visible()


def test_a_circle_shows_what_it_holds_and_leads_to_its_members(visiting: Visiting) -> None:
    visit = visiting()
    page = visit.go(f"{CAMPAIGN}/network")
    circle = page.locator(".network .block").first
    label = circle.get_attribute("aria-label") or ""
    dim = page.locator(".network .block").nth(1).locator(".edge").first
    before = dim.evaluate("e => getComputedStyle(e).strokeOpacity")
    circle.locator("circle").hover()
    assert float(dim.evaluate("e => getComputedStyle(e).strokeOpacity")) < float(before)
    circle.locator("circle").click()
    page.wait_for_url("**/members?block=*")
    assert label.split()[0] in page.locator(".leaves").first.inner_text()
    assert visit.complaints == []


def test_a_value_shows_who_holds_it(visiting: Visiting) -> None:
    page = visiting().go(f"{CAMPAIGN}/network")
    value = page.locator(".network .value").first
    value.locator("rect").hover()
    place = value.get_attribute("data-value")
    assert place is not None
    lit = page.locator(".network path.lit")
    assert lit.count() == page.locator(f'.network path[data-value="{place}"]').count() > 0


def test_circles_are_reached_by_tab(visiting: Visiting) -> None:
    page = visiting().go(f"{CAMPAIGN}/network")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.network .block')"):
            break
    assert page.evaluate("document.activeElement.matches('.network .block')")
    page.keyboard.press("Enter")
    page.wait_for_url("**/members?block=*")


def test_a_list_is_filtered_without_script(visiting: Visiting) -> None:
    page = visiting().go("/campaigns")
    page.select_option("select[name=verdict]", "coordinated")
    page.get_by_role("button", name="Filter").click()
    page.wait_for_url("**verdict=coordinated**")
    assert page.locator("tr.row").count() == 1
    page.get_by_role("link", name="Show all").click()
    page.wait_for_url("**/campaigns")
    page.get_by_role("link", name="Accounts").click()
    page.wait_for_url("**sort=accounts**")
    assert page.locator("th[aria-sort=descending]").inner_text().startswith("Accounts")


@pytest.mark.parametrize("width", WIDTHS)
def test_buttons_are_large_enough_and_named_by_what_they_show(visiting: Visiting, width: int) -> None:
    page = visiting(width=width, role=Role.ADMIN).go("/people")
    buttons = page.locator("main button").all()
    assert len(buttons) > 2
    for button in buttons:
        box, shown = button.bounding_box(), button.inner_text()
        assert box is not None
        assert box["height"] >= 24, f"{shown}: WCAG 2.2, target size"
        assert shown in (button.get_attribute("aria-label") or shown), "who speaks to the machine says what is shown"


def test_links_are_named_by_what_is_seen(served: Served, visiting: Visiting) -> None:
    visit = visiting()
    named = 0
    for path in _pages(served):
        page = visit.go(path)
        assert page.evaluate(MISNAMED) == [], path
        named += page.locator("a[aria-label]").count()
    assert named > 10
