"""Tables of a page: written between its markers, so that the words around them stay."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

Row = Sequence[object]


def table(head: Row, rows: Sequence[Row]) -> str:
    """A Markdown table; the first column is text, the others are figures."""
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "".join(f"| {' | '.join(str(cell) for cell in line)} |\n" for line in (head, rule, *rows))


def number(value: int | float, digits: int = 0) -> str:
    """A figure with thousands told apart."""
    return f"{value:,.{digits}f}"


def put(page: Path, name: str, text: str) -> None:
    """Write a table between the markers of its name; a page without them is left alone."""
    begin, end = f"<!-- begin measured: {name} -->\n", f"<!-- end measured: {name} -->"
    before, found, rest = page.read_text("utf-8").partition(begin)
    if found:
        page.write_text(before + begin + text + end + rest.partition(end)[2], "utf-8")
