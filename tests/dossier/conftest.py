"""Small dossiers: of a campaign, of a case with judgements, full and redacted."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from stillwatch.casework.scope import Scope
from stillwatch.casework.signing import SigningKey, open_signing_key
from stillwatch.dossier.issue import Issued, Order, issue
from stillwatch.dossier.marking import BY_NAME
from stillwatch.dossier.subject import Judgement, Standing, Subject, of_campaign
from stillwatch.report.result import Result, load_result
from stillwatch.signals import Key
from tests.golden import golden
from tests.report import fakes

__all__ = ["golden"]

CAMPAIGN, OTHER = "c-4b1d9e", "c-coord1"
DAY = date(2026, 6, 8)
KEY = Key(bytes(range(32)))
REASONS = ("Same wording in every request.", "The holder showed a contract.", "Seen by two people.")
PEOPLE = ("Ada Lindqvist", "Boris Achterberg")
OPERATOR, SOURCE = "Example Works Ltd", "A letter from the company, filed under 17."
TITLE = "The payment ring"


@pytest.fixture(scope="session")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """One accused campaign of 40 accounts whose ids are no pseudonyms, one that is coordinated."""
    tables = fakes.merge(
        fakes.campaign(CAMPAIGN, 40, days=30),
        fakes.campaign(OTHER, 31, "coordinated", 20, 2),
        {"overlaps": fakes.OVERLAPS, "rejects": fakes.REJECTS},
    )
    scan = {**fakes.SCAN, "privacy": {"accounts_pseudonymised": False}}
    return load_result(fakes.write_result(tmp_path_factory.mktemp("result"), tables, scan))


@pytest.fixture(scope="session")
def signing_key(tmp_path_factory: pytest.TempPathFactory) -> SigningKey:
    path = tmp_path_factory.mktemp("keys") / "signing.key"
    path.write_text(bytes(range(32, 64)).hex())
    path.chmod(0o600)
    return open_signing_key(path)


def campaign_of(result: Result, campaign: str = CAMPAIGN) -> Subject:
    return of_campaign(next(row for row in result.campaigns if row["campaign_id"] == campaign))


def case_of(result: Result) -> Subject:
    """A case: confirmed, a measure that a second person approved, an appeal that was granted, an operator named."""
    accounts = accounts_of(result)
    start = datetime(2026, 6, 7, 9, 30, 12, 345678, tzinfo=UTC)

    def entry(number: int, kind: str, person: int, role: str, **more: Any) -> Judgement:
        at = start + timedelta(minutes=number)
        common = {"reason": REASONS[number % 3], "hash": f"{number:064x}"}
        return Judgement(number, at, kind, role, PEOPLE[person], **{**common, **more})

    until = start + timedelta(days=30)
    return Subject(
        name="case 3",
        scope=Scope((CAMPAIGN,)),
        case=3,
        title=TITLE,
        status="confirmed",
        judgements=(
            entry(2, "opened", 0, "analyst", concerns=CAMPAIGN),
            entry(3, "confirmed", 0, "analyst", concerns=CAMPAIGN),
            entry(4, "proposed", 0, "analyst", concerns="suspend", accounts=30, until=until),
            entry(5, "approved", 1, "approver", refers_to=4),
            entry(6, "appealed", 0, "analyst", accounts=1),
            entry(7, "answered", 1, "approver", concerns="granted", refers_to=6),
            entry(8, "attributed", 0, "analyst", operator=OPERATOR, source=SOURCE),
        ),
        standings=(
            *(Standing(account, "suspend", until) for account in accounts[1:31]),
            Standing(accounts[0], "cleared"),
        ),
    )


def accounts_of(result: Result, campaign: str = CAMPAIGN) -> list[str]:
    rows = result.tables["members"].to_pylist()
    return sorted(row["account_id"] for row in rows if row["campaign_id"] == campaign)


Make = Callable[..., Issued]


@pytest.fixture
def make(tmp_path: Path, result: Result, signing_key: SigningKey) -> Make:
    """Issue a dossier into a folder of its own; without a PDF unless asked for."""

    def made(name: str = "dossier", subject: Subject | None = None, **more: Any) -> Issued:
        return issue(order(result, signing_key, subject, **more), tmp_path / name)

    return made


def order(result: Result, signing_key: SigningKey, subject: Subject | None = None, **more: Any) -> Order:
    given: dict[str, Any] = {"marking": BY_NAME["amber"], "issued": DAY, "pdf": False, **more}
    return Order(subject or campaign_of(result), result, KEY, signing_key, **given)


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory, result: Result, signing_key: SigningKey) -> Path:
    """The full edition of a campaign without a case; not to be changed."""
    made = issue(order(result, signing_key, recipient="The regulator"), tmp_path_factory.mktemp("original") / "dossier")
    return made.folder


@pytest.fixture
def folder(tmp_path: Path, original: Path) -> Path:
    """A copy of it, for a test to change."""
    return Path(shutil.copytree(original, tmp_path / "dossier"))
