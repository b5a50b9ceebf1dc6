"""Sums between scans: who was cleared since counts no more, and every page that shows a sum shows both."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from stillwatch.casework.roles import Role
from stillwatch.report.prices import Prices, load_prices
from tests.console.conftest import Browser, Make, entered
from tests.report import fakes

C = "/campaigns/c-4b1d9e"
PRICES = """currency = "USD"
[models."model-3-large"]
input = 3.0
output = 15.0
[models."model-4-preview"]
input = 5.0
output = 25.0
"""
Tables = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def tables() -> Tables:
    return fakes.told_by_account(fakes.campaign("c-4b1d9e", 40))


@pytest.fixture
def price_file(tmp_path: Path) -> Path:
    path = tmp_path / "prices.toml"
    path.write_text(PRICES)
    return path


@pytest.fixture
def prices(price_file: Path) -> Prices:
    return load_prices(price_file)


@pytest.fixture
def app(make_app: Make, tables: Tables, tmp_path: Path, price_file: Path) -> FastAPI:
    return make_app(result=fakes.write_result(tmp_path / "result", tables, fakes.SCAN), prices=price_file)


def with_a_case(app: FastAPI) -> Browser:
    """An analyst's browser, after a case was opened on the campaign."""
    browser = entered(app, Role.ANALYST)
    fields = {"title": "The ring", "reason": "Look.", "campaign": "c-4b1d9e"}
    assert browser.submit("/cases/open", C, token="form-open", **fields).status_code == 303
    return browser


@pytest.fixture
def analyst(app: FastAPI) -> Browser:
    return with_a_case(app)


def judge(browser: Browser, action: str, **fields: object) -> None:
    answer = browser.submit(f"/cases/1/{action}", "/cases/1", token=f"form-{action}", reason="Ours.", **fields)
    assert answer.status_code == 303, answer.text


def clear(browser: Browser, accounts: Collection[str], action: str = "clear") -> None:
    judge(browser, action, accounts="\n".join(accounts))


def taking_part(tables: Tables) -> list[str]:
    return [row["account_id"] for row in tables["members"] if row["role"] != "bystander"]


def summed(tables: Tables, accounts: Collection[str], prices: Prices) -> dict[str, Any]:
    """The sums over these accounts, row by row."""
    members = [row for row in tables["members"] if row["account_id"] in accounts]
    usage = [row for row in tables["usage"] if row["account_id"] in accounts]
    return {
        "accounts": len(members),
        "exchanges": sum(row["exchanges"] for row in members),
        "harvested_exchanges": sum(row["harvested_exchanges"] for row in members),
        "harvested_tokens": sum(row["output_tokens"] + row["reasoning_tokens"] for row in usage),
        "price": {"amount": pytest.approx(prices.of(usage).amount), "currency": "USD", "without": []},
    }


def json_of(browser: Browser, page: str) -> dict[str, Any]:
    answer = browser.get(f"{page}.json")
    assert answer.status_code == 200
    return dict(answer.json())


@pytest.mark.parametrize("action", ["clear", "bystanders"])
def test_who_was_cleared_since_the_scan_counts_no_more(
    analyst: Browser, tables: Tables, prices: Prices, action: str
) -> None:
    accounts = taking_part(tables)
    before, now = (summed(tables, some, prices) for some in (accounts, accounts[3:]))
    told = json_of(analyst, C)["sums"]
    assert (told["now"], told["at_scan"], told["cleared"]) == (before, before, 0)
    assert "What counts now" not in analyst.get(C).text
    clear(analyst, accounts[:3], action)
    for page in (C, "/cases/1"):
        told = json_of(analyst, page)["sums"]
        assert (told["now"], told["at_scan"], told["cleared"]) == (now, before, 3), page
        text = analyst.get(page).text
        for one in (now, before):
            assert f"{one['harvested_exchanges']:,}" in text
            assert f"{one['harvested_tokens']:,}" in text
    told = json_of(analyst, C)
    assert sum(row["harvested_exchanges"] for row in told["exposure"]) == now["harvested_exchanges"]
    assert told["taken"]["price"] == now["price"]
    assert sum(share for _, share in told["capabilities"]) == pytest.approx(1)
    for page in (f"{C}/members", f"{C}/evidence", f"{C}/network"):
        assert "people cleared 3 accounts of this group" in analyst.get(page).text, page


