"""Results that the tests of the report read: small, mixed, huge, empty and hostile."""

from __future__ import annotations

import pytest

from stillwatch.report import Result, load_result
from tests.golden import golden

from . import fakes

__all__ = ["golden"]


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """One accused campaign of 12 accounts, one coordinated, one watched."""
    tables = fakes.merge(
        fakes.campaign("c-watch0", 5, "watch", 9, 3),
        fakes.campaign("c-4b1d9e", 12, days=30),
        fakes.campaign("c-coord1", 31, "coordinated", 20, 2),
        {"rejects": fakes.REJECTS, "overlaps": fakes.OVERLAPS},
    )
    return load_result(fakes.write_result(tmp_path_factory.mktemp("small"), tables, fakes.SCAN))


@pytest.fixture(scope="session")
def huge(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """One accused campaign of 25,000 accounts."""
    tables = fakes.merge(fakes.campaign("c-hydra1", 25_000), {"rejects": fakes.REJECTS})
    return load_result(fakes.write_result(tmp_path_factory.mktemp("huge"), tables, fakes.SCAN))


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """A scan that found nothing."""
    return load_result(fakes.write_result(tmp_path_factory.mktemp("empty"), {}, fakes.SCAN))


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """A result whose strings attack the reader."""
    tables, scan = fakes.hostile()
    return load_result(fakes.write_result(tmp_path_factory.mktemp("hostile"), tables, scan))
