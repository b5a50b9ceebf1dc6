"""People of a desk, and short ways to judge, for tests."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from stillwatch.casework import judgements as j
from stillwatch.casework.chain import Entry
from stillwatch.casework.errors import RuleError
from stillwatch.casework.ledger import Ledger
from stillwatch.casework.roles import Author, Role

VERA = Author("vera", Role.VIEWER)
ANN, ABE = Author("ann", Role.ANALYST), Author("abe", Role.ANALYST)
PIA, PAT = Author("pia", Role.APPROVER), Author("pat", Role.APPROVER)
ADA = Author("ada", Role.ADMIN)
SOON = (datetime.now(UTC) + timedelta(days=30)).isoformat()
_TOKENS = itertools.count()


def judge(ledger: Ledger, judgement: j.Judgement, author: Author = ANN, **evidence: Any) -> Entry:
    """Append with a fresh token. `evidence`: harvested exchanges and kinds of each account by name."""
    accounts = {a: {"harvested_exchanges": n, "kinds": sorted(kinds)} for a, (n, kinds) in evidence.items()}
    return ledger.append(judgement, author, f"form-{next(_TOKENS)}", {"accounts": accounts} if accounts else None)


def open_case(ledger: Ledger, *campaigns: str) -> int:
    entry = judge(ledger, j.Opened(title="Many hands", campaigns=campaigns or ("C-1",), reason="Looks like one hand."))
    assert entry.case_number is not None
    return entry.case_number


def propose(ledger: Ledger, case: int, *accounts: str, author: Author = ANN, until: str = SOON) -> int:
    proposed = j.Proposed(case=case, accounts=accounts, measure="limit", until=until, reason="It goes on.")
    return judge(ledger, proposed, author).number


def refused(ledger: Ledger, told: str, judgement: j.Judgement, author: Author = ANN, **evidence: object) -> None:
    """Append what a rule forbids: it says so, and nothing changes."""
    before = ledger.state()
    with pytest.raises(RuleError, match=told):
        judge(ledger, judgement, author, **evidence)
    assert ledger.state() == before
