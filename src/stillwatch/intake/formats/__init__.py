"""One file per log format, and the explicit list of them."""

from __future__ import annotations

from stillwatch.intake.formats import exchange_record
from stillwatch.intake.formats.format import Format

FORMATS: tuple[Format, ...] = (exchange_record.FORMAT,)
"""In the order in which they are asked whether they know a file: the most particular first, our own last."""

__all__ = ["FORMATS", "Format"]
