"""Who takes part in a common work, on small logs through the real engine."""

from __future__ import annotations

import numpy as np
import pytest

from stillwatch.campaigns.coordination import Coordination
from stillwatch.campaigns.formation import _still_groups
from stillwatch.campaigns.groups import worded_groups
from stillwatch.campaigns.model import Finding, Groups
from stillwatch.campaigns.tables import read_population
from stillwatch.campaigns.worded import completed, joined, taking_part

from .small_logs import Log, Rows, chat, hand, mixed, named, strangers, template, words, work

HAND, CROWD = named("h", 30), named("s", 900)


def _rows(rng: np.random.Generator, often: int, rarely: int) -> Rows:
    """Of the hand some use the template often enough to take part, the others twice among other things."""
    frame = template(rng)
    rows = [row for name in HAND[:often] for row in work(rng, name, frame, 8)]
    rows += [row for name in HAND[often : often + rarely] for row in work(rng, name, frame, 2)]
    return rows + [row for name in HAND + CROWD for row in chat(rng, name)]


def _names(log: Log, groups: Groups) -> list[set[str]]:
    return log.members(groups)


def test_a_group_of_which_most_take_part_is_worded(log: Log) -> None:
    rng = np.random.default_rng(1)
    links = log.linked(_rows(rng, 20, 10), hand(rng, HAND) + strangers(rng, CROWD))
    parts = taking_part(log.engine, worded_groups(log.engine, links, 0))
    assert _names(log, parts.worded) == [set(HAND[:20])]
    assert _names(log, parts.linked)[0] >= set(HAND[:20])
    assert parts.weak.count == 0
    assert not parts.workless[parts.linked.of >= 0].any()


def test_a_group_of_which_few_take_part_is_weak(log: Log) -> None:
    rng = np.random.default_rng(2)
    links = log.linked(_rows(rng, 8, 22), hand(rng, HAND) + strangers(rng, CROWD))
    found = worded_groups(log.engine, links, 0)
    assert found.count == 1
    parts = taking_part(log.engine, found)
    assert parts.worded.count == parts.linked.count == 0
    assert _names(log, parts.weak) == [set(HAND[:8])]
    assert not parts.workless[found.of >= 0].any()


def test_without_links_everybody_is_without_work(log: Log) -> None:
    rng = np.random.default_rng(3)
    links = log.linked([row for name in CROWD for row in chat(rng, name)], strangers(rng, CROWD))
    parts = taking_part(log.engine, worded_groups(log.engine, links, 0))
    assert parts.worded.count == parts.weak.count == 0
    assert parts.workless.all()


def _answer(p: float) -> Coordination:
    return Coordination({"registration": (Finding("payment", "", 0.0, 0.0, "accounts", p),)}, "traffic")


def test_only_a_hand_is_joined_by_those_who_share_its_work(log: Log) -> None:
    """Six of the hand are elsewhere; who merely borrows the prompt stays where he is."""
    rng = np.random.default_rng(4)
    frame = template(rng)
    rows = [row for name in HAND for row in work(rng, name, frame, 8)]
    rows += work(rng, "b0", frame, 2) + [row for name in CROWD for row in chat(rng, name)]
    log.linked(rows, hand(rng, HAND) + strangers(rng, [*CROWD, "b0"]))
    people = read_population(log.engine)
    of = np.full(people.size, -1, np.int64)
    of[[log.names.index(name) for name in HAND[:24]]] = 0
    groups = Groups(of, ("traffic",))
    assert log.members(joined(log.engine, groups, [_answer(1e-9)], people)[0]) == [set(HAND)]
    assert log.members(joined(log.engine, groups, [_answer(0.5)], people)[0]) == [set(HAND[:24])]


def test_a_group_whose_members_have_joined_a_hand_is_gone(log: Log) -> None:
    """Six of the hand were grouped with two who work on something else, of a third group nobody leaves."""
    rng = np.random.default_rng(6)
    frame, third = template(rng), named("t", 7)
    rows = [row for name in HAND for row in work(rng, name, frame, 8)]
    rows += [row for name in CROWD + third for row in chat(rng, name)]
    log.linked(rows, hand(rng, HAND) + strangers(rng, CROWD + third))
    people = read_population(log.engine)
    of = np.full(people.size, -1, np.int64)
    for group, names in enumerate((HAND[24:] + CROWD[:2], HAND[:24], third)):
        of[[log.names.index(name) for name in names]] = group
    asked = [_answer(p) for p in (0.5, 1e-9, 0.7)]
    together = joined(log.engine, Groups(of, ("traffic",) * 3), asked, people)[0]
    groups, answers, linked = _still_groups(together, asked, of)
    assert log.members(groups) == [set(HAND), set(third)]
    assert answers == asked[1:]
    assert log.members(Groups(linked, groups.formed_by)) == [set(HAND[:24]), set(third)]


