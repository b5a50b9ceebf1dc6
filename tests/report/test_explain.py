"""An explanation answers about a campaign or an account, and says plainly when it cannot."""

from __future__ import annotations

import json

import pytest

from stillwatch.links import LINK_DETECTORS
from stillwatch.report import Result, UnknownSubjectError
from stillwatch.report.explain import explain
from stillwatch.report.overlaps import MEANINGS, NOUNS
from tests.golden import Golden

from . import fakes


def first_of(result: Result, role: str, campaign_id: str = "c-4b1d9e") -> str:
    rows = result.tables["members"].to_pylist()
    return str(next(r["account_id"] for r in rows if r["role"] == role and r["campaign_id"] == campaign_id))


def test_a_campaign(small: Result, golden: Golden) -> None:
    golden("explain_campaign.txt", explain(small, "c-4b1d9e").to_text())


def test_a_coordinated_campaign(small: Result, golden: Golden) -> None:
    golden("explain_coordinated.txt", explain(small, "c-coord1").to_text())


def test_a_harvester(small: Result, golden: Golden) -> None:
    golden("explain_harvester.txt", explain(small, first_of(small, "harvester")).to_text())


def test_a_bystander_is_not_accused(small: Result, golden: Golden) -> None:
    golden("explain_bystander.txt", explain(small, first_of(small, "bystander")).to_text())


def test_a_unique_beginning_is_enough(small: Result) -> None:
    assert explain(small, "c-4").subject == "c-4b1d9e"


def test_an_ambiguous_beginning_lists_what_it_could_be(small: Result) -> None:
    with pytest.raises(UnknownSubjectError, match=r"beginning of 3 campaigns .*c-4b1d9e, c-coord1, c-watch0"):
        explain(small, "c-")


def test_an_unknown_subject_says_where_it_looked_and_what_is_near(small: Result) -> None:
    with pytest.raises(UnknownSubjectError) as caught:
        explain(small, "c-4b1d8e")
    message = str(caught.value)
    assert "neither one of the 3 campaigns nor one of the 48 member accounts" in message
    assert str(small.path) in message
    assert "Nearest: c-4b1d9e" in message


def test_a_mistyped_account_finds_its_neighbour(small: Result) -> None:
    account = first_of(small, "harvester")
    with pytest.raises(UnknownSubjectError, match=account):
        explain(small, account[:-1] + "x")


def test_own_names_find_and_name_an_account(small: Result) -> None:
    account = first_of(small, "harvester")
    found = explain(small, "customer-7", {account: "customer-7"})
    assert found.headline == f"Account customer-7 ({account}): harvester in campaign c-4b1d9e"


def test_an_original_id_asks_for_the_key_where_ids_are_pseudonyms(small: Result) -> None:
    with pytest.raises(UnknownSubjectError, match="takes --reveal and the key"):
        explain(small, "customer-7")
    with pytest.raises(UnknownSubjectError) as caught:
        explain(small, "customer-8", {"a1": "customer-7"})
    assert "--reveal" not in str(caught.value)


def test_an_account_in_no_campaign_is_said_to_be_in_none(small: Result, golden: Golden) -> None:
    golden("explain_no_campaign.txt", explain(small, "customer-9", {"a9": "customer-9"}).to_text())


def test_observation_comes_before_inference(small: Result) -> None:
    natures = [section.nature for section in explain(small, "c-4b1d9e").sections]
    assert natures.index("inference") > natures.index("observation")
    assert set(natures) == {"observation", "inference", "caution"}


def test_lines_fit_a_terminal(small: Result, huge: Result) -> None:
    for text in (explain(small, "c-4b1d9e").to_text(), explain(huge, "c-hydra1").to_text()):
        assert max(len(line) for line in text.splitlines()) <= 100
        assert len(text.splitlines()) <= 100


def test_json_holds_the_same(small: Result) -> None:
    found = explain(small, "c-4b1d9e")
    plain = json.loads(json.dumps(found.to_json()))
    assert plain["campaigns"] == ["c-4b1d9e"]
    assert plain["rows"]["evidence"][0]["log10_p"] == -812.4
    assert plain["rows"]["campaigns"][0]["first_seen"] == "2026-04-22T06:30:00+00:00"
    assert [section["title"] for section in plain["sections"]] == [section.title for section in found.sections]


def test_foreign_text_cannot_drive_the_terminal(hostile: Result) -> None:
    text = explain(hostile, hostile.campaigns[0]["campaign_id"]).to_text()
    assert fakes.HOSTILE not in text
    assert text.replace("\n", "").replace("\u00a0", " ").isprintable()


def test_a_shared_value_is_no_account(small: Result) -> None:
    value = small.tables["shared"]["value"][0].as_py()
    with pytest.raises(UnknownSubjectError, match="It is a shared value"):
        explain(small, "192.0.2.7", {value: "192.0.2.7"})


def test_what_groups_share_is_told_from_either_side(small: Result) -> None:
    here, there = (explain(small, subject) for subject in ("c-4b1d9e", "c-coord1"))
    lines = [next(s for s in e.sections if s.title.startswith("Shared with")).lines for e in (here, there)]
    assert lines[0][0].startswith(
        "Shares 12 client addresses with c-coord1: held by 9 accounts here, 20 accounts there"
    )
    assert lines[1][0].startswith(
        "Shares 12 client addresses with c-4b1d9e: held by 20 accounts here, 9 accounts there"
    )
    assert "same proxy is not same actor" in lines[0][0]
    assert [len(of) for of in lines] == [2, 2]
    assert {s.nature for e in (here, there) for s in e.sections if s.title.startswith("Shared with")} == {"observation"}
    assert not [s for s in explain(small, "c-watch0").sections if s.title.startswith("Shared with")]


def test_every_kind_of_shared_value_has_a_noun_and_a_meaning() -> None:
    assert set(NOUNS) == set(MEANINGS) == {d.name for d in LINK_DETECTORS}
