"""The key file of a watermark: JSON with `key` (hexadecimal), and optionally `width` and `share`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from stillwatch.intake.errors import InputError
from stillwatch.intake.sources import decode as decode_json
from stillwatch.intake.sources import open_bytes
from stillwatch.provenance.watermark import SHARE, WIDTH, WatermarkKey

FORM = 'Write for example {"key": "' + "5b" * 4 + '...", "width": 2, "share": 0.5}'
LEAST_BYTES = 16
"""Bytes of a key: with fewer than 128 bits it could be guessed."""
MOST_WIDTH = 16
"""Tokens of context; with long contexts a pair of another text is hardly met again. Judgement."""
MOST_FILE = 65_536
"""Bytes read of a key file."""


def read_watermark_key(path: Path) -> WatermarkKey:
    """Read a watermark's key file. Raises InputError; the key is in no message."""
    if path.is_dir():
        raise InputError("a directory, not a key file", path, FORM)
    with open_bytes(path) as stream:
        content = stream.read(MOST_FILE)
    try:
        fields = decode_json(content)
    except ValueError:
        raise InputError("key file is no valid JSON", path, FORM) from None
    if not isinstance(fields, dict) or not set(fields) <= {"key", "width", "share"}:
        raise InputError("key file is no JSON object of key, width and share", path, FORM)
    return WatermarkKey(_key(fields, path), _width(fields, path), _share(fields, path))


def _key(fields: dict[str, Any], path: Path) -> bytes:
    try:
        key = bytes.fromhex(fields["key"])
    except (KeyError, TypeError, ValueError):
        raise InputError("key: missing, or not hexadecimal", path, FORM) from None
    if len(key) < LEAST_BYTES:
        raise InputError(f"key: shorter than {LEAST_BYTES} bytes", path, "Draw a longer one at random")
    return key


def _width(fields: dict[str, Any], path: Path) -> int:
    width = fields.get("width", WIDTH)
    if type(width) is not int or not 1 <= width <= MOST_WIDTH:
        raise InputError(f"width: not a whole number from 1 to {MOST_WIDTH}", path, FORM)
    return width


def _share(fields: dict[str, Any], path: Path) -> float:
    share = fields.get("share", SHARE)
    if not isinstance(share, float) or not 0.0 < share < 1.0:
        raise InputError("share: not a number between 0 and 1", path, FORM)
    return share
