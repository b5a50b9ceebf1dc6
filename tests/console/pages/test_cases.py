"""Cases from their beginning to their end, as people send forms, on a real ledger."""

from __future__ import annotations

import csv
import io
import re

import pytest
from fastapi import FastAPI

from stillwatch.casework.judgements import Cleared, Proposed
from stillwatch.casework.roles import Role
from stillwatch.console.casebook import Casebook, evidence_for
from stillwatch.console.guard import Desk
from stillwatch.console.pages.judging import FORMS
from tests.console.conftest import UNTIL, Browser, SignedIn, entered

CAMPAIGN = "c-4b1d9e"


@pytest.fixture
def analyst(signed_in: SignedIn) -> Browser:
    return signed_in(Role.ANALYST)


def opened(browser: Browser, campaign: str = CAMPAIGN) -> str:
    """Open a case on a campaign; gives its page."""
    told = browser.submit(
        "/cases/open",
        page=f"/campaigns/{campaign}",
        token=f"opening-{campaign}",
        campaign=campaign,
        title="Forty alike",
        reason="It harvests.",
    )
    assert told.status_code == 303, told.text
    return told.headers["location"]


def judge(browser: Browser, case: str, kind: str, **fields: object) -> int:
    """Send a form of a case with a fresh token; gives the status."""
    page = browser.get(case).text
    token = re.search(r'name="token" value="([\w-]+)"', page)
    assert token, page
    return browser.submit(
        f"{case}/{kind}", page=case, token=f"{token[1]}-{kind}", reason="Because.", **fields
    ).status_code


def seen(browser: Browser, case: str) -> dict[str, str]:
    """What the form for measures says of how many accounts the person saw."""
    page = browser.get(case).text
    return dict(re.findall(r'name="(seen_\w+)" value="(\d+)"', page))


def members(browser: Browser, role: str) -> list[str]:
    rows = browser.get(f"/campaigns/{CAMPAIGN}/members.json?role={role}").json()["members"]
    return [row["account_id"] for row in rows]


def test_a_case_is_opened_from_a_campaign_and_told_there(analyst: Browser) -> None:
    case = opened(analyst)
    told = analyst.get(f"{case}.json").json()
    assert told["title"] == "Forty alike"
    assert told["campaigns"][0]["campaign_id"] == CAMPAIGN
    assert told["entries"][0]["evidence"], "what the scan said is kept in the entry"
    assert "Case 1" in analyst.get(f"/campaigns/{CAMPAIGN}").text
    assert [line["number"] for line in analyst.get("/cases.json").json()["cases"]] == [1]


def test_the_form_on_a_campaign_opens_its_case(analyst: Browser) -> None:
    page = analyst.get(f"/campaigns/{CAMPAIGN}").text
    fields = dict(re.findall(r'name="(token|campaign|title)"[^>]* value="([^"]+)"', page))
    assert analyst.submit("/cases/open", page=f"/campaigns/{CAMPAIGN}", reason="Why.", **fields).status_code == 303
    assert 'id="open-case"' not in analyst.get(f"/campaigns/{CAMPAIGN}").text
    account = members(analyst, "harvester")[0]
    assert f"/cases/1?account={account}#judge" in analyst.get(f"/accounts/{account}").text
    assert f">{account}</textarea>" in analyst.get(f"/cases/1?account={account}").text


def test_the_same_form_twice_is_one_entry(analyst: Browser) -> None:
    assert opened(analyst) == opened(analyst) == "/cases/1"
    assert len(analyst.get("/cases/1.json").json()["entries"]) == 1


def test_a_second_case_on_the_same_campaign_is_refused(analyst: Browser) -> None:
    opened(analyst)
    told = analyst.submit(
        "/cases/open", page=f"/campaigns/{CAMPAIGN}", token="another-one", campaign=CAMPAIGN, reason="Again."
    )
    assert told.status_code == 409
    assert "case 1" in told.text


