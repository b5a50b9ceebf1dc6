"""Learns the table of words of the `instruction` signal.

Logistic regression on which words and phrases a message holds and how long it is. A term must occur in several
collections, so that no collection's own subject or template is learned.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.optimize import minimize

from benchmarks.real.collections import ITEMS, TALK, sample
from stillwatch.signals.instruction import BIAS, SHAPE, SHAPES

Floats = npt.NDArray[np.float64]
WHEEL = "chitchat_dataset-0.9.0-py3-none-any.whl"
"""What people wrote to each other (MIT), from PyPI: licensed words of ordinary people are scarce."""
SEED = 7
MOST_PROMPTS = 2500
"""Of one collection, so that a large one does not decide which terms are looked at."""
LEAST_SHARE, LEAST_PROMPTS = 0.003, 3
"""Of a collection's prompts a term must be in, to count as one of its terms. A judgement."""
LEAST_COLLECTIONS = 4
"""A term must be a term of so many collections (8 of items, 3 of talk), so that it is nobody's subject. With 2 or 3 the
table is two or three times as long and does no better on unseen collections."""
PENALTY = 0.01
"""Ridge penalty. 0.003 and 0.03 do as well on unseen collections, within 0.03 of AUC."""
TALK_WEIGHTS = {"Arena-hard": 0.5, "MT-bench second turns": 0.1, "chit-chat": 0.4}
"""Weight of each collection of talk; collections of items weigh alike. A judgement: Arena-hard alone is what people ask
a model, the second turns are 80."""
POINTS = 125
"""Thousandths of the score for one unit of log-odds: the score spans log-odds from -4 to 4. With -2 to 2 more than one
in 1,000 ordinary prompts stood at the upper end."""
LEAST_WEIGHT = 2
"""Terms with less are left out: a fifth of a hundredth of the score."""
_ARTEFACTS = """hello world main https www english language translate country states city population c python ai apple
b e n x y max"""
"""Templates, web addresses, names of languages and places, remains of variables."""
_SUBJECTS = """movie food dog restaurant music room water home travel technology security school student students
company business triangle red white color game tree social deep website computer letter age price object personal
environment public area team history distance research story product project day days week year years hours"""
"""What the collections happen to be about."""
DROPPED = frozenset(f"{_ARTEFACTS} {_SUBJECTS}".split()) | {"the world"}
"""Found by reading the table."""

WORD = re.compile(r"[0-9A-Za-z\u0080-\u1fff]+|[\u3000-\U0010ffff]")
TERM = re.compile(r"[a-z]+(?: [a-z]+){0,3}")
"""English words without digits: other scripts stay neutral, and numbers would mark a collection of sums."""


@dataclass(frozen=True)
class Document:
    """A prompt: its terms of one to four words, and its number of words."""

    terms: frozenset[str]
    words: int


Documents = dict[str, list[Document]]


def document(text: str) -> Document:
    """A prompt as the compiled pass reads it (`stillwatch.signals.kernel`)."""
    words = [re.sub("[0-9]+", "0", w.lower() if w.isascii() else w) for w in WORD.findall(text)]
    spans = {" ".join(words[k : k + n]) for n in range(1, 5) for k in range(len(words) - n + 1)}
    return Document(frozenset(term for term in spans if TERM.fullmatch(term)), len(words))


def chitchat(wheel: Path) -> list[str]:
    """What people wrote to each other in the chit-chat challenge of the BYU PCC lab (MIT)."""
    with zipfile.ZipFile(wheel) as package:
        talks = json.loads(package.read("chitchat_dataset/dataset.json"))
    said = (line["text"] for key in sorted(talks) for turn in talks[key]["messages"] for line in turn)
    return [text for text in said if text]