def test_the_list_counts_now_and_tells_what_it_was(analyst: Browser, tables: Tables, prices: Prices) -> None:
    accounts = taking_part(tables)
    clear(analyst, accounts[:2])
    before, now = (summed(tables, some, prices) for some in (accounts, accounts[2:]))
    (line,) = json_of(analyst, "/campaigns")["campaigns"]
    assert (line["accounts"], line["accounts_at_scan"], line["cleared"]) == (now["accounts"], before["accounts"], 2)
    assert line["harvested_exchanges"] == now["harvested_exchanges"]
    assert line["accused"]
    told = json_of(analyst, "/campaigns")
    assert f"{now['accounts']} accounts, {now['harvested_exchanges']:,} harvested exchanges" in told["headline"]
    assert f"{before['accounts']} accounts, {before['harvested_exchanges']:,} harvested" in told["headline_at_scan"]
    (row,) = csv.DictReader(io.StringIO(analyst.get("/campaigns.csv").text))
    assert (row["accounts"], row["accounts_now"]) == (str(before["accounts"]), str(now["accounts"]))
    assert row["harvested_tokens_now"] == str(now["harvested_tokens"])


def test_a_group_of_which_nobody_is_left_is_not_accused(analyst: Browser, tables: Tables) -> None:
    clear(analyst, taking_part(tables))
    told = json_of(analyst, C)
    assert told["name"]["gone"]
    assert not told["name"]["accused"]
    assert told["sums"]["now"]["accounts"] == told["sums"]["now"]["harvested_exchanges"] == 0
    assert "Nobody else is left, so nobody is accused." in analyst.get(C).text
    assert "all cleared since" in analyst.get("/campaigns").text
    assert "is accused of distillation" in json_of(analyst, "/campaigns")["headline_at_scan"]
    assert json_of(analyst, "/campaigns")["headline"].startswith("None of the 1,204 groups")


def test_a_clearance_that_is_recalled_counts_again(analyst: Browser, tables: Tables) -> None:
    clear(analyst, taking_part(tables)[:2])
    assert json_of(analyst, C)["sums"]["cleared"] == 2
    judge(analyst, "recall", entry=json_of(analyst, "/cases/1")["cleared"][0]["entry"])
    assert json_of(analyst, C)["sums"]["cleared"] == 0


def test_a_case_that_was_split_counts_its_own_accounts(analyst: Browser, tables: Tables, prices: Prices) -> None:
    accounts = taking_part(tables)
    judge(analyst, "split", title="Part", accounts="\n".join(accounts[:5]))
    clear(analyst, accounts[5:7])
    part, rest = (json_of(analyst, f"/cases/{number}")["sums"] for number in (2, 1))
    assert part["now"] == part["at_scan"] == summed(tables, accounts[:5], prices)
    assert rest["at_scan"] == summed(tables, accounts[5:], prices)
    assert rest["now"] == summed(tables, accounts[7:], prices)


def test_an_older_result_says_what_could_not_be_counted_anew(make_app: Make, tmp_path: Path) -> None:
    tables = fakes.campaign("c-4b1d9e", 40)
    browser = with_a_case(make_app(result=fakes.write_result(tmp_path / "older", tables, fakes.SCAN)))
    clear(browser, taking_part(tables)[:2])
    sums = json_of(browser, C)["sums"]
    assert (sums["tells_tokens"], sums["tells_price"]) == (False, False)
    assert sums["now"]["accounts"] == sums["at_scan"]["accounts"] - 2
    assert sums["now"]["harvested_tokens"] == sums["at_scan"]["harvested_tokens"]
    assert "could not be counted anew" in browser.get(C).text