def test_every_judgement_needs_a_reason(analyst: Browser) -> None:
    case = opened(analyst)
    told = analyst.submit(f"{case}/confirm", page=case, token="without-reason", reason="  ")
    assert told.status_code == 409
    assert "Every judgement says why" in told.text


def test_work_on_a_case(analyst: Browser) -> None:
    case = opened(analyst)
    assert judge(analyst, case, "assign", to="analyst") == 303
    assert judge(analyst, case, "comment") == 303
    assert judge(analyst, case, "confirm") == 303
    assert judge(analyst, case, "attribute", operator="Example Ltd", source="A letter.") == 303
    told = analyst.get(f"{case}.json").json()
    assert (told["status"], told["assignee"]) == ("confirmed", "analyst")
    assert told["attribution"]["operator"] == "Example Ltd"
    assert analyst.get("/cases.json?show=mine").json()["counts"]["mine"] == 1
    confirmed = next(entry for entry in told["entries"] if entry["kind"] == "confirmed")
    assert confirmed["recallable"]
    assert judge(analyst, case, "recall", entry=confirmed["number"]) == 303
    assert analyst.get(f"{case}.json").json()["status"] == "open"
    assert judge(analyst, case, "close", outcome="resolved") == 303
    assert judge(analyst, case, "confirm") == 409, "closed"
    assert judge(analyst, case, "reopen") == 303


def test_a_large_measure_needs_a_second_person(app: FastAPI, analyst: Browser, signed_in: SignedIn) -> None:
    case = opened(analyst)
    assert (
        judge(analyst, case, "propose", measure="suspend", scope="harvester", until=UNTIL, **seen(analyst, case)) == 303
    )
    measure = analyst.get(f"{case}.json").json()["measures"][0]
    assert (measure["state"], measure["may_decide"]) == ("proposed", False)
    assert measure["accounts"] > 10
    number = measure["proposal"]
    assert (
        analyst.submit(f"{case}/approve", page=case, token="by-an-analyst", proposal=number, reason="x").status_code
        == 403
    )
    approver = signed_in(Role.APPROVER)
    assert analyst.get("/cases.json?show=waiting").json()["counts"]["waiting"] == 1
    assert judge(approver, case, "approve", proposal=number) == 303
    assert analyst.get(f"{case}.json").json()["measures"][0]["state"] == "in force"
    account = measure["named"][0]
    assert "In force: suspend" in analyst.get(f"/accounts/{account}").text


def test_nobody_approves_their_own_proposal(signed_in: SignedIn) -> None:
    approver = signed_in(Role.APPROVER)
    case = opened(approver)
    judge(approver, case, "propose", measure="limit", scope="harvester", until=UNTIL, **seen(approver, case))
    measure = approver.get(f"{case}.json").json()["measures"][0]
    assert not measure["may_decide"]
    assert judge(approver, case, "approve", proposal=measure["proposal"]) == 409


def test_a_measure_is_on_as_many_accounts_as_the_person_saw(analyst: Browser) -> None:
    case = opened(analyst)
    fields = {"measure": "suspend", "scope": "harvester", "until": UNTIL, "seen_harvester": 3}
    assert judge(analyst, case, "propose", **fields) == 409


def test_an_appeal_is_answered_by_somebody_else_and_undoes_the_measure(
    app: FastAPI, analyst: Browser, signed_in: SignedIn
) -> None:
    case = opened(analyst)
    account = members(analyst, "harvester")[0]
    judge(analyst, case, "propose", measure="suspend", scope="named", accounts=account, until=UNTIL)
    assert judge(analyst, case, "appeal", account=account, statement="It is my own course.") == 303
    appeal = analyst.get(f"{case}.json").json()["appeals"][0]
    approver = entered(app, Role.APPROVER, "second")
    assert judge(approver, case, "answer", appeal=appeal["number"], outcome="granted") == 303
    told = analyst.get(f"{case}.json").json()
    assert told["measures"][0]["state"] == "lifted"
    assert [line["account"] for line in told["cleared"]] == [account]
    assert told["appeals"][0]["answered_by"] == "second"
    actions = analyst.get(f"/accounts/{account}.json").json()["standing"]["actions"]
    assert [action["person"] for action in actions] == ["second", "analyst", "analyst"]
    assert "answered the appeal" in analyst.get(f"/accounts/{account}").text


