"""The phrasebook: every phrase of every pool in one Arrow column, and sentence patterns as rows of pool numbers.

Composing a million sentences is then a few `take` calls, whatever their topic or pattern.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import pyarrow as pa

from testrange import seeds
from testrange.language.lexicon import generated_pools, sections

DOMAINS = (
    "coding", "data", "writing", "business", "study", "home",
    "travel", "health", "marketing", "legal", "research",
)  # fmt: skip
ROLES = ("ask", "context", "closer", "follow", "persona", "rule", "content", "paste", "tool", "answer", "greet")
WIDTH = 8
EXPANDED = 2400
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Phrasebook:
    """Compiled pools and patterns; see `compose` for their use.

    `slots[pattern, column]` is a pool; `starts`, `sizes` and `sticky` describe pools; `first` and `count` give the
    patterns of group `domain * len(ROLES) + role`.
    """

    phrases: pa.StringArray
    starts: seeds.Indices
    sizes: seeds.Indices
    sticky: seeds.Indices
    slots: seeds.Indices
    first: seeds.Indices
    count: seeds.Indices

    def group(self, role: str, domain: seeds.Indices | int) -> seeds.Indices:
        return np.asarray(domain, dtype=np.int64) * len(ROLES) + ROLES.index(role)


@dataclass
class _Compiler:
    rng: np.random.Generator
    raw: dict[str, list[str]]
    personal: dict[str, int]
    pools: dict[str, list[str]]
    numbers: dict[tuple[str, str, str], int] = field(default_factory=dict)
    phrases: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    sticky: list[int] = field(default_factory=list)

    def pool(self, name: str) -> list[str]:
        if name not in self.pools:
            self.pools[name] = self._expanded(self.raw[name])
        return self.pools[name]

    def _expanded(self, entries: list[str]) -> list[str]:
        """Fill slots inside entries: as often as keeps the pool near EXPANDED phrases."""
        fills = max(4, EXPANDED // len(entries))
        texts = [self._fill(e) for e in entries for _ in range(fills if _SLOT.search(e) else max(1, fills // 12))]
        self.rng.shuffle(texts)
        return texts

    def _fill(self, entry: str) -> str:
        return _SLOT.sub(lambda m: self._any(m.group(1)), entry)

    def _any(self, name: str) -> str:
        pool = self.pool(name)
        return pool[int(self.rng.integers(len(pool)))]

    def number(self, name: str, prefix: str, suffix: str) -> int:
        """The pool of phrases `prefix + phrase + suffix`, made on first use."""
        key = (name, prefix, suffix)
        if key not in self.numbers:
            phrases = self.pool(name) if name else [""]
            self.numbers[key] = len(self.starts)
            self.starts.append(len(self.phrases))
            self.sizes.append(len(phrases))
            self.sticky.append(self.personal.get(name.rpartition(".")[2], 0))
            self.phrases.extend(prefix + phrase + suffix for phrase in phrases)
        return self.numbers[key]

    def pattern(self, text: str, domain: str) -> list[int]:
        """A pattern's row of pools: literal text joins the slot before it, or the first slot if it leads."""
        ended = text if text.endswith((" ", "\\n")) else text + " "
        pieces = _SLOT.split(ended.replace("\\n", "\n"))
        names, literals = pieces[1::2], pieces[2::2]
        row = []
        for place, (name, literal) in enumerate(zip(names, literals, strict=True)):
            local = f"{domain}.{name}"
            prefix = pieces[0] if place == 0 else ""
            row.append(self.number(local if local in self.raw else name, prefix, literal))
        return row + [self.number("", "", "")] * (WIDTH - len(row))


@lru_cache(maxsize=1)
def phrasebook() -> Phrasebook:
    """The one phrasebook of all worlds; a world's seed chooses from it."""
    rng = seeds.generator("phrasebook")
    raw, personal = _raw_pools()
    compiler = _Compiler(rng, raw, personal, generated_pools(rng))
    rows: list[list[int]] = []
    first, count = [], []
    for domain in DOMAINS:
        for role in ROLES:
            patterns = raw[f"sentences:{role}"]
            first.append(len(rows))
            count.append(len(patterns))
            rows.extend(compiler.pattern(text, domain) for text in patterns)
    return Phrasebook(
        pa.array(compiler.phrases, pa.string()),
        np.array(compiler.starts),
        np.array(compiler.sizes),
        np.array(compiler.sticky),
        np.array(rows),
        np.array(first),
        np.array(count),
    )


def _raw_pools() -> tuple[dict[str, list[str]], dict[str, int]]:
    raw: dict[str, list[str]] = {}
    personal: dict[str, int] = {}
    for header, lines in (sections("common.txt") | sections("domains.txt")).items():
        name, _, flag = header.partition(" sticky=")
        raw[name] = lines
        if flag:
            personal[name] = int(flag)
    return raw, personal
