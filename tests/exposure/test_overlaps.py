"""What groups share, on holdings that can be counted by eye, and against plain sets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from random import Random

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stillwatch.engine import DuckDBEngine
from stillwatch.exposure import find_overlaps
from stillwatch.exposure.overlaps import DECISIVE, LEAST_IN_EACH, THEIRS
from stillwatch.links import LINK_DETECTORS

CODES = {d.name: code for code, d in enumerate(LINK_DETECTORS)}
Held = tuple[str, int, int]
"""Kind, member, value."""
GROUPED = {0: 0, 1: 0, 2: 0, 3: 0, 4: 1, 5: 1, 6: 1, 7: 2, 8: 2, 9: 3}
"""Members 10 and above are strangers; group 3 is not listed."""
LISTED = (0, 1, 2)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[DuckDBEngine]:
    opened = DuckDBEngine(tmp_path / "spill", threads=2)
    yield opened
    opened.close()


def _found(engine: DuckDBEngine, held: list[Held]) -> list[dict[str, int]]:
    holders: dict[tuple[str, int], set[int]] = defaultdict(set)
    for kind, member, value in held:
        holders[kind, value].add(member)
    columns = {
        "detector": pa.array([CODES[k] for k, _, _ in held], pa.int8()),
        "member": pa.array([m for _, m, _ in held], pa.int32()),
        "value": pa.array([v for _, _, v in held], pa.int64()),
        "holders": pa.array([len(holders[k, v]) for k, _, v in held], pa.int64()),
    }
    engine.register("holdings", pa.table(columns))
    grouped = {"member": pa.array(list(GROUPED), pa.int32()), "grp": pa.array(list(GROUPED.values()), pa.int32())}
    engine.register("grouped", pa.table(grouped))
    engine.register("listed", pa.table({"grp": pa.array(LISTED, pa.int32())}))
    rows: list[dict[str, int]] = find_overlaps(engine).to_pylist()
    return rows


def _row(one: int, other: int, kind: str, *counts: int) -> dict[str, int]:
    names = ("shared", "in_one", "in_other", "outside")
    return {"one": one, "other": other, "detector": CODES[kind]} | dict(zip(names, counts, strict=True))


def test_a_payment_in_both_is_shared_and_a_single_address_is_not(engine: DuckDBEngine) -> None:
    held = [("payment", 0, 1), ("payment", 4, 1), ("address", 0, 2), ("address", 4, 2)]
    assert _found(engine, held) == [_row(0, 1, "payment", 1, 1, 1, 0)]


def test_an_exit_of_three_in_each_is_shared(engine: DuckDBEngine) -> None:
    held: list[Held] = [("address", m, 5) for m in (0, 1, 2, 4, 5, 6, 11)] + [("address", m, 6) for m in (0, 1, 3)]
    assert _found(engine, held) == [_row(0, 1, "address", 1, 3, 3, 1)]


def test_what_many_others_hold_too_says_nothing(engine: DuckDBEngine) -> None:
    mine: list[Held] = [("signup_address", m, 1) for m in (0, 1, 4)]
    strangers: list[Held] = [("signup_address", m, 1) for m in range(10, 20)]
    assert _found(engine, mine + strangers[:7]) == [_row(0, 1, "signup_address", 1, 2, 1, 7)]
    assert _found(engine, mine + strangers) == []


def test_accounts_are_counted_once_over_all_values_of_a_kind(engine: DuckDBEngine) -> None:
    held: list[Held] = [("device", m, v) for v in (1, 2) for m in (0, 1, 7)] + [("device", 2, 1)]
    assert _found(engine, held) == [_row(0, 2, "device", 2, 3, 1, 0)]


def test_groups_that_are_not_listed_are_outside(engine: DuckDBEngine) -> None:
    held = [("payment", 0, 1), ("payment", 9, 1), ("payment", 8, 2), ("payment", 4, 2), ("payment", 9, 2)]
    assert _found(engine, held) == [_row(1, 2, "payment", 1, 1, 1, 1)]


HOLDINGS = st.lists(
    st.tuples(st.sampled_from(sorted(CODES)), st.integers(0, 13), st.integers(1, 4)), max_size=60, unique=True
)


@given(held=HOLDINGS, seed=st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_it_counts_like_plain_sets_in_any_order_of_rows(engine: DuckDBEngine, held: list[Held], seed: Random) -> None:
    found = _found(engine, held)
    shuffled = list(held)
    seed.shuffle(shuffled)
    assert _found(engine, shuffled) == found
    assert found == _plain(held)


def _plain(held: list[Held]) -> list[dict[str, int]]:
    holders: dict[tuple[str, int], set[int]] = defaultdict(set)
    for kind, member, value in held:
        holders[kind, value].add(member)
    rows = []
    for one, other in combinations(LISTED, 2):
        here, there = ({m for m, g in GROUPED.items() if g == of} for of in (one, other))
        for code, detector in enumerate(LINK_DETECTORS):
            least = 1 if detector.name in DECISIVE else LEAST_IN_EACH
            common = [
                who
                for (kind, _), who in holders.items()
                if kind == detector.name
                and min(len(who & here), len(who & there)) >= least
                and THEIRS[1] * len(who & (here | there)) >= THEIRS[0] * len(who)
            ]
            if common:
                everyone = set().union(*common)
                counts = (len(common), len(everyone & here), len(everyone & there), len(everyone - here - there))
                rows.append(_row(one, other, LINK_DETECTORS[code].name, *counts))
    return rows