def test_cleared_accounts_and_bystanders_are_in_no_scope(analyst: Browser) -> None:
    case = opened(analyst)
    first, second = members(analyst, "harvester")[:2]
    before = int(seen(analyst, case)["seen_harvester"])
    assert judge(analyst, case, "clear", accounts=first) == 303
    assert judge(analyst, case, "bystanders", accounts=f"{second}\n") == 303
    assert int(seen(analyst, case)["seen_harvester"]) == before - 2
    told = analyst.get(f"{case}.json").json()
    assert {line["kind"] for line in told["cleared"]} == {"cleared", "marked_bystander"}
    assert "Cleared on" in analyst.get(f"/accounts/{first}").text


def test_split_and_merge(analyst: Browser) -> None:
    case = opened(analyst)
    some = members(analyst, "harvester")[:5]
    assert judge(analyst, case, "split", accounts="\n".join(some), title="Another hand") == 303
    assert analyst.get("/cases/2.json").json()["own_accounts"] == 5
    assert analyst.get("/cases/2").status_code == 200
    assert judge(analyst, "/cases/2", "merge", into=1) == 303
    assert analyst.get("/cases/2.json").json()["merged_into"] == 1
    assert "went into" in analyst.get("/cases/2").text


def test_measures_of_merged_cases_are_shown_in_both(analyst: Browser) -> None:
    case, accounts = opened(analyst), members(analyst, "harvester")[:4]
    fields = {"scope": "named", "until": UNTIL}
    assert judge(analyst, case, "propose", measure="limit", accounts=accounts[0], **fields) == 303
    assert judge(analyst, case, "split", title="Apart", accounts="\n".join(accounts[1:4])) == 303
    assert judge(analyst, "/cases/2", "propose", measure="suspend", accounts=accounts[1], **fields) == 303
    assert judge(analyst, "/cases/2", "merge", into=1) == 303
    for number in (1, 2):
        told = analyst.get(f"/cases/{number}.json").json()["measures"]
        assert [(one["case"], one["measure"], one["named"]) for one in told] == [
            (2, "suspend", [accounts[1]]),
            (1, "limit", [accounts[0]]),
        ]
        page = analyst.get(f"/cases/{number}").text
        assert f"In case {3 - number}</a>" in page
        assert f"In case {number}</a>" not in page
        assert 'href="/cases/2/measures/' in page


def test_a_wrong_merge_is_undone_by_splitting_the_campaign_off(analyst: Browser) -> None:
    first, second = opened(analyst), opened(analyst, "c-coord1")
    assert judge(analyst, second, "confirm") == 303
    assert judge(analyst, second, "merge", into=1) == 303
    assert judge(analyst, first, "split", campaigns=[CAMPAIGN, "c-coord1"], title="Everything") == 409
    assert judge(analyst, first, "split", campaigns=["c-coord1"], title="Not the same hand") == 303
    told = [analyst.get(f"/cases/{number}.json").json() for number in (1, 3)]
    assert [[line["campaign_id"] for line in case["campaigns"]] for case in told] == [[CAMPAIGN], ["c-coord1"]]
    assert [case["status"] for case in told] == ["open", "confirmed"]
    assert "Case 3" in analyst.get("/campaigns/c-coord1").text
    entries = analyst.get(f"{second}.json").json()["entries"]
    confirmed = next(entry["number"] for entry in entries if entry["kind"] == "confirmed")
    assert judge(analyst, second, "recall", entry=confirmed) == 303
    assert analyst.get("/cases/3.json").json()["status"] == "open", "what is taken back is taken back where it went"


