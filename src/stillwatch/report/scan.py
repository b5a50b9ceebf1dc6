"""`scan.json` as a reader sees it. Every entry is optional: an older or interrupted scan still renders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stillwatch.report.result import Result

COUNTS = {
    "exchanges": "exchanges read",
    "accounts": "accounts",
    "groups_tested": "groups tested",
    "rejects": "records kept aside",
}


@dataclass(frozen=True)
class ScanRecord:
    """What the scan says about itself."""

    version: str | None
    first: str | None
    last: str | None
    counts: Sequence[tuple[str, int]]
    inputs: Sequence[tuple[str, str, int | None]]
    detectors: Sequence[tuple[str, str, str]]
    privacy: Sequence[tuple[str, str]]


def read_scan(result: Result) -> ScanRecord:
    """Pick from `scan.json` what a page can show; what has an unexpected shape is left out."""
    window, counts = result.part("window"), result.part("counts")
    return ScanRecord(
        version=_text(result.scan.get("version")),
        first=_text(window.get("first")),
        last=_text(window.get("last")),
        counts=[(words, n) for key, words in COUNTS.items() if (n := _whole(counts.get(key))) is not None],
        inputs=[
            (str(entry.get("file", "")), str(entry.get("format", "")), _whole(entry.get("bytes")))
            for entry in result.entries("inputs")
        ],
        detectors=[
            (str(name), str(about.get("assumption", "")), _listed(about.get("innocent")))
            for name, about in sorted(result.part("detectors").items())
            if isinstance(about, Mapping)
        ],
        privacy=[(str(key), said(value)) for key, value in sorted(result.part("privacy").items())],
    )


def said(value: Any) -> str:
    """A parameter as a reader would say it."""
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _listed(value: Any) -> str:
    return "; ".join(str(item) for item in value) if isinstance(value, list) else ""
