"""One pass over prompt text: words, sampled shingles, lexicon scores, a content hash. Compiled, no Python per word.

The pass reads Arrow's own buffers (UTF-8 bytes and offsets), so no Python string is ever made.

* A *word* is a run of ASCII letters, digits and non-ASCII bytes, lower-cased; every run of digits counts as one `0`, so
  that numbered slots do not hide a template. Ideographs and emoji count as one word each.
* A *shingle* is four consecutive words (Broder 1997). It leaves as a keyed 64-bit hash; which shingles are sampled does
  not depend on the key, so that two installations find the same campaigns.
* Shingles are *sampled by their hash* (one in four among the first and last words, one in 128 in the middle of long
  texts): the same shingle is kept or left out in every text alike, so what is shared stays shared (mod-p
  sampling; Manber 1994, Schleimer et al. 2003).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

SHINGLE_WORDS = 4
HEAD_WORDS = 256
"""Words from the start of a text that are sampled at the full rate; later ones are sampled at 1/32 of it."""
TAIL_SHINGLES = 64
"""Shingles at the end of a text that are sampled at the full rate again: instructions stand at either end."""
MAXIMUM_SHINGLES = 160
"""Most sampled shingles kept of one text. (256 + 64) / 4 = 80 are expected of head and tail, 30 of the middle."""
SAMPLE_BITS = 2
MIDDLE_BITS = 7
BAG = 32
"""Signed counts of a hashed bag of words. With 8, 16, 32 and 64 of them, 86, 86, 87 and 84 % of the five nearest
accounts of an account of a campaign that repeats no wording were of that campaign, and 81 % without words (bench
world, seed 1)."""
BAG_LENGTH = 100.0
"""Euclidean length of a bag of words, whatever the length of its text."""
_DISTINCT = 4096

U64 = np.uint64
_PRIME = U64(0x100000001B3)
_OFFSET = U64(0xCBF29CE484222325)
_DIGIT, _LETTER, _WIDE, _BREAK = 1, 2, 3, 0
_NONE, _SEVERAL = -1, -2


def _classes() -> npt.NDArray[np.uint8]:
    table = np.zeros(256, dtype=np.uint8)
    for low, high, kind in ((48, 57, _DIGIT), (65, 90, _LETTER), (97, 122, _LETTER), (128, 255, _LETTER)):
        table[low : high + 1] = kind
    table[0xE2] = _BREAK  # U+2000 to U+2FFF: punctuation and symbols
    table[0xE3:0xF8] = _WIDE  # U+3000 and above: ideographs, kana, hangul, emoji: a word each
    return table


CLASSES = _classes()


@njit(nogil=True, cache=True, inline="always")
def mix(h):  # type: ignore[no-untyped-def]
    """Spread the bits of a 64-bit number over all of it (the finaliser of splitmix64; Steele et al. 2014)."""
    h ^= h >> U64(30)
    h *= U64(0xBF58476D1CE4E5B9)
    h ^= h >> U64(27)
    h *= U64(0x94D049BB133111EB)
    return h ^ (h >> U64(31))


@njit(nogil=True, cache=True, inline="always")
def _find(keys, wanted):  # type: ignore[no-untyped-def]
    mask = U64(keys.shape[0] - 1)
    slot = wanted & mask
    while keys[slot] != U64(0):
        if keys[slot] == wanted:
            return np.int64(slot)
        slot = (slot + U64(1)) & mask
    return np.int64(-1)


@njit(nogil=True, cache=True)
def read_words(data, start, end, classes, words):  # type: ignore[no-untyped-def]
    """Hash the words of one text into `words`; return their number and the hash of the whole content.

    `words` is scratch space; a text with more words than fit is read to its end, but only the first and the last
    half of the space are kept, which is where instructions stand.
    """
    count = 0
    room = words.shape[0]
    half = room // 2
    content = _OFFSET
    h = _OFFSET
    length = 0
    in_digits = False
    position = start
    while position < end:
        c = data[position]
        kind = classes[c]
        if kind == _WIDE or kind == _BREAK:  # noqa: PLR1714, SIM109 - compiled as written
            if length > 0:
                words[count if count < room else half + (count - half) % (room - half)] = mix(h)
                count += 1
                content = (content ^ U64(32)) * _PRIME
                h, length, in_digits = _OFFSET, 0, False
            if kind == _WIDE:
                width = 4 if c >= 0xF0 else 3
                for k in range(position, min(position + width, end)):
                    h = (h ^ U64(data[k])) * _PRIME
                    content = (content ^ U64(data[k])) * _PRIME
                words[count if count < room else half + (count - half) % (room - half)] = mix(h)
                count += 1
                h = _OFFSET
                position += width
                continue
            position += 3 if c == 0xE2 else 1
            continue
        if 65 <= c <= 90:
            c += 32
        content = (content ^ U64(c)) * _PRIME
        if kind == _DIGIT:
            if not in_digits:
                h = (h ^ U64(48)) * _PRIME
                in_digits = True
        else:
            h = (h ^ U64(c)) * _PRIME
            in_digits = False
        length += 1
        position += 1
    if length > 0:
        words[count if count < room else half + (count - half) % (room - half)] = mix(h)
        count += 1
    return count, mix(content)


@njit(nogil=True, cache=True)
def _unwind(words, count):  # type: ignore[no-untyped-def]
    """Put a wrapped second half back into reading order; return how many words are there now."""
    room = words.shape[0]
    if count <= room:
        return count
    half = room // 2
    span = room - half
    cut = (count - half) % span
    tail = words[half:].copy()
    for k in range(span):
        words[half + k] = tail[(cut + k) % span]
    return room


@njit(nogil=True, cache=True)
def term_key(words, count):  # type: ignore[no-untyped-def]
    """The key under which a term of one to four words stands in the lexicon."""
    h = U64(0)
    for span in range(1, count + 1):
        h = mix(h * _PRIME + words[span - 1] + U64(span))
    return h


@njit(nogil=True, cache=True)
def _columns(lexicon_weights):  # type: ignore[no-untyped-def]
    """For each slot the one class that it has a weight for, or _SEVERAL, or _NONE: most terms have one, and common
    words are met in every text."""
    columns = np.full(lexicon_weights.shape[0], _NONE, np.int16)
    for slot in range(lexicon_weights.shape[0]):
        for c in range(lexicon_weights.shape[1]):
            if lexicon_weights[slot, c] != 0:
                columns[slot] = c if columns[slot] == _NONE else _SEVERAL
    return columns


@njit(nogil=True, cache=True)
def _score(words, lexicon, seen, stamp, scores):  # type: ignore[no-untyped-def]
    """Add the weights of the lexicon's terms (one to four words) that occur, each once.

    The lexicon holds the beginnings of its terms too, so the search ends with the first span that it does not hold.
    """
    lexicon_keys, lexicon_weights, columns = lexicon
    for k in range(words.shape[0]):
        h = U64(0)
        for span in range(1, 5):
            if k + span > words.shape[0]:
                break
            h = mix(h * _PRIME + words[k + span - 1] + U64(span))
            slot = _find(lexicon_keys, h)
            if slot < 0:
                break
            if seen[slot] != stamp:
                seen[slot] = stamp
                only = columns[slot]
                if only >= 0:
                    scores[only] += lexicon_weights[slot, only]
                elif only == _SEVERAL:
                    for c in range(scores.shape[0]):
                        scores[c] += lexicon_weights[slot, c]


@njit(nogil=True, cache=True, inline="always")
def _holds(out, start, end, wanted):  # type: ignore[no-untyped-def]
    for k in range(start, end):  # noqa: SIM110 - compiled: a generator would not be
        if out[k] == wanted:
            return True
    return False


@njit(nogil=True, cache=True)
def _sample(words, count, seed, out, start):  # type: ignore[no-untyped-def]
    """Write the sampled shingles of one text to `out` from `start` on; return the new end."""
    end = start
    last = count - SHINGLE_WORDS
    if last < 0:
        return end
    for k in range(last + 1):
        h = U64(0)
        for j in range(SHINGLE_WORDS):
            h = h * _PRIME + words[k + j]
        h = mix(h)
        bits = SAMPLE_BITS if (k < HEAD_WORDS or k > last - TAIL_SHINGLES) else MIDDLE_BITS
        if h >> U64(64 - bits) == U64(0) and end - start < MAXIMUM_SHINGLES:
            keyed = mix(h ^ seed)
            if not _holds(out, start, end, keyed):
                out[end] = keyed
                end += 1
    return end


@njit(nogil=True, cache=True)
def _bag(words, seen, stamp, sums, out):  # type: ignore[no-untyped-def]
    """Write the bag of distinct words of one text to `out`: each word adds 1 to or takes 1 from one of BAG counts.

    Feature hashing (Weinberger et al. 2009). A word counts once; of words that meet in `seen` the first counts.
    """
    sums[:] = 0.0
    for k in range(words.shape[0]):
        h = words[k]
        slot = h & U64(_DISTINCT - 1)
        if seen[slot] != stamp:
            seen[slot] = stamp
            sums[(h >> U64(20)) & U64(BAG - 1)] += 1.0 if h >> U64(63) else -1.0
    length = np.sqrt((sums * sums).sum())
    if length > 0:
        for k in range(BAG):
            out[k] = np.int8(np.round(BAG_LENGTH * sums[k] / length))


@njit(nogil=True, cache=True)
def read_texts(data, offsets, seed, classes, lexicon_keys, lexicon_weights):  # type: ignore[no-untyped-def]
    """Sketch and score every text of one Arrow buffer.

    Returns words per text, content hashes, scores in thousandths [text, class], shingle offsets, shingles, and bags of
    words [text, BAG]. Linear in bytes.
    """
    texts = offsets.shape[0] - 1
    classes_scored = lexicon_weights.shape[1]
    lengths = np.zeros(texts, np.int32)
    contents = np.zeros(texts, np.uint64)
    scores = np.zeros((texts, classes_scored), np.int32)
    bounds = np.zeros(texts + 1, np.int32)
    shingles = np.empty(1024 + texts * 8, np.uint64)
    words = np.empty(4096, np.uint64)
    lexicon = (lexicon_keys, lexicon_weights, _columns(lexicon_weights))
    seen = np.full(lexicon_keys.shape[0], -1, np.int64)
    bags = np.zeros((texts, BAG), np.int8)
    sums = np.zeros(BAG, np.float64)
    distinct = np.full(_DISTINCT, -1, np.int64)
    end = 0
    for t in range(texts):
        if end + MAXIMUM_SHINGLES > shingles.shape[0]:
            larger = np.empty(shingles.shape[0] * 2, np.uint64)
            larger[:end] = shingles[:end]
            shingles = larger
        if offsets[t + 1] > offsets[t]:
            count, content = read_words(data, offsets[t], offsets[t + 1], classes, words)
            contents[t] = mix(content ^ seed)
            lengths[t] = count
            count = _unwind(words, count)
            _score(words[:count], lexicon, seen, t, scores[t])
            _bag(words[:count], distinct, t, sums, bags[t])
            end = _sample(words, count, seed, shingles, end)
        bounds[t + 1] = end
    return lengths, contents, scores, bounds, shingles[:end], bags


@njit(nogil=True, cache=True)
def hash_values(data, offsets, seed):  # type: ignore[no-untyped-def]
    """64-bit hashes of the byte strings of one Arrow buffer: internal join keys, never shown."""
    count = offsets.shape[0] - 1
    out = np.empty(count, np.uint64)
    for k in range(count):
        h = _OFFSET ^ seed
        for position in range(offsets[k], offsets[k + 1]):
            h = (h ^ U64(data[position])) * _PRIME
        out[k] = mix(h)
    return out
