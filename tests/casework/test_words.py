"""Every kind of entry has words, and they hold no identifiers."""

from __future__ import annotations

from stillwatch.casework import judgements as j
from stillwatch.casework.words import _WORDS, told


def test_every_kind_has_words() -> None:
    assert set(_WORDS) == set(j.KINDS)


def test_a_proposal_says_what_on_how_many_and_what_it_needs() -> None:
    one = j.Proposed(case=1, reason="x", accounts=("a", "b"), measure="suspend", until="2026-07-01", second_person=True)
    assert told(one) == ("proposed to suspend, on 2 accounts until 2026-07-01, which a second person must approve")


def test_accounts_are_counted_and_not_named() -> None:
    assert told(j.Cleared(case=1, reason="x", accounts=("acct-secret",))) == "cleared 1 account"
    assert "acct" not in told(j.Appealed(case=1, reason="x", account="acct-secret", statement="y"))
