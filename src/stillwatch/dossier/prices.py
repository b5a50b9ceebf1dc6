"""List prices, as the person who issues a dossier gives them; nobody else knows what applied when."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path

from stillwatch.dossier.errors import DossierError

COLUMNS = ("model", "input", "output", "currency")


@dataclass(frozen=True)
class Price:
    """Of one model, per million tokens. `output` counts reasoning too."""

    model: str
    input: float
    output: float
    currency: str


def read_prices(path: Path) -> tuple[Price, ...]:
    """Read a CSV file with the columns model, input, output and currency. Raises DossierError with every fault."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DossierError(f"The price file {path} cannot be read: {type(error).__name__}.") from error
    reader = csv.DictReader(text.splitlines())
    if missing := [name for name in COLUMNS if name not in (reader.fieldnames or ())]:
        raise DossierError(
            f"The price file {path} lacks the column(s) {', '.join(missing)}. It needs {', '.join(COLUMNS)}: one row "
            "per model, prices per million tokens."
        )
    prices, faults = [], []
    for line, row in enumerate(reader, start=2):
        if price := _price(row):
            prices.append(price)
        else:
            faults.append(str(line))
    if faults:
        raise DossierError(f"The price file {path} has no model, price or currency in line(s) {', '.join(faults)}.")
    return tuple(prices)


def _price(row: dict[str, str | None]) -> Price | None:
    model, currency = (row["model"] or "").strip(), (row["currency"] or "").strip()
    try:
        given = [float(row[name] or "") for name in ("input", "output")]
    except ValueError:
        return None
    sound = model and currency and all(math.isfinite(price) and price >= 0 for price in given)
    return Price(model, given[0], given[1], currency) if sound else None
