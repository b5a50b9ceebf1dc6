"""Names that are imported when they are asked for."""

from __future__ import annotations

import importlib

import pytest

from stillwatch.on_demand import on_demand


@pytest.mark.parametrize("package", ["stillwatch.exposure", "stillwatch.report", "stillwatch.signals"])
def test_every_name_that_a_package_lists_is_there(package: str) -> None:
    found = importlib.import_module(package)
    for name in found.__all__:
        assert getattr(found, name) is not None


def test_another_name_is_an_error_as_of_any_module() -> None:
    find = on_demand("stillwatch.records", {"RESULT_TABLES": "results"})
    assert find("RESULT_TABLES")
    with pytest.raises(AttributeError, match=r"stillwatch\.records has no attribute Nothing"):
        find("Nothing")
