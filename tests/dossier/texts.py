"""The document as a person reads it."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

BLOCKS = {"p", "li", "tr", "h1", "h2", "h3", "h4", "dt", "dd", "caption", "div", "figure", "ul", "table", "section"}


def text_of(folder: Path) -> str:
    """The words of dossier.html, one block a line."""
    reader = _Reader()
    reader.feed((folder / "dossier.html").read_text(encoding="utf-8"))
    lines = (" ".join(line.split()) for line in reader.text.split("\n"))
    return "\n".join(line for line in lines if line) + "\n"


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text, self._skipping = "", 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._skipping += tag in {"head", "svg"}
        self.text += "\n" if tag in BLOCKS else " | " if tag in {"td", "th"} else "^" if tag == "sup" else ""

    def handle_endtag(self, tag: str) -> None:
        self._skipping -= tag in {"head", "svg"}
        self.text += "\n" if tag in BLOCKS else ""

    def handle_data(self, data: str) -> None:
        if not self._skipping:
            self.text += data.replace("\n", " ")
