"""Reading the document as a machine does: which figure prints what, and which digits belong to no figure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

from stillwatch.dossier.constants import CONSTANTS

MOST_BYTES = 64 << 20
"""A dossier with two hundred members takes half a megabyte."""
_UNREAD = frozenset({"head", "style", "script", "svg"})
_ACTIVE = frozenset({"script", "iframe", "object", "embed", "form", "link", "base", "img", "video", "audio", "source"})
_NAME = re.compile(r"[\w.:+-]{1,80}")
_DAY = re.compile(r"(\d{1,2} [A-Z][a-z]+ \d{4})|(\d{4}-\d\d-\d\d)")
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True)
class Printed:
    """One figure as the document prints it: where it says it comes from, the value it carries, the text one reads."""

    address: str
    value: str
    text: str


@dataclass
class Reading:
    """What the document says in figures. `loose`: texts with digits that are in no figure. `active`: what could act."""

    printed: list[Printed] = field(default_factory=list)
    loose: list[str] = field(default_factory=list)
    active: list[str] = field(default_factory=list)


def read_document(html: str) -> Reading:
    """Read a document. Never fails: what is no figure is loose. Cost: linear."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.end()
    return reader.found


@dataclass
class _Open:
    """An element whose text is judged as a whole: a figure, a day, a name or a constant."""

    tag: str
    kind: str
    address: str = ""
    value: str = ""
    text: str = ""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found = Reading()
        self._unread: list[str] = []
        self._open: list[_Open] = []
        self._text = ""

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _ACTIVE or any(name.startswith("on") or _reaches(name, value) for name, value in given.items()):
            self.found.active.append(tag)
        if tag in _UNREAD:
            self._unread.append(tag)
            return
        if tag == "sup":
            self._add("^")  # a power, as the figure writes it
            return
        kind = _kind(tag, given.get("class", "").split())
        if kind:
            self._flush()
            self._open.append(_Open(tag, kind, given.get("data-figure", ""), given.get("value", "")))
        elif not self._open:
            self._flush()

    def handle_endtag(self, tag: str) -> None:
        if tag in self._unread:
            self._unread.remove(tag)
        elif self._open and self._open[-1].tag == tag:
            self._close(self._open.pop())
        elif not self._open:
            self._flush()

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self._add(data)

    def end(self) -> None:
        """What was never closed is loose."""
        for one in self._open:
            self._loose(one.text)
        self._flush()

    def _add(self, text: str) -> None:
        if self._open:
            self._open[-1].text += text
        else:
            self._text += text

    def _flush(self) -> None:
        self._loose(self._text)
        self._text = ""

    def _close(self, one: _Open) -> None:
        if one.kind == "figure":
            self.found.printed.append(Printed(one.address, one.value, one.text))
        elif not _fits(one):
            self._loose(one.text)

    def _loose(self, text: str) -> None:
        if _DIGIT.search(text):
            self.found.loose.append(" ".join(text.split()))


def _kind(tag: str, classes: Sequence[str]) -> str | None:
    if tag == "data" and "figure" in classes:
        return "figure"
    if tag == "time":
        return "day"
    return {("code", "id"): "name", ("span", "fixed"): "fixed", ("q", "written"): "written"}.get(
        (tag, classes[0] if classes else "")
    )


def _fits(one: _Open) -> bool:
    """Whether a text may have digits without being a figure."""
    if one.kind == "fixed":
        return one.text in CONSTANTS
    if one.kind == "day":
        return bool(_DAY.fullmatch(one.text))
    if one.kind == "name":
        return bool(_NAME.fullmatch(one.text))
    return one.kind == "written"  # what a person wrote on the front page


def _reaches(name: str, value: str) -> bool:
    """Whether an attribute leads out of the document."""
    return name in {"href", "src", "srcset", "action", "data", "xlink:href"} and not value.startswith("#")
