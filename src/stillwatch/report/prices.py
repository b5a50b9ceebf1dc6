"""List prices of tokens, from a file that a person wrote. Without one nothing is priced: prices are never guessed.

```toml
currency = "USD"

[models."lumen-4-large"]
input = 3.00     # per million input tokens
output = 15.00   # per million output tokens, those of the reasoning among them
```
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stillwatch.report.figures import number_of, visible
from stillwatch.report.result import Row

MILLION = 1_000_000


class PriceFileError(Exception):
    """The price file cannot be used. Says what is wrong, where, and what to do next."""


@dataclass(frozen=True)
class ModelPrice:
    """What a million tokens of a model cost, in the currency of the file."""

    input: float
    output: float


@dataclass(frozen=True)
class ListPrice:
    """What exchanges would have cost at list price. `without`: models of which the file has no price; their tokens are
    not in `amount`."""

    amount: float
    currency: str
    without: tuple[str, ...]


@dataclass(frozen=True)
class Prices:
    """Prices by model, in one currency."""

    currency: str
    models: Mapping[str, ModelPrice]

    def of(self, taken: Iterable[Row]) -> ListPrice:
        """The list price of rows that have `model`, `input_tokens`, `output_tokens` and `reasoning_tokens`."""
        amount, without = 0.0, set()
        for row in taken:
            price = self.models.get(row["model"])
            if price is None:
                without.add(str(row["model"]))
                continue
            written = number_of(row, "output_tokens") + number_of(row, "reasoning_tokens")
            amount += (number_of(row, "input_tokens") * price.input + written * price.output) / MILLION
        return ListPrice(amount, self.currency, tuple(sorted(without)))


def load_prices(path: Path) -> Prices:
    """Read a price file. Raises PriceFileError with everything that is wrong with it."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PriceFileError(f"The price file {path} cannot be read ({error.strerror}). Name another.") from error
    except ValueError as error:
        raise PriceFileError(f"The price file {path} is not TOML: {visible(error)}.") from error
    currency, models = told.get("currency"), told.get("models")
    faults = [] if isinstance(currency, str) and currency.strip() else ['`currency` must be text, such as "USD"']
    if not isinstance(models, dict) or not models:
        faults.append('there must be a table `[models."NAME"]` for each model')
        models = {}
    prices = {name: _model_price(name, price, faults) for name, price in models.items()}
    if faults:
        raise PriceFileError(f"The price file {path} does not fit: {'; '.join(faults)}.")
    return Prices(str(currency).strip(), prices)


def _model_price(name: str, told: Any, faults: list[str]) -> ModelPrice:
    known = told if isinstance(told, dict) else {}
    amounts = []
    for side in ("input", "output"):
        amount = known.get(side)
        if not isinstance(amount, int | float) or isinstance(amount, bool) or not math.isfinite(amount) or amount < 0:
            faults.append(f"`{side}` of {visible(name)} must be a price per million tokens, 0 or more")
            amount = 0.0
        amounts.append(float(amount))
    return ModelPrice(*amounts)
