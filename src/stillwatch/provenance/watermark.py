"""Radioactivity: does the suspect write as if it had been trained on text that carries the teacher's watermark?

The watermark is that of Kirchenbauer et al. (A watermark for large language models, ICML 2023): a secret key and the
last `width` tokens choose which tokens of the vocabulary are green, and the marked model prefers green ones. A model
trained on such text prefers them too, a little: it is radioactive (Sander et al., Watermarking makes language models
radioactive, arXiv 2402.14904). As there, each distinct (context, token) pair of the suspect's text is counted once.

Which tokens follow which is nothing that the null fixes. It says: **the suspect never saw text marked with this key**,
so the key is as good as any other that might have been drawn. The same text is scored with random keys, and the
p-value is the rank of the true one among them: exact, whatever the text is like. The key must have been drawn at
random; `green` is the mix below, which no standard describes, so a text marked by another program cannot be tested.

The mix is the finaliser of SplitMix64 (Steele, Lea and Flood, Fast splittable pseudorandom number generators, OOPSLA
2014). It is no cryptographic function: who sees many answers of the marked model can learn what is green whatever
function is behind it, which is why a watermark alone never proves provenance here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from math import ceil, nan, sqrt

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from stillwatch.provenance.agreement import NO_EVIDENCE, NOT_ENOUGH, YES, Answer
from stillwatch.provenance.power import POWER

Integers = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]

WIDTH, SHARE = 2, 0.5
"""Tokens of context, and share of green tokens, unless the key file says otherwise; choices, not measurements."""
LEAST_DRAWS = 999
"""Keys drawn at least, so that the smallest p-value is 0.001."""
MOST_DRAWS = 9_999
"""Keys drawn at most: 100,000 pairs then take about 20 seconds on one core. A level below 0.0001 is out of reach."""
SMALLEST_EXCESS = 0.02
"""Excess of the green share that one would not want to miss. Judgement: at share 0.5 and level 0.01 it takes 6,300
pairs to see it."""

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_BLOCK = 1 << 16
"""Numbers mixed at a time, so that they stay in the processor's cache."""


def green(key: bytes, contexts: Integers, tokens: Integers, share: float = SHARE) -> npt.NDArray[np.bool_]:
    """Which `tokens` (n,) are green after `contexts` (n, width), oldest token first.

    A pure function of its arguments: each pair is green with probability `share`, in (0, 1), over random keys. Token
    ids are whole numbers from 0 on.
    """
    words = _words(key)
    return np.asarray(_mix(_context_states(words, contexts) ^ _token_states(words, tokens))[0] < _threshold(share))


def green_table(key: bytes, contexts: Integers, vocabulary: int, share: float = SHARE) -> npt.NDArray[np.bool_]:
    """Which of the tokens 0 to `vocabulary` - 1 are green after each context: (n, vocabulary), for samplers.

    Row i is `green` of context i with every token. As each token is drawn by itself, a row has `share` green tokens
    on average, not exactly."""
    words = _words(key)
    states, every = _context_states(words, contexts)[0], _token_states(words, np.arange(vocabulary))[0]
    return np.asarray(_mix(states[:, None] ^ every[None, :]) < _threshold(share))


def _words(key: bytes) -> Words:
    """The key as (1, 2) numbers of 64 bits."""
    digest = blake2b(key, digest_size=16, person=b"stillwatch-mark").digest()
    return np.frombuffer(digest, "<u8").astype(np.uint64).reshape(1, 2)


def _context_states(words: Words, contexts: Integers) -> Words:
    """One number for each key (row) and context (column)."""
    state = np.broadcast_to(words[:, :1], (words.shape[0], contexts.shape[0]))
    for column in contexts.T:
        state = _mix((state ^ column.astype(np.uint64)) + _STEP)
    return state


def _token_states(words: Words, tokens: Integers) -> Words:
    return _mix((words[:, 1:] ^ tokens.astype(np.uint64)) + _STEP)


def _mix(values: Words) -> Words:
    values = (values ^ (values >> np.uint64(30))) * _FIRST
    values = (values ^ (values >> np.uint64(27))) * _SECOND
    return np.asarray(values ^ (values >> np.uint64(31)), np.uint64)


def _threshold(share: float) -> np.uint64:
    if not 0.0 < share < 1.0:
        raise ValueError("share: a number between 0 and 1")
    return np.uint64(int(share * 2.0**64))


