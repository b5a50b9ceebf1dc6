"""Rows found by binary search are those that a filter finds."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.console.reading import Grouped


@given(st.lists(st.text(max_size=4), max_size=40), st.text(max_size=3))
def test_rows_and_prefixes_are_those_of_a_filter(keys: list[str], asked: str) -> None:
    table = pa.table({"key": pa.array(keys, pa.string()), "place": np.arange(len(keys))})
    grouped = Grouped(table, "key")
    assert len(grouped) == len(set(keys))
    for key in {*keys, asked}:
        found = table.filter(pc.equal(table["key"], key))
        assert grouped.rows(key)["place"].to_pylist() == found["place"].to_pylist()
        assert grouped.count(key) == found.num_rows
        assert (key in grouped) == (key in keys)
    assert list(grouped.beginning_with(asked)) == sorted(key for key in set(keys) if key.startswith(asked))


@pytest.mark.parametrize("order", ["sorted", "shuffled"])
def test_a_table_of_several_chunks(order: str) -> None:
    rng = np.random.default_rng(3)
    keys = [f"k{n:03d}" for n in rng.integers(0, 50, 2_000)]
    keys = sorted(keys) if order == "sorted" else keys
    table = pa.table({"key": keys, "place": np.arange(len(keys))})
    parts = pa.concat_tables([table.slice(0, 700), table.slice(700, 1), table.slice(701)])
    grouped = Grouped(parts, "key")
    for key in set(keys):
        assert grouped.rows(key)["place"].to_pylist() == [n for n, one in enumerate(keys) if one == key]


def test_an_empty_table_has_no_keys() -> None:
    grouped = Grouped(pa.table({"key": pa.array([], pa.string())}), "key")
    assert len(grouped) == 0
    assert grouped.rows("any").num_rows == 0
    assert list(grouped.beginning_with("")) == []
