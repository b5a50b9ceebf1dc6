"""What the ledger says of a case, as a dossier is made of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from stillwatch.casework import judgements as j
from stillwatch.casework.ledger import Ledger
from stillwatch.casework.signing import SigningKey
from stillwatch.dossier.casefile import open_subject
from stillwatch.report.result import Result, load_result
from tests.casework.desk import PIA, judge, open_case, propose
from tests.report import fakes

SEEN = (100, ["wording"])


@pytest.fixture
def listed(tmp_path: Path) -> Result:
    """A result that lists these accounts in both campaigns."""
    made = fakes.merge(fakes.campaign("C-1", 5), fakes.campaign("C-2", 5))
    common = {**made["members"][0], "role": "harvester"}
    made["members"] = [{**common, "campaign_id": c, "account_id": a} for c in ("C-1", "C-2") for a in "abcd"]
    return load_result(fakes.write_result(tmp_path / "result", made, fakes.SCAN))


def test_who_was_cleared_in_another_case_is_cleared_here_too(
    tmp_path: Path, signing_key: SigningKey, listed: Result
) -> None:
    ledger = Ledger.open(tmp_path / "desk.sqlite", signing_key)
    one, other = open_case(ledger, "C-1"), open_case(ledger, "C-2")
    propose(ledger, one, "a", "b")
    propose(ledger, other, "c")
    judge(ledger, j.Cleared(case=other, accounts=("a",), reason="r"), a=SEEN)
    judge(ledger, j.MarkedBystander(case=other, accounts=("d",), reason="r"), d=SEEN)
    subject, _ = open_subject(ledger, one, listed)
    held = {(standing.account, standing.standing) for standing in subject.standings}
    assert held == {("a", "cleared"), ("d", "bystander"), ("b", "limit the rate"), ("c", "limit the rate")}
    ledger.close()


def test_measures_of_a_case_that_was_taken_in_are_told(tmp_path: Path, signing_key: SigningKey, listed: Result) -> None:
    ledger = Ledger.open(tmp_path / "desk.sqlite", signing_key)
    one, other = open_case(ledger, "C-1"), open_case(ledger, "C-2")
    propose(ledger, one, "a")
    judge(ledger, j.Merged(case=one, into=other, reason="r"))
    subject, _ = open_subject(ledger, other, listed)
    assert [(standing.account, standing.standing) for standing in subject.standings] == [("a", "limit the rate")]
    ledger.close()


def test_what_was_split_off_is_told_where_it_went(tmp_path: Path, signing_key: SigningKey, listed: Result) -> None:
    ledger = Ledger.open(tmp_path / "desk.sqlite", signing_key)
    case = open_case(ledger, "C-1")
    judge(ledger, j.Split(case=case, accounts=("a",), title="Apart", reason="r"))
    propose(ledger, 2, "a")
    assert open_subject(ledger, case, listed)[0].standings == ()
    assert [standing.account for standing in open_subject(ledger, 2, listed)[0].standings] == ["a"]
    ledger.close()


def test_the_last_judgement_may_be_one_of_another_case(tmp_path: Path, signing_key: SigningKey, listed: Result) -> None:
    ledger = Ledger.open(tmp_path / "desk.sqlite", signing_key)
    one, other = open_case(ledger, "C-1"), open_case(ledger, "C-2")
    own = open_subject(ledger, one, listed)[1]
    judge(ledger, j.Commented(case=other, reason="nothing of ours"))
    judge(ledger, j.Cleared(case=other, accounts=("elsewhere",), reason="r"), elsewhere=SEEN)
    assert open_subject(ledger, one, listed)[1] == own
    cleared = judge(ledger, j.Cleared(case=other, accounts=("a",), reason="r"), a=SEEN)
    assert own < open_subject(ledger, one, listed)[1] == cleared.moment
    recalled = judge(ledger, j.Recalled(case=other, entry=cleared.number, reason="r"))
    subject, when = open_subject(ledger, one, listed)
    assert when == recalled.moment
    assert subject.standings == ()
    assert open_subject(ledger, one, listed, cleared.moment)[1] == cleared.moment
    ledger.close()


def test_a_judgement_is_told_with_the_role_that_the_person_had(
    tmp_path: Path, signing_key: SigningKey, listed: Result
) -> None:
    ledger = Ledger.open(tmp_path / "desk.sqlite", signing_key)
    case = open_case(ledger, "C-1")
    judge(ledger, j.Commented(case=case, reason="r"), PIA)
    subject, _ = open_subject(ledger, case, listed)
    assert [(one.kind, one.role) for one in subject.judgements] == [
        ("opened", "analyst"),
        ("commented", "approver"),
    ]
    ledger.close()
