"""How groups come about, on small logs through the real engine."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from stillwatch.campaigns import CampaignOptions, assess_campaigns
from stillwatch.campaigns.coordination import Coordination
from stillwatch.campaigns.formation import _whole_or_linked
from stillwatch.campaigns.harvest.pool import FEATURES
from stillwatch.campaigns.model import Finding, Groups, one_side

from .small_logs import COLUMNS, Log, Rows, chat, hand, mixed, named, strangers, template, words, work

HAND, PUBLIC, CROWD = named("h", 24), named("p", 50), named("s", 1000)


def _harness(rng: np.random.Generator, own: bool) -> Rows:
    """A harness that many use; with `own`, the hand has an instruction of its own beside it."""
    harness, instruction = template(rng), template(rng)
    rows = [row for name in HAND + PUBLIC for row in work(rng, name, harness, int(rng.integers(5, 12)))]
    rows += [row for name in HAND for row in work(rng, name, instruction, 6)] if own else []
    return rows + [row for name in CROWD for row in chat(rng, name)]


def test_the_public_of_a_harness_is_no_part_of_the_hand_that_uses_it(log: Log) -> None:
    rng = np.random.default_rng(1)
    formed = log.formed(_harness(rng, own=True), hand(rng, HAND) + strangers(rng, PUBLIC + CROWD))
    assert log.members(formed.groups) == [set(HAND), set(PUBLIC)]
    assert formed.groups.formed_by == ("traffic", "traffic")
    assert formed.coordination[0].p < 1e-6
    assert formed.coordination[1].p == 1.0, "the rest of the public is a group, and no hand"


def test_where_nothing_tells_the_core_apart_everybody_stays(log: Log) -> None:
    rng = np.random.default_rng(2)
    formed = log.formed(_harness(rng, own=False), hand(rng, HAND) + strangers(rng, PUBLIC + CROWD))
    assert log.members(formed.groups) == log.members(formed.linked) == [{*HAND, *PUBLIC}]


def test_a_harness_without_a_hand_keeps_its_public(log: Log) -> None:
    """Strangers in how they registered: nobody is told apart."""
    rng = np.random.default_rng(3)
    formed = log.formed(_harness(rng, own=True), strangers(rng, HAND + PUBLIC + CROWD))
    assert log.members(formed.groups)[0] >= set(HAND)
    assert all(answer.sides["registration"] > 0.01 for answer in formed.coordination)


def test_who_borrows_a_prompt_takes_no_part(log: Log) -> None:
    """Two of a hundred requests: linked, and not in the group."""
    rng = np.random.default_rng(4)
    frame = template(rng)
    rows = [row for name in HAND for row in work(rng, name, frame, 8)]
    rows += [row for name in CROWD for row in chat(rng, name)]
    rows += list(work(rng, "b0", frame, 2))
    formed = log.formed(rows, hand(rng, HAND) + strangers(rng, [*CROWD, "b0"]))
    assert log.members(formed.groups) == [set(HAND)]


def test_each_finding_that_counts_has_a_level_without_it(log: Log) -> None:
    """All of coordination; of harvest the four that are summed, and nothing where there is too little work."""
    rng = np.random.default_rng(1)
    links = log.linked(_harness(rng, own=True), hand(rng, HAND) + strangers(rng, PUBLIC + CROWD))
    judged = assess_campaigns(log.engine, links, CampaignOptions(0.01, 0, COLUMNS))
    assert [{log.names[n] for n in a.members} for a in judged.assessments] == [set(HAND)]
    for found in judged.assessments:
        told = {f.detector for f in found.coordination.findings + found.harvest.findings}
        assert set(found.q_without) == {f.detector for f in found.coordination.findings} | set(found.harvest.p_without)
        assert set(found.q_without) <= told
        assert set(found.harvest.p_without) == set(FEATURES)
        assert all(found.q <= q <= 1.0 for q in found.q_without.values())


# Without a wording.

ALIKE = named("h", 30)
TOPIC = 60


def _alike(rng: np.random.Generator) -> Rows:
    """Thirty accounts that draw from one topic, among customers with topics of their own."""
    topic = words(rng, TOPIC)
    rows = [row for name in ALIKE for row in mixed(rng, name, topic, 900)]
    for name in CROWD[:120]:
        rows += mixed(rng, name, words(rng, TOPIC), int(rng.integers(20, 2000)))
    return rows + [row for name in CROWD[120:] for row in chat(rng, name)]


def test_likeness_alone_makes_no_group(log: Log) -> None:
    rng = np.random.default_rng(5)
    formed = log.formed(_alike(rng), strangers(rng, ALIKE + CROWD))
    assert formed.groups.count == formed.linked.count == 0
    assert formed.coordination == []


def test_alike_accounts_that_were_registered_together_are_a_group(log: Log) -> None:
    """And of thirty alike accounts only the twenty that something else ties are its members."""
    rng = np.random.default_rng(6)
    tied, others = ALIKE[:20], ALIKE[20:]
    formed = log.formed(_alike(rng), hand(rng, tied) + strangers(rng, others + CROWD))
    assert log.members(formed.groups) == [set(tied)]
    assert formed.groups.formed_by == ("traffic",)
    assert formed.coordination[0].p < 1e-4


def test_who_registered_together_and_works_apart_is_a_registered_group(log: Log) -> None:
    rng = np.random.default_rng(7)
    rows = [row for name in HAND + CROWD for row in chat(rng, name)]
    formed = log.formed(rows, hand(rng, HAND) + strangers(rng, CROWD))
    assert {name for group in log.members(formed.groups) for name in group} <= set(HAND)
    assert set(formed.groups.formed_by) == {"registration"}
    assert all(answer.formed_by == "registration" for answer in formed.coordination)


def test_nobody_is_in_two_groups_and_members_are_linked(log: Log) -> None:
    rng = np.random.default_rng(8)
    pool = named("q", 12)
    accounts = hand(rng, HAND) + [
        row | {"payment_fingerprint": "q", "device_fingerprint": "q"} for row in strangers(rng, pool)
    ]
    rows = _harness(rng, own=True) + [row for name in pool for row in chat(rng, name)]
    formed = log.formed(rows, accounts + strangers(rng, PUBLIC + CROWD))
    assert formed.linked.count == formed.groups.count == len(formed.coordination)
    assert formed.linked.formed_by == formed.groups.formed_by
    for linked, members in zip(log.members(formed.linked), log.members(formed.groups), strict=True):
        assert members <= linked
    assert formed.groups.formed_by == ("traffic", "traffic", "registration")
    assert log.members(formed.groups) == [set(HAND), set(PUBLIC), set(pool)]


def test_a_log_of_strangers_has_no_groups(log: Log) -> None:
    rng = np.random.default_rng(9)
    formed = log.formed([row for name in CROWD for row in chat(rng, name)], strangers(rng, CROWD))
    assert formed.groups.count == 0
    assert (formed.groups.of == -1).all()


# Whole, or those whom also what they send makes one group.


def _answers(p_of_size: dict[int, float], detector: str) -> Callable[[Groups], list[Coordination]]:
    """Answers by the size of a group, all of one detector."""

    def ask(groups: Groups) -> list[Coordination]:
        found = [Finding(detector, "", 0.0, 0.0, "", p_of_size.get(int(size), 1.0)) for size in groups.sizes]
        return [Coordination({"registration": (f,)}, "traffic") for f in found]

    return ask


def _whole_and_linked(
    linked: int, p_of_size: dict[int, float], detector: str = "payment"
) -> tuple[list[int], Coordination, list[int]]:
    """A community of 20, so many of whom one group of what they send holds, with five others."""
    of, sending = np.full(40, -1, np.int64), np.full(40, -1, np.int64)
    of[:20], sending[:linked], sending[30:35] = 0, 0, 0
    found = _whole_or_linked(Groups(of, one_side(1)), Groups(sending, one_side(1)), _answers(p_of_size, detector))
    return found.standing.members(0).tolist(), found.answers[0], found.surely(0).tolist()


def test_those_whom_sending_makes_one_group_stand_for_their_community_where_they_are_tied_more_clearly() -> None:
    who, answer, surely = _whole_and_linked(14, {20: 1e-3, 14: 1e-12})
    assert who == surely == list(range(14))
    assert answer.p == 2e-12, "both were tried"


def test_a_community_that_is_tied_more_clearly_stands_for_itself() -> None:
    who, answer, surely = _whole_and_linked(14, {20: 1e-9, 14: 1e-3})
    assert (who, surely) == (list(range(20)), [])
    assert answer.p == 2e-9


@pytest.mark.parametrize("linked", [0, 4, 9, 20])
def test_where_sending_makes_less_than_half_or_all_of_it_one_group_nothing_else_is_asked(linked: int) -> None:
    who, answer, _ = _whole_and_linked(linked, {20: 1e-3, linked: 1e-3, 4: 1e-30, 9: 1e-30})
    assert who == list(range(20))
    assert (answer.p, answer.tried) == (1e-3, 1)


def test_who_only_signed_up_together_is_not_surely_a_hand() -> None:
    """The people of a course."""
    who, answer, surely = _whole_and_linked(20, {20: 1e-30}, "signup_cohort")
    assert (len(who), answer.p, surely) == (20, 1e-30, [])
    assert len(_whole_and_linked(20, {20: 1e-30})[2]) == 20
