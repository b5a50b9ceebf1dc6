"""Generated pools of the smallest words: names, identifiers, paths, numbers, errors. Too many to list by hand."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources

import numpy as np

Chooser = Callable[[str], str]


def sections(file: str) -> dict[str, list[str]]:
    """The pools of a resource file: header line without `== `, and the lines below it."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    text = resources.files("testrange.language").joinpath("pools", file).read_text("utf-8")
    for line in text.splitlines():
        if line.startswith("== "):
            lines = found.setdefault(line[3:], [])
        elif line and not line.startswith("# "):
            lines.append(line)
    return found


def seed_words() -> dict[str, list[str]]:
    """The seeds: one line of words each, separated by `|` where a word has spaces."""
    return {
        name: [word for line in lines for word in (line.split("|") if "|" in line else line.split())]
        for name, lines in sections("words.txt").items()
    }


def generated_pools(rng: np.random.Generator) -> dict[str, list[str]]:
    """All generated pools by name."""
    seeds = seed_words()

    def pick(name: str) -> str:
        return seeds[name][int(rng.integers(len(seeds[name])))]

    pools = {name: seeds[name] for name in ("language", "service", "food", "city")}
    pools["topic"] = seeds["topic_words"]
    pools["number"] = [str(n) for n in np.unique(np.round(rng.lognormal(3.2, 1.3, 1500)).astype(int) + 2)]
    pools["digit"] = [str(n) for n in range(2, 10)]
    pools.update({name: _distinct(make, pick, rng, size) for name, (make, size) in _MAKERS.items()})
    return pools


def _distinct(
    make: Callable[[Chooser, np.random.Generator], str], pick: Chooser, rng: np.random.Generator, size: int
) -> list[str]:
    return list(dict.fromkeys(make(pick, rng) for _ in range(size)))


def _person(pick: Chooser, rng: np.random.Generator) -> str:
    return pick("first") if rng.random() < 0.35 else f"{pick('first')} {pick('last')}"


def _identifier(pick: Chooser, rng: np.random.Generator) -> str:
    parts = [pick("verb"), pick("noun")] if rng.random() < 0.5 else [pick("noun"), pick("suffix")]
    if rng.random() < 0.5:
        parts.insert(1, pick("noun"))
    if rng.random() < 0.5:
        return "_".join(parts)
    return parts[0] + "".join(part.capitalize() for part in parts[1:])


def _product(pick: Chooser, rng: np.random.Generator) -> str:
    name = (pick("stem") + pick("ending")).capitalize()
    return name if rng.random() < 0.7 else f"{name} {pick('noun').capitalize()}"


def _company(pick: Chooser, rng: np.random.Generator) -> str:
    stem = pick("last") if rng.random() < 0.5 else (pick("stem") + pick("ending")).capitalize()
    return stem if rng.random() < 0.3 else f"{stem} {pick('company_kind')}"


def _path(pick: Chooser, rng: np.random.Generator) -> str:
    middle = f"{pick('noun')}/" if rng.random() < 0.6 else ""
    return f"{pick('folder')}/{middle}{pick('noun')}_{pick('suffix')}.{pick('extension')}"


def _file(pick: Chooser, rng: np.random.Generator) -> str:
    kind = ("csv", "xlsx", "docx", "pdf", "json", "md", "py", "yaml")[int(rng.integers(8))]
    return f"{pick('noun')}_{pick('noun')}_{int(rng.integers(1, 40))}.{kind}"


def _ticket(pick: Chooser, rng: np.random.Generator) -> str:
    return f"{pick('stem')[:4].upper()}-{int(rng.integers(3, 9000))}"


def _version(_: Chooser, rng: np.random.Generator) -> str:
    return f"{int(rng.integers(0, 22))}.{int(rng.integers(0, 30))}.{int(rng.integers(0, 12))}"


def _clock(_: Chooser, rng: np.random.Generator) -> str:
    hour, minute, second = (int(rng.integers(n)) for n in (24, 60, 60))
    return f"{hour:02d}:{minute:02d}:{second:02d}"


def _error(pick: Chooser, rng: np.random.Generator) -> str:
    tails = ("", f" in {pick('noun')}", f": {pick('noun')} not found", f" (code {int(rng.integers(2, 600))})")
    return pick("error_kind") + tails[int(rng.integers(4))]


def _project(pick: Chooser, _: np.random.Generator) -> str:
    return f"{pick('stem').capitalize()} {pick('noun')}"


_MAKERS: dict[str, tuple[Callable[[Chooser, np.random.Generator], str], int]] = {
    "person": (_person, 3000),
    "identifier": (_identifier, 6000),
    "product": (_product, 3000),
    "company": (_company, 3000),
    "path": (_path, 4000),
    "file": (_file, 3000),
    "ticket": (_ticket, 3000),
    "version": (_version, 1500),
    "clock": (_clock, 5000),
    "error": (_error, 1200),
    "project": (_project, 1200),
}
