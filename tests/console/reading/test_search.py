"""What a reader may look for."""

from __future__ import annotations

from pathlib import Path

import pytest

from stillwatch.console.reading import Reading, read
from stillwatch.console.reading.search import LONGEST_QUERY, MOST, search


@pytest.fixture
def reading(made_up_result: Path) -> Reading:
    return read(made_up_result)


def test_a_campaign_by_a_part_of_its_id(reading: Reading) -> None:
    assert [row["campaign_id"] for row in search(reading, "4B1D").campaigns] == ["c-4b1d9e"]


def test_an_account_by_its_beginning(reading: Reading) -> None:
    opened = reading.campaign("c-4b1d9e")
    assert opened is not None
    account = opened.members["account_id"][0].as_py()
    assert account in search(reading, account[:9]).accounts
    assert search(reading, account).accounts[0] == account
    assert account not in search(reading, account[2:9]).accounts


def test_a_shared_value_by_its_beginning(reading: Reading) -> None:
    opened = reading.campaign("c-4b1d9e")
    assert opened is not None
    row = opened.sighting.shared[0]
    found = search(reading, row["value"][:6]).values
    assert (row["detector"], row["value"]) in {(hit["detector"], hit["value"]) for hit in found}


@pytest.mark.parametrize("words", ["signup_address", "Sign-up address", "SIGNUP"])
def test_a_detector_as_people_write_it(reading: Reading, words: str) -> None:
    found = dict(search(reading, words).detectors)
    assert {"c-4b1d9e", "c-coord1"} <= set(found["signup_address"])


def test_a_model(reading: Reading) -> None:
    assert "c-4b1d9e" in dict(search(reading, "model-3").models)["model-3-large"]


@pytest.mark.parametrize("words", ["", "   ", "--", "\x00"])
def test_nothing_is_found_for_nothing(reading: Reading, words: str) -> None:
    assert search(reading, words).total == 0


def test_hits_are_bounded(reading: Reading) -> None:
    hits = search(reading, "a")
    assert len(hits.accounts) == MOST
    assert len(search(reading, "x" * 5_000).query) == LONGEST_QUERY
