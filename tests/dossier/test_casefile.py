"""What the ledger says of a case, as a dossier is made of it."""

from __future__ import annotations

from pathlib import Path

from stillwatch.casework import judgements as j
from stillwatch.casework.ledger import Ledger
from stillwatch.casework.signing import SigningKey
from stillwatch.dossier.casefile import open_subject
from tests.casework.desk import judge, open_case, propose

SEEN = (100, ["wording"])


def test_who_was_cleared_in_another_case_is_cleared_here_too(tmp_path: Path, signing_key: SigningKey) -> None:
    ledger = Ledger.open(tmp_path / "desk.sqlite", signing_key)
    one, other = open_case(ledger, "C-1"), open_case(ledger, "C-2")
    propose(ledger, one, "a", "b")
    propose(ledger, other, "c")
    judge(ledger, j.Cleared(case=other, accounts=("a",), reason="r"), a=SEEN)
    judge(ledger, j.MarkedBystander(case=other, accounts=("d",), reason="r"), d=SEEN)
    subject, _ = open_subject(ledger, one)
    held = {(standing.account, standing.standing) for standing in subject.standings}
    assert held == {("a", "cleared"), ("d", "bystander"), ("b", "limit the rate"), ("c", "limit the rate")}
    ledger.close()


def test_measures_of_a_case_that_was_taken_in_are_told(tmp_path: Path, signing_key: SigningKey) -> None:
    ledger = Ledger.open(tmp_path / "desk.sqlite", signing_key)
    one, other = open_case(ledger, "C-1"), open_case(ledger, "C-2")
    propose(ledger, one, "a")
    judge(ledger, j.Merged(case=one, into=other, reason="r"))
    subject, _ = open_subject(ledger, other)
    assert [(standing.account, standing.standing) for standing in subject.standings] == [("a", "limit the rate")]
    ledger.close()


def test_what_was_split_off_is_told_where_it_went(tmp_path: Path, signing_key: SigningKey) -> None:
    ledger = Ledger.open(tmp_path / "desk.sqlite", signing_key)
    case = open_case(ledger, "C-1")
    judge(ledger, j.Split(case=case, accounts=("a",), title="Apart", reason="r"))
    propose(ledger, 2, "a")
    assert open_subject(ledger, case)[0].standings == ()
    assert [standing.account for standing in open_subject(ledger, 2)[0].standings] == ["a"]
    ledger.close()
