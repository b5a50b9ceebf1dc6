"""The traffic-window test of arXiv 2606.05725, from the paper: maximum mean discrepancy against benign traffic.

Our own few lines, no code of the authors. Texts are signed hashes of words and word pairs in place of an embedding; the
kernel is Gaussian at the median distance. Each account is a window of its last exchanges; its null are the accounts of
a world without campaigns, and the setting is the window and the quantile of that null.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import numpy as np
from common import WORDS, Accused, exchanges, main

SIZE = 512
WINDOWS = (25, 100)
QUANTILES = (0.3, 0.5, 0.65, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 1.0)
REFERENCE = 600


def vector(text: str) -> np.ndarray:
    words = WORDS.findall(text.lower())[:200]
    told = words + [f"{a} {b}" for a, b in pairwise(words)]
    hashed = np.array([zlib.crc32(t.encode()) for t in told], dtype=np.int64)
    found = np.bincount(hashed % SIZE, weights=np.where(hashed & (1 << 20), 1.0, -1.0), minlength=SIZE)
    return found / max(float(np.linalg.norm(found)), 1e-9)


def windows(world: Path) -> dict[str, np.ndarray]:
    """Vectors of the last exchanges of each account that fills the smallest window."""
    table = exchanges(world, ["account_id", "time", "input_text"]).sort_by("time")
    texts: dict[str, list[str]] = defaultdict(list)
    for account, text in zip(table["account_id"].to_pylist(), table["input_text"].to_pylist(), strict=True):
        texts[account].append(text or "")
    return {a: np.array([vector(t) for t in of[-max(WINDOWS) :]]) for a, of in texts.items() if len(of) >= min(WINDOWS)}


class Test:
    """Discrepancy of a window from a sample of benign exchanges."""

    def __init__(self, benign: dict[str, np.ndarray]) -> None:
        rng = np.random.default_rng(0)
        pooled = np.concatenate([of[:25] for of in benign.values()])
        self.sample = pooled[rng.choice(len(pooled), min(REFERENCE, len(pooled)), replace=False)]
        distance = 2 - 2 * self.sample @ self.sample.T
        self.scale = float(np.median(distance[distance > 1e-9]))
        self.within = self._mean(self.sample, self.sample)

    def _mean(self, one: np.ndarray, other: np.ndarray) -> float:
        """Mean kernel; of a sample with itself without the diagonal."""
        kernel = np.exp(-(2 - 2 * one @ other.T) / self.scale)
        if one is not other:
            return float(kernel.mean())
        n = len(one)
        return float((kernel.sum() - np.trace(kernel)) / (n * (n - 1)))

    def __call__(self, window: np.ndarray) -> float:
        return self._mean(window, window) - 2 * self._mean(window, self.sample) + self.within


def accuse(world: Path, clean: Path) -> Accused:
    benign, asked = windows(clean), windows(world)
    test, found = Test(benign), {}
    for size in WINDOWS:
        null = [test(of[-size:]) for of in benign.values() if len(of) >= size]
        scores = {a: test(of[-size:]) for a, of in asked.items() if len(of) >= size}
        for quantile in QUANTILES:
            limit = np.quantile(null, quantile)
            found[f"window {size}, quantile {quantile:g}"] = [[a for a, s in scores.items() if s > limit]]
    return found


if __name__ == "__main__":
    main(accuse)
