"""The compiled text pass against a plain Python reading of the same rules."""

from __future__ import annotations

import re
from itertools import pairwise
from random import Random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.signals import capability, elicitation, generation, grading, instruction, kernel
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
    *_, bounds, shingles, _ = _read(texts)
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
        *_, shingles, _ = kernel.read_texts(data, offsets, np.uint64(seed), kernel.CLASSES, EMPTY_KEYS, EMPTY_WEIGHTS)
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
    _, _, scores, *_ = kernel.read_texts(data, offsets, np.uint64(SEED), kernel.CLASSES, table.keys, table.weights)
    column = scores[:, CLASSES.index("elicitation")]
    assert column[0] == column[1] == elicitation.TERMS["chain of thought"] + elicitation.TERMS["thought"]
    assert column[2] == elicitation.TERMS["thought"]


# Bags of words.


def _bag(text: str, seed: int = SEED) -> list[int]:
    array = pa.array([text])
    data, offsets = np.frombuffer(array.buffers()[2] or b"\0", np.uint8), np.frombuffer(array.buffers()[1], np.int32)
    found = kernel.read_texts(data, offsets[:2], np.uint64(seed), kernel.CLASSES, EMPTY_KEYS, EMPTY_WEIGHTS)
    bag: list[int] = found[5][0].tolist()
    return bag


def _plain_bag(text: str) -> list[int]:
    """The rule in plain words: each distinct word adds 1 to or takes 1 from one count; the whole has length 100."""
    sums = np.zeros(kernel.BAG)
    for word in set(_words(text)):
        data, room = np.frombuffer(word.encode(), np.uint8), np.zeros(4, np.uint64)
        kernel.read_words(data, 0, data.size, kernel.CLASSES, room)
        sums[int(room[0]) >> 20 & (kernel.BAG - 1)] += 1.0 if int(room[0]) >> 63 else -1.0
    length = float(np.sqrt((sums**2).sum()))
    bag: list[int] = (np.round(kernel.BAG_LENGTH * sums / length) if length else sums).astype(int).tolist()
    return bag


BAGGED = st.lists(st.sampled_from([*WORDS, *(f"w{chr(97 + k % 26)}{chr(97 + k // 26)}" for k in range(60))]))


@given(BAGGED)
@settings(max_examples=100, deadline=None)
def test_a_bag_counts_distinct_words_like_the_plain_rule(words: list[str]) -> None:
    assert _bag(" ".join(words)) == _plain_bag(" ".join(words))


@given(BAGGED, st.randoms())
@settings(max_examples=100, deadline=None)
def test_order_repetition_and_key_change_no_bag(words: list[str], chance: Random) -> None:
    text, again = " ".join(words), words + words[: len(words) // 2]
    chance.shuffle(again)
    assert _bag(" -- ".join(again).upper() if text.isascii() else ", ".join(again)) == _bag(text)
    assert _bag(text, seed=SEED + 1) == _bag(text)


@pytest.mark.parametrize("words", [1, 2, 12, 300, 9000])
def test_a_bag_has_length_100_whatever_the_length_of_its_text(words: int) -> None:
    text = " ".join("".join(chr(97 + k // 26**j % 26) for j in range(4)) for k in range(words))
    assert np.linalg.norm(_bag(text)) == pytest.approx(kernel.BAG_LENGTH, abs=np.sqrt(kernel.BAG) / 2)


@pytest.mark.parametrize("text", ["", " ", "....", "\x00"])
def test_the_bag_of_no_words_is_zeros(text: str) -> None:
    assert _bag(text) == [0] * kernel.BAG


def test_bags_do_not_depend_on_the_texts_around() -> None:
    texts = ["the cat sat on a mat", "", "the dogs ran", "the cat sat on a mat"]
    assert _read(texts)[5].tolist() == [_bag(text) for text in texts]


# The compiled tables.

TABLES = {f"capability {name}": terms for name, terms in capability.TERMS.items()} | {
    module.DETECTOR.name: module.TERMS for module in (elicitation, grading, generation)
}


def _scored(text: str) -> dict[str, int]:
    table, array = compile_lexicon(), pa.array([text])
    data, offsets = np.frombuffer(array.buffers()[2], np.uint8), np.frombuffer(array.buffers()[1], np.int32)[:2]
    _, _, scores, *_ = kernel.read_texts(data, offsets, np.uint64(SEED), kernel.CLASSES, table.keys, table.weights)
    return dict(zip(CLASSES, scores[0].tolist(), strict=True))


def test_every_class_has_a_column_of_its_own() -> None:
    assert len(set(CLASSES)) == len(CLASSES)
    assert set(CLASSES) == {*TABLES, instruction.DETECTOR.name}


@pytest.mark.parametrize("name", TABLES)
def test_a_term_scores_in_every_class_by_the_table_of_that_class(name: str) -> None:
    for term in TABLES[name]:
        words = _words(term)
        spans = {" ".join(words[a:b]) for a in range(len(words)) for b in range(a + 1, len(words) + 1)}
        found = _scored(term)
        for other, terms in TABLES.items():
            known = {" ".join(_words(t)): weight for t, weight in terms.items()}
            assert found[other] == sum(known.get(span, 0) for span in spans), (term, other)


def test_grading_is_a_capability_and_an_intent_with_a_table_each() -> None:
    found = _scored("rubric")
    assert found["capability grading"] == capability.TERMS["grading"]["rubric"]
    assert found["grading"] == grading.TERMS["rubric"]
    assert found["grading"] != found["capability grading"]