def test_a_viewer_sees_cases_and_no_forms(analyst: Browser, signed_in: SignedIn) -> None:
    case = opened(analyst)
    viewer = signed_in(Role.VIEWER)
    page = viewer.get(case)
    assert page.status_code == 200
    assert "textarea" not in page.text
    assert viewer.get(f"{case}.json").json()["offer"] is None
    for kind in FORMS:
        assert viewer.submit(f"{case}/{kind}", page="/cases", token="from-a-viewer").status_code == 403, kind


@pytest.mark.parametrize("kind", list(FORMS))
def test_a_form_for_a_case_that_is_not_there(analyst: Browser, kind: str) -> None:
    told = analyst.submit(f"/cases/99/{kind}", page="/cases", token="nothing-there")
    assert told.status_code in {403, 404, 422}


def test_what_a_person_wrote_is_shown_and_does_not_act(analyst: Browser) -> None:
    case = opened(analyst)
    token = "hostile-comment"
    analyst.submit(f"{case}/comment", page=case, token=token, reason="<script>alert(1)</script> =1+1")
    page = analyst.get(case).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_more_accounts_than_a_snapshot_of_a_measure_keeps_can_be_cleared(analyst: Browser, desk: Desk) -> None:
    case = opened(analyst)
    book = Casebook(desk.ledger.state(), desk.reader.current().reading, desk.settings.clock())
    everybody = book.in_scope(book.case(1), "taking_part")
    cleared = Cleared(case=1, reason="x", accounts=everybody)
    measure = Proposed(case=1, reason="x", accounts=everybody, measure="limit", until=UNTIL)
    casebook_limit = len(everybody) - 1
    with pytest.MonkeyPatch.context() as smaller:
        smaller.setattr("stillwatch.console.casebook.ACCOUNTS_IN_SNAPSHOT", casebook_limit)
        assert set((evidence_for(book, cleared) or {})["accounts"]) == set(everybody)
        assert "accounts" not in (evidence_for(book, measure) or {})
        assert judge(analyst, case, "clear", accounts="\n".join(everybody)) == 303


def test_a_list_of_members_says_who_was_cleared_and_what_is_in_force(analyst: Browser) -> None:
    case = opened(analyst)
    cleared, limited, other = members(analyst, "harvester")[:3]
    assert judge(analyst, case, "clear", accounts=cleared) == 303
    assert judge(analyst, case, "propose", measure="limit", scope="named", accounts=limited, until=UNTIL) == 303
    where = f"/campaigns/{CAMPAIGN}/members"
    told = analyst.get(f"{where}.json").json()
    decided = {row["account_id"]: words for row, words in zip(told["members"], told["decided"], strict=True)}
    assert (decided[cleared], decided[limited], decided[other]) == (["cleared"], ["limit the rate"], [])
    lines = list(csv.DictReader(io.StringIO(analyst.get(f"{where}.csv").text)))
    by_account = {line["account_id"]: line["decided"] for line in lines}
    assert (by_account[cleared], by_account[limited], by_account[other]) == ("cleared", "limit the rate", "")
    assert "(cleared)" in analyst.get(where).text


def test_the_accounts_of_a_measure_are_a_table_for_whoever_carries_it_out(analyst: Browser) -> None:
    case = opened(analyst)
    chosen = members(analyst, "harvester")[:3]
    fields = {"measure": "suspend", "scope": "named", "accounts": "\n".join(chosen), "until": UNTIL}
    assert judge(analyst, case, "propose", **fields) == 303
    assert judge(analyst, case, "lift", proposal=3, accounts=chosen[0]) == 303
    link = re.search(r'href="(/cases/1/measures/3\.csv)"', analyst.get(case).text)
    assert link
    answer = analyst.get(link[1])
    assert answer.headers["content-disposition"] == 'attachment; filename="measure-3.csv"'
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert [line["account_id"] for line in lines] == sorted(chosen[1:])
    assert {(line["measure"], line["state"], line["until"][:10]) for line in lines} == {("suspend", "in force", UNTIL)}
    assert analyst.get("/cases/1/measures/2.csv").status_code == 404
