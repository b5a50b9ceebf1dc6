from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import pytest

from stillwatch.campaigns.coordination.pivot import (
    CROWD,
    LEAST_COMMUNITIES,
    MOVED,
    pivot_findings,
)
from stillwatch.campaigns.model import Finding, Groups, one_side

Moves = list[tuple[str, int, int, int]]


def _table(rows: Moves) -> pa.Table:
    model, member, after, on_model = zip(*rows, strict=True) if rows else ((), (), (), ())
    columns = {"model": pa.array(model, pa.string()), "member": pa.array(member, pa.int32())}
    counts = {"after": pa.array(after, pa.int64()), "on_model": pa.array(on_model, pa.int64())}
    return pa.table(columns | counts)


def _groups(sizes: Sequence[int], outside: int) -> Groups:
    return Groups(
        np.r_[np.repeat(np.arange(len(sizes)), sizes), np.full(outside, -1)].astype(np.int64), one_side(len(sizes))
    )


def _crowd(first: int, size: int, movers: int) -> Moves:
    return [("new", first + n, 10, 10 if n < movers else 0) for n in range(size)]


def _found(moves: pa.Table, groups: Groups) -> list[Finding]:
    """Without communities of alike accounts to compare with."""
    return pivot_findings(moves, groups, Groups(np.full(groups.of.size, -1, np.int64), ()))


def test_a_group_that_moves_at_once_stands_out() -> None:
    moves = [("new", n, 40, 20) for n in range(20)] + [("new", 20 + n, 40, 0) for n in range(20)] + _crowd(40, 400, 30)
    moved, stayed = _found(_table(moves), _groups([20, 20], 400))
    assert moved.p < 1e-15
    assert moved.observed == 20.0
    assert moved.expected == pytest.approx(20 * 30 / 400)
    assert "20 of 20" in moved.statement
    assert (stayed.p, stayed.observed) == (1.0, 0.0)


def test_moving_with_the_crowd_does_not() -> None:
    moves = [("new", n, 40, 20 if n < 12 else 0) for n in range(20)] + _crowd(20, 400, 220)
    (found,) = _found(_table(moves), _groups([20], 400))
    assert found.p > 0.1


def test_a_share_of_the_traffic_is_a_move_and_a_try_is_none() -> None:
    share = round(MOVED * 100)
    moves = [("new", n, 100, share if n < 5 else share - 1) for n in range(10)] + _crowd(10, 400, 0)
    assert _found(_table(moves), _groups([10], 400))[0].observed == 5.0


def test_only_those_who_could_move_are_counted() -> None:
    """Fifteen of the group's twenty were not there before the release."""
    moves = [("new", n, 40, 40) for n in range(5)] + _crowd(20, 400, 0)
    (found,) = _found(_table(moves), _groups([20], 400))
    assert "5 of 5" in found.statement
    assert found.p == pytest.approx(CROWD**5, rel=1e-6)


def test_the_clearest_release_is_told_and_paid_for() -> None:
    once = [("new", n, 40, 40) for n in range(5)] + _crowd(5, 400, 0)
    twice = once + [("newer", n, 40, 0) for n in range(405)]
    groups = _groups([5], 400)
    (single,), (double,) = _found(_table(once), groups), _found(_table(twice), groups)
    assert double.p == pytest.approx(2 * single.p)
    assert double.observed == single.observed == 5.0


def test_no_release_is_no_move() -> None:
    (found,) = _found(_table([]), _groups([20], 400))
    assert (found.p, found.observed) == (1.0, 0.0)


