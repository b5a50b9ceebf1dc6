"""The compiled text pass against a plain Python reading of the same rules."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.signals import elicitation, kernel
from stillwatch.signals.lexicon import CLASSES, compile_lexicon

SEED = 12345
EMPTY_KEYS, EMPTY_WEIGHTS = np.zeros(1024, np.uint64), np.zeros((1024, 1), np.int32)


def _read(texts: list[str]) -> tuple[np.ndarray, ...]:
    array = pa.array(texts, pa.string())
    offsets = np.frombuffer(array.buffers()[1], np.int32)[: len(texts) + 1]
    data = np.frombuffer(array.buffers()[2] or b"\0", np.uint8)
    found: tuple[np.ndarray, ...] = kernel.read_texts(
        data, offsets, np.uint64(SEED), kernel.CLASSES, EMPTY_KEYS, EMPTY_WEIGHTS
    )
    return found


def _shingles(texts: list[str]) -> list[set[int]]:
    *_, bounds, shingles = _read(texts)
    return [set(shingles[a:b].tolist()) for a, b in pairwise(bounds)]


def _words(text: str) -> list[str]:
    """The rule in plain words: runs of letters and digits, digits masked; wide characters one by one."""
    found: list[str] = []
    run = ""
    for character in text:
        code = ord(character)
        letter = character.isascii() and character.isalnum()
        if letter or 0x80 <= code < 0x2000:
            run += character.lower() if letter else character
            continue
        if run:
            found.append(re.sub(r"[0-9]+", "0", run))
            run = ""
        if code >= 0x3000:
            found.append(character)
    if run:
        found.append(re.sub(r"[0-9]+", "0", run))
    return found


@given(st.lists(st.text(max_size=300), min_size=1, max_size=8))
@settings(max_examples=150, deadline=None)
def test_counts_words_like_the_plain_rule(texts: list[str]) -> None:
    assert _read(texts)[0].tolist() == [len(_words(text)) for text in texts]


WORDS = ["the", "cat", "sat", "on", "a", "mat", "and", "12", "dogs", "ran", "to", "é", "猫"]


@given(st.lists(st.sampled_from(WORDS), min_size=4, max_size=60))
@settings(max_examples=100, deadline=None)
def test_shingles_depend_on_words_alone(words: list[str]) -> None:
    plain, noisy = " ".join(words), "  -- " + " ,\n ".join(w.upper() if w.isascii() else w for w in words) + "!"
    first, second = _shingles([plain, noisy])
    assert first == second


def test_digits_are_masked_in_shingles_and_not_in_content() -> None:
    low, high = (
        "please solve task number 17 of the long list now",
        "please solve task number 94512 of the long list now",
    )
    assert _shingles([low])[0] == _shingles([high])[0]
    content = _read([low, high])[1]
    assert content[0] != content[1]


def test_sampling_keeps_what_is_shared() -> None:
    rng = np.random.default_rng(3)
    words = [f"w{k:05d}x".translate(str.maketrans("0123456789", "abcdefghij")) for k in rng.permutation(20_000)]
    frame = words[:60]
    texts = [
        " ".join(words[100 + 50 * k : 120 + 50 * k] + frame + words[120 + 50 * k : 140 + 50 * k]) for k in range(200)
    ]
    found = _shingles(texts)
    common = set.intersection(*found)
    # 57 shingles lie inside the frame; one in four is sampled, and all of those are in every text
    assert 6 <= len(common) <= 26
    assert 10 < np.mean([len(s) for s in found]) < 40


def test_long_texts_keep_head_and_tail() -> None:
    middle = " ".join(f"m{chr(97 + k % 26)}{chr(97 + k // 26 % 26)}{chr(97 + k // 676 % 26)}" for k in range(9000))
    head, tail = (
        "alpha beta gamma delta epsilon zeta eta theta " * 4,
        " kappa lambda mu nu xi omicron pi rho sigma tau" * 4,
    )
    whole, ends = _shingles([head + middle + tail, head])
    assert ends <= whole
    assert _shingles([tail])[0] <= whole
    assert len(whole) <= kernel.MAXIMUM_SHINGLES


def test_different_seeds_share_nothing() -> None:
    text = "one hand writes the same instruction around ever new content every day and night"
    array = pa.array([text])
    data, offsets = np.frombuffer(array.buffers()[2], np.uint8), np.frombuffer(array.buffers()[1], np.int32)[:2]
    sets = []
    for seed in (1, 2):
        *_, shingles = kernel.read_texts(data, offsets, np.uint64(seed), kernel.CLASSES, EMPTY_KEYS, EMPTY_WEIGHTS)
        sets.append(set(shingles.tolist()))
    assert sets[0]
    assert sets[0].isdisjoint(sets[1])


@pytest.mark.parametrize("text", ["", " ", "....", "\x00", "🙂", "é"])
def test_odd_texts_are_read(text: str) -> None:
    assert _read([text])[0][0] == len(_words(text))


def test_terms_score_once_each() -> None:
    table = compile_lexicon()
    array = pa.array(["chain of thought", "Chain of thought, chain OF thought!", "chain thought of"])
    data, offsets = np.frombuffer(array.buffers()[2], np.uint8), np.frombuffer(array.buffers()[1], np.int32)[:4]
    _, _, scores, _, _ = kernel.read_texts(data, offsets, np.uint64(SEED), kernel.CLASSES, table.keys, table.weights)
    column = scores[:, CLASSES.index("elicitation")]
    assert column[0] == column[1] == elicitation.TERMS["chain of thought"] + elicitation.TERMS["thought"]
    assert column[2] == elicitation.TERMS["thought"]
