from __future__ import annotations

from pathlib import Path

from stillwatch.intake import FORMATS

PAGE = (Path(__file__).parents[2] / "docs" / "formats.md").read_text()


def test_the_page_describes_every_format() -> None:
    for form in FORMATS:
        assert f"| `{form.name}` |" in PAGE


def test_the_page_names_every_place_of_an_account() -> None:
    for form in FORMATS:
        for place in form.fields.get("account_id", ()):
            assert f"`{place}`" in PAGE, place
