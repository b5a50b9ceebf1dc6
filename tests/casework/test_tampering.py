"""Whoever owns the database changes it by hand: what is found, and where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update

from stillwatch.casework import judgements as j
from stillwatch.casework.chain import NOTHING, Entry, sealed
from stillwatch.casework.database import open_database
from stillwatch.casework.errors import BrokenChainError, CaseworkError
from stillwatch.casework.ledger import Ledger
from stillwatch.casework.schema import LEDGER
from stillwatch.casework.signing import SigningKey, open_signing_key
from stillwatch.casework.witness import Witness
from tests.casework.desk import ANN, judge, open_case

Open = Callable[..., Ledger]


@pytest.fixture
def filled(ledger: Ledger) -> Ledger:
    """Founded, opened, and five comments: entries 1 to 7, the fifth with evidence."""
    case = open_case(ledger)
    for number in range(5):
        comment = j.Commented(case=case, reason=f"Remark {number}.")
        judge(ledger, comment, a=(7, ["wording"])) if number == 2 else judge(ledger, comment)
    ledger.close()
    return ledger


def by_hand(ledger: Ledger, *statements: Any) -> None:
    """As the owner of the database would: without the guards, without the program."""
    database = open_database(ledger.where)
    with database.writing() as connection:
        for guard in ("ledger_no_update", "ledger_no_delete"):
            connection.execute(text(f"DROP TRIGGER IF EXISTS {guard}"))
        for statement in statements:
            connection.execute(statement)
    database.close()


def rows(ledger: Ledger) -> list[Entry]:
    with open_database(ledger.where).reading() as connection:
        return [Entry(*row) for row in connection.execute(select(LEDGER).order_by(LEDGER.c.number))]


def fault(ledger: Ledger, open_ledger: Open) -> tuple[int, str]:
    """What a look finds, by `verify` and on opening alike; and nothing more is written."""
    again = open_ledger(ledger.where)
    told = again.fault
    found = again.verify()
    assert found.fault is not None
    assert told is None or told.number == found.fault.number
    count = len(rows(ledger))
    with pytest.raises(BrokenChainError, match=f"entry {found.fault.number} does not hold"):
        again.append(j.Commented(case=1, reason="r"), ANN, "another form")
    assert len(rows(ledger)) == count
    return found.fault.number, found.fault.what


CHANGES: dict[str, Any] = {
    "time": "2026-01-01T00:00:00.000000Z",
    "person": "somebody else",
    "kind": "reopened",
    "case_number": 2,
    "token": "another token",
    "body": '{"reason":"Nothing of the kind."}',
    "evidence": '{"accounts":{"a":{"harvested_exchanges":7000,"kinds":[]}}}',
    "hash": "0" * 64,
    "previous": "0" * 64,
    "signature": "0" * 128,
    "role": "admin",
}


def test_every_column_is_tried() -> None:
    assert {*CHANGES, "number"} == {column.name for column in LEDGER.columns}


@pytest.mark.parametrize("column", CHANGES)
def test_a_changed_column_is_found_at_its_entry(filled: Ledger, open_ledger: Open, column: str) -> None:
    by_hand(filled, update(LEDGER).where(LEDGER.c.number == 5).values({column: CHANGES[column]}))
    assert open_ledger(filled.where).verify().fault is not None
    number, _ = fault(filled, open_ledger)
    assert number == 5


def test_a_removed_piece_of_evidence_is_found(filled: Ledger, open_ledger: Open) -> None:
    by_hand(filled, update(LEDGER).where(LEDGER.c.number == 5).values(evidence=None))
    assert fault(filled, open_ledger)[0] == 5


def test_a_removed_role_is_found(filled: Ledger, open_ledger: Open) -> None:
    by_hand(filled, update(LEDGER).where(LEDGER.c.number == 5).values(role=None))
    assert fault(filled, open_ledger)[0] == 5


def test_an_entry_that_was_moved_is_missed_in_its_place(filled: Ledger, open_ledger: Open) -> None:
    by_hand(filled, update(LEDGER).where(LEDGER.c.number == 7).values(number=9))
    assert fault(filled, open_ledger) == (7, "it is missing; the next one there is 9")


def test_a_removed_entry_is_missed(filled: Ledger, open_ledger: Open) -> None:
    by_hand(filled, delete(LEDGER).where(LEDGER.c.number == 4))
    assert fault(filled, open_ledger) == (4, "it is missing; the next one there is 5")


def test_a_ledger_that_was_cut_short_is_missed_by_the_witness(filled: Ledger, open_ledger: Open) -> None:
    by_hand(filled, delete(LEDGER).where(LEDGER.c.number >= 6))
    number, what = fault(filled, open_ledger)
    assert number == 6
    assert "the witness beside the signing key has seen 7 entries" in what


def test_an_emptied_ledger_is_no_new_one(filled: Ledger, open_ledger: Open) -> None:
    by_hand(filled, delete(LEDGER))
    with pytest.raises(BrokenChainError, match="is empty, but had 7 entries"):
        open_ledger(filled.where)
    Path(filled.where).unlink()
    with pytest.raises(BrokenChainError, match="is empty, but had 7 entries"):
        open_ledger(filled.where)


def _rehashed(entries: list[Entry], key: SigningKey | None) -> list[Entry]:
    """The chain reckoned again from the first entry, signed with `key` or with the old signatures."""
    made: list[Entry] = []
    for entry in entries:
        number, previous = (made[-1].number + 1, made[-1].hash) if made else (1, NOTHING)
        loose = replace(entry, number=number, previous=previous)
        made.append(sealed(loose, key) if key else replace(loose, hash=loose.reckoned_hash()))
    return made


@pytest.mark.parametrize("signed", [False, True])
def test_a_chain_that_was_reckoned_again_is_not_signed_by_the_desk(
    filled: Ledger, open_ledger: Open, tmp_path: Path, signed: bool
) -> None:
    entries = rows(filled)
    entries[3] = replace(entries[3], person="somebody else")
    made = _rehashed(entries, open_signing_key(tmp_path / "another.key") if signed else None)
    by_hand(filled, delete(LEDGER), *(LEDGER.insert().values(entry.row()) for entry in made))
    number, what = fault(filled, open_ledger)
    assert number == (1 if signed else 4)
    assert "not signed by the desk's key" in what


def test_an_entry_left_out_of_a_chain_reckoned_again_is_found(filled: Ledger, open_ledger: Open) -> None:
    entries = rows(filled)
    made = _rehashed(entries[:3] + entries[4:], None)
    by_hand(filled, delete(LEDGER), *(LEDGER.insert().values(entry.row()) for entry in made))
    assert fault(filled, open_ledger)[0] == 4


def test_two_entries_that_changed_places_are_found(filled: Ledger, open_ledger: Open) -> None:
    entries = rows(filled)
    four, five = entries[3], entries[4]
    swapped = [replace(five, number=4), replace(four, number=5)]
    by_hand(
        filled,
        delete(LEDGER).where(LEDGER.c.number.in_([4, 5])),
        *(LEDGER.insert().values(entry.row()) for entry in swapped),
    )
    assert fault(filled, open_ledger)[0] == 4


def test_an_older_copy_put_back_is_found_by_the_witness(
    ledger: Ledger, open_ledger: Open, signing_key: SigningKey
) -> None:
    """Cut short and written on by somebody who has the key on another machine: signed, but not what was seen here."""
    case = open_case(ledger)
    judge(ledger, j.Commented(case=case, reason="The one that was seen."))
    other = replace(rows(ledger)[2], body=j.Commented(case=case, reason="Another.").body())
    ledger.close()
    by_hand(
        ledger,
        delete(LEDGER).where(LEDGER.c.number == 3),
        LEDGER.insert().values(sealed(other, signing_key).row()),
    )
    number, what = fault(ledger, open_ledger)
    assert number == 3
    assert "not the one that the witness" in what


def test_a_lost_witness_is_said(filled: Ledger, open_ledger: Open, signing_key: SigningKey) -> None:
    Witness.beside(signing_key.path).path.unlink()
    again = open_ledger(filled.where)
    assert again.verify().witness == "missing"
    judge(again, j.Commented(case=1, reason="r"))
    assert again.verify().witness == "agrees"


def test_a_damaged_witness_is_told(filled: Ledger, open_ledger: Open, signing_key: SigningKey) -> None:
    for content in ("{", "[]", '{"a": 1}', '{"a": {"number": 1}}'):
        Witness.beside(signing_key.path).path.write_text(content)
        with pytest.raises(CaseworkError, match="the witness file cannot be read"):
            open_ledger(filled.where)


def test_another_desks_key_does_not_verify_the_ledger(filled: Ledger, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    other = Ledger.open(filled.where, open_signing_key(tmp_path / "elsewhere" / "key"))
    found = other.verify()
    other.close()
    assert found.fault is not None
    assert found.fault.number == 1


def test_what_changes_while_the_desk_is_open_is_found_at_the_next_judgement(ledger: Ledger) -> None:
    open_case(ledger)
    by_hand(ledger, update(LEDGER).where(LEDGER.c.number == 2).values(person="somebody else"))
    with pytest.raises(BrokenChainError, match="entry 2 does not hold: it was changed since it was read"):
        judge(ledger, j.Commented(case=1, reason="r"))


def test_the_state_before_the_break_can_still_be_seen(filled: Ledger, open_ledger: Open) -> None:
    by_hand(filled, update(LEDGER).where(LEDGER.c.number == 5).values(person="somebody else"))
    again = open_ledger(filled.where)
    assert again.state().number == 4
    assert again.state().cases[1].entries == 3


def test_the_guards_stop_a_slip(ledger: Ledger) -> None:
    for statement in (update(LEDGER).values(person="x"), delete(LEDGER)):
        with (
            pytest.raises(CaseworkError, match="entries of the ledger are never changed"),
            ledger.database.writing() as connection,
        ):
            connection.execute(statement)
    assert ledger.verify().holds


def test_the_guards_stop_a_slip_in_postgresql(open_ledger: Open, postgresql_url: str) -> None:
    ledger = open_ledger(postgresql_url)
    for statement in (update(LEDGER).values(person="x"), delete(LEDGER), text("TRUNCATE ledger")):
        with (
            pytest.raises(CaseworkError, match="entries of the ledger are never changed"),
            ledger.database.writing() as connection,
        ):
            connection.execute(statement)
    assert ledger.verify().holds
