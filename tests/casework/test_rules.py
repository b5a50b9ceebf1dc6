"""Who may judge what, and when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from stillwatch.casework import judgements as j
from stillwatch.casework.cases import DECLINED, EXPIRED, IN_FORCE, LAPSED, LIFTED, PENDING
from stillwatch.casework.ledger import Ledger
from stillwatch.casework.roles import Role
from stillwatch.casework.rules import MOST_DAYS, least_role
from tests.casework.desk import ABE, ADA, PAT, PIA, SOON, VERA, judge, open_case, propose, refused

NOW = datetime.now(UTC)
SEEN = (100, ["wording"])
MANY = tuple(f"a{n:02}" for n in range(11))


def state(ledger: Ledger, case: int, proposal: int, time: datetime = NOW) -> str:
    measure = ledger.state().cases[case].measure(proposal)
    assert measure is not None
    return measure.state(time)


def test_roles_are_ordered() -> None:
    assert Role.VIEWER < Role.ANALYST < Role.APPROVER < Role.ADMIN
    assert [role for role in Role if role >= Role.APPROVER] == [Role.APPROVER, Role.ADMIN]


@pytest.mark.parametrize("kind", sorted(set(j.KINDS) - {"founded"}))
def test_a_viewer_judges_nothing_and_an_analyst_does_not_decide(kind: str) -> None:
    assert least_role(kind) == (Role.APPROVER if kind in {"approved", "declined", "answered"} else Role.ANALYST)


def test_a_viewer_may_not_even_comment(ledger: Ledger) -> None:
    case = open_case(ledger)
    refused(ledger, "a viewer may not", j.Commented(case=case, reason="r"), VERA)
    refused(ledger, "begins once", j.Founded(ledger="x", public_key="y"), ADA)


def test_a_campaign_is_in_one_open_case(ledger: Ledger) -> None:
    case = open_case(ledger, "C-1", "C-2")
    again = j.Opened(title="t", campaigns=("C-2", "C-3"), reason="r")
    refused(ledger, "campaign C-2 is in case 1 already", again)
    judge(ledger, j.Closed(case=case, outcome="unfounded", reason="r"))
    assert judge(ledger, again).case_number == 2
    refused(ledger, "campaign C-2 is in case 2 already", j.Reopened(case=case, reason="r"))


def test_there_must_be_such_a_case(ledger: Ledger) -> None:
    refused(ledger, "there is no case 7", j.Commented(case=7, reason="r"))


def test_a_closed_case_takes_only_what_undoes_or_is_said_against_it(ledger: Ledger) -> None:
    case = open_case(ledger)
    proposal = propose(ledger, case, "a")
    attributed = judge(ledger, j.Attributed(case=case, operator="Someone", source="A letter", reason="r")).number
    judge(ledger, j.Closed(case=case, outcome="resolved", reason="r"))
    for judgement in (
        j.Confirmed(case=case, campaigns=("C-1",), reason="r"),
        j.Assigned(case=case, to="ann"),
        j.Cleared(case=case, accounts=("a",), reason="r"),
        j.Proposed(case=case, accounts=("a",), measure="limit", until=SOON, reason="r"),
        j.Closed(case=case, outcome="resolved", reason="r"),
        j.Split(case=case, accounts=("a",), title="t", reason="r"),
    ):
        refused(ledger, r"case 1 is closed \(resolved\)", judgement)
    judge(ledger, j.Commented(case=case, reason="r"))
    appeal = judge(ledger, j.Appealed(case=case, account="a", statement="It was me.", reason="r")).number
    judge(ledger, j.Answered(case=case, appeal=appeal, outcome="refused", reason="r"), PIA)
    judge(ledger, j.Lifted(case=case, proposal=proposal, accounts=("a",), reason="r"))
    judge(ledger, j.Recalled(case=case, entry=attributed, reason="r"))
    judge(ledger, j.Issued(case=case, manifest="0" * 64, marking="TLP:RED", redacted=False, reason="r"))
    judge(ledger, j.Reopened(case=case, reason="r"))
    judge(ledger, j.Confirmed(case=case, campaigns=("C-1",), reason="r"))
    assert ledger.state().cases[case].attribution is None


def test_what_is_undecided_keeps_a_case_open(ledger: Ledger) -> None:
    case = open_case(ledger)
    close = j.Closed(case=case, outcome="unfounded", reason="r")
    large = propose(ledger, case, *MANY)
    refused(ledger, f"the proposal of entry {large} is undecided", close)
    judge(ledger, j.Approved(case=case, proposal=large, reason="r"), PIA)
    appeal = judge(ledger, j.Appealed(case=case, account="a00", statement="s", reason="r")).number
    refused(ledger, f"the appeal of entry {appeal} has no answer", close)
    judge(ledger, j.Answered(case=case, appeal=appeal, outcome="refused", reason="r"), PAT)
    refused(ledger, f"the measure of entry {large} is in force", close)
    judge(ledger, j.Lifted(case=case, proposal=large, accounts=MANY, reason="r"))
    judge(ledger, close)


def test_confirming_is_about_the_campaigns_of_the_case(ledger: Ledger) -> None:
    case = open_case(ledger, "C-1")
    refused(ledger, "campaign C-9 is not in case 1", j.Confirmed(case=case, campaigns=("C-1", "C-9"), reason="r"))


# Measures.


def test_a_small_measure_is_in_force_at_once_and_ends(ledger: Ledger) -> None:
    case = open_case(ledger)
    until = NOW + timedelta(days=2)
    proposal = propose(ledger, case, *MANY[:10], until=until.isoformat())
    assert state(ledger, case, proposal, datetime.now(UTC)) == IN_FORCE
    assert state(ledger, case, proposal, until) == EXPIRED
    assert [m.proposal for m in ledger.state().measures_on("a03", datetime.now(UTC))] == [proposal]
    assert list(ledger.state().measures_on("a03", until)) == []
    refused(ledger, "is expired|is in force", j.Approved(case=case, proposal=proposal, reason="r"), PIA)


def test_a_large_measure_waits_for_a_second_person(ledger: Ledger) -> None:
    case = open_case(ledger)
    proposal = propose(ledger, case, *MANY, author=PIA)
    assert state(ledger, case, proposal) == PENDING
    approve = j.Approved(case=case, proposal=proposal, reason="r")
    refused(ledger, "an analyst may not", approve, ABE)
    refused(ledger, "nobody decides on what they proposed", approve, PIA)
    refused(ledger, "nobody decides on what they proposed", j.Declined(case=case, proposal=proposal, reason="r"), PIA)
    judge(ledger, approve, PAT)
    assert state(ledger, case, proposal, datetime.now(UTC)) == IN_FORCE
    refused(ledger, "is in force", approve, ADA)


def test_a_declined_measure_never_comes_into_force(ledger: Ledger) -> None:
    case = open_case(ledger)
    proposal = propose(ledger, case, *MANY)
    judge(ledger, j.Declined(case=case, proposal=proposal, reason="r"), PIA)
    assert state(ledger, case, proposal) == DECLINED
    refused(ledger, "is declined", j.Approved(case=case, proposal=proposal, reason="r"), PAT)
    refused(ledger, "is declined", j.Lifted(case=case, proposal=proposal, accounts=("a00",), reason="r"))


def test_a_proposal_that_nobody_decides_lapses(ledger: Ledger) -> None:
    case = open_case(ledger)
    until = NOW + timedelta(days=2)
    proposal = propose(ledger, case, *MANY, until=until.isoformat())
    assert state(ledger, case, proposal, until) == LAPSED


def test_many_small_measures_are_one_large_one(ledger: Ledger) -> None:
    case = open_case(ledger)
    first = propose(ledger, case, *MANY[:6])
    second = propose(ledger, case, *MANY[2:9])
    third = propose(ledger, case, *MANY[9:])
    now = datetime.now(UTC)
    assert [state(ledger, case, n, now) for n in (first, second, third)] == [IN_FORCE, IN_FORCE, PENDING]
    judge(ledger, j.Lifted(case=case, proposal=first, accounts=MANY[:6], reason="r"))
    assert state(ledger, case, propose(ledger, case, "b"), datetime.now(UTC)) == IN_FORCE


def test_a_second_case_is_no_way_round_the_second_person(ledger: Ledger) -> None:
    case = open_case(ledger, "C-1")
    propose(ledger, case, *MANY[:6])
    judge(ledger, j.Split(case=case, accounts=MANY[6:], title="Apart", reason="r"))
    split_off = propose(ledger, 2, *MANY[6:])
    assert state(ledger, 2, split_off, datetime.now(UTC)) == PENDING
    judge(ledger, j.Closed(case=case, outcome="resolved", reason="r"))
    after = propose(ledger, open_case(ledger, "C-1"), *MANY[6:])
    assert state(ledger, 3, after, datetime.now(UTC)) == PENDING
    of_another_campaign = propose(ledger, open_case(ledger, "C-2"), *MANY[6:])
    assert state(ledger, 4, of_another_campaign, datetime.now(UTC)) == IN_FORCE


def test_the_size_is_a_setting_and_the_entry_keeps_what_it_was(
    open_ledger: Callable[..., Ledger], sqlite_url: str
) -> None:
    strict = open_ledger(sqlite_url, 0)
    case = open_case(strict)
    proposal = propose(strict, case, "a")
    assert state(open_ledger(sqlite_url, 1000), case, proposal) == PENDING


def test_a_measure_has_an_end_that_is_to_come_and_not_far(ledger: Ledger) -> None:
    case = open_case(ledger)

    def until(days: float) -> j.Proposed:
        end = (datetime.now(UTC) + timedelta(days=days)).isoformat()
        return j.Proposed(case=case, accounts=("a",), measure="limit", until=end, reason="r")

    refused(ledger, "end in the past", until(-0.001))
    refused(ledger, "longer than 366 days", until(MOST_DAYS + 0.1))
    judge(ledger, until(MOST_DAYS - 0.1))


def test_a_measure_can_be_lifted_on_some_accounts(ledger: Ledger) -> None:
    case = open_case(ledger)
    proposal = propose(ledger, case, "a", "b")
    refused(ledger, "is not on account c", j.Lifted(case=case, proposal=proposal, accounts=("a", "c"), reason="r"))
    judge(ledger, j.Lifted(case=case, proposal=proposal, accounts=("a",), reason="r"))
    now = datetime.now(UTC)
    assert not ledger.state().measures_on("a", now)
    assert ledger.state().measures_on("b", now)
    refused(ledger, "is not on account a", j.Lifted(case=case, proposal=proposal, accounts=("a",), reason="r"))
    judge(ledger, j.Lifted(case=case, proposal=proposal, accounts=("b",), reason="r"))
    assert state(ledger, case, proposal, now) == LIFTED
    refused(ledger, "entry 1 proposes nothing", j.Lifted(case=case, proposal=1, accounts=("b",), reason="r"))


def test_an_account_that_the_result_does_not_list_is_a_slip(ledger: Ledger) -> None:
    case = open_case(ledger)
    two = j.Proposed(case=case, accounts=("a", "x"), measure="limit", until=SOON, reason="r")
    refused(ledger, "no account x in the result", two, a=SEEN)
    refused(ledger, "no account x", j.Split(case=case, accounts=("x",), title="t", reason="r"), a=SEEN)
    judge(ledger, two, a=SEEN, x=SEEN)
    judge(ledger, j.Split(case=case, accounts=("x",), title="t", reason="r"), a=SEEN)  # judged before, gone since


# Clearing, and appeals.


def test_an_account_is_cleared_on_what_a_result_says_of_it(ledger: Ledger) -> None:
    case = open_case(ledger)
    clear = j.Cleared(case=case, accounts=("a", "b"), reason="r")
    refused(ledger, "no snapshot of the evidence on account b", clear, a=SEEN)
    judge(ledger, clear, a=SEEN, b=SEEN)
    clearing = ledger.state().clearing_of("a")
    assert clearing is not None
    assert (clearing.kinds, clearing.harvested_exchanges) == (frozenset({"wording"}), 100)
    refused(
        ledger,
        "account a was cleared in entry 3",
        j.Proposed(case=case, accounts=("a",), measure="limit", until=SOON, reason="r"),
    )


def test_clearing_lifts_measures(ledger: Ledger) -> None:
    case = open_case(ledger)
    proposal = propose(ledger, case, "a", "b")
    judge(ledger, j.MarkedBystander(case=case, accounts=("a",), reason="r"), a=SEEN)
    now = datetime.now(UTC)
    assert not ledger.state().measures_on("a", now)
    assert state(ledger, case, proposal, now) == IN_FORCE
    assert ledger.state().cases[case].bystanders == {"a"}


def test_a_recall_brings_back_what_was_before(ledger: Ledger) -> None:
    case = open_case(ledger)
    first = judge(ledger, j.Cleared(case=case, accounts=("a",), reason="r"), a=(5, ["wording"])).number
    second = judge(ledger, j.Cleared(case=case, accounts=("a", "b"), reason="r"), a=(9, ["device"]), b=SEEN).number
    kinds = frozenset({"wording", "device"})
    clearing = ledger.state().clearings["a"]
    assert (clearing.decided.entry, clearing.kinds, clearing.harvested_exchanges) == (second, kinds, 9)
    judge(ledger, j.Recalled(case=case, entry=second, reason="r"))
    assert set(ledger.state().clearings) == {"a"}
    assert ledger.state().clearings["a"].decided.entry == first
    assert ledger.state().cases[case].cleared == {"a"}
    refused(ledger, "nothing that can be recalled", j.Recalled(case=case, entry=second, reason="r"))
    refused(ledger, "nothing that can be recalled", j.Recalled(case=case, entry=2, reason="r"))
    judge(ledger, j.Recalled(case=case, entry=first, reason="r"))
    assert ledger.state().clearing_of("a") is None
    assert ledger.state().cases[case].cleared == frozenset()


def test_what_is_confirmed_twice_stays_confirmed_when_one_is_recalled(ledger: Ledger) -> None:
    case = open_case(ledger)
    first = judge(ledger, j.Confirmed(case=case, campaigns=("C-1",), reason="r")).number
    second = judge(ledger, j.Confirmed(case=case, campaigns=("C-1",), reason="r")).number
    judge(ledger, j.Recalled(case=case, entry=first, reason="r"))
    assert ledger.state().cases[case].status == "confirmed"
    judge(ledger, j.Recalled(case=case, entry=second, reason="r"))
    assert (ledger.state().cases[case].status, ledger.state().cases[case].confirmed) == ("open", ())


def test_an_entry_of_another_case_is_not_recalled(ledger: Ledger) -> None:
    one, other = open_case(ledger, "C-1"), open_case(ledger, "C-2")
    entry = judge(ledger, j.Confirmed(case=one, campaigns=("C-1",), reason="r")).number
    refused(ledger, "of case 2 is nothing that can be recalled", j.Recalled(case=other, entry=entry, reason="r"))


def test_a_granted_appeal_lifts_every_measure_and_clears(ledger: Ledger) -> None:
    one, other = open_case(ledger, "C-1"), open_case(ledger, "C-2")
    propose(ledger, one, "a", "b")
    propose(ledger, other, "a")
    appeal = judge(ledger, j.Appealed(case=one, account="a", statement="A school.", reason="By mail."), a=SEEN).number
    refused(ledger, "is open already", j.Appealed(case=one, account="a", statement="s", reason="r"))
    judge(ledger, j.Answered(case=one, appeal=appeal, outcome="granted", reason="It is a school."), PIA)
    now = datetime.now(UTC)
    assert not ledger.state().measures_on("a", now)
    assert len(ledger.state().measures_on("b", now)) == 1
    clearing = ledger.state().clearings["a"]
    assert (clearing.kind, clearing.kinds) == ("answered", frozenset({"wording"}))
    again = j.Answered(case=one, appeal=appeal, outcome="refused", reason="r")
    refused(ledger, f"the appeal of entry {appeal} was answered in entry", again, PIA)


def test_new_evidence_brings_an_account_back_whose_appeal_was_granted(ledger: Ledger) -> None:
    case = open_case(ledger)
    propose(ledger, case, "a")
    appeal = judge(ledger, j.Appealed(case=case, account="a", statement="A school.", reason="r"), a=SEEN).number
    judge(ledger, j.Answered(case=case, appeal=appeal, outcome="granted", reason="r"), PIA, a=SEEN)
    again = j.Proposed(case=case, accounts=("a",), measure="limit", until=SOON, reason="r")
    refused(ledger, "That was the answer to an appeal: it takes new evidence", again)
    refused(ledger, "it takes new evidence", again, a=(200, ["wording"]))
    for harvested, kinds in ((201, ["wording"]), (100, ["wording", "device"])):
        judge(ledger, again, a=(harvested, kinds))
    assert len(ledger.state().measures_on("a", datetime.now(UTC))) == 2


def test_nobody_answers_an_appeal_against_what_they_proposed_or_approved(ledger: Ledger) -> None:
    one, other = open_case(ledger, "C-1"), open_case(ledger, "C-2")
    large = propose(ledger, one, *MANY, author=PIA)
    judge(ledger, j.Approved(case=one, proposal=large, reason="r"), PAT)
    appeal = judge(ledger, j.Appealed(case=one, account="a03", statement="s", reason="r"), a03=SEEN).number
    elsewhere = judge(ledger, j.Appealed(case=other, account="a03", statement="s", reason="r"), a03=SEEN).number
    for author in (PIA, PAT):
        for case, number in ((one, appeal), (other, elsewhere)):
            refused(
                ledger,
                "nobody answers an appeal against what they",
                j.Answered(case=case, appeal=number, outcome="refused", reason="r"),
                author,
            )
    judge(ledger, j.Answered(case=one, appeal=appeal, outcome="granted", reason="r"), ADA)


def test_an_appeal_is_of_an_account_that_the_case_judges(ledger: Ledger) -> None:
    case = open_case(ledger)
    refused(ledger, "case 1 holds nothing on account a", j.Appealed(case=case, account="a", statement="s", reason="r"))
    propose(ledger, case, "a")
    appeal = judge(ledger, j.Appealed(case=case, account="a", statement="s", reason="r")).number
    grant = j.Answered(case=case, appeal=appeal, outcome="granted", reason="r")
    refused(ledger, "no snapshot of the evidence on account a", grant, PIA)
    judge(ledger, grant, PIA, a=SEEN)
    refused(ledger, "is no appeal", j.Answered(case=case, appeal=2, outcome="granted", reason="r"), PIA)


# Splitting and merging.


def test_split_accounts_belong_to_their_own_case(ledger: Ledger) -> None:
    case = open_case(ledger)
    entry = judge(ledger, j.Split(case=case, accounts=("a", "b"), title="Apart", reason="r"))
    assert isinstance(entry.judgement, j.Split)
    new = entry.judgement.into
    assert new == 2
    cases = ledger.state().cases
    assert [cases[case].may_hold(a) for a in ("a", "b", "c")] == [False, False, True]
    assert [cases[new].may_hold(a) for a in ("a", "b", "c")] == [True, True, False]
    assert (cases[new].split_from, cases[case].split_into, cases[new].parts_of) == (case, (new,), ("C-1",))
    refused(ledger, "does not belong to case 1", j.Cleared(case=case, accounts=("a",), reason="r"), a=SEEN)
    refused(ledger, "does not belong to case 2", j.Cleared(case=new, accounts=("c",), reason="r"), c=SEEN)
    judge(ledger, j.Confirmed(case=new, campaigns=("C-1",), reason="r"))
    assert [e.kind for e in ledger.entries(case=new)] == ["split", "confirmed"]
    assert ledger.state().cases[new].entries == 2


def test_a_merged_case_goes_on_in_the_other(ledger: Ledger) -> None:
    one, other = open_case(ledger, "C-1"), open_case(ledger, "C-2")
    judge(ledger, j.Confirmed(case=one, campaigns=("C-1",), reason="r"))
    refused(ledger, "there is no other case 1", j.Merged(case=one, into=one, reason="r"))
    refused(ledger, "there is no other case 9", j.Merged(case=one, into=9, reason="r"))
    judge(ledger, j.Merged(case=one, into=other, reason="r"))
    cases = ledger.state().cases
    assert cases[other].campaigns == ("C-1", "C-2")
    assert (cases[other].status, cases[other].merged_from) == ("confirmed", (one,))
    assert (cases[one].status, cases[one].outcome, cases[one].merged_into) == ("closed", "merged", other)
    found = ledger.state().case_of_campaign("C-1")
    assert found is not None
    assert found.number == other
    refused(ledger, "case 1 went into case 2", j.Reopened(case=one, reason="r"))
    assert [e.kind for e in ledger.entries(case=other)] == ["opened", "merged"]
    confirmation = 4
    judge(ledger, j.Recalled(case=one, entry=confirmation, reason="r"))
    assert ledger.state().cases[other].status == "open"


def test_what_a_case_took_in_keeps_it_open(ledger: Ledger) -> None:
    one, other = open_case(ledger, "C-1"), open_case(ledger, "C-2")
    proposal = propose(ledger, one, "a")
    appeal = judge(ledger, j.Appealed(case=one, account="a", statement="s", reason="r")).number
    judge(ledger, j.Merged(case=one, into=other, reason="r"))
    close = j.Closed(case=other, outcome="unfounded", reason="r")
    refused(ledger, f"the appeal of entry {appeal} has no answer", close)
    judge(ledger, j.Answered(case=one, appeal=appeal, outcome="refused", reason="r"), PIA)
    refused(ledger, f"the measure of entry {proposal} is in force", close)
    judge(ledger, j.Lifted(case=one, proposal=proposal, accounts=("a",), reason="r"))
    judge(ledger, close)
