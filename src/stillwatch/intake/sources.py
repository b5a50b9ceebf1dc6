"""Files as bytes: plain, gzip or zstd by their first bytes, a sample of them; their lines."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, cast

import msgspec
import pyarrow as pa

from stillwatch.intake.errors import InputError

SAMPLE_BYTES = 256 * 1024
LONGEST_LINE = 64 * 1024 * 1024
"""Bytes; a longer line is set aside, so that one file without line ends cannot fill memory."""

LARGEST_DOCUMENT = 512 * 1024 * 1024
"""Bytes; a file that is one JSON document must be decoded whole."""

SAMPLED_LINES = 20
MARK = b"\xef\xbb\xbf"
READ_ERRORS = (OSError, EOFError, zlib.error)

_decode = msgspec.json.Decoder().decode


def decode(line: bytes) -> Any:
    """One JSON value. Raises ValueError with a reason that holds no content."""
    try:
        return _decode(line)
    except msgspec.DecodeError as error:
        raise ValueError(_reason(str(error))) from None
    except UnicodeDecodeError:
        raise ValueError("invalid UTF-8") from None
    except RecursionError:
        raise ValueError("JSON is nested too deeply") from None


def open_bytes(path: Path) -> BinaryIO:
    """The content of a file, decompressed. Raises InputError when it cannot be opened."""
    try:
        with path.open("rb") as plain:
            magic = plain.read(4)
        if magic.startswith(b"\x1f\x8b"):
            return cast(BinaryIO, gzip.open(path, "rb"))
        if magic == b"\x28\xb5\x2f\xfd":
            stream = pa.CompressedInputStream(pa.OSFile(str(path)), "zstd")
            return cast(BinaryIO, io.BufferedReader(cast(io.RawIOBase, stream), 1 << 20))
        return path.open("rb", buffering=1 << 20)
    except OSError as error:
        raise unreadable(path, error) from None


def unreadable(path: Path, error: OSError) -> InputError:
    """The InputError for a file that the system does not let us read."""
    if isinstance(error, FileNotFoundError):
        return InputError("no such file or directory", path, "Check the path")
    if isinstance(error, PermissionError):
        return InputError("no permission to read", path, "Grant read access or leave the file out")
    return InputError("cannot be read", path, "Check that it is a complete, regular file")


@dataclass(frozen=True)
class Sample:
    """The beginning of a file, decompressed: what a format is recognised by, whatever the file is called."""

    path: Path
    head: bytes

    @cached_property
    def objects(self) -> tuple[dict[str, Any], ...]:
        """JSON objects among the first lines, or those of the one document that the file is."""
        lines = self.head.split(b"\n")[:SAMPLED_LINES]
        found = [value for line in lines if isinstance(value := _try_decode(line), dict)]
        if found and isinstance(_try_decode(lines[0]), dict):
            return tuple(found)
        document = read_document(self.path) if self.head.lstrip()[:1] in (b"{", b"[") else None
        items = document if isinstance(document, list) else [document]
        whole = [item for item in items[:SAMPLED_LINES] if isinstance(item, dict)]
        return tuple(whole or found)

    @property
    def is_parquet(self) -> bool:
        return self.head.startswith(b"PAR1")


def read_sample(path: Path) -> Sample:
    """The first bytes of a file, up to the end of its first line. Raises InputError."""
    with open_bytes(path) as stream:
        try:
            head = stream.read(SAMPLE_BYTES)
            if b"\n" not in head and len(head) == SAMPLE_BYTES:
                head += stream.readline(LONGEST_LINE)
        except READ_ERRORS:
            raise InputError("compressed data is damaged", path, "Copy the file again") from None
    return Sample(path, head.removeprefix(MARK))


def read_lines(path: Path) -> Iterator[tuple[int, bytes | None]]:
    """Lines from 1 with their bytes, without blank ones; None for one that is too long or damaged."""
    with open_bytes(path) as stream:
        number = 0
        while True:
            try:
                line = stream.readline(LONGEST_LINE)
                number += 1
                if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
                    _skip_line(stream)
                    yield number, None
                    continue
            except READ_ERRORS:
                yield number + 1, None
                return
            if not line:
                return
            if number == 1:
                line = line.removeprefix(MARK)
            if not line.isspace() and line:
                yield number, line


def read_document(path: Path) -> Any:
    """The file as one JSON value, or None if it is none."""
    with open_bytes(path) as stream:
        try:
            content = stream.read(LARGEST_DOCUMENT + 1)
        except READ_ERRORS:
            return None
    return None if len(content) > LARGEST_DOCUMENT else _try_decode(content.removeprefix(MARK))


def _skip_line(stream: BinaryIO) -> None:
    while True:
        part = stream.readline(LONGEST_LINE)
        if not part or part.endswith(b"\n"):
            return


def _try_decode(line: bytes) -> Any:
    try:
        return decode(line)
    except ValueError:
        return None


def _reason(message: str) -> str:
    if "truncated" in message:
        return "JSON ends early"
    if "trailing" in message:
        return "JSON has characters after its end"
    return "no valid JSON"
