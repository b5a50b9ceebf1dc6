"""Acquittal: a pool of honest people is not accused for the pool beside it that harvests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import networkx as nx
import numpy as np
import pyarrow as pa
import pytest

from stillwatch.campaigns import CampaignOptions, Judged, assess_campaigns
from stillwatch.campaigns.acquittal import BOUGHT, parts_of
from stillwatch.campaigns.groups import LEAST_ACCOUNTS
from stillwatch.campaigns.hands import Hand
from stillwatch.campaigns.model import Groups, one_side
from stillwatch.engine import DuckDBEngine
from stillwatch.links import LINK_DETECTORS

from .small_logs import COLUMNS, Log, Rows, chat, hand, named, said, strangers, template, words, work

HARVESTERS, RELAYS, CROWD = named("h", 24), named("r", 16), named("s", 900)
ASKED = ("Write a Python function", "Think step by step", "Show your full reasoning", "Solve this problem")
"""Phrases too short to be a wording: a harvest that repeats none."""


def _harvest(rng: np.random.Generator, name: str) -> Rows:
    def text() -> str:
        return " ".join(f"{phrase} {' '.join(words(rng, 8))}." for phrase in rng.permutation(ASKED))

    return [said(rng, name, text(), tokens=2500) for _ in range(30)]


def _talk(rng: np.random.Generator, name: str) -> Rows:
    """Other people's conversations: short answers, gone on from."""
    return [said(rng, name, " ".join(words(rng, 10)), tokens=120) | {"turn": 1 + n % 4} for n in range(30)]


@dataclass(frozen=True)
class Beside:
    """What the second pool does, and how many of its accounts hold a card of the first."""

    sends: Callable[[np.random.Generator, str], Rows]
    cards: int = 0

    def log(self, rng: np.random.Generator) -> tuple[Rows, Rows]:
        """Two pools whose customers use the same applications."""
        applications = [template(rng) for _ in range(3)]
        rows = [row for n in HARVESTERS + RELAYS for frame in applications for row in work(rng, n, frame, 6)]
        rows += [row for name in HARVESTERS for row in _harvest(rng, name)]
        rows += [row for name in RELAYS for row in self.sends(rng, name)]
        rows += [row for name in CROWD for row in chat(rng, name)]
        second = [
            row | {key: f"second {row[key]}" for key in ("payment_fingerprint", "device_fingerprint")}
            for row in hand(rng, RELAYS)
        ]
        second = [row | ({"payment_fingerprint": "card 0"} if n < self.cards else {}) for n, row in enumerate(second)]
        return rows, hand(rng, HARVESTERS) + second + strangers(rng, CROWD)


@pytest.fixture
def judged(log: Log) -> Callable[[Beside], Judged]:
    def judge(beside: Beside) -> Judged:
        links = log.linked(*beside.log(np.random.default_rng(1)))
        return assess_campaigns(log.engine, links, CampaignOptions(0.01, 0, COLUMNS))

    return judge


def _told(log: Log, judged: Judged) -> dict[str, list[set[str]]]:
    found: dict[str, list[set[str]]] = {}
    for assessment in judged.assessments:
        found.setdefault(assessment.verdict, []).append({log.names[n] for n in assessment.members})
    return found


def test_a_pool_of_honest_people_is_not_accused_with_the_one_that_harvests(
    log: Log, judged: Callable[[Beside], Judged]
) -> None:
    found = judged(Beside(_talk))
    assert _told(log, found) == {"distillation": [set(HARVESTERS)], "coordinated": [set(RELAYS)]}
    accused, other = sorted(found.assessments, key=lambda a: a.verdict, reverse=True)
    assert accused.q <= 0.01 < other.q
    assert accused.harvest.p < 0.01 < other.harvest.p, "each with its own answers"
    assert accused.asked_with == other.asked_with == ()
    assert all(accused.q <= q for q in accused.q_without.values()), "whatever falls away, the whole was no clearer"


def test_a_pool_that_harvests_too_is_accused(log: Log, judged: Callable[[Beside], Judged]) -> None:
    assert _told(log, judged(Beside(_harvest))) == {"distillation": [{*HARVESTERS, *RELAYS}]}


def test_nor_is_one_that_bought_some_cards_at_the_same_shop(log: Log, judged: Callable[[Beside], Judged]) -> None:
    """Cards and work still say that they are two hands."""
    found = _told(log, judged(Beside(_talk, cards=3)))
    assert found == {"distillation": [set(HARVESTERS)], "coordinated": [set(RELAYS)]}


