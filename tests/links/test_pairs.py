"""Who is proposed, what a pair's sharing weighs, and who is linked."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import networkx as nx
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.engine import Engine, Step
from stillwatch.links import LINK_DETECTORS, MILLION, LinkOptions, find_links, read_side
from stillwatch.links.shared import find_linked, shared_steps
from stillwatch.links.stage import BASE_THRESHOLD, HUB_SHARE, usable, value_strength
from stillwatch.links.wording import FRAME, SKELETON_CAP

OpenLog = Callable[..., Engine]
Rows = list[dict[str, Any]]
CODES = {d.name: k for k, d in enumerate(LINK_DETECTORS)}
COLUMNS = {"device_fingerprint", "payment_fingerprint", "signup_ip", "email_domain", "client_ip", "user_agent"}


def _crowd(size: int, start: int = 1000) -> Rows:
    return [{"account_id": f"a{n}"} for n in range(start, start + size)]


def _linked(engine: Engine, columns: set[str] = COLUMNS) -> Rows:
    """The linked pairs, with what each side weighs in nats."""
    find_links(engine, LinkOptions(columns))
    rows = engine.fetch("SELECT a, b, traffic, registration FROM linked").to_pylist()
    return [row | {side: row[side] / MILLION for side in ("traffic", "registration")} for row in rows]


def _pairs(engine: Engine, rows: Rows) -> dict[tuple[str, str], float]:
    names = engine.fetch("SELECT CAST(account_id AS VARCHAR) AS name FROM population ORDER BY member")[
        "name"
    ].to_pylist()
    return {tuple(sorted((names[r["a"]], names[r["b"]]))): r["traffic"] + r["registration"] for r in rows}


def _weight(name: str, holders: int, accounts: int) -> float:
    return LINK_DETECTORS[CODES[name]].reliability * float(np.log(accounts / holders))


@pytest.mark.parametrize("holders", [2, 3, 4, 5])
def test_every_pair_of_up_to_five_holders_is_linked(open_log: OpenLog, holders: int) -> None:
    accounts = [{"account_id": f"a{n}", "device_fingerprint": "one"} for n in range(holders)]
    engine = open_log(_crowd(holders, 0) + _crowd(200), accounts)
    pairs = _pairs(engine, _linked(engine))
    assert set(pairs) == set(combinations(sorted(f"a{n}" for n in range(holders)), 2))
    for strength in pairs.values():
        assert strength == pytest.approx(_weight("device", holders, 200 + holders), abs=0.002)


@pytest.mark.parametrize("holders", [6, 9, 33, 150])
def test_holders_of_a_value_stay_together_with_few_pairs(open_log: OpenLog, holders: int) -> None:
    accounts = [{"account_id": f"a{n}", "device_fingerprint": "one"} for n in range(holders)]
    engine = open_log(_crowd(holders, 0) + _crowd(900, 2000), accounts)
    _linked(engine)
    proposed = engine.fetch("SELECT a, b FROM proposed").to_pylist()
    graph = nx.Graph((row["a"], row["b"]) for row in proposed)
    assert graph.number_of_nodes() == holders
    assert graph.number_of_edges() == len(proposed) <= holders * (2 + np.log2(holders))
    assert nx.node_connectivity(graph) >= 4


def test_no_account_is_linked_to_itself_and_pairs_are_told_once(open_log: OpenLog) -> None:
    accounts = [
        {"account_id": f"a{n}", "device_fingerprint": f"d{n % 3}", "payment_fingerprint": f"p{n % 2}"}
        for n in range(24)
    ]
    engine = open_log(_crowd(24, 0) + _crowd(300), accounts)
    links = find_links(engine, LinkOptions(COLUMNS))
    rows = read_side(engine, "registration", links.least, np.ones(links.accounts, bool)).to_pylist()
    assert rows
    assert all(row["a"] < row["b"] for row in rows)
    assert len({(row["a"], row["b"]) for row in rows}) == len(rows)
    assert rows == sorted(rows, key=lambda row: (row["a"], row["b"]))


def test_kinds_add_up_and_each_is_capped(open_log: OpenLog) -> None:
    calls = [{"account_id": a, "client_ip": f"198.51.100.{n}"} for a in ("a0", "a1") for n in range(40)]
    accounts = [{"account_id": a, "device_fingerprint": "one", "payment_fingerprint": "card"} for a in ("a0", "a1")]
    engine = open_log(calls + _crowd(400), accounts)
    (strength,) = _pairs(engine, _linked(engine)).values()
    cap = LINK_DETECTORS[CODES["address"]].cap
    assert 40 * _weight("address", 2, 402) > cap
    assert strength == pytest.approx(_weight("device", 2, 402) + _weight("payment", 2, 402) + cap, abs=0.003)


def test_a_kind_below_its_cap_adds_its_values(open_log: OpenLog) -> None:
    calls = [{"account_id": a, "client_ip": "198.51.100.7"} for a in ("a0", "a1")]
    accounts = [{"account_id": a, "device_fingerprint": "one"} for a in ("a0", "a1")]
    engine = open_log(calls + _crowd(400), accounts)
    (strength,) = _pairs(engine, _linked(engine)).values()
    assert strength == pytest.approx(_weight("device", 2, 402) + _weight("address", 2, 402), abs=0.003)


def test_addresses_alone_propose_nobody(open_log: OpenLog) -> None:
    calls = [{"account_id": a, "client_ip": f"198.51.100.{n}"} for a in ("a0", "a1", "a2") for n in range(40)]
    engine = open_log(calls + _crowd(400))
    assert _linked(engine) == []
    assert engine.fetch("SELECT COUNT(*) AS n FROM holdings")["n"][0].as_py() == 120


def test_a_hub_links_nobody(open_log: OpenLog) -> None:
    accounts = [{"account_id": f"a{n}", "device_fingerprint": "kiosk" if n < 90 else f"d{n}"} for n in range(300)]
    engine = open_log(_crowd(300, 0), accounts)
    assert HUB_SHARE * 300 < 90
    assert _linked(engine) == []


def test_a_common_value_weighs_too_little_for_a_link(open_log: OpenLog) -> None:
    """Forty of 400 share a mail domain, and two of them a device: only those two are linked."""
    accounts = [{"account_id": f"a{n}", "email_domain": "mail.example"} for n in range(40)]
    accounts[3]["device_fingerprint"] = accounts[31]["device_fingerprint"] = "one"
    engine = open_log(_crowd(40, 0) + _crowd(360), accounts)
    assert set(_pairs(engine, _linked(engine))) == {("a3", "a31")}


def test_an_account_with_the_column_empty_shares_nothing(open_log: OpenLog) -> None:
    accounts = [{"account_id": f"a{n}", "device_fingerprint": None, "email_domain": None} for n in range(50)]
    engine = open_log(_crowd(50, 0), accounts)
    assert _linked(engine) == []


@pytest.mark.parametrize("accounts", [10, 100, 1000])
def test_threshold_grows_with_the_population(open_log: OpenLog, accounts: int) -> None:
    links = find_links(open_log(_crowd(accounts, 0)), LinkOptions(COLUMNS))
    assert links.accounts == accounts
    assert links.threshold == pytest.approx(BASE_THRESHOLD + np.log(accounts / 10_000))


def test_only_detectors_whose_columns_are_there_look(open_log: OpenLog) -> None:
    assert {LINK_DETECTORS[k].name for k in usable({"client_ip", "tls_fingerprint"})} == {"address", "client"}
    accounts = [{"account_id": f"a{n}", "device_fingerprint": "one", "payment_fingerprint": "card"} for n in range(3)]
    engine = open_log(_crowd(3, 0) + _crowd(300), accounts)
    rows = _linked(engine, {"payment_fingerprint"})
    for strength in _pairs(engine, rows).values():
        assert strength == pytest.approx(_weight("payment", 3, 303), abs=0.002)


def test_a_log_in_which_nothing_can_be_shared_links_nobody(open_log: OpenLog) -> None:
    assert _linked(open_log(_crowd(30, 0)), set()) == []


# What one value weighs.


def _values(rows: list[tuple[int, int, int | None]]) -> pa.Table:
    detector, holders, length = zip(*rows, strict=True)
    columns = {"detector": pa.array(detector, pa.int8()), "holders": pa.array(holders, pa.int64())}
    return pa.table(columns | {"length": pa.array(length, pa.int64())})


KINDS = st.sampled_from(range(len(LINK_DETECTORS)))
LENGTHS = st.integers(0, 60_000)


@given(KINDS, st.integers(2, 5000), st.integers(1, 400), LENGTHS, st.integers(10, 100_000))
def test_a_rarer_value_never_weighs_less(kind: int, holders: int, more: int, length: int, accounts: int) -> None:
    mark = length if kind == 0 else None
    rare, common = value_strength(_values([(kind, holders, mark), (kind, holders + more, mark)]), accounts)
    assert rare >= common >= 0


@given(KINDS, st.integers(2, 5000), LENGTHS, st.integers(10, 50_000), st.integers(1, 50_000))
def test_a_value_never_weighs_less_among_more_accounts(
    kind: int, holders: int, length: int, accounts: int, more: int
) -> None:
    values = _values([(kind, holders, length if kind == 0 else None)])
    assert value_strength(values, accounts + more)[0] >= value_strength(values, accounts)[0]


@given(st.integers(2, 500), LENGTHS, LENGTHS)
def test_a_longer_frame_never_weighs_less(holders: int, one: int, other: int) -> None:
    short, long = value_strength(_values([(0, holders, min(one, other)), (0, holders, max(one, other))]), 10_000)
    assert long >= short


def test_weights_of_wordings() -> None:
    """One sampled shingle weighs nothing, a frame its full rarity, a very long one no more than the cap adds."""
    single, frame, endless = value_strength(_values([(0, 10, 1000), (0, 10, FRAME), (0, 10, 10**8)]), 10_000)
    rarity = float(np.log(1000))
    assert single == 0.0
    assert frame == pytest.approx(rarity + FRAME / 1000 - 1.0)
    assert endless == pytest.approx(rarity + SKELETON_CAP)


def test_hubs_weigh_nothing_and_small_worlds_have_none() -> None:
    hub, below = value_strength(_values([(2, 251, None), (2, 250, None)]), 1000)
    assert hub == 0.0
    assert below > 0.0
    assert value_strength(_values([(2, 40, None)]), 60)[0] > 0.0


@pytest.mark.parametrize("seed", range(8))
def test_the_loop_links_whom_the_steps_link(open_log: OpenLog, seed: int) -> None:
    """Accounts that share addresses, software, wordings and what they registered with, at random."""
    rng = np.random.default_rng(seed)
    words = [" ".join(rng.choice(list("abcdefghij"), 40)) for _ in range(6)]

    def value(name: str, of: int) -> str:
        return f"{name}{int(rng.integers(of))}"

    calls = [
        {
            "account_id": f"a{int(rng.integers(60))}",
            "client_ip": f"198.51.100.{int(rng.integers(30))}",
            "user_agent": value("agent", 25),
            "input_text": f"{rng.choice(words)} {value('x', 1000)}",
        }
        for _ in range(900)
    ]
    registered = {"device_fingerprint": 40, "payment_fingerprint": 30, "email_domain": 20}
    accounts = [{"account_id": f"a{n}"} | {name: value(name, of) for name, of in registered.items()} for n in range(60)]
    engine = open_log(calls + _crowd(200), accounts)
    links = find_links(engine, LinkOptions(COLUMNS | {"input_text"}))
    engine.run([Step("values_held", "SELECT DISTINCT detector, value FROM holdings")])
    told = "SELECT a, b, traffic, registration FROM linked ORDER BY a, b"
    for least in (links.least, 1_000_000):
        find_linked(engine, least)
        by_loop = engine.fetch(told)
        engine.run(shared_steps(least))
        assert by_loop == engine.fetch(told)
        assert by_loop.num_rows > 20
        assert min(np.sum(by_loop["traffic"]), np.sum(by_loop["registration"])) > 0
