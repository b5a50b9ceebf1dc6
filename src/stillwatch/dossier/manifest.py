"""The manifest: what is in the folder, and every figure of the document with the query that gives it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stillwatch.dossier.figures import Column, Figure

FORMAT = "stillwatch-dossier/1"
NAME = "manifest.json"
SIGNATURE = "manifest.sig"
PUBLIC_KEY = "signing-key.pub"
DOCUMENT = "dossier.html"
PDF = "dossier.pdf"
README = "README.txt"
TABLES = "tables"


@dataclass(frozen=True)
class File:
    """One file of the folder, by what it holds."""

    sha256: str
    size: int


@dataclass(frozen=True)
class Manifest:
    """What is signed. `about` is what the front page says: case, marking, recipient, day, software."""

    about: Mapping[str, Any]
    files: Mapping[str, File]
    figures: Mapping[str, Figure]

    @property
    def redacted(self) -> bool:
        return self.about.get("redacted") is True

    def encode(self) -> bytes:
        """The manifest as its file holds it: JSON, one figure after the other, the same bytes each time."""
        whole = {
            "format": FORMAT,
            "about": dict(self.about),
            "files": {name: {"sha256": one.sha256, "bytes": one.size} for name, one in sorted(self.files.items())},
            "figures": [_figure(one) for one in self.figures.values()],
        }
        return (json.dumps(whole, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode()


def described(content: bytes) -> File:
    """A file by its content."""
    return File(hashlib.sha256(content).hexdigest(), len(content))


def _figure(figure: Figure) -> dict[str, Any]:
    told: dict[str, Any] = {"id": figure.name, "words": figure.words}
    if figure.single:
        (column,) = figure.columns
        told |= {"unit": column.unit, "from": column.origin, "value": figure.rows[0][0]}
    else:
        told["columns"] = [{"name": one.name, "unit": one.unit, "from": one.origin} for one in figure.columns]
        told["rows"] = [list(row) for row in figure.rows]
    return told | {"query": figure.query}


class ManifestError(Exception):
    """What is in the file is no manifest; the message says why in a few words."""


def decode(content: bytes) -> Manifest:
    """Read a manifest from anywhere. Raises ManifestError for what is none."""
    try:
        whole = json.loads(content, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise ManifestError("it is no JSON") from error
    if not isinstance(whole, dict) or whole.get("format") != FORMAT:
        raise ManifestError(f"it is not of the format {FORMAT}")
    about, files, figures = whole.get("about"), whole.get("files"), whole.get("figures")
    if not (isinstance(about, dict) and isinstance(files, dict) and isinstance(figures, list)):
        raise ManifestError("it lacks about, files or figures")
    read = [_read_figure(one) for one in figures]
    if len({one.name for one in read}) != len(read):
        raise ManifestError("two figures have the same id")
    return Manifest(
        about, {name: _read_file(name, one) for name, one in files.items()}, {one.name: one for one in read}
    )


def _refuse(_: str) -> None:
    raise ValueError("no number")


def _read_file(name: str, told: Any) -> File:
    if not isinstance(told, dict) or not isinstance(told.get("sha256"), str) or type(told.get("bytes")) is not int:
        raise ManifestError(f"the entry of the file {name[:80]!r} is not a hash and a size")
    return File(told["sha256"], told["bytes"])


def _read_figure(told: Any) -> Figure:
    if not isinstance(told, dict) or not all(isinstance(told.get(key), str) for key in ("id", "words", "query")):
        raise ManifestError("a figure lacks id, words or query")
    name = told["id"]
    single = "value" in told
    columns = [{"name": "value", **told}] if single else told.get("columns")
    rows = [[told["value"]]] if single else told.get("rows")
    if not isinstance(columns, list) or not isinstance(rows, list):
        raise ManifestError(f"the figure {name[:80]!r} has neither a value nor columns and rows")
    read = tuple(_read_column(name, column) for column in columns)
    if not all(isinstance(row, list) and len(row) == len(read) and all(map(_is_value, row)) for row in rows):
        raise ManifestError(f"a row of the figure {name[:80]!r} does not fit its columns")
    return Figure(name, told["words"], read, told["query"], tuple(tuple(row) for row in rows), single)


def _read_column(figure: str, told: Any) -> Column:
    if not isinstance(told, dict) or not all(isinstance(told.get(key), str) for key in ("name", "unit", "from")):
        raise ManifestError(f"a column of the figure {figure[:80]!r} lacks name, unit or from")
    return Column(told["name"], told["unit"], told["from"])


def _is_value(value: Any) -> bool:
    # Beyond these a number is none of ours, and to write it out could take forever.
    if isinstance(value, int) and not isinstance(value, bool):
        return abs(value) < 2**127
    return value is None or isinstance(value, bool | float | str)
