"""Original identifiers: with the key, the role and a reason, written down first; else not."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fastapi import FastAPI

from stillwatch.access.reads import Reads
from stillwatch.casework.roles import Role
from stillwatch.report.names import SCHEMA
from stillwatch.signals import Seal, open_key
from tests.console.conftest import UNTIL, Make, entered
from tests.report import fakes

CAMPAIGN = "c-4b1d9e"
REASON = "To carry out a measure that was approved."


@pytest.fixture
def sealed(make_app: Make, tmp_path: Path) -> FastAPI:
    """A console with the key, on a result of which one account and one value are sealed."""
    tables = fakes.campaign(CAMPAIGN, 12)
    result = fakes.write_result(tmp_path / "sealed", tables, fakes.SCAN)
    key = open_key(tmp_path / "key")
    seal = Seal(key)
    originals = {tables["members"][0]["account_id"]: "customer-17", tables["shared"][0]["value"]: "card-4711"}
    rows = [{"pseudonym": name, "sealed": seal.close(text)} for name, text in sorted(originals.items())]
    pq.write_table(pa.Table.from_pylist(rows, SCHEMA), result / "names.parquet")
    return make_app(result=result, key=tmp_path / "key")


def account(app: FastAPI) -> str:
    rows = app.state.desk.reader.current().reading.campaign(CAMPAIGN).members
    return str(min(rows["account_id"].to_pylist(), key=lambda one: one not in names(app)))


def names(app: FastAPI) -> set[str]:
    table = pq.read_table(app.state.desk.settings.result / "names.parquet")
    return set(table["pseudonym"].to_pylist())


def reads(app: FastAPI) -> int:
    found: Reads = app.state.desk.access.reads
    return found.count()


def test_an_account_is_shown_once_with_a_reason(sealed: FastAPI) -> None:
    analyst = entered(sealed, Role.ANALYST)
    one = account(sealed)
    assert "customer-17" not in analyst.get(f"/accounts/{one}").text
    told = analyst.submit("/originals", f"/accounts/{one}", of="account", id=one, reason=REASON)
    assert told.status_code == 201
    assert "customer-17" in told.text
    assert told.headers["cache-control"] == "no-store"
    assert reads(sealed) == 1


def test_values_of_a_campaign_as_a_table(sealed: FastAPI) -> None:
    analyst = entered(sealed, Role.ANALYST)
    page = f"/campaigns/{CAMPAIGN}"
    told = analyst.submit("/originals", page, of="campaign", id=CAMPAIGN, reason=REASON, as_table="true")
    assert told.status_code == 201
    assert "card-4711" in told.text
    assert told.headers["content-type"].startswith("text/csv")


def test_accounts_of_a_measure(sealed: FastAPI) -> None:
    analyst = entered(sealed, Role.ANALYST)
    page, one = f"/campaigns/{CAMPAIGN}", account(sealed)
    analyst.submit("/cases/open", page, token="opening-it", campaign=CAMPAIGN, reason="x")
    fields = {"measure": "suspend", "scope": "named", "accounts": one, "until": UNTIL}
    analyst.submit("/cases/1/propose", page, token="proposing-it", reason="x", **fields)
    proposal = analyst.get("/cases/1.json").json()["measures"][0]["proposal"]
    told = analyst.submit("/originals", page, of="measure", id=f"1-{proposal}", reason=REASON)
    assert "customer-17" in told.text


@pytest.mark.parametrize("name", ["1-99", "99-1", "1", "x-y", "1-" + "9" * 30])
def test_a_measure_that_is_not_there(sealed: FastAPI, name: str) -> None:
    analyst = entered(sealed, Role.ANALYST)
    assert analyst.submit("/originals", "/cases", of="measure", id=name, reason=REASON).status_code == 404
    assert reads(sealed) == 0


def test_without_a_reason_nothing_is_shown(sealed: FastAPI) -> None:
    analyst = entered(sealed, Role.ANALYST)
    one = account(sealed)
    told = analyst.submit("/originals", f"/accounts/{one}", of="account", id=one, reason="x")
    assert told.status_code == 409
    assert "customer-17" not in told.text
    assert reads(sealed) == 0


def test_a_viewer_may_not(sealed: FastAPI) -> None:
    viewer = entered(sealed, Role.VIEWER)
    one = account(sealed)
    assert "original identifiers" not in viewer.get(f"/accounts/{one}").text
    assert viewer.submit("/originals", "/cases", of="account", id=one, reason=REASON).status_code == 403


def test_without_the_key_there_is_no_form(app: FastAPI) -> None:
    analyst = entered(app, Role.ANALYST)
    assert "original identifiers" not in analyst.get(f"/campaigns/{CAMPAIGN}").text
    told = analyst.submit("/originals", "/cases", of="campaign", id=CAMPAIGN, reason=REASON)
    assert told.status_code == 409
    assert "--key" in told.text
