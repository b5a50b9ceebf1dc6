"""The tokens of the range's models: one character each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

PAD = "_"
ALPHABET = PAD + "0123456789" + "+-*:>?<=.#!" + "abcdefilmpqrswx" + "ABCDEFGH"
"""Token number n is the n-th of these; number 0 pads."""
NUMBER = {character: number for number, character in enumerate(ALPHABET)}

Tokens = NDArray[np.int64]

_NUMBERS = np.zeros(128, dtype=np.int64)
_NUMBERS[[ord(c) for c in ALPHABET]] = np.arange(len(ALPHABET))


def encode(text: str) -> Tokens:
    """Numbers of the characters, shape (characters,). Characters outside the alphabet become padding."""
    points = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
    return _NUMBERS[np.where(points < len(_NUMBERS), points, 0)]


def decode(tokens: Tokens) -> str:
    """The text of tokens up to the first padding."""
    return "".join(ALPHABET[int(t)] for t in tokens).partition(PAD)[0]


def padded(texts: list[str], length: int) -> Tokens:
    """Rows of tokens, shape (texts, length). A longer text is an error of the caller."""
    rows = np.zeros((len(texts), length), dtype=np.int64)
    for row, text in zip(rows, texts, strict=True):
        row[: len(text)] = encode(text)
    return rows
