"""The summary is readable in a terminal and complete as JSON."""

from __future__ import annotations

import json

from stillwatch.records import CAMPAIGNS
from stillwatch.report import Result, summary_json, summary_lines
from tests.golden import Golden


def test_what_was_found(small: Result, golden: Golden) -> None:
    golden("summary.txt", "\n".join(summary_lines(small)) + "\n")


def test_nothing_found(empty: Result, golden: Golden) -> None:
    golden("summary_nothing.txt", "\n".join(summary_lines(empty)) + "\n")


def test_json_has_every_column(small: Result) -> None:
    plain = json.loads(json.dumps(summary_json(small)))
    assert plain["accused"] == 1
    assert [set(row) for row in plain["campaigns"]] == [set(CAMPAIGNS.names)] * 3
    assert plain["campaigns"][0]["capabilities"]["coding"] == 0.46


def test_foreign_text_is_neither_markup_nor_control(hostile: Result) -> None:
    text = "".join(summary_lines(hostile))
    assert text.replace("\u00a0", " ").isprintable()
    assert json.dumps(summary_json(hostile))
