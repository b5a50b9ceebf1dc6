"""Who was cleared since the scan does not count in a dossier, which says what the scan had counted; all verifies."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from stillwatch.casework import judgements as j
from stillwatch.casework.ledger import Ledger
from stillwatch.casework.signing import SigningKey
from stillwatch.casework.snapshot import snapshot
from stillwatch.dossier.casefile import open_subject
from stillwatch.dossier.issue import issue
from stillwatch.dossier.manifest import decode
from stillwatch.dossier.verification import verify_dossier
from stillwatch.report.prices import ModelPrice, Prices
from stillwatch.report.result import Result, load_result
from tests.casework.desk import ANN, judge, open_case
from tests.dossier.conftest import CAMPAIGN, order
from tests.report import fakes

Rows = list[dict[str, Any]]
PRICES = Prices("USD", {model: ModelPrice(3.0, 15.0) for model in fakes.MODELS})


@pytest.fixture(scope="module")
def tables() -> dict[str, Rows]:
    """One accused campaign of 40 accounts that says what each of them did."""
    return fakes.told_by_account(fakes.campaign(CAMPAIGN, 40, days=30))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory, tables: dict[str, Rows]) -> Result:
    return load_result(fakes.write_result(tmp_path_factory.mktemp("told") / "result", tables, fakes.SCAN))


Dossier = tuple[Path, dict[str, Any]]
Clear = Callable[..., Dossier]


@pytest.fixture
def cleared(tmp_path: Path, told: Result, signing_key: SigningKey) -> Clear:
    """A dossier of a case in which some accounts were cleared, and its figures that are one value."""

    def made(accounts: Collection[str], result: Result = told, **more: Any) -> Dossier:
        ledger = Ledger.open(tmp_path / "desk.sqlite", signing_key)
        case = open_case(ledger, CAMPAIGN)
        if accounts:
            clearing = j.Cleared(case=case, accounts=tuple(accounts), reason="Ours.")
            ledger.append(clearing, ANN, "form", snapshot(result, [CAMPAIGN], accounts))
        judge(ledger, j.Commented(case=case, reason="r"))
        subject, _ = open_subject(ledger, case, result)
        ledger.close()
        folder = issue(order(result, signing_key, subject, prices=PRICES, **more), tmp_path / "dossier").folder
        verification = verify_dossier(folder)
        assert verification.holds, verification
        figures = decode((folder / "manifest.json").read_bytes()).figures
        return folder, {name: one.rows[0][0] for name, one in figures.items() if one.rows and one.rows[0]}

    return made


def taking_part(tables: dict[str, Rows]) -> list[str]:
    return sorted(row["account_id"] for row in tables["members"] if row["role"] != "bystander")


def summed(rows: Rows, accounts: Collection[str], *columns: str) -> int:
    return sum(row[name] for row in rows if row["account_id"] in accounts for name in columns)


def check(figures: dict[str, Any], tables: dict[str, Rows], accounts: Collection[str], then: str = "") -> None:
    members, usage = tables["members"], tables["usage"]
    expected = {
        "accounts": len(accounts),
        "exchanges": summed(members, accounts, "exchanges"),
        "harvested": summed(members, accounts, "harvested_exchanges"),
        "tokens": summed(usage, accounts, "output_tokens", "reasoning_tokens"),
    }
    for prefix in ("c1.", "all_"):
        assert {name: figures[f"{prefix}{name}{then}"] for name in expected} == expected, prefix


def test_cleared_accounts_do_not_count_and_the_scan_is_quoted_beside(cleared: Clear, tables: dict[str, Rows]) -> None:
    accounts = taking_part(tables)
    folder, figures = cleared(accounts[:6])
    check(figures, tables, accounts[6:])
    check(figures, tables, accounts, "_then")
    assert figures["c1.cleared"] == figures["all_cleared"] == 6
    document = " ".join((folder / "dossier.html").read_text().split())
    assert "cleared or marked as bystander since the scan, which had counted" in document
    days = pq.read_table(folder / "tables" / "timeline.parquet").to_pylist()
    assert sum(day["harvested_exchanges"] for day in days) == figures["c1.harvested"]
    shares = pq.read_table(folder / "tables" / "capabilities.parquet")["share"].to_pylist()
    assert sum(shares) == pytest.approx(1)
    members = pq.read_table(folder / "tables" / "members.parquet").to_pylist()
    assert sum(row["role"] != "bystander" and not row["counted"] for row in members) == 6


def test_a_case_without_clearings_says_nothing_of_the_scan_beside(cleared: Clear, tables: dict[str, Rows]) -> None:
    folder, figures = cleared([])
    check(figures, tables, taking_part(tables))
    assert "c1.accounts_then" not in figures
    assert "since the scan" not in (folder / "dossier.html").read_text()


def test_a_group_of_which_nobody_is_left_is_not_accused(cleared: Clear, tables: dict[str, Rows]) -> None:
    folder, figures = cleared(taking_part(tables))
    (row,) = pq.read_table(folder / "tables" / "campaigns.parquet").to_pylist()
    assert (row["verdict"], row["verdict_at_scan"], row["accounts"]) == ("coordinated", "distillation", 0)
    assert figures["all_harvested"] == 0
    assert "Every account in it that would be accused was cleared since" in (folder / "dossier.html").read_text()


@pytest.mark.parametrize("count", [2, 6])
def test_the_redacted_edition_does_not_tell_what_few_cleared_accounts_did(
    cleared: Clear, tables: dict[str, Rows], count: int
) -> None:
    accounts = taking_part(tables)
    folder, figures = cleared(accounts[:count], redacted=True)
    check(figures, tables, accounts[count:])
    (row,) = pq.read_table(folder / "tables" / "campaigns.parquet").to_pylist()
    members = pq.read_table(folder / "tables" / "members.parquet").to_pylist()
    uncounted = [row for row in members if row["role"] not in (None, "bystander") and row["counted"] is False]
    assert not (folder / "tables" / "exposure_at_scan.parquet").exists()
    if count < 5:
        assert {value for name, value in row.items() if name.endswith("_at_scan") or name == "cleared"} == {None}
        assert uncounted == []
        assert sum(row["role"] is None and row["counted"] is None for row in members) >= 5
        assert "c1.accounts_then" not in figures
    else:
        check(figures, tables, accounts, "_then")
        assert len(uncounted) == count


def test_an_older_result_says_what_stays_as_the_scan_had_it(cleared: Clear, tmp_path: Path) -> None:
    tables = fakes.campaign(CAMPAIGN, 40, days=30)
    result = load_result(fakes.write_result(tmp_path / "older", tables, fakes.SCAN))
    accounts = taking_part(tables)
    folder, figures = cleared(accounts[:6], result)
    assert figures["c1.accounts"] == len(accounts) - 6
    assert figures["c1.tokens"] == figures["c1.tokens_then"]
    document = " ".join((folder / "dossier.html").read_text().split())
    assert "tokens, days and capabilities stay those of the scan" in document
