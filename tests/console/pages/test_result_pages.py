"""The pages of a result: each one opens, as a page and as JSON, and says what the tables hold."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from stillwatch.casework.roles import Role
from stillwatch.console.pages.campaigns import ROWS as GROUPS_A_PAGE
from stillwatch.console.pages.members import ROWS as MEMBERS_A_PAGE
from stillwatch.console.reading import Reading
from stillwatch.console.twin import segment, twin_path
from tests.console.conftest import Browser, Make, SignedIn, entered
from tests.report import fakes

C = "/campaigns/c-4b1d9e"


@pytest.fixture
def viewer(signed_in: SignedIn) -> Browser:
    return signed_in(Role.VIEWER)


@pytest.fixture
def reading(app: FastAPI) -> Reading:
    found: Reading = app.state.desk.reader.current().reading
    return found


def _twin(page: str) -> str:
    path, mark, query = page.partition("?")
    return twin_path(path) + mark + query


def _json(browser: Browser, page: str) -> Any:
    answer = browser.get(_twin(page))
    assert answer.status_code == 200, answer.text
    return answer.json()


def _every_page(reading: Reading) -> Iterator[str]:
    yield from (
        "/",
        "/campaigns",
        "/campaigns?sort=q&down=true&verdict=distillation",
        "/search",
        "/search?q=a",
        "/ledger",
    )
    for row in reading.campaigns:
        base = f"/campaigns/{segment(row['campaign_id'])}"
        yield from (base, f"{base}/members", f"{base}/members?block=0", f"{base}/evidence", f"{base}/network")
        opened = reading.campaign(row["campaign_id"])
        assert opened is not None
        yield f"/accounts/{segment(opened.members['account_id'][0].as_py())}"


class _Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_every_page_opens_and_has_its_twin(viewer: Browser, reading: Reading) -> None:
    for page in _every_page(reading):
        answer = viewer.get(page)
        assert answer.status_code == 200, page
        assert answer.text.count("<h1>") == 1, page
        _json(viewer, page)


def test_no_page_has_styles_or_handlers_of_its_own(viewer: Browser, reading: Reading) -> None:
    for page in _every_page(reading):
        for tag, attributes in _Tags(viewer.get(page).text).tags:
            assert not {name for name in attributes if name == "style" or name.startswith("on")}, (page, tag)
            assert tag != "style", page
            assert tag not in ("script", "img", "link") or attributes.get("src", attributes.get("href", "")), page


def test_no_page_lets_foreign_text_act(viewer: Browser, reading: Reading) -> None:
    for page in _every_page(reading):
        text = viewer.get(page).text
        assert "<img" not in text
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "49=" not in text, "a template was evaluated in foreign text"


def test_links_of_every_page_lead_somewhere(viewer: Browser, reading: Reading) -> None:
    seen: set[str] = set()
    for page in [*_every_page(reading)]:
        base = page.partition("?")[0]
        for tag, attributes in _Tags(viewer.get(page).text).tags:
            href = attributes.get("href") or ""
            if tag != "a" or not href or href.startswith("#") or len(seen) > 150:
                continue
            target = (base + href if href.startswith("?") else href).partition("#")[0]
            if target not in seen:
                seen.add(target)
                assert viewer.get(target).status_code in (200, 303), (page, target)
    assert len(seen) > 60


def test_nobody_sees_a_page_without_signing_in(browser: Browser, reading: Reading) -> None:
    for page in [*_every_page(reading), "/campaigns.csv", f"{C}/members.csv"]:
        assert browser.get(page).status_code in (303, 401), page
        assert browser.get(_twin(page)).status_code in (303, 401, 404), page


def test_campaigns_are_told_as_the_tables_have_them(viewer: Browser, reading: Reading) -> None:
    told = _json(viewer, "/campaigns")
    assert [line["campaign_id"] for line in told["campaigns"]] == [row["campaign_id"] for row in reading.campaigns]
    for line, row in zip(told["campaigns"], reading.campaigns, strict=True):
        for name in ("verdict", "q_value", "accounts", "harvested_exchanges", "harvested_tokens"):
            assert line[name] == row[name]
        assert line["accused"] == (row["verdict"] == "distillation")
    assert told["accounts_in_log"] == 412_077


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("verdict=coordinated", ["c-coord1"]),
        ("q=4B1D", ["c-4b1d9e"]),
        ("q=nothing", []),
        ("model=model-3-large&q=c-", ["c-4b1d9e", "c-coord1"]),
        ("capability=coding", ["c-4b1d9e", "c-coord1"]),
        ("capability=coding&sort=accounts&down=false", ["c-coord1", "c-4b1d9e"]),
        ("capability=coding&sort=campaign&down=true", ["c-coord1", "c-4b1d9e"]),
        ("capability=coding&page=900", ["c-4b1d9e", "c-coord1"]),
    ],
)
def test_campaigns_are_filtered_and_sorted(viewer: Browser, query: str, found: list[str]) -> None:
    assert [line["campaign_id"] for line in _json(viewer, f"/campaigns?{query}")["campaigns"]] == found


@pytest.mark.parametrize("query", ["sort=anything", "page=0", "page=x", "down=perhaps", f"q={'a' * 201}"])
def test_what_cannot_be_asked_is_refused(viewer: Browser, query: str) -> None:
    assert viewer.get(f"/campaigns?{query}").status_code == 422
    assert viewer.get(f"/campaigns.json?{query}").status_code == 422


@pytest.mark.parametrize(
    "page", ["/campaigns/none", "/campaigns/none/members", "/accounts/none", f"{C}/members?block=999", "/campaigns/~x"]
)
def test_what_is_not_there_is_said_to_be_not_there(viewer: Browser, page: str) -> None:
    assert viewer.get(page).status_code == 404
    assert viewer.get(_twin(page)).status_code == 404


def test_a_campaign_keeps_observation_and_inference_apart(viewer: Browser) -> None:
    told = _json(viewer, C)
    assert told["name"]["accused"] is True
    assert any("judged to be harvest" in line for line in told["inferred"])
    assert not any("judged" in line or "harvest" in line.lower() for line in told["observed"])
    assert told["taken"]["price"] is None
    assert "prices are not guessed" in viewer.get(C).text
    assert sum(count for _, count in told["roles"]) == 40
    assert {release["model"] for release in told["models"]} >= {"model-4-preview"}
    other = _json(viewer, "/campaigns/c-coord1")
    assert other["name"]["noun"] == "Group"
    assert other["name"]["accused"] is False


def test_exposure_has_its_list_price_if_prices_are_given(make_app: Make, tmp_path: Path) -> None:
    prices = tmp_path / "prices.toml"
    prices.write_text('currency = "EUR"\n[models.model-3-large]\ninput = 1\noutput = 2\n')
    told = _json(entered(make_app(prices=prices), Role.VIEWER), C)
    priced = [row for row in told["exposure"] if row["model"] == "model-3-large"]
    written = sum(row["output_tokens"] + row["reasoning_tokens"] for row in priced)
    expected = (sum(row["input_tokens"] for row in priced) + 2 * written) / 1e6
    assert told["taken"]["price"]["amount"] == pytest.approx(expected)
    assert told["taken"]["price"]["currency"] == "EUR"
    assert told["taken"]["price"]["without"] == ["model-4-preview"]


def test_members_are_paged_sorted_and_filtered(make_app: Make, tmp_path: Path) -> None:
    size = 2 * MEMBERS_A_PAGE + 30
    result = fakes.write_result(tmp_path / "result", fakes.campaign("c-many", size), fakes.SCAN)
    viewer = entered(make_app(result=result), Role.VIEWER)
    pages = [_json(viewer, f"/campaigns/c-many/members?sort=account&page={n}") for n in (1, 2, 3)]
    ids = [member["account_id"] for page in pages for member in page["members"]]
    assert ids == sorted(ids)
    assert len(set(ids)) == size
    assert [len(page["members"]) for page in pages] == [MEMBERS_A_PAGE, MEMBERS_A_PAGE, 30]
    assert (pages[2]["leaf"]["first"], pages[2]["leaf"]["last"], pages[2]["leaf"]["pages"]) == (201, 230, 3)
    links = [m["link_strength"] for m in _json(viewer, "/campaigns/c-many/members?sort=link")["members"]]
    assert links == sorted(links, reverse=True)
    mixed = _json(viewer, "/campaigns/c-many/members?role=mixed")
    assert {member["role"] for member in mixed["members"]} == {"mixed"}
    assert mixed["leaf"]["total"] == dict(mixed["roles"])["mixed"]


def test_blocks_of_the_network_lead_to_their_members(viewer: Browser) -> None:
    network = _json(viewer, f"{C}/network")
    assert sum(block["accounts"] for block in network["blocks"]) + network["accounts_left_out"] == 40
    seen: set[str] = set()
    for block in network["blocks"]:
        members = _json(viewer, f"{C}/members?block={block['block']}")
        ids = {member["account_id"] for member in members["members"]}
        assert len(ids) == block["accounts"]
        assert {member["role"] for member in members["members"]} == {block["role"]}
        assert not ids & seen
        seen |= ids


def test_a_shared_value_leads_to_its_holders(viewer: Browser, reading: Reading) -> None:
    opened = reading.campaign("c-4b1d9e")
    assert opened is not None
    for row in opened.sighting.shared[::3]:
        found = _json(viewer, f"{C}/members?kind={row['detector']}&value={row['value']}")
        held = opened.holdings.to_pylist()
        holders = {h["account_id"] for h in held if (h["detector"], h["value"]) == (row["detector"], row["value"])}
        assert {member["account_id"] for member in found["members"]} == holders


def test_evidence_gives_each_line_with_its_null(viewer: Browser, reading: Reading) -> None:
    opened = reading.campaign("c-4b1d9e")
    assert opened is not None
    told = _json(viewer, f"{C}/evidence")
    lines = {(t["question"], t["detector"]): t for question in told["questions"] for t in question["tests"]}
    assert len(lines) == len(opened.sighting.evidence)
    for row in opened.sighting.evidence:
        line = lines[row["question"], row["detector"]]
        for name in ("statement", "observed", "expected", "unit", "log10_p", "strength", "q_without"):
            assert line[name] == row[name]
    assert lines["coordination", "payment"]["assumption"] == "a payment token belongs to one payer"
    assert "a company card" in lines["coordination", "payment"]["innocent"]
    assert told["leaf"]["total"] == len(opened.sighting.shared)
    only = _json(viewer, f"{C}/evidence?kind=payment&sort=inside")
    assert {value["kind"] for value in only["shared"]} == {"payment"}
    outside = {value["value"]: value for value in told["shared"]}
    for row in opened.sighting.shared:
        rare = outside[row["value"]]["rarity"]
        assert (rare == "nobody outside the group") == (row["accounts_outside"] == 0)


def test_an_account_is_told_with_what_holds_it_and_its_days(make_app: Make, tmp_path: Path) -> None:
    tables = fakes.campaign("c-1", 20)
    member = tables["members"][0]
    days = [row["day"] for row in tables["timeline"][:3]]
    tables["activity"] = [
        {"account_id": member["account_id"], "day": day, "exchanges": 9, "harvested_exchanges": n, "tokens": 1}
        for n, day in enumerate(days)
    ]
    result = fakes.write_result(tmp_path / "result", tables, fakes.SCAN)
    viewer = entered(make_app(result=result), Role.VIEWER)
    page = f"/accounts/{member['account_id']}"
    told = _json(viewer, page)
    assert [day["harvested_exchanges"] for day in told["days"]] == [0, 1, 2]
    assert told["memberships"][0]["member"]["role"] == "harvester"
    held = {(h["kind"], h["value"]): h for h in told["memberships"][0]["held"]}
    mine = [h for h in tables["holdings"] if h["account_id"] == member["account_id"]]
    assert set(held) == {(h["detector"], h["value"]) for h in mine}
    inside = {(s["detector"], s["value"]): s["accounts_inside"] for s in tables["shared"]}
    assert all(h["others"] == inside[key] - 1 for key, h in held.items())
    assert "ordinary exchanges" in viewer.get(page).text
    other = viewer.get(f"/accounts/{tables['members'][1]['account_id']}").text
    assert "The result has no day of this account" in other


def test_an_account_is_told_with_what_it_used(make_app: Make, tmp_path: Path) -> None:
    tables = fakes.told_by_account(fakes.campaign("c-1", 20))
    viewer = entered(make_app(result=fakes.write_result(tmp_path / "result", tables, fakes.SCAN)), Role.VIEWER)
    for member in (tables["members"][0], tables["members"][-1]):
        told = _json(viewer, f"/accounts/{member['account_id']}")["usage"]
        rows = [row for row in tables["usage"] if row["account_id"] == member["account_id"]]
        assert [{"account_id": member["account_id"], **one} for one in told] == sorted(
            rows, key=lambda row: -row["exchanges"]
        )
        assert sum(one["exchanges"] for one in told) == member["exchanges"]
        page = viewer.get(f"/accounts/{member['account_id']}").text
        assert all(one["model"] in page and f"{one['output_tokens']:,}" in page for one in told)


def test_an_older_result_says_that_it_has_no_days(viewer: Browser, reading: Reading) -> None:
    opened = reading.campaign("c-4b1d9e")
    assert opened is not None
    page = viewer.get(f"/accounts/{opened.members['account_id'][0].as_py()}").text
    assert "did not keep the days of single accounts" in page
    assert "did not keep what single accounts used" in page


def test_a_bystander_is_told_not_to_be_accused(viewer: Browser, reading: Reading) -> None:
    opened = reading.campaign("c-4b1d9e")
    assert opened is not None
    bystander = next(m["account_id"] for m in opened.sighting.members if m["role"] == "bystander")
    assert (
        "It is a bystander: the same proxy is not the same actor. It is not accused."
        in viewer.get(f"/accounts/{bystander}").text
    )


def test_a_result_that_was_replaced_by_a_damaged_one_is_told_on_every_page(make_app: Make, tmp_path: Path) -> None:
    result = fakes.write_result(tmp_path / "result", fakes.campaign("c-1", 8), fakes.SCAN)
    viewer = entered(make_app(result=result), Role.VIEWER)
    assert "older scan" not in viewer.get("/campaigns").text
    result.rename(tmp_path / "old")
    damaged = fakes.write_result(tmp_path / "damaged", fakes.campaign("c-2", 8), fakes.SCAN)
    (damaged / "shared.parquet").write_bytes(b"not a table")
    damaged.rename(result)
    for page in ("/campaigns", "/campaigns/c-1", "/campaigns/c-1/network", "/search?q=c"):
        assert "These pages show an older scan" in viewer.get(page).text
        assert "shared.parquet" in _json(viewer, page)["warning"]


def test_what_the_list_can_be_filtered_by_says_how_much_it_leaves(viewer: Browser) -> None:
    choices = _json(viewer, "/campaigns")["choices"]
    for name, singular in (("verdicts", "verdict"), ("models", "model"), ("capabilities", "capability")):
        for value, groups in choices[name]:
            answer = viewer.get("/campaigns.json", params={singular: value})
            assert answer.json()["leaf"]["total"] == groups > 0, (name, value)
    assert "Accused of distillation (2)" in viewer.get("/campaigns").text


def test_the_list_turns_its_pages(make_app: Make, tmp_path: Path) -> None:
    parts = [fakes.campaign(f"c-{n:03d}", 5, seed=n) for n in range(GROUPS_A_PAGE + 7)]
    result = fakes.write_result(tmp_path / "result", fakes.merge(*parts), fakes.SCAN)
    viewer = entered(make_app(result=result), Role.VIEWER)
    told = [_json(viewer, f"/campaigns?sort=campaign&page={n}") for n in (1, 2)]
    ids = [line["campaign_id"] for page in told for line in page["campaigns"]]
    assert ids == sorted(row["campaign_id"] for part in parts for row in part["campaigns"])
    assert 'rel="next"' in viewer.get("/campaigns?sort=campaign").text
    assert len(list(csv.reader(io.StringIO(viewer.get("/campaigns.csv").text)))) == len(parts) + 1


def test_csv_has_every_member_and_no_formula(viewer: Browser, reading: Reading) -> None:
    for row in reading.campaigns:
        answer = viewer.get(f"/campaigns/{segment(row['campaign_id'])}/members.csv")
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert answer.headers["content-disposition"] == 'attachment; filename="members.csv"'
        lines = list(csv.reader(io.StringIO(answer.text)))
        opened = reading.campaign(row["campaign_id"])
        assert opened is not None
        assert len(lines) == opened.members.num_rows + 1
        assert not [cell for line in lines for cell in line if re.match(r"[=+@\t\r]|-\D", cell)]


def test_the_ledger_is_shown(viewer: Browser) -> None:
    told = _json(viewer, "/ledger")
    assert told["entries"] == 1
    assert told["shown"][0]["kind"] == "founded"
    assert told["fault"] is None


def test_ids_of_ten_thousand_letters_are_cut_on_pages_and_whole_in_twins(make_app: Make, tmp_path: Path) -> None:
    tables = fakes.campaign("c-1", 6)
    long = "=x\u202e<b>" + "y" * 10_000
    old = tables["members"][0]["account_id"]
    for name in ("members", "holdings"):
        for row in tables[name]:
            row["account_id"] = long if row["account_id"] == old else row["account_id"]
    result = fakes.write_result(tmp_path / "result", tables, fakes.SCAN)
    viewer = entered(make_app(result=result), Role.VIEWER)
    page = viewer.get("/campaigns/c-1/members").text
    assert "y" * 100 not in re.sub(r'href="[^"]*"', "", page)
    assert "<b>y" not in page
    assert long in {member["account_id"] for member in _json(viewer, "/campaigns/c-1/members")["members"]}
    assert _json(viewer, f"/accounts/{segment(long)}")["account_id"] == long
    lines = list(csv.reader(io.StringIO(viewer.get("/campaigns/c-1/members.csv").text)))
    assert f"'{long}" in {line[1] for line in lines}
