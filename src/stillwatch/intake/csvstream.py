"""The bytes of a CSV file on their way to the parser: always valid UTF-8, and with its quotes counted."""

from __future__ import annotations

import codecs
import io
from typing import BinaryIO

UNDECODABLE = "\ufdd0"
"""Stands for a byte that is no UTF-8. A noncharacter of Unicode, which no text that is exchanged may hold."""

_ERRORS = "stillwatch-mark"


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return UNDECODABLE, error.end


codecs.register_error(_ERRORS, _mark)


class CleanStream(io.RawIOBase):
    """Passes bytes through with every undecodable byte marked.

    The parser drops a row with the wrong number of fields without a word if it also holds an undecodable byte,
    so such bytes must not reach it; the mark lets the value be rejected afterwards.
    """

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__()
        self._stream = stream
        self._ready = b""
        self._rest = b""
        self._quotes = 0

    @property
    def open(self) -> bool:
        """Whether an odd number of quotes has passed: at the end of the file, that it was cut inside a value."""
        return self._quotes % 2 == 1

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes, none only at the end; all of them for a negative size."""
        while len(self._ready) < (size if size >= 0 else 1):
            part = self._stream.read(size)
            self._ready += self._cleaned(part)
            if not part:
                break
        end = size if size >= 0 else len(self._ready)
        served, self._ready = self._ready[:end], self._ready[end:]
        self._quotes += served.count(b'"')
        return served

    def _cleaned(self, part: bytes) -> bytes:
        content = self._rest + part
        self._rest = b""
        if content.isascii():
            return content
        is_last = not part
        try:
            _, used = codecs.utf_8_decode(content, "strict", is_last)
            clean = content[:used]
        except UnicodeDecodeError:
            text, used = codecs.utf_8_decode(content, _ERRORS, is_last)
            clean = text.encode()
        self._rest = content[used:]
        return clean