ALIKE = named("a", 30)


MOST = [name for n, name in enumerate(ALIKE) if n % 5]


@pytest.mark.parametrize(
    ("part", "linked", "added"), [(MOST, ALIKE, True), (MOST[:16], ALIKE, False), (MOST, MOST, False)]
)
def test_a_hand_without_a_frame_gets_the_linked_who_work_alike(
    log: Log, part: list[str], linked: list[str], added: bool
) -> None:
    """Where most of the linked take part already, and those who are linked alone."""
    rng = np.random.default_rng(7)
    topic = words(rng, 60)
    rows = [row for name in ALIKE for row in mixed(rng, name, topic, 900)]
    rows += [row for name in CROWD[:120] for row in mixed(rng, name, words(rng, 60), int(rng.integers(20, 2000)))]
    rows += [row for name in CROWD[120:] for row in chat(rng, name)]
    links = log.linked(rows, hand(rng, ALIKE) + strangers(rng, CROWD))
    people = read_population(log.engine)
    worded, tied = (np.full(people.size, -1, np.int64) for _ in range(2))
    worded[[log.names.index(name) for name in part]] = 0
    tied[[log.names.index(name) for name in linked]] = 0
    groups, belief = completed(log.engine, links, people, Groups(worded, ("traffic",)), np.array([True]), tied)
    assert log.members(groups) == [set(ALIKE if added else part)]
    assert ((belief > 0) == (groups.of != worded)).all()
    same, _ = completed(log.engine, links, people, Groups(worded, ("traffic",)), np.array([False]), tied)
    assert (same.of == worded).all()


def test_the_public_of_a_wording_that_others_use_more_does_not_join(log: Log) -> None:
    """Half of the hand carries an application's wording; the application's customers use it more."""
    rng = np.random.default_rng(5)
    frame, application, customers = template(rng), template(rng), named("c", 25)
    rows = [row for name in HAND for row in work(rng, name, frame, 8)]
    rows += [row for name in HAND for row in work(rng, name, application, 4)]
    rows += [row for name in customers for row in work(rng, name, application, 12)]
    rows += [row for name in CROWD for row in chat(rng, name)]
    log.linked(rows, hand(rng, HAND) + strangers(rng, CROWD + customers))
    people = read_population(log.engine)
    of = np.full(people.size, -1, np.int64)
    of[[log.names.index(name) for name in HAND]] = 0
    assert log.members(joined(log.engine, Groups(of, ("traffic",)), [_answer(1e-9)], people)[0]) == [set(HAND)]


def test_users_of_a_harness_who_stand_in_another_group_count_as_its_public(log: Log) -> None:
    """The hand has no wording but a harness; of its other users most are a group of their own, and some are free."""
    rng = np.random.default_rng(8)
    harness, others, free = template(rng), named("o", 40), named("f", 6)
    rows = [row for name in HAND + others + free for row in work(rng, name, harness, 8)]
    rows += [row for name in CROWD for row in chat(rng, name)]
    log.linked(rows, hand(rng, HAND) + strangers(rng, CROWD + others + free))
    people = read_population(log.engine)
    of = np.full(people.size, -1, np.int64)
    for group, names in enumerate((HAND, others)):
        of[[log.names.index(name) for name in names]] = group
    asked = [_answer(1e-9), _answer(5e-3)]
    found = joined(log.engine, Groups(of, ("traffic",) * 2), asked, people)[0]
    assert log.members(found) == [set(HAND), set(others)]


def test_users_of_a_harness_that_is_mostly_a_hands_do_not_join_and_its_other_accounts_do(log: Log) -> None:
    """Of the users of the harness four in five are the hand; the others lack the hand's own instructions."""
    rng = np.random.default_rng(9)
    harness, own, free = template(rng), [template(rng) for _ in range(3)], named("f", 5)
    rows = [row for name in HAND + free for row in work(rng, name, harness, 8)]
    rows += [row for name in HAND for frame in own for row in work(rng, name, frame, 2)]
    rows += [row for name in CROWD for row in chat(rng, name)]
    log.linked(rows, hand(rng, HAND) + strangers(rng, CROWD + free))
    people = read_population(log.engine)
    of = np.full(people.size, -1, np.int64)
    of[[log.names.index(name) for name in HAND[:27]]] = 0
    assert log.members(joined(log.engine, Groups(of, ("traffic",)), [_answer(1e-9)], people)[0]) == [set(HAND)]
