"""Cases that come apart and together again, under the rules."""

from __future__ import annotations

from stillwatch.casework import judgements as j
from stillwatch.casework.ledger import Ledger
from tests.casework.desk import judge, open_case, refused

SEEN = (100, ["wording"])


def test_what_was_split_off_can_come_back(ledger: Ledger) -> None:
    case = open_case(ledger)
    judge(ledger, j.Split(case=case, accounts=("a",), title="Apart", reason="r"))
    judge(ledger, j.Merged(case=2, into=case, reason="r"))
    assert ledger.state().cases[case].may_hold("a")
    judge(ledger, j.Cleared(case=case, accounts=("a",), reason="r"), a=SEEN)


def test_a_case_is_not_merged_into_a_closed_one(ledger: Ledger) -> None:
    one, other = open_case(ledger, "C-1"), open_case(ledger, "C-2")
    judge(ledger, j.Closed(case=other, outcome="resolved", reason="r"))
    refused(ledger, "case 2 is closed", j.Merged(case=one, into=other, reason="r"))
