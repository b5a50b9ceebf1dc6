"""Sign-in is slowed by name and by address; the clock is told, so that nothing waits."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from stillwatch.access import Access, TooManyTriesError, open_access
from stillwatch.access.throttle import FREE_TRIES_OF_ADDRESS, FREE_TRIES_OF_NAME, LONGEST_WAIT
from stillwatch.casework.database import Database, open_database
from stillwatch.casework.schema import SIGN_INS
from tests.clock import Clock

from .conftest import IDLE, LONGEST


def _wrong(access: Access, times: int, name: str = "ana", address: str = "198.51.100.7") -> None:
    for _ in range(times):
        access.throttle.begin(name, address)


def test_five_tries_are_free_and_the_sixth_waits(access: Access, clock: Clock) -> None:
    _wrong(access, FREE_TRIES_OF_NAME)
    with pytest.raises(TooManyTriesError, match="Try again at 09:00:30 UTC") as told:
        access.throttle.begin("ana", "203.0.113.9")
    assert told.value.until == clock.time + timedelta(seconds=30)
    access.throttle.begin("bo", "198.51.100.7")


def test_each_wrong_try_doubles_the_wait_up_to_a_quarter_of_an_hour(access: Access, clock: Clock) -> None:
    _wrong(access, FREE_TRIES_OF_NAME)
    waits = []
    for _ in range(8):
        with pytest.raises(TooManyTriesError) as told:
            access.throttle.begin("ana", "203.0.113.9")
        wait = told.value.until - clock.time
        waits.append(wait.total_seconds())
        clock.time += wait
        access.throttle.begin("ana", "203.0.113.9")
    assert waits == [30, 60, 120, 240, 480, 900, 900, 900]
    assert timedelta(seconds=max(waits)) == LONGEST_WAIT


def test_asking_while_waiting_does_not_lengthen_the_wait(access: Access, clock: Clock) -> None:
    _wrong(access, FREE_TRIES_OF_NAME)
    for _ in range(10):
        with pytest.raises(TooManyTriesError):
            access.throttle.begin("ana", "198.51.100.7")
    clock.pass_by(seconds=30)
    access.throttle.begin("ana", "198.51.100.7")


def test_the_name_counts_in_any_spelling(access: Access) -> None:
    for name in ("ana", "ANA", " Ana", "ana ", "aNa"):
        access.throttle.begin(name, "198.51.100.7")
    with pytest.raises(TooManyTriesError):
        access.throttle.begin("Ana", "203.0.113.9")


def test_an_address_that_tries_many_names_waits(access: Access) -> None:
    for number in range(FREE_TRIES_OF_ADDRESS):
        access.throttle.begin(f"name {number}", "198.51.100.7")
    with pytest.raises(TooManyTriesError):
        access.throttle.begin("another name", "198.51.100.7")
    access.throttle.begin("another name", "203.0.113.9")


def test_a_right_try_clears_what_was_wrong_before(access: Access) -> None:
    _wrong(access, FREE_TRIES_OF_NAME - 1)
    access.throttle.succeeded(access.throttle.begin("ana", "198.51.100.7"))
    _wrong(access, FREE_TRIES_OF_NAME)
    with pytest.raises(TooManyTriesError):
        access.throttle.begin("ana", "198.51.100.7")


def test_wrong_tries_are_forgotten_after_an_hour(access: Access, clock: Clock, database: Database) -> None:
    _wrong(access, FREE_TRIES_OF_NAME)
    clock.pass_by(hours=1)
    _wrong(access, FREE_TRIES_OF_NAME)
    clock.pass_by(days=2)
    access.throttle.begin("bo", "198.51.100.7")
    with database.reading() as connection:
        assert len(connection.execute(select(SIGN_INS)).all()) == 1, "old tries are not kept"


def test_a_clock_that_goes_on_keeps_nobody_waiting(database: Database) -> None:
    access = open_access(database, lambda: datetime.now(UTC), IDLE, LONGEST)
    for number in range(FREE_TRIES_OF_NAME):
        attempt = access.throttle.begin("ana", "198.51.100.7")
        assert attempt.number > 0, number


def test_right_tries_of_an_address_do_not_count_and_do_not_clear(access: Access) -> None:
    for number in range(FREE_TRIES_OF_ADDRESS - 1):
        access.throttle.begin(f"name {number}", "198.51.100.7")
    for _ in range(3):
        access.throttle.succeeded(access.throttle.begin("ana", "198.51.100.7"))
    access.throttle.begin("bo", "198.51.100.7")
    with pytest.raises(TooManyTriesError):
        access.throttle.begin("cy", "198.51.100.7")


def test_a_restart_forgets_nothing(access: Access, url: str, clock: Clock) -> None:
    _wrong(access, FREE_TRIES_OF_NAME)
    again = open_database(url)
    try:
        with pytest.raises(TooManyTriesError):
            open_access(again, clock, IDLE, LONGEST).throttle.begin("ana", "203.0.113.9")
    finally:
        again.close()


def test_many_at_once_get_no_more_tries_than_one_after_the_other(access: Access) -> None:
    def attempt(_: int) -> bool:
        try:
            access.throttle.begin("ana", "198.51.100.7")
        except TooManyTriesError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(24))) == FREE_TRIES_OF_NAME


def test_neither_name_nor_address_is_kept(access: Access, database: Database) -> None:
    access.throttle.begin("a password typed here by mistake", "198.51.100.7")
    with database.reading() as connection:
        kept = str(connection.execute(select(SIGN_INS)).all())
    assert "mistake" not in kept
    assert "198.51" not in kept