def test_who_relays_talk_on_cards_of_the_harvesters_is_of_their_hand(
    log: Log, judged: Callable[[Beside], Judged]
) -> None:
    """Nothing but what they send tells them apart."""
    assert _told(log, judged(Beside(_talk, cards=16))) == {"distillation": [{*HARVESTERS, *RELAYS}]}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[DuckDBEngine]:
    made = DuckDBEngine(tmp_path, threads=1)
    yield made
    made.close()


ACCOUNTS, VALUES = 60, 45
KINDS = [detector.name for detector in LINK_DETECTORS]


def _holdings(rng: np.random.Generator) -> list[tuple[str, int, int]]:
    """Kind, account and value; some kinds tie nobody."""
    kinds = rng.choice([*BOUGHT, "wording", "client"], 90)
    held = zip(kinds, rng.integers(0, ACCOUNTS, 90), rng.integers(0, VALUES, 90), strict=True)
    return sorted({(str(k), int(m), int(v)) for k, m, v in held})


def _given(engine: DuckDBEngine, held: Sequence[tuple[str, int, int]], holders: dict[tuple[str, int], int]) -> None:
    columns = {
        "detector": pa.array([KINDS.index(k) for k, _, _ in held], pa.int8()),
        "member": pa.array([m for _, m, _ in held], pa.int32()),
        "value": pa.array([v for _, _, v in held], pa.int64()),
        "holders": pa.array([holders[k, v] for k, _, v in held], pa.int64()),
    }
    engine.register("holdings", pa.table(columns))


@pytest.mark.parametrize("seed", range(12))
def test_parts_are_the_components_by_what_was_bought_and_is_mostly_the_groups(engine: DuckDBEngine, seed: int) -> None:
    rng = np.random.default_rng(seed)
    groups = Groups(np.repeat([0, 1, -1], 20).astype(np.int64), one_side(2))
    held = _holdings(rng)
    everybody = {(k, v): sum((k, v) == (a, b) for a, _, b in held) for k, _, v in held}
    _given(engine, held, everybody)
    expected = []
    for group in (0, 1):
        members = groups.members(group).tolist()
        graph = nx.Graph()
        graph.add_nodes_from(members)
        for (kind, value), holders in everybody.items():
            mine = [m for k, m, v in held if (k, v) == (kind, value) and m in members]
            if kind in BOUGHT and mine and 2 * len(mine) >= holders:
                nx.add_path(graph, mine)
        components = sorted((sorted(c) for c in nx.connected_components(graph)), key=lambda c: (-len(c), c))
        large = [c for c in components if len(c) >= LEAST_ACCOUNTS]
        rest = sorted(m for c in components if len(c) < LEAST_ACCOUNTS for m in c)
        parts = [*((c, True) for c in large), *([(rest, False)] if len(rest) >= LEAST_ACCOUNTS else [])]
        expected += [(group, *part) for part in parts] if len(parts) > 1 else []
    found = parts_of(engine, groups, {0, 1}, [])
    assert [(p.group, p.members.tolist(), p.tied) for p in found] == expected


def test_the_hands_of_a_group_are_its_parts(engine: DuckDBEngine) -> None:
    """But for one of whose accounts some were asked in another group."""
    _given(engine, [("payment", m, 1) for m in range(12)], {("payment", 1): 12})
    groups = Groups(np.repeat([0, 1, -1], 20).astype(np.int64), one_side(2))
    first, second, third = np.arange(8), np.arange(8, 20), np.arange(20, 40)
    hands = [Hand(first, (0,)), Hand(second, (0,))]
    assert [p.members.tolist() for p in parts_of(engine, groups, [0], hands)] == [first.tolist(), second.tolist()]
    moved = [Hand(first, (0,)), Hand(np.r_[second, third[:5]], (1, 0)), Hand(third[5:], (1,))]
    assert parts_of(engine, groups, [0, 1], moved) == []


def test_a_group_that_nothing_divides_has_no_parts(engine: DuckDBEngine) -> None:
    held = [("payment", m, 1) for m in range(12)]
    _given(engine, held, {("payment", 1): 12})
    groups = Groups(np.where(np.arange(ACCOUNTS) < 12, 0, -1).astype(np.int64), one_side(1))
    assert parts_of(engine, groups, [0], []) == []
    assert parts_of(engine, groups, [], []) == []
