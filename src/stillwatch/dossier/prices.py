"""List prices, as the person who issues a dossier gives them; nobody else knows what applied when.

The file is TOML, the same that the console reads: `currency`, and a table `[models."NAME"]` for each model with `input`
and `output`, per million tokens.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stillwatch.dossier.errors import DossierError
from stillwatch.report.figures import visible


@dataclass(frozen=True)
class Price:
    """Of one model, per million tokens. `output` counts reasoning too."""

    model: str
    input: float
    output: float
    currency: str


def read_prices(path: Path) -> tuple[Price, ...]:
    """Read a price file. Raises DossierError with everything that is wrong with it."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DossierError(f"The price file {path} cannot be read ({error.strerror}). Name another.") from error
    except ValueError as error:
        raise DossierError(f"The price file {path} is not TOML: {visible(error)}.") from error
    currency, models = told.get("currency"), told.get("models")
    faults = [] if isinstance(currency, str) and currency.strip() else ['`currency` must be text, such as "USD"']
    if not isinstance(models, dict) or not models:
        faults.append('there must be a table `[models."NAME"]` for each model')
    known: Mapping[str, Any] = models if isinstance(models, dict) else {}
    prices = [
        Price(name, _amount(name, one, "input", faults), _amount(name, one, "output", faults), str(currency).strip())
        for name, one in sorted(known.items())
    ]
    if faults:
        raise DossierError(f"The price file {path} does not fit: {'; '.join(faults)}.")
    return tuple(prices)


def _amount(name: str, told: Any, side: str, faults: list[str]) -> float:
    amount = told.get(side) if isinstance(told, dict) else None
    if isinstance(amount, int | float) and not isinstance(amount, bool) and math.isfinite(amount) and amount >= 0:
        return float(amount)
    faults.append(f"`{side}` of {visible(name)} must be a price per million tokens, 0 or more")
    return 0.0
