"""List prices: reckoned from what a person wrote, refused where it does not fit, never guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from stillwatch.report.prices import ListPrice, PriceFileError, load_prices

GOOD = """
currency = "USD"
[models."m-1"]
input = 3
output = 15.5
[models.m-2]
input = 0
output = 0
"""


def _file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "prices.toml"
    path.write_text(text)
    return path


def test_input_and_output_are_priced_by_the_million(tmp_path: Path) -> None:
    prices = load_prices(_file(tmp_path, GOOD))
    taken = [
        {"model": "m-1", "input_tokens": 2_000_000, "output_tokens": 500_000, "reasoning_tokens": 500_000},
        {"model": "m-2", "input_tokens": 9, "output_tokens": None, "reasoning_tokens": None},
        {"model": "m-9", "input_tokens": 10**9, "output_tokens": 10**9, "reasoning_tokens": 0},
    ]
    assert prices.of(taken) == ListPrice(6.0 + 15.5, "USD", ("m-9",))
    assert prices.of([]) == ListPrice(0.0, "USD", ())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("currency = 'USD'", "a table"),
        ("[models.m]\ninput = 1\noutput = 2", "`currency` must be text"),
        ("currency = 'USD'\n[models.m]\ninput = 1", "`output` of m"),
        ("currency = 'USD'\n[models.m]\ninput = -1\noutput = true", "`input` of m .* `output` of m"),
        ("currency = 'USD'\n[models.m]\ninput = inf\noutput = nan", "`input` of m"),
        ("currency = 'USD'\nmodels = 3", "a table"),
        ("= what", "is not TOML"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(PriceFileError, match=told):
        load_prices(_file(tmp_path, text))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PriceFileError, match="cannot be read"):
        load_prices(tmp_path / "none.toml")