def distinct_pairs(texts: Iterable[Integers], width: int = WIDTH) -> tuple[Integers, Integers]:
    """The distinct (context, token) pairs of some texts, each a vector of token ids: contexts (n, width), tokens (n,).

    The first `width` tokens of a text have no whole context in it and are not counted. Sorted, so that neither the
    order nor the repetition of texts matters."""
    windows = [
        np.lib.stride_tricks.sliding_window_view(np.asarray(text, np.int64), width + 1)
        for text in texts
        if len(text) > width
    ]
    if not windows:
        return np.zeros((0, width), np.int64), np.zeros(0, np.int64)
    pairs = np.unique(np.concatenate(windows), axis=0)
    return pairs[:, :width], pairs[:, width]


@dataclass(frozen=True)
class WatermarkKey:
    """What the marked model was run with: secret `key`, tokens of context `width`, and `share` of green tokens."""

    key: bytes
    width: int = WIDTH
    share: float = SHARE

    def __repr__(self) -> str:  # a secret must not get into a log by accident
        return f"WatermarkKey(width={self.width}, share={self.share})"


@dataclass(frozen=True)
class Radioactivity:
    """The outcome of the watermark test.

    `pairs`: distinct (context, token) pairs; `green`: how many of them the true key makes green; `expected`: the share
    that any other key makes green, in (0, 1). `p` is the Monte-Carlo p-value over `draws` random keys, one-sided,
    small if too many are green, and never below 1 / (draws + 1). `z` and `normal_p` approximate it by a binomial
    count of independent pairs, and reach further; NaN without pairs. `detectable` is the excess of the green share
    found with 80 % power at `level`. `answer` is yes if `p` is at most `level`; not enough data if it is not and
    `detectable` is above SMALLEST_EXCESS, or `level` is below what the draws can reach.
    """

    pairs: int
    green: int
    expected: float
    draws: int
    p: float
    z: float
    normal_p: float
    detectable: float
    level: float
    answer: Answer

    @property
    def share(self) -> float:
        """Share of the pairs that are green with the true key; NaN without pairs."""
        return self.green / self.pairs if self.pairs else nan

    @property
    def marked(self) -> bool:
        """Whether the text carries the watermark at the level of the test."""
        return self.answer == YES


def radioactivity(
    texts: Iterable[Integers], mark: WatermarkKey, level: float = 0.01, seed: int = 7, draws: int | None = None
) -> Radioactivity:
    """Test whether a suspect's `texts`, vectors of token ids of the marked model's vocabulary, carry the watermark.

    `level` in (0, 1). `draws` is the number of random keys, by default `draws_for(level)`. Texts must not repeat
    marked text that stood in the prompts: what the suspect only copies would count as its own. Raises ValueError for
    unfit arguments. Cost: draws times pairs.
    """
    if not 0.0 < level < 1.0:
        raise ValueError("level: a number between 0 and 1")
    contexts, tokens = distinct_pairs(texts, mark.width)
    number = draws_for(level) if draws is None else draws
    drawn = np.random.default_rng(seed).integers(0, 2**64, size=(number, 2), dtype=np.uint64)
    found = int(_count_green(_words(mark.key), contexts, tokens, mark.share)[0])
    at_random = _count_green(drawn, contexts, tokens, mark.share)
    p = (1 + int((at_random >= found).sum())) / (number + 1)
    pairs = tokens.size
    deviation = sqrt(pairs * mark.share * (1.0 - mark.share))
    z = (found - pairs * mark.share) / deviation if pairs else nan
    seen = (float(ndtri(1.0 - level)) + float(ndtri(POWER))) * deviation / pairs if pairs else nan
    return Radioactivity(
        pairs=pairs,
        green=found,
        expected=mark.share,
        draws=number,
        p=p,
        z=z,
        normal_p=float(ndtr(-z)),
        detectable=seen,
        level=level,
        answer=_answer(p <= level, seen <= SMALLEST_EXCESS and level * (number + 1) >= 1.0),
    )


def draws_for(level: float) -> int:
    """Random keys for a level in (0, 1): ten and more are expected beyond it, within LEAST_DRAWS and MOST_DRAWS."""
    return min(max(LEAST_DRAWS, ceil(10.0 / level) - 1), MOST_DRAWS)


def _answer(marked: bool, sees: bool) -> Answer:
    if marked:
        return YES
    return NO_EVIDENCE if sees else NOT_ENOUGH


def _count_green(words: Words, contexts: Integers, tokens: Integers, share: float) -> Integers:
    """How many of the pairs each key, a row of `words`, makes green."""
    counts, limit = np.zeros(words.shape[0], np.int64), _threshold(share)
    for start in range(0, tokens.size, _BLOCK):
        part = slice(start, start + _BLOCK)
        keys = max(1, _BLOCK // tokens[part].size)
        for first in range(0, words.shape[0], keys):
            some = words[first : first + keys]
            mixed = _mix(_context_states(some, contexts[part]) ^ _token_states(some, tokens[part]))
            counts[first : first + keys] += np.count_nonzero(mixed < limit, axis=1)
    return counts
