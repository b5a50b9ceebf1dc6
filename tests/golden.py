"""Texts that a person has read once, kept beside the tests that compare with them."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

Golden = Callable[[str, str], None]


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compare with a file in the folder `golden` beside the test; with STILLWATCH_WRITE_GOLDEN=1 in the environment,
    write it instead."""
    folder = request.path.parent / "golden"

    def compare(name: str, text: str) -> None:
        file = folder / name
        if os.environ.get("STILLWATCH_WRITE_GOLDEN"):
            file.write_text(text, encoding="utf-8")
        assert file.exists(), f"no golden file {name}: run once with STILLWATCH_WRITE_GOLDEN=1 and read it"
        assert text == file.read_text(encoding="utf-8")

    return compare
