"""What people did about one account: by name, or by deciding on what names it."""

from __future__ import annotations

from stillwatch.casework import judgements as j
from stillwatch.casework.actions import actions_on
from stillwatch.casework.chain import Entry


def entries(*judged: j.Judgement) -> list[Entry]:
    return [
        Entry(number, "2026-06-01T00:00:00.000000Z", "ada", one.kind, one.case, str(number), one.body(), None, "")
        for number, one in enumerate(judged, start=1)
    ]


def test_named_and_decided_on() -> None:
    found = actions_on(
        "a",
        entries(
            j.Opened(case=1, reason="x", title="t", campaigns=("c",)),
            j.Proposed(case=1, reason="x", accounts=("a", "b"), measure="limit", until="2026-07-01"),
            j.Proposed(case=1, reason="x", accounts=("b",), measure="limit", until="2026-07-01"),
            j.Approved(case=1, reason="x", proposal=2),
            j.Approved(case=1, reason="x", proposal=3),
            j.Appealed(case=1, reason="x", account="a", statement="no"),
            j.Answered(case=1, reason="x", appeal=6, outcome="refused"),
            j.Cleared(case=1, reason="x", accounts=("b",)),
            j.Cleared(case=1, reason="x", accounts=("a",)),
            j.Recalled(case=1, reason="x", entry=8),
            j.Recalled(case=1, reason="x", entry=9),
            j.Lifted(case=1, reason="x", proposal=2, accounts=("b",)),
            j.Commented(case=1, reason="about a"),
        ),
    )
    assert [entry.number for entry in found] == [2, 4, 6, 7, 9, 11]
