"""The keyed green list, and the test for it: quiet for text that knows no key, loud for marked text."""

from __future__ import annotations

from hashlib import blake2b
from math import isnan, sqrt

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillwatch.provenance.agreement import NO_EVIDENCE, NOT_ENOUGH, YES
from stillwatch.provenance.watermark import (
    WatermarkKey,
    distinct_pairs,
    draws_for,
    green,
    green_table,
    radioactivity,
)

KEY = bytes(range(16))
Text = npt.NDArray[np.int64]
MASK = 2**64 - 1


def _mixed(value: int) -> int:
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    value = (value ^ (value >> 27)) * 0x94D049BB133111EB & MASK
    return value ^ (value >> 31)


def _green_by_hand(words: tuple[int, int], context: list[int], token: int, share: float) -> bool:
    state = words[0]
    for before in context:
        state = _mixed(((state ^ before) + 0x9E3779B97F4A7C15) & MASK)
    return _mixed(state ^ _mixed(((words[1] ^ token) + 0x9E3779B97F4A7C15) & MASK)) < share * 2**64


@settings(max_examples=30, deadline=None)
@given(st.binary(min_size=1, max_size=40), st.integers(1, 4), st.floats(0.01, 0.99), st.integers(0, 10**6))
def test_green_is_the_mix_it_says_and_the_table_is_green(key: bytes, width: int, share: float, seed: int) -> None:
    digest = blake2b(key, digest_size=16, person=b"stillwatch-mark").digest()
    words = (int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:], "little"))
    rng = np.random.default_rng(seed)
    contexts, tokens = rng.integers(0, 50_000, (20, width)), rng.integers(0, 30, 20)
    found = green(key, contexts, tokens, share)
    assert found.dtype == np.bool_
    assert found.tolist() == [
        _green_by_hand(words, c, t, share) for c, t in zip(contexts.tolist(), tokens.tolist(), strict=True)
    ]
    table = green_table(key, contexts, 30, share)
    assert table.shape == (20, 30)
    assert (table[np.arange(20), tokens] == found).all()


def test_green_stays_what_it_is() -> None:
    """Text that was marked by an older version must still be found."""
    table = green_table(KEY, np.array([[1, 2], [2, 1], [70_000, 0]]), 16)
    assert ["".join("01"[int(g)] for g in row) for row in table] == GOLDEN


GOLDEN = ["1000110110010011", "1101000000110100", "0000111101011100"]


@pytest.mark.parametrize("share", [0.1, 0.25, 0.5, 0.9])
def test_the_share_of_green_is_kept_over_contexts_tokens_and_keys(share: float) -> None:
    contexts = np.stack([np.repeat(np.arange(100), 10), np.tile(np.arange(10), 100)], axis=1)
    one, other = (green_table(key, contexts, 200, share) for key in (KEY, KEY[::-1]))
    error = sqrt(share * (1 - share))
    for axis, number in ((0, 1000), (1, 200)):
        assert abs(one.mean(axis=axis).mean() - share) < 5 * error / sqrt(one.size)
        assert one.mean(axis=axis).std() == pytest.approx(error / sqrt(number), rel=0.2)
    alike = share**2 + (1 - share) ** 2  # of two that have nothing to do with each other
    for pair in ((one, other), (one[1:], one[:-1]), (one[:, 1:], one[:, :-1])):
        assert np.mean(pair[0] == pair[1]) == pytest.approx(alike, abs=0.006)


def test_each_pair_counts_once_whatever_the_order_of_texts() -> None:
    texts = [np.array([1, 2, 3, 1, 2, 3, 1, 2]), np.array([2, 3, 1]), np.array([5, 6]), np.array([], np.int64)]
    contexts, tokens = distinct_pairs(texts, 2)
    assert [*zip(contexts.tolist(), tokens.tolist(), strict=True)] == [([1, 2], 3), ([2, 3], 1), ([3, 1], 2)]
    assert radioactivity(texts, WatermarkKey(KEY)) == radioactivity(texts[::-1] * 3, WatermarkKey(KEY))


