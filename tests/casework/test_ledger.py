"""The ledger on both databases: appended once, in order, under rules, and found again."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillwatch.casework import judgements as j
from stillwatch.casework.canonical import canonical_json
from stillwatch.casework.chain import Entry, sealed
from stillwatch.casework.errors import CaseworkError, RuleError
from stillwatch.casework.fold import Fold
from stillwatch.casework.ledger import Ledger
from stillwatch.casework.schema import LEDGER
from stillwatch.casework.signing import SigningKey
from tests.casework.desk import ANN, PIA, VERA, judge, open_case, propose

Open = Callable[..., Ledger]


def test_entries_come_back_as_they_were_judged(open_ledger: Open, url: str) -> None:
    ledger = open_ledger(url)
    case = open_case(ledger, "C-1", "C-2")
    reason = "Ein Grund mit Umlauten äöü,\nzwei Zeilen, 'Anführungen' und \\ {{7*7}} 🙂"
    judge(ledger, j.Commented(case=case, reason=reason))
    again = open_ledger(url)
    entries = list(again.entries())
    assert [e.number for e in entries] == [1, 2, 3]
    assert [e.kind for e in entries] == ["founded", "opened", "commented"]
    assert entries[2].judgement == j.Commented(case=case, reason=reason)
    assert [e.number for e in again.entries(case=case)] == [2, 3]
    assert [e.number for e in again.entries(after=2)] == [3]
    assert again.state() == ledger.state()
    assert again.verify().holds


def test_the_same_form_is_one_judgement(open_ledger: Open, url: str) -> None:
    ledger = open_ledger(url)
    case = open_case(ledger)
    comment = j.Commented(case=case, reason="Seen.")
    first = ledger.append(comment, ANN, "form")
    assert ledger.append(comment, ANN, "form") == first
    assert open_ledger(url).append(comment, ANN, "form") == first
    assert ledger.verify().entries == 3


@pytest.mark.parametrize("kind", ["opened", "split", "proposed"])
def test_the_same_form_is_one_judgement_where_numbers_are_given(ledger: Ledger, kind: str) -> None:
    case = open_case(ledger)
    judgement = {
        "opened": j.Opened(title="Other", campaigns=("C-9",), reason="r"),
        "split": j.Split(case=case, accounts=("a",), title="Apart", reason="r"),
        "proposed": j.Proposed(case=case, accounts=("a",), measure="limit", until="2200-01-01", reason="r"),
    }[kind]
    if kind == "proposed":
        with pytest.raises(RuleError, match="longer than 366 days"):
            ledger.append(judgement, ANN, "form")
        number = propose(ledger, case, "a")
        again = next(e for e in ledger.entries() if e.number == number)
        sent = j.settled(again.judgement, second_person=None)
        assert ledger.append(sent, ANN, again.token) == again
    else:
        assert ledger.append(judgement, ANN, "form") == ledger.append(judgement, ANN, "form")
    assert ledger.verify().entries == 3


def test_a_form_sent_again_with_another_content_is_refused(ledger: Ledger) -> None:
    case = open_case(ledger)
    ledger.append(j.Commented(case=case, reason="Seen."), ANN, "form")
    with pytest.raises(RuleError, match="sent before, as entry 3"):
        ledger.append(j.Commented(case=case, reason="Not seen."), ANN, "form")
    with pytest.raises(RuleError, match="sent before"):
        ledger.append(j.Commented(case=case, reason="Seen."), PIA, "form")
    with pytest.raises(RuleError, match="no token"):
        ledger.append(j.Commented(case=case, reason="Seen."), ANN, "")


def test_what_is_against_the_rules_leaves_the_ledger_unchanged(ledger: Ledger) -> None:
    before = ledger.verify()
    with pytest.raises(RuleError, match="viewer may not"):
        ledger.append(j.Opened(title="t", campaigns=("C-1",), reason="r"), VERA, "form")
    assert ledger.verify() == before


def test_the_state_as_of_a_time_forgets_what_came_later(ledger: Ledger) -> None:
    case = open_case(ledger)
    then = datetime.now(UTC)
    judge(ledger, j.Confirmed(case=case, campaigns=("C-1",), reason="Seen."))
    assert ledger.state().cases[case].status == "confirmed"
    assert ledger.state(as_of=then).cases[case].status == "open"
    assert ledger.state(as_of=datetime(2020, 1, 1, tzinfo=UTC)).cases == {}


def test_two_ledgers_see_each_other_without_reading_all_again(open_ledger: Open, url: str) -> None:
    one, other = open_ledger(url), open_ledger(url)
    case = open_case(one)
    judge(other, j.Confirmed(case=case, campaigns=("C-1",), reason="Seen."))
    judge(one, j.Assigned(case=case, to="ann"))
    assert one.state() == other.state()
    assert other.state().cases[case].assignee == "ann"


APPEND = """
import sys
from pathlib import Path
from stillwatch.casework import judgements as j
from stillwatch.casework.ledger import Ledger
from stillwatch.casework.roles import Author, Role
from stillwatch.casework.signing import open_signing_key
url, key, name, many = sys.argv[1:]
ledger = Ledger.open(url, open_signing_key(Path(key)))
for n in range(int(many)):
    ledger.append(j.Commented(case=1, reason=f"{name} {n}"), Author(name, Role.ANALYST), f"{name}-{n}")
