"""How numbers, times and foreign text are written: one way on the page, in the terminal and in text."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

UNKNOWN = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
SPACE = "\N{NO-BREAK SPACE}"
TIMES = "\N{MULTIPLICATION SIGN}"
# Below this, odds are rounded to a power of ten: nobody reads nine digits of improbability.
ROUND_ODDS_BELOW = -6.0


def visible(text: object) -> str:
    """`text` with control and direction-changing characters spelled out, so that it cannot act."""
    words = str(text)
    if words.isprintable():
        return words
    return "".join(c if _harmless(c) else f"\\u{ord(c):04x}" for c in words)


def _harmless(character: str) -> bool:
    return character.isprintable() or unicodedata.category(character) == "Zs"


def count(value: float | None) -> str:
    """A whole number with its thousands apart: 28,800,000."""
    return UNKNOWN if value is None else f"{round(value):,}"


def brief_count(value: float) -> str:
    """A round number for an axis: 1.5 M, 750 k, 40."""
    for scale, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if value >= scale:
            divisor = 1e3 if letter == "k" else scale
            return f"{value / divisor:,.10g}{SPACE}{letter}"
    return count(value)


def counted(value: float | None, one: str, many: str = "") -> str:
    """A number and its noun: 1 account, 2 accounts."""
    noun = one if value is not None and round(value) == 1 else many or one + "s"
    return f"{count(value)} {noun}"


def percent(share: float | None) -> str:
    """A share as a percentage that never rounds something to nothing, nor nearly all to all."""
    if share is None or not math.isfinite(share):
        return UNKNOWN
    hundred = 100 * share
    if 0 < hundred < 0.1:
        return f"<{SPACE}0.1{SPACE}%"
    if 99.9 < hundred < 100:
        return f">{SPACE}99.9{SPACE}%"
    digits = 0 if math.isclose(hundred, round(hundred)) or 10 <= hundred <= 90 else 1
    return f"{hundred:.{digits}f}{SPACE}%"


def whole_percent(share: float) -> str:
    """A share that was measured on a few hundred cases: no decimals, and never rounded to nothing nor to all."""
    hundred = 100 * share
    if 0 < hundred < 0.5:
        return f"<{SPACE}1{SPACE}%"
    if 99.5 < hundred < 100:
        return f">{SPACE}99{SPACE}%"
    return f"{hundred:.0f}{SPACE}%"


def measured(value: float | None, unit: str | None) -> str:
    """A statistic whose unit is written elsewhere; a share, such as a `share of exchanges`, as a percentage."""
    return percent(value) if _is_share(unit) else measure(value)


def rest_of_unit(unit: str | None) -> str:
    """What a unit still says beside a measured value: `of exchanges`, `pairs`."""
    words = visible(unit or "")
    return re.sub(r"\bshare\b", "", words, count=1).strip() if _is_share(unit) else words


def _is_share(unit: str | None) -> bool:
    return unit is not None and (unit in {"share", "mean share"} or unit.startswith("share "))


def measure(value: float | None) -> str:
    """A statistic to three significant digits."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    return _three_digits(value).replace("-", MINUS)


def _three_digits(value: float) -> str:
    if value == 0:
        return "0"
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    if abs(value) < 0.001:
        return f"{value:.1e}"
    return f"{value:.{2 - math.floor(math.log10(abs(value)))}f}".rstrip("0").rstrip(".")


def nats(value: float | None, unit: str = "nats") -> str:
    """A strength of evidence to one decimal."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    return f"{value:,.1f} {unit}".rstrip().replace("-", MINUS)


def confidence(value: float | None) -> str:
    """A confidence to three decimals, never rounded up to certainty."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    return f"{min(value, 0.999) if value < 1 else value:.3f}"


def odds(log10_p: float | None) -> str:
    """How often chance alone would do as much: `1 in 10^12`, `1 in 2,500`."""
    if log10_p is None or math.isnan(log10_p):
        return "not tested"
    if log10_p == -math.inf:
        return "less than 1 in 10^300"
    if log10_p <= ROUND_ODDS_BELOW:
        return f"1 in 10^{math.floor(-log10_p)}"
    one_in = 10**-log10_p
    return f"1 in {_rounded_down(one_in):,}" if one_in >= 2 else "likely"


def _rounded_down(one_in: float) -> int:
    """Two significant digits, towards the less improbable."""
    scale = 10 ** max(0, math.floor(math.log10(one_in)) - 1)
    return int(one_in // scale) * int(scale)


def logarithm(log10_p: float | None) -> str:
    """The exact number behind the odds."""
    if log10_p is None or not math.isfinite(log10_p):
        return UNKNOWN
    return f"{round(log10_p, 1) + 0.0:.1f}".replace("-", MINUS)


def probability(value: float | None) -> str:
    """A probability or false-discovery level as a number, small ones in powers of ten."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    if value == 0 or value >= 0.001:
        return f"{value:.2g}"
    exponent = math.floor(math.log10(value))
    return f"{value / 10**exponent:.1f} {TIMES} 10^{exponent}".replace("-", MINUS)


def moment(value: datetime | str | None) -> str:
    """A time in UTC, to the minute: 22 April 2026, 06:30 UTC."""
    known = as_time(value)
    return UNKNOWN if known is None else f"{day(known)}, {known:%H:%M} UTC"


def day(value: date | datetime | str | None) -> str:
    """A calendar day in UTC, spelled out: 22 April 2026."""
    known = as_day(value)
    return UNKNOWN if known is None else f"{known.day} {known:%B %Y}"


def short_day(value: date) -> str:
    """A day on an axis: 22 Apr."""
    return f"{value.day} {value:%b}"


def as_time(value: object) -> datetime | None:
    """A time in UTC from a datetime or ISO text; None where there is none."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def as_day(value: object) -> date | None:
    """A day in UTC from a date, a datetime or ISO text; None where there is none."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    known = as_time(value)
    return None if known is None else known.date()


def sentence(text: object) -> str:
    """`text` as a sentence of its own: a capital first, a full stop last."""
    words = visible(text).strip()
    return words[:1].upper() + words[1:] + ("" if words.endswith((".", "!", "?")) or not words else ".")


def label(name: object) -> str:
    """A detector's or capability's file name as a reader would write it: shared_payment, Shared payment."""
    words = visible(name).replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def named(account_id: str, names: Mapping[str, str] | None) -> str:
    """An account as it may be shown: its pseudonym, and its own name where someone has the key."""
    original = (names or {}).get(account_id)
    return visible(account_id) if original is None else f"{visible(original)} ({visible(account_id)})"


def number_of(row: Mapping[str, Any], column: str) -> float:
    """A column's number, zero where it is null."""
    value = row.get(column)
    return 0 if value is None else value
