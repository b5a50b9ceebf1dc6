"""How groups come about, on small logs through the real engine."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from stillwatch.campaigns import CampaignOptions, assess_campaigns, tables
from stillwatch.campaigns.formation import Formed, form_groups
from stillwatch.campaigns.harvest.pool import FEATURES
from stillwatch.campaigns.model import Groups
from stillwatch.engine import DuckDBEngine
from stillwatch.links import LinkOptions, Links, find_links
from stillwatch.links.population import population_steps
from stillwatch.records import ACCOUNTS, EXCHANGES
from stillwatch.signals import Signaller, open_key, registrations

START = datetime(2026, 5, 4, tzinfo=UTC)
COLUMNS = {"input_text", "created_time", "device_fingerprint", "payment_fingerprint", "signup_ip", "client_ip", "turn"}
COLUMNS |= {"output_tokens", "time"}
Rows = list[dict[str, Any]]
SYLLABLES = ["ba", "ce", "di", "fo", "gu", "ka", "le", "mi", "no", "pu", "ra", "se", "ti", "vo", "zu"]


class Log:
    """A small log in an engine, and the groups that it has."""

    def __init__(self, folder: Path, key: Path) -> None:
        self.engine, self.key = DuckDBEngine(folder, threads=1), key
        self.names: list[str] = []

    def formed(self, exchanges: Rows, accounts: Rows) -> Formed:
        links = self.linked(exchanges, accounts)
        return form_groups(self.engine, links, tables.read_population(self.engine), COLUMNS, 0)

    def linked(self, exchanges: Rows, accounts: Rows) -> Links:
        signaller = Signaller(open_key(self.key))
        rows = [{"model": "m", "exchange_id": f"x{n}"} | row for n, row in enumerate(exchanges)]
        self.engine.register("signals", signaller.signals(pa.Table.from_pylist(rows, schema=EXCHANGES.arrow)))
        signed = registrations(pa.Table.from_pylist(accounts, schema=ACCOUNTS.arrow), signaller)
        self.engine.register("registrations", signed)
        self.engine.run(population_steps(None, duplicated=False))
        table = self.engine.fetch("SELECT CAST(account_id AS VARCHAR) AS name FROM population ORDER BY member")
        self.names = [str(name) for name in table["name"].to_pylist()]
        return find_links(self.engine, LinkOptions(COLUMNS))

    def members(self, groups: Groups) -> list[set[str]]:
        return [{self.names[n] for n in groups.members(k)} for k in range(groups.count)]


@pytest.fixture
def log(tmp_path: Path, key_file: Path) -> Iterator[Log]:
    made = Log(tmp_path / "spill", key_file)
    yield made
    made.engine.close()


def _words(rng: np.random.Generator, count: int) -> list[str]:
    return ["".join(SYLLABLES[k] for k in row) for row in rng.integers(0, len(SYLLABLES), (count, 4))]


def _template(rng: np.random.Generator) -> tuple[str, str]:
    """The fixed part of a prompt, before and after its slot."""
    return " ".join(_words(rng, 40)), " ".join(_words(rng, 40))


def _work(rng: np.random.Generator, name: str, frame: tuple[str, str], each: int) -> Rows:
    return [_said(rng, name, f"{frame[0]} {' '.join(_words(rng, 12))} {frame[1]}") for _ in range(each)]


def _said(rng: np.random.Generator, name: str, text: str, tokens: int = 200) -> dict[str, Any]:
    when = START + timedelta(seconds=int(rng.integers(10 * 86_400)))
    return {"account_id": name, "time": when, "input_text": text, "output_tokens": tokens, "turn": 1}


def _chat(rng: np.random.Generator, name: str) -> Rows:
    """What strangers say, some more and some less of it."""
    return [_said(rng, name, " ".join(_words(rng, 8))) for _ in range(int(rng.integers(2, 5)))]


def _strangers(rng: np.random.Generator, names: list[str]) -> Rows:
    """Accounts that were registered apart."""
    return [
        {
            "account_id": name,
            "created_time": START - timedelta(seconds=int(rng.integers(300 * 86_400))),
            "payment_fingerprint": f"card {name}",
            "device_fingerprint": f"device {name}",
        }
        for name in names
    ]


def _hand(rng: np.random.Generator, names: list[str]) -> Rows:
    """Accounts that share cards and devices, made in a few hours."""
    return [
        {
            "account_id": name,
            "created_time": START - timedelta(days=20 + n % 3, seconds=int(rng.integers(1500))),
            "payment_fingerprint": f"card {n // 4}",
            "device_fingerprint": f"device {(n + 2) // 4}",
        }
        for n, name in enumerate(names)
    ]


def _named(letter: str, count: int) -> list[str]:
    return [f"{letter}{n}" for n in range(count)]


HAND, PUBLIC, CROWD = _named("h", 24), _named("p", 50), _named("s", 1000)


def _harness(rng: np.random.Generator, own: bool) -> Rows:
    """A harness that many use; with `own`, the hand has an instruction of its own beside it."""
    harness, instruction = _template(rng), _template(rng)
    rows = [row for name in HAND + PUBLIC for row in _work(rng, name, harness, int(rng.integers(5, 12)))]
    rows += [row for name in HAND for row in _work(rng, name, instruction, 6)] if own else []
    return rows + [row for name in CROWD for row in _chat(rng, name)]


def test_the_public_of_a_harness_is_no_part_of_the_hand_that_uses_it(log: Log) -> None:
    rng = np.random.default_rng(1)
    formed = log.formed(_harness(rng, own=True), _hand(rng, HAND) + _strangers(rng, PUBLIC + CROWD))
    assert log.members(formed.groups) == [set(HAND)]
    assert formed.groups.formed_by == ("traffic",)
    assert formed.coordination[0].p < 1e-3, "asked of everybody who uses the harness, before the hand was told apart"


def test_where_nothing_tells_the_core_apart_everybody_stays(log: Log) -> None:
    rng = np.random.default_rng(2)
    formed = log.formed(_harness(rng, own=False), _hand(rng, HAND) + _strangers(rng, PUBLIC + CROWD))
    assert log.members(formed.groups) == log.members(formed.linked) == [{*HAND, *PUBLIC}]


def test_a_harness_without_a_hand_keeps_its_public(log: Log) -> None:
    """Strangers in how they registered: nobody is told apart."""
    rng = np.random.default_rng(3)
    formed = log.formed(_harness(rng, own=True), _strangers(rng, HAND + PUBLIC + CROWD))
    assert log.members(formed.groups)[0] >= set(HAND)
    assert all(answer.sides["registration"] > 0.01 for answer in formed.coordination)


def test_who_borrows_a_prompt_takes_no_part(log: Log) -> None:
    """Two of a hundred requests: linked, and not in the group."""
    rng = np.random.default_rng(4)
    frame = _template(rng)
    rows = [row for name in HAND for row in _work(rng, name, frame, 8)]
    rows += [row for name in CROWD for row in _chat(rng, name)]
    rows += list(_work(rng, "b0", frame, 2))
    formed = log.formed(rows, _hand(rng, HAND) + _strangers(rng, [*CROWD, "b0"]))
    assert log.members(formed.groups) == [set(HAND)]


def test_each_finding_that_counts_has_a_level_without_it(log: Log) -> None:
    """All of coordination; of harvest the four that are summed, and nothing where there is too little work."""
    rng = np.random.default_rng(1)
    links = log.linked(_harness(rng, own=True), _hand(rng, HAND) + _strangers(rng, PUBLIC + CROWD))
    judged = assess_campaigns(log.engine, links, CampaignOptions(0.01, 0, COLUMNS))
    assert [{log.names[n] for n in a.members} for a in judged.assessments] == [set(HAND)]
    for found in judged.assessments:
        told = {f.detector for f in found.coordination.findings + found.harvest.findings}
        assert set(found.q_without) == {f.detector for f in found.coordination.findings} | set(found.harvest.p_without)
        assert set(found.q_without) <= told
        assert set(found.harvest.p_without) == set(FEATURES)
        assert all(found.q <= q <= 1.0 for q in found.q_without.values())


# Without a wording.

ALIKE = _named("h", 30)
TOPIC = 60


def _mixed(rng: np.random.Generator, name: str, topic: list[str], tokens: int) -> Rows:
    """Requests in the words of one topic, on even and odd days alike; no wording returns."""
    size = int(rng.integers(18, 40))
    rows = []
    for n in range(size):
        row = _said(rng, name, " ".join(rng.choice(topic, 25)), int(tokens * rng.uniform(0.7, 1.3)))
        rows.append(row | {"time": START + timedelta(days=n % 8, seconds=int(rng.integers(86_000)))})
    return rows


def _alike(rng: np.random.Generator) -> Rows:
    """Thirty accounts that draw from one topic, among customers with topics of their own."""
    topic = _words(rng, TOPIC)
    rows = [row for name in ALIKE for row in _mixed(rng, name, topic, 900)]
    for name in CROWD[:120]:
        rows += _mixed(rng, name, _words(rng, TOPIC), int(rng.integers(20, 2000)))
    return rows + [row for name in CROWD[120:] for row in _chat(rng, name)]


def test_likeness_alone_makes_no_group(log: Log) -> None:
    rng = np.random.default_rng(5)
    formed = log.formed(_alike(rng), _strangers(rng, ALIKE + CROWD))
    assert formed.groups.count == formed.linked.count == 0
    assert formed.coordination == []


def test_alike_accounts_that_were_registered_together_are_a_group(log: Log) -> None:
    """And of thirty alike accounts only the twenty that something else ties are its members."""
    rng = np.random.default_rng(6)
    hand, others = ALIKE[:20], ALIKE[20:]
    formed = log.formed(_alike(rng), _hand(rng, hand) + _strangers(rng, others + CROWD))
    assert log.members(formed.groups) == [set(hand)]
    assert formed.groups.formed_by == ("traffic",)
    assert formed.coordination[0].p < 1e-4


def test_who_registered_together_and_works_apart_is_a_registered_group(log: Log) -> None:
    rng = np.random.default_rng(7)
    rows = [row for name in HAND + CROWD for row in _chat(rng, name)]
    formed = log.formed(rows, _hand(rng, HAND) + _strangers(rng, CROWD))
    assert {name for group in log.members(formed.groups) for name in group} <= set(HAND)
    assert set(formed.groups.formed_by) == {"registration"}
    assert all(answer.formed_by == "registration" for answer in formed.coordination)


def test_nobody_is_in_two_groups_and_members_are_linked(log: Log) -> None:
    rng = np.random.default_rng(8)
    pool = _named("q", 12)
    accounts = _hand(rng, HAND) + [
        row | {"payment_fingerprint": "q", "device_fingerprint": "q"} for row in _strangers(rng, pool)
    ]
    rows = _harness(rng, own=True) + [row for name in pool for row in _chat(rng, name)]
    formed = log.formed(rows, accounts + _strangers(rng, PUBLIC + CROWD))
    assert formed.linked.count == formed.groups.count == len(formed.coordination)
    assert formed.linked.formed_by == formed.groups.formed_by
    for linked, members in zip(log.members(formed.linked), log.members(formed.groups), strict=True):
        assert members <= linked
    assert formed.groups.formed_by == ("traffic", "registration")
    assert log.members(formed.groups) == [set(HAND), set(pool)]


def test_a_log_of_strangers_has_no_groups(log: Log) -> None:
    rng = np.random.default_rng(9)
    formed = log.formed([row for name in CROWD for row in _chat(rng, name)], _strangers(rng, CROWD))
    assert formed.groups.count == 0
    assert (formed.groups.of == -1).all()
