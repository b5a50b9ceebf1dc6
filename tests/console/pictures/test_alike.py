"""Blocks of alike accounts, against counting one by one."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from stillwatch.console.pictures.alike import ENOUGH, MOST_BLOCKS, Alike, take_together
from stillwatch.records import HOLDINGS, MEMBERS
from tests.report import fakes

Rows = list[dict[str, Any]]


def _alike(tables: dict[str, Rows]) -> Alike:
    found = take_together(
        pa.Table.from_pylist(tables["members"], schema=MEMBERS.arrow),
        pa.Table.from_pylist(tables["holdings"], schema=HOLDINGS.arrow),
        tables["shared"],
    )
    assert found is not None
    return found


def _by_hand(tables: dict[str, Rows], alike: Alike) -> Counter[tuple[str, frozenset[int]]]:
    """Role and places of shown values, counted over accounts."""
    alone = {(v.kind, v.value): place for place, v in enumerate(alike.values) if v.value is not None}
    rest = {v.kind: place for place, v in enumerate(alike.values) if v.value is None}
    held: dict[str, set[int]] = {member["account_id"]: set() for member in tables["members"]}
    for row in tables["holdings"]:
        key = (row["detector"], row["value"])
        held[row["account_id"]].add(alone[key] if key in alone else rest[row["detector"]])
    return Counter((m["role"], frozenset(held[m["account_id"]])) for m in tables["members"])


@pytest.mark.parametrize("size", [5, 20, 60, 300, 2_000])
def test_blocks_are_those_counted_by_hand(size: int) -> None:
    tables = fakes.campaign("c-1", size, seed=size)
    alike = _alike(tables)
    assert {(b.role, frozenset(b.holds)): b.accounts for b in alike.blocks} == dict(_by_hand(tables, alike))
    assert [b.accounts for b in alike.blocks] == sorted((b.accounts for b in alike.blocks), reverse=True)
    assert np.bincount(alike.block_of).tolist() == [b.accounts for b in alike.blocks]
    for place, member in enumerate(tables["members"]):
        assert alike.blocks[alike.block_of[place]].role == member["role"]


@pytest.mark.parametrize("size", [40, 400, 4_000])
def test_values_are_counted(size: int) -> None:
    tables = fakes.campaign("c-1", size)
    alike = _alike(tables)
    holders: dict[tuple[str, str | None], set[str]] = {}
    alone = {(v.kind, v.value) for v in alike.values}
    for row in tables["holdings"]:
        key = (row["detector"], row["value"])
        holders.setdefault(key if key in alone else (row["detector"], None), set()).add(row["account_id"])
    assert {(v.kind, v.value): v.inside for v in alike.values} == {key: len(who) for key, who in holders.items()}
    for value in alike.values:
        assert (value.values == 1) == (value.value is not None)
    listed = Counter(row["detector"] for row in tables["shared"])
    told: Counter[str] = Counter()
    for value in alike.values:
        told[value.kind] += value.values
    assert told == listed


def test_a_crowd_stays_few_blocks_that_hold_nearly_all() -> None:
    alike = _alike(fakes.campaign("c-1", 25_000))
    assert alike.shown <= MOST_BLOCKS
    assert alike.accounts_left_out <= (1 - ENOUGH) * 25_000
    assert len(alike.values) < 40


def test_a_small_group_shows_every_value() -> None:
    alike = _alike(fakes.campaign("c-1", 12))
    assert all(value.value is not None for value in alike.values)
    assert alike.accounts_left_out == 0


def test_the_order_of_rows_changes_nothing() -> None:
    tables = fakes.campaign("c-1", 200)
    shuffled = dict(tables)
    shuffled["holdings"] = [
        tables["holdings"][i] for i in np.random.default_rng(1).permutation(len(tables["holdings"]))
    ]
    one, other = _alike(tables), _alike(shuffled)
    assert (one.values, one.blocks) == (other.values, other.blocks)
    assert (one.block_of == other.block_of).all()


def test_what_all_hold_is_common_but_for_those_who_hold_nothing() -> None:
    tables = fakes.campaign("c-1", 12)
    alike = _alike(tables)
    for place in alike.common:
        assert all(place in block.holds for block in alike.blocks[: alike.shown] if block.holds)


def test_without_holdings_there_is_no_picture() -> None:
    tables = fakes.campaign("c-1", 6)
    members = pa.Table.from_pylist(tables["members"], schema=MEMBERS.arrow)
    assert take_together(members, HOLDINGS.arrow.empty_table(), tables["shared"]) is None
    assert take_together(members, HOLDINGS.arrow.empty_table(), []) is None


def test_made_up_kinds_do_not_overflow() -> None:
    tables = fakes.campaign("c-1", 6)
    names = [member["account_id"] for member in tables["members"]]
    shared, holdings = [], []
    for n in range(90):
        common = {"campaign_id": "c-1", "detector": f"kind{n:02d}", "value": "v", "strength": 1.0}
        shared.append({**common, "accounts_inside": 2, "accounts_outside": 0})
        holdings += [{**common, "account_id": name} for name in names[:2]]
    alike = _alike({**tables, "shared": shared, "holdings": holdings})
    assert sum(block.accounts for block in alike.blocks) == 6