def read_licensed(data: Path, wheel: Path, without: str = "") -> tuple[Documents, Documents]:
    """Documents of the licensed collections, items and talk, without those of one source."""
    items, talk = (
        {c.name: _documents(c.prompts(data)) for c in group if c.licensed and c.source != without}
        for group in (ITEMS, TALK)
    )
    return items, talk | {"chit-chat": _documents(chitchat(wheel))}


def _documents(prompts: list[str]) -> list[Document]:
    return [document(text) for text in sample(prompts, MOST_PROMPTS, SEED)]


def vocabulary(collections: Documents) -> list[str]:
    """Terms that enough collections share."""
    shared: Counter[str] = Counter()
    for documents in collections.values():
        counts = Counter(term for d in documents for term in d.terms)
        least = max(LEAST_PROMPTS, LEAST_SHARE * len(documents))
        shared.update(term for term, count in counts.items() if count >= least)
    return sorted(term for term, count in shared.items() if count >= LEAST_COLLECTIONS and term not in DROPPED)


def learn(items: Documents, talk: Documents) -> dict[str, int]:
    """Weights in thousandths of the score, by term, length class and bias."""
    columns = [*vocabulary(items | talk), *(f"{SHAPE}{least}" for least in SHAPES)]
    index = {name: k for k, name in enumerate(columns)}
    total = sum(TALK_WEIGHTS[name] for name in talk)
    rows = [(d, 1.0, 0.5 / len(items) / len(docs)) for docs in items.values() for d in docs]
    rows += [(d, -1.0, 0.5 * TALK_WEIGHTS[name] / total / len(docs)) for name, docs in talk.items() for d in docs]
    seen = _matrix([d for d, *_ in rows], index)
    label, weight = np.array([y for _, y, _ in rows]), np.array([w for *_, w in rows])

    def loss(beta: Floats) -> tuple[float, Floats]:
        margin = label * (seen @ beta[1:] + beta[0])
        slope = -label * weight / (1 + np.exp(np.clip(margin, -50, 50)))
        value = weight @ np.logaddexp(0, -margin) + PENALTY / 2 * beta[1:] @ beta[1:]
        return float(value), np.concatenate([[slope.sum()], seen.T @ slope + PENALTY * beta[1:]])

    start = np.zeros(len(columns) + 1)
    best = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 5000, "ftol": 1e-14, "gtol": 1e-9}).x
    points = np.rint(best * POINTS).astype(int)
    weights = {name: int(p) for name, p in zip(columns, points[1:], strict=True)}
    kept = {name: w for name, w in weights.items() if name.startswith(SHAPE) or abs(w) >= LEAST_WEIGHT}
    return {BIAS: int(points[0]) + 500} | kept


def _matrix(documents: list[Document], index: dict[str, int]) -> sparse.csr_matrix:
    rows, columns = [], []
    for row, d in enumerate(documents):
        place = int(np.searchsorted(SHAPES, d.words, "right")) - 1
        found = [index[term] for term in d.terms if term in index] + [index[f"{SHAPE}{SHAPES[max(place, 0)]}"]]
        rows += [row] * len(found)
        columns += found
    return sparse.csr_matrix((np.ones(len(rows)), (rows, columns)), (len(documents), len(index)))


def written(weights: dict[str, int]) -> str:
    """The table as text: bias and length classes first, then terms from the most item-like to the most talk-like."""
    shape = [(name, w) for name, w in weights.items() if name.startswith("#")]
    terms = sorted((item for item in weights.items() if not item[0].startswith("#")), key=lambda t: (-t[1], t[0]))
    head = (
        "## Thousandths of the `instruction` score: above 0 speaks for an item of a data set, below for talk.\n"
        "## Written by scripts/train_instruction.py from texts under Apache-2.0 and MIT; see docs/real-prompts.md.\n"
    )
    return head + "".join(f"{name}\t{w}\n" for name, w in [*sorted(shape, key=_order), *terms])


def _order(row: tuple[str, int]) -> tuple[int, int]:
    return (0, 0) if row[0] == BIAS else (1, int(row[0].removeprefix(SHAPE)))
