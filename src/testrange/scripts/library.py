"""Reads the fixed wordings of templates from resource files."""

from __future__ import annotations

from functools import lru_cache
from importlib import resources


@lru_cache(maxsize=64)
def template_texts(file: str) -> tuple[str, ...]:
    """The templates of a resource file; a line of `---` stands between two."""
    text = resources.files("testrange.scripts").joinpath("texts", f"{file}.txt").read_text("utf-8")
    return tuple(part.strip() for part in text.split("\n---\n"))