@pytest.mark.parametrize("releases", [1, 3])
@pytest.mark.parametrize("rate", [0.01, 0.05, 0.3])
def test_under_the_null_nothing_is_found_too_often(
    no_surplus: Callable[[Sequence[Finding]], None], releases: int, rate: float
) -> None:
    rng = np.random.default_rng(int(rate * 100) + releases)
    groups = _groups([12] * 800, 4000)
    accounts = groups.of.size
    parts = []
    for n in range(releases):
        after = rng.integers(1, 60, accounts)
        moved = np.where(rng.random(accounts) < rate, after, 0)
        names = {"model": pa.array([f"m{n}"] * accounts, pa.string()), "member": np.arange(accounts, dtype=np.int32)}
        parts.append(pa.table(names | {"after": after, "on_model": moved}))
    no_surplus(_found(pa.concat_tables(parts), groups))


EACH = 20


def _communities(outside: int, size: int, first: int) -> Groups:
    """Communities of EACH among accounts outside any group."""
    of = np.full(size, -1, np.int64)
    of[first : first + outside * EACH] = np.repeat(np.arange(outside), EACH)
    return Groups(of, one_side(outside))


def _keen(communities: int, keen: int) -> tuple[pa.Table, Groups, Groups]:
    """A group of EACH, three quarters of which move; and as many communities, of which `keen` move as well."""
    size = EACH * (communities + 1) + 2000
    number = np.arange(size) // EACH
    moves = [("new", n, 10, 10 if g <= keen and n % EACH < 15 else 0) for n, g in zip(range(size), number, strict=True)]
    return _table(moves), _groups([EACH], size - EACH), _communities(communities, size, EACH)


def test_a_group_as_keen_as_some_communities_does_not_stand_out() -> None:
    """Benchmarkers move on release day without knowing one another."""
    moves, groups, communities = _keen(60, 12)
    (beside,), (alone,) = pivot_findings(moves, groups, communities), _found(moves, groups)
    assert alone.p < 1e-4
    assert beside.p > 0.4
    assert beside.expected == pytest.approx(15.0)
    assert beside.observed == alone.observed == 15.0


def test_a_group_keener_than_nearly_all_communities_still_stands_out() -> None:
    moves, groups, communities = _keen(60, 3)
    assert pivot_findings(moves, groups, communities) == _found(moves, groups)
    assert pivot_findings(moves, groups, communities)[0].p < 1e-9


@pytest.mark.parametrize(("communities", "followed"), [(LEAST_COMMUNITIES - 1, False), (LEAST_COMMUNITIES, True)])
def test_a_few_communities_are_no_yardstick(communities: int, followed: bool) -> None:
    moves, groups, alike = _keen(communities, communities)
    (beside,), (alone,) = pivot_findings(moves, groups, alike), _found(moves, groups)
    assert (beside.p > alone.p) is followed
    assert followed or beside == alone


def test_communities_that_could_not_move_are_no_yardstick() -> None:
    """Of each only four were there before the release."""
    moves, groups, communities = _keen(60, 60)
    member = np.asarray(moves["member"])
    there = moves.filter(pa.array((member < EACH) | (member % EACH < 4) | (communities.of[member] < 0)))
    assert pivot_findings(there, groups, communities) == _found(there, groups)


@pytest.mark.parametrize("spread", [0.0, 0.1])
def test_random_groups_of_keen_accounts_are_found_no_more_often_than_chance(
    no_surplus: Callable[[Sequence[Finding]], None], spread: float
) -> None:
    """Strangers outside stay; every community, the groups among them, moves with a share about one third."""
    rng = np.random.default_rng(5)
    count, beside, outside = 500, 300, 20_000
    rate = np.repeat(rng.choice([0.3 - spread, 0.3], beside), EACH)
    moved = np.r_[rng.random(count * EACH) < 0.3, rng.random(beside * EACH) < rate, np.zeros(outside, bool)]
    moves = _table([("new", n, 10, 10 * int(m)) for n, m in enumerate(moved)])
    groups = _groups([EACH] * count, beside * EACH + outside)
    no_surplus(pivot_findings(moves, groups, _communities(beside, moved.size, count * EACH)))
    assert sum(f.p <= 0.001 for f in _found(moves, groups)) > 100