def _written(rng: np.random.Generator, tokens: int, key: bytes | None, lean: float) -> list[Text]:
    """Text of a small language of 40 tokens, of which three follow any token gladly. With probability `lean` a token is
    drawn among the green ones."""
    texts = []
    for _ in range(tokens // 50):
        text = [int(token) for token in rng.integers(0, 40, 2)]
        while len(text) < 50:
            glad = [(7 * text[-1] + n) % 40 for n in (1, 5, 11)]
            choice = [glad[int(n)] if u < 0.5 else int(m) for n, u, m in zip(*_draws(rng), strict=True)]
            if key is not None and rng.random() < lean:
                fits = green(key, np.tile(text[-2:], (8, 1)), np.array(choice))
                choice = [token for token, fit in zip(choice, fits, strict=True) if fit] or choice
            text.append(choice[0])
        texts.append(np.array(text))
    return texts


def _draws(rng: np.random.Generator) -> tuple[Text, npt.NDArray[np.float64], Text]:
    return rng.integers(0, 3, 8), rng.random(8), rng.integers(0, 40, 8)


def test_unmarked_text_of_any_kind_is_marked_by_chance_alone() -> None:
    """One text, full of repeats, and 1,000 keys that it never saw: at most the level and three errors of counting."""
    texts = [*_written(np.random.default_rng(2), 200, None, 0.0), np.tile([1, 2, 3, 4, 5], 100)]
    rng = np.random.default_rng(3)
    found = [radioactivity(texts, WatermarkKey(rng.bytes(16)), seed=n, draws=199) for n in range(1000)]
    for level in (0.01, 0.05):
        for p in ([test.p for test in found], [test.normal_p for test in found]):
            assert np.mean(np.array(p) <= level) == pytest.approx(level, abs=3.5 * sqrt(level * (1 - level) / 1000))


def test_marked_text_is_found_and_with_the_right_key_alone() -> None:
    texts = _written(np.random.default_rng(4), 8000, KEY, 0.3)
    found = radioactivity(texts, WatermarkKey(KEY))
    assert (found.answer, found.marked, found.p) == (YES, True, 1 / 1000)
    assert found.share > 0.55
    assert found.normal_p < 1e-6
    for other in (WatermarkKey(KEY[::-1]), WatermarkKey(KEY, width=1), WatermarkKey(KEY, width=3)):
        assert radioactivity(texts, other).p > 0.01


def test_text_by_many_blocks_is_counted_whole() -> None:
    rng = np.random.default_rng(5)
    texts = [rng.integers(0, 5000, 70_000)]
    found = radioactivity(texts, WatermarkKey(KEY, 2, 0.25), draws=9)
    contexts, tokens = distinct_pairs(texts)
    assert found.green == green(KEY, contexts, tokens, 0.25).sum()
    assert found.pairs == tokens.size > 65_536


def test_what_cannot_be_told_from_a_watermark() -> None:
    short = radioactivity([np.arange(100)], WatermarkKey(KEY))
    none = radioactivity([np.arange(2)], WatermarkKey(KEY))
    assert short.answer == none.answer == NOT_ENOUGH
    assert (none.p, none.pairs) == (1.0, 0)
    assert isnan(none.share)
    long = [np.random.default_rng(6).integers(0, 1000, 9000)]
    assert radioactivity(long, WatermarkKey(KEY)).answer == NO_EVIDENCE
    assert radioactivity(long, WatermarkKey(KEY), level=1e-5, draws=999).answer == NOT_ENOUGH


def test_draws_follow_the_level() -> None:
    assert [draws_for(level) for level in (0.5, 0.01, 0.005, 1e-9)] == [999, 999, 1999, 9999]


def test_a_key_is_not_shown() -> None:
    assert KEY.hex() not in repr(WatermarkKey(KEY))
    assert str(KEY) not in repr(WatermarkKey(KEY))


def test_unfit_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="share"):
        green(KEY, np.zeros((1, 2), np.int64), np.zeros(1, np.int64), 1.0)
    with pytest.raises(ValueError, match="level"):
        radioactivity([], WatermarkKey(KEY), level=1.0)
