"""A spreadsheet that opens our tables runs nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from stillwatch.console.csv_files import harmless


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\n=1", "  =1", "\N{NO-BREAK SPACE}=1", "\uff1d1", "\uff0b1"]
)
def test_a_text_that_would_act_is_quoted(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("value", ["ac_1", "a=1", "", "'", None, -3, 0.5, True])
def test_all_else_stays_as_it_is(value: Any) -> None:
    assert harmless(value) == value


def test_times_are_iso() -> None:
    assert harmless(datetime(2026, 5, 1, 6, tzinfo=UTC)) == "2026-05-01T06:00:00+00:00"
