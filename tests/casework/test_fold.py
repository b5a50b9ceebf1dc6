"""The fold against random ledgers: what was appended is what is derived, however it is read."""

from __future__ import annotations

import itertools
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stillwatch.casework import judgements as j
from stillwatch.casework.cases import IN_FORCE, DeskState
from stillwatch.casework.chain import Entry, fault_of
from stillwatch.casework.errors import RuleError
from stillwatch.casework.fold import Fold
from stillwatch.casework.ledger import Ledger
from stillwatch.casework.roles import Author, Role
from stillwatch.casework.signing import open_signing_key
from tests.casework.desk import SOON

PEOPLE = [Author(name, role) for name, role in zip("wxyz", [*[*Role][1:], Role.APPROVER], strict=True)]
ACCOUNTS = ("a", "b", "c", "d")
MANY = (*ACCOUNTS, *(f"m{n}" for n in range(8)))
some = st.lists(st.sampled_from(ACCOUNTS), min_size=1, max_size=3, unique=True).map(tuple)
cases = st.integers(1, 4)
entries = st.integers(1, 25)
kinds_seen = st.frozensets(st.sampled_from(["wording", "device", "address"]), max_size=3)


def _made(kind: type[j.Judgement], **fields: Any) -> st.SearchStrategy[j.Judgement]:
    return st.builds(kind, reason=st.just("r"), **fields)


judgements = st.one_of(
    _made(j.Opened, title=st.just("t"), campaigns=st.sampled_from(["C-1", "C-2", "C-3"]).map(lambda one: (one,))),
    _made(j.Assigned, case=cases, to=st.sampled_from(["w", None])),
    _made(j.Commented, case=cases),
    _made(j.Confirmed, case=cases, campaigns=st.sampled_from(["C-1", "C-2"]).map(lambda one: (one,))),
    _made(j.Closed, case=cases, outcome=st.sampled_from(j.CLOSINGS)),
    _made(j.Reopened, case=cases),
    _made(j.Split, case=cases, accounts=some, title=st.just("s")),
    _made(j.Merged, case=cases, into=cases),
    _made(j.Cleared, case=cases, accounts=some),
    _made(j.MarkedBystander, case=cases, accounts=some),
    _made(j.Recalled, case=cases, entry=entries),
    _made(j.Attributed, case=cases, operator=st.just("o"), source=st.just("s")),
    _made(j.Proposed, case=cases, accounts=some | st.just(MANY), measure=st.just("limit"), until=st.just(SOON)),
    _made(j.Approved, case=cases, proposal=entries),
    _made(j.Declined, case=cases, proposal=entries),
    _made(j.Lifted, case=cases, proposal=entries, accounts=some),
    _made(j.Appealed, case=cases, account=st.sampled_from(ACCOUNTS), statement=st.just("s")),
    _made(j.Answered, case=cases, appeal=entries, outcome=st.sampled_from(j.ANSWERS)),
)
steps = st.lists(st.tuples(judgements, st.sampled_from(PEOPLE), kinds_seen, st.integers(0, 9)), max_size=30)


def folded(taken: list[Entry]) -> DeskState:
    fold = Fold()
    fold.take_all(taken)
    return fold.state()


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(steps)
def test_random_ledgers(given_steps: list[tuple[j.Judgement, Author, frozenset[str], int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        key = open_signing_key(Path(folder) / "key")
        ledger = Ledger.open(Path(folder) / "desk.sqlite", key)
        states = [ledger.state()]
        for number, (judgement, author, kinds, harvested) in enumerate(given_steps):
            seen = {a: {"harvested_exchanges": harvested, "kinds": sorted(kinds)} for a in MANY}
            try:
                ledger.append(judgement, author, f"form-{number}", {"accounts": seen})
            except RuleError:
                assert ledger.state() == states[-1]
                continue
            states.append(ledger.state())
        taken = list(ledger.entries())
        ledger.close()
        again = Ledger.open(Path(folder) / "desk.sqlite", key)
        assert again.state() == states[-1]
        assert again.verify().holds
        again.close()
    _check_chain(taken)
    _check_prefixes(taken, states)
    _check_state(taken, states[-1])


def _check_chain(taken: list[Entry]) -> None:
    assert [entry.number for entry in taken] == list(range(1, len(taken) + 1))
    assert all(fault_of(entry, before) is None for before, entry in itertools.pairwise([None, *taken]) if entry)
    assert sorted(entry.time for entry in taken) == [entry.time for entry in taken]


def _check_prefixes(taken: list[Entry], states: list[DeskState]) -> None:
    """A state given out earlier is not changed by later entries, and is what its entries alone give."""
    for state in states:
        assert folded(taken[: state.number]) == state


def _check_state(taken: list[Entry], state: DeskState) -> None:
    now = datetime.now(UTC)
    assert list(state.cases) == list(range(1, len(state.cases) + 1))
    assert set(state.clearings) == _cleared(taken)
    for account in MANY:
        in_force = state.measures_on(account, now)
        assert all(one.state(now) == IN_FORCE and account in one.remaining for one in in_force)
        if account in state.clearings:
            decided = state.clearings[account].decided.entry
            assert all(one.proposal > decided for one in in_force)
    for case in state.cases.values():
        for one in case.measures:
            if len(one.accounts) > 10 and one.state(now) == IN_FORCE:
                assert one.approved is not None
                assert one.approved.person != one.proposed.person
            assert one.state(now + timedelta(days=400)) != IN_FORCE
        for appeal in case.appeals:
            if appeal.answered:
                involved = {m.proposed.person for c in state.cases.values() for m in c.measures
                            if appeal.account in m.accounts and m.proposal < appeal.answered.entry}  # fmt: skip
                assert appeal.answered.person not in involved


def _cleared(taken: list[Entry]) -> set[str]:
    """A simple oracle: accounts of clearing entries that were not recalled, and of granted appeals."""
    recalled = {e.judgement.entry for e in taken if isinstance(e.judgement, j.Recalled)}
    appeals = {e.number: e.judgement.account for e in taken if isinstance(e.judgement, j.Appealed)}
    found: set[str] = set()
    for entry in taken:
        one = entry.judgement
        if isinstance(one, j.Cleared | j.MarkedBystander) and entry.number not in recalled:
            found.update(one.accounts)
        elif isinstance(one, j.Answered) and one.outcome == "granted":
            found.add(appeals[one.appeal])
    return found
