"""Canonical text: one way to write what is hashed, so that anybody can reckon the hash again."""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import UTC, datetime
from typing import Any

LONGEST = 10_000
"""Characters of one text that a person enters. A reason of five pages is an attachment."""


def canonical_json(value: Any) -> str:
    """JSON with sorted keys, without white space, in characters rather than escapes. Raises ValueError for numbers that
    JSON has no word for."""
    return _ENCODER.encode(value)


_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
_UNSTORABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def normal(text: str) -> str:
    """`text` in Unicode's normal form C, without white space around it."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n")).strip()


def storable(text: str) -> bool:
    """Whether a database and a page can hold `text`: no control characters but tabs and line ends, no halves of a
    surrogate pair."""
    return _UNSTORABLE.search(text) is None


def iso(time: datetime) -> str:
    """A time as the tables hold it: UTC, to the microsecond, with `Z`."""
    return time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def moment_of(text: str) -> datetime:
    """The time that `text` writes, UTC where it names no offset. Raises ValueError."""
    time = datetime.fromisoformat(text)
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
