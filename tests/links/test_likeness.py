"""Who is alike: the search for neighbours against brute force, and pools that repeat no wording."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.engine import Engine
from stillwatch.links import Likeness, LinkOptions, find_links
from stillwatch.links.likeness import (
    CELL,
    LEAST_ACCOUNTS,
    NEIGHBOURS,
    find_likeness,
    nearest,
    read_mixes,
)
from stillwatch.links.mixes import LEAST_EXCHANGES

OpenLog = Callable[..., Engine]
Rows = list[dict[str, Any]]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
START = datetime(2026, 5, 4, tzinfo=UTC)
COLUMNS = {"input_text", "output_tokens", "turn"}


# The search.


def _points(size: int, width: int, seed: int) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(size, width)), 1.0 / rng.integers(16, 100, size)


def _brute(place: Floats, chance: Floats, count: int) -> Ints:
    found = np.full((place.shape[0], count), -1, np.int64)
    for i in range(place.shape[0]):
        distance = ((place - place[i]) ** 2).sum(axis=1) / (chance + chance[i])
        distance[i] = np.inf
        best = np.argsort(distance, kind="stable")[: min(count, place.shape[0] - 1)]
        found[i, : best.size] = best
    return found


@pytest.mark.parametrize(("size", "width"), [(2, 3), (9, 1), (300, 16), (1500, 4)])
def test_the_nearest_are_those_of_brute_force(size: int, width: int) -> None:
    place, chance = _points(size, width, size)
    for threads in (1, 3):
        assert np.array_equal(nearest(place, chance, NEIGHBOURS, threads), _brute(place, chance, NEIGHBOURS))


def test_below_five_cells_the_search_is_exact() -> None:
    place, chance = _points(5 * CELL - 1, 6, 1)
    some = np.arange(0, place.shape[0], 97)
    assert np.array_equal(nearest(place, chance, 5)[some], _brute(place, chance, 5)[some])


def test_cells_miss_few_of_the_nearest() -> None:
    place, chance = _points(8000, 8, 2)
    found, true = nearest(place, chance, NEIGHBOURS), _brute(place, chance, NEIGHBOURS)
    assert np.mean((found[:, :, None] == true[:, None, :]).any(axis=2)) >= 0.9
    assert (found != np.arange(8000)[:, None]).all()
    assert (found >= 0).all()
    assert all(np.unique(row).size == NEIGHBOURS for row in found[::50])


def test_of_two_as_far_away_the_busier_is_told_apart() -> None:
    """Distance is in units of chance: the account with few exchanges is the nearer one."""
    place, chance = np.array([[0.0], [1.0], [-1.0]]), np.array([0.02, 0.01, 0.05])
    assert nearest(place, chance, 2)[0].tolist() == [2, 1]


@given(st.integers(1, 60), st.integers(0, 2**31))
@settings(max_examples=40, deadline=None)
def test_permuting_accounts_permutes_the_nearest(size: int, seed: int) -> None:
    place, chance = _points(size, 3, seed)
    order = np.random.default_rng(seed + 1).permutation(size)
    new = np.argsort(order)
    before, after = nearest(place, chance, 4), nearest(place[order], chance[order], 4)
    assert np.array_equal(after, np.where(before >= 0, new[before], -1)[order])


def test_nobody_is_near_to_a_single_account() -> None:
    assert nearest(np.zeros((1, 2)), np.ones(1), 3).tolist() == [[-1, -1, -1]]
    assert nearest(np.zeros((0, 2)), np.ones(0), 3).shape == (0, 3)


# Pools of tasks, through the real door.

LETTERS = np.array(list("abcdefghijklmnopqrstuvwxyz"))
WORDS = ["".join(LETTERS[np.random.default_rng(n).integers(0, 26, 7)]) for n in range(400)]
PLANTED, CROWD = 15, 200


def _tastes(seed: int) -> Floats:
    """How often somebody uses each word: everybody has favourites."""
    return np.random.default_rng(seed).dirichlet(np.full(len(WORDS), 0.1))


def _traffic(account: str, taste: Floats, seed: int, exchanges: int = 24, step: int = 1) -> Rows:
    """Exchanges on every `step`-th day, each of twelve words of its own."""
    rng = np.random.default_rng(seed)
    return [
        {
            "account_id": account,
            "time": START + timedelta(days=step * (n % 6), seconds=int(rng.integers(0, 80_000))),
            "input_text": " ".join(rng.choice(WORDS, 12, p=taste)),
            "output_tokens": int(rng.integers(10, 3000)),
            "turn": int(rng.integers(1, 3)),
        }
        for n in range(exchanges)
    ]


@cache
def _log(step: int = 1, crowd: int = CROWD) -> Rows:
    """Customers with favourites of their own, and PLANTED accounts that are dealt tasks of one pool."""
    rows = [row for n in range(crowd) for row in _traffic(f"c{n}", _tastes(n), 10_000 + n)]
    return rows + [row for n in range(PLANTED) for row in _traffic(f"p{n}", _tastes(777), 20_000 + n, step=step)]


def _names(engine: Engine) -> list[str]:
    table = engine.fetch("SELECT CAST(account_id AS VARCHAR) AS name FROM population ORDER BY member")
    return [str(name) for name in table["name"].to_pylist()]


def _alike(engine: Engine) -> tuple[Likeness, list[str]]:
    names = _names(engine)
    return find_likeness(engine, len(names)), names


def _near(found: Likeness, names: list[str]) -> dict[str, set[str]]:
    return {name: {names[k] for k in row if k >= 0} for name, row in zip(names, found.near, strict=True)}


def test_a_pool_that_repeats_no_wording_is_alike_and_nobody_is_linked(open_log: OpenLog) -> None:
    rows = _log()
    assert len({row["input_text"] for row in rows}) == len(rows)
    engine = open_log(rows)
    links = find_links(engine, LinkOptions(COLUMNS))
    assert engine.fetch("SELECT a FROM linked").num_rows == 0
    near = _near(links.likeness, _names(engine))
    planted = {f"p{n}" for n in range(PLANTED)}
    for name in planted:
        assert near[name] <= planted - {name}


def test_pairs_are_mutual_told_once_and_count_what_is_common(open_log: OpenLog) -> None:
    found, _ = _alike(open_log(_log()))
    near = [set(row[row >= 0].tolist()) for row in found.near]
    expected = [
        {"a": a, "b": b, "common": len(near[a] & near[b])}
        for a in range(len(near))
        for b in range(a + 1, len(near))
        if b in near[a] and a in near[b]
    ]
    assert expected
    assert found.pairs.to_pylist() == expected
    assert found.mixed == CROWD + PLANTED


def test_order_of_rows_and_names_of_accounts_are_of_no_consequence(open_log: OpenLog) -> None:
    rows = [row | {"exchange_id": f"e{n}"} for n, row in enumerate(_log())]
    order = np.random.default_rng(5).permutation(len(rows))
    first, names = _alike(open_log(rows))
    second, others = _alike(open_log([rows[k] | {"account_id": rows[k]["account_id"][::-1]} for k in order]))
    assert others == [name[::-1] for name in names]
    assert np.array_equal(first.near, second.near)
    assert first.pairs.equals(second.pairs)


def test_accounts_in_another_order_are_as_alike(open_log: OpenLog) -> None:
    """The other way round in time: numbers of accounts change, and who is alike does not."""
    rows = _log()
    last = START + timedelta(days=5, hours=23)
    back = [row | {"time": last - (row["time"] - START)} for row in rows]
    first, second = (_near(*_alike(open_log(log))) for log in (rows, back))
    same = np.mean([len(first[name] & second[name]) / NEIGHBOURS for name in first])
    assert same >= 0.9
    for name in (f"p{n}" for n in range(PLANTED)):
        assert first[name] <= {f"p{n}" for n in range(PLANTED)} >= second[name]


def test_accounts_of_even_days_are_alike_too(open_log: OpenLog) -> None:
    """They tell nothing of chance, for that takes both halves; but they have a mix."""
    found, names = _alike(open_log(_log(step=2)))
    near = _near(found, names)
    planted = {f"p{n}" for n in range(PLANTED)}
    assert found.mixed == CROWD + PLANTED
    for name in planted:
        assert len(near[name] & planted) >= 0.9 * NEIGHBOURS


def test_without_odd_days_there_is_no_scale(open_log: OpenLog) -> None:
    found, _ = _alike(open_log([row for n in range(60) for row in _traffic(f"c{n}", _tastes(n), n, step=2)]))
    assert (found.mixed, found.pairs.num_rows) == (60, 0)
    assert (found.near == -1).all()


def test_too_few_accounts_offer_no_scale(open_log: OpenLog) -> None:
    found, names = _alike(open_log(_log(crowd=LEAST_ACCOUNTS - PLANTED - 1)))
    assert (found.mixed, found.pairs.num_rows) == (len(names), 0)
    assert (found.near == -1).all()


def test_accounts_with_few_exchanges_have_no_mix(open_log: OpenLog) -> None:
    few = _traffic("few", _tastes(777), 1, exchanges=LEAST_EXCHANGES - 1)
    enough = _traffic("enough", _tastes(777), 2, exchanges=LEAST_EXCHANGES)
    found, names = _alike(open_log(_log() + few + enough))
    assert (found.near[names.index("few")] == -1).all()
    assert not (found.near == names.index("few")).any()
    assert (found.near[names.index("enough")] >= 0).all()
    assert found.mixed == len(names) - 1


@pytest.mark.parametrize("kept", [(), ("turn",), ("output_tokens",)])
def test_a_log_without_text_gives_no_error(open_log: OpenLog, kept: tuple[str, ...]) -> None:
    rows = [{name: row[name] for name in ("account_id", "time", *kept)} for row in _log()]
    found, names = _alike(open_log(rows))
    assert found.mixed == len(names)
    assert ((found.near >= 0).all() and found.pairs.num_rows > 0) == bool(kept)
    assert (found.near == -1).all() != bool(kept)


def test_an_empty_log_has_nobody(open_log: OpenLog) -> None:
    found = find_likeness(open_log([]), 0)
    assert (found.mixed, found.pairs.num_rows, found.near.shape) == (0, 0, (0, NEIGHBOURS))


def test_coordinates_are_in_units_of_chance(open_log: OpenLog) -> None:
    """Accounts of one pool differ by chance alone: 1/m + 1/n in every direction that tells accounts apart."""
    engine = open_log(_log())
    mixes, names = read_mixes(engine), _names(engine)
    rows = [k for k, member in enumerate(mixes.member) if names[member].startswith("p")]
    assert (mixes.exchanges == 24).all()
    spread = mixes.place[rows].var(axis=0, ddof=1) * 24
    assert 0.3 < float(spread.mean()) < 3.0
    assert float(mixes.place.var(axis=0, ddof=1).mean()) * 24 > 2 * float(spread.mean())