"""


def _together(programs: list[list[str]]) -> None:
    running = [
        subprocess.Popen([sys.executable, "-c", *p], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for p in programs
    ]
    for process in running:
        said, _ = process.communicate(timeout=240)
        assert process.returncode == 0, said


def test_processes_that_append_at_once_make_one_chain(open_ledger: Open, url: str, signing_key: SigningKey) -> None:
    ledger = open_ledger(url)
    open_case(ledger)
    _together([[APPEND, url, str(signing_key.path), name, "20"] for name in ("x", "y")])
    found = ledger.verify()
    assert (found.holds, found.entries, found.witness) == (True, 2 + 40, "agrees")
    for name in ("x", "y"):
        mine = [e.judgement.reason for e in ledger.entries(case=1) if e.person == name]
        assert mine == [f"{name} {n}" for n in range(20)]


def test_processes_that_found_a_ledger_at_once_agree(url: str, open_ledger: Open, signing_key: SigningKey) -> None:
    _together([[APPEND, url, str(signing_key.path), "x", "0"] for _ in range(2)])
    assert open_ledger(url).verify().entries == 1


def test_threads_may_share_a_ledger(open_ledger: Open, url: str) -> None:
    ledger = open_ledger(url)
    case = open_case(ledger)
    failures: list[BaseException] = []

    def work(name: str) -> None:
        try:
            for n in range(10):
                ledger.append(j.Commented(case=case, reason="r"), ANN, f"{name}-{n}")
                assert ledger.state().cases[case].entries > n
                list(ledger.entries(case=case))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(str(n),)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert ledger.verify().entries == 2 + 60


def test_a_ledger_that_is_not_there_is_not_made_when_it_is_only_looked_at(
    tmp_path: Path, signing_key: SigningKey
) -> None:
    with pytest.raises(CaseworkError, match="there is no ledger"):
        Ledger.open(tmp_path / "desk.sqlite", signing_key, make=False)
    assert not (tmp_path / "desk.sqlite").exists()


@pytest.mark.parametrize("many", [30, 2_500])
def test_opening_folds_what_reading_every_form_folds(
    open_ledger: Open, sqlite_url: str, signing_key: SigningKey, many: int
) -> None:
    """What the signature covers is not checked again, and comes out the same."""
    ledger = open_ledger(sqlite_url)
    case = open_case(ledger)
    judge(ledger, j.Cleared(case=case, accounts=("a", "b"), reason="r"), a=(7, ["wording"]), b=(1, []))
    propose(ledger, case, "c", "d")
    judge(ledger, j.Split(case=case, accounts=("c",), title="Apart", reason="r"))
    judge(ledger, j.Recalled(case=case, entry=3, reason="r"))
    _comment(ledger, signing_key, case, many)
    ledger.close()
    again = open_ledger(sqlite_url)
    state = again.state()
    read = Fold()
    read.take_all(again.entries())
    assert state == read.state()
    assert again.fault is None
    assert gc.isenabled()


def _comment(ledger: Ledger, key: SigningKey, case: int, many: int) -> None:
    """Many comments, sealed as `append` seals them but in one transaction."""
    last = list(ledger.entries())[-1]
    rows = []
    for number in range(last.number + 1, last.number + 1 + many):
        body = j.Commented(case=case, reason=f"Remark {number}.").body()
        entry = Entry(number, last.time, "ann", "commented", case, f"c-{number}", body, None, last.hash, role="analyst")
        last = sealed(entry, key)
        rows.append(last.row())
    with ledger.database.writing() as connection:
        connection.execute(LEDGER.insert(), rows)


@given(
    st.text(),
    st.text(st.characters(codec="utf-8")),
    st.none() | st.text(st.characters(codec="utf-8")),
)
def test_what_is_hashed_is_canonical_json(person: str, body: str, role: str | None) -> None:
    name = person.encode("utf-8", "replace").decode()
    entry = Entry(7, "t", name, "k", None, "x", body, body, "0" * 64, "h", "s", role)
    told = {name: getattr(entry, name) for name in ("number", "time", "person", "kind", "case_number", "token", "body")}
    told |= {"evidence": body, "previous": "0" * 64} | ({} if role is None else {"role": role})
    assert entry.canonical() == canonical_json(told).encode()


def test_every_character_is_hashed_as_canonical_json_writes_it() -> None:
    text = "".join(chr(n) for n in range(0x3000) if not 0xD800 <= n <= 0xDFFF)
    entry = Entry(1, "t", "p", "k", 1, "x", text, None, "0" * 64)
    assert canonical_json(text).encode() in entry.canonical()


def test_columns_are_read_in_the_order_of_an_entry(ledger: Ledger) -> None:
    entry = next(ledger.entries())
    assert list(entry.row()) == [column.name for column in LEDGER.columns]
