"""How fast a text is sketched: `python -m benchmarks.scale.sketch WHOSE LOG`, in the environment that has it.

The texts are the same, and so are the words: four in a row. A MinHash of 128 values stands for the document in either
library. Stillwatch's pass scores and hashes as well. One thread.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq

TEXTS = 20_000


def texts_of(world: Path) -> list[str]:
    file = sorted((world / "exchanges").glob("*.parquet"))[0]
    return [t or "" for t in pq.read_table(file, columns=["input_text"])["input_text"].to_pylist()[:TEXTS]]


def shingles(text: str) -> list[str]:
    words = text.lower().split()
    return [" ".join(words[k : k + 4]) for k in range(len(words) - 3)] or words


def rensa(texts: list[str]) -> None:
    from rensa import RMinHash  # noqa: PLC0415 - each environment has its own

    for text in texts:
        sketch = RMinHash(num_perm=128, seed=1)
        sketch.update(shingles(text))


def datasketch(texts: list[str]) -> None:
    from datasketch import MinHash  # noqa: PLC0415

    # In bulk, as its manual advises: else it draws its permutations anew for every text.
    MinHash.bulk([[s.encode() for s in shingles(text)] for text in texts], num_perm=128, seed=1)


def stillwatch(texts: list[str]) -> None:
    import numpy as np  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415

    from stillwatch.signals import Key, kernel  # noqa: PLC0415
    from stillwatch.signals.lexicon import compile_lexicon  # noqa: PLC0415

    array, table = pa.array(texts, pa.string()), compile_lexicon()
    _, offsets, data = array.buffers()
    seed = np.uint64(Key(bytes(32)).sketch_seed)
    numbers = np.frombuffer(offsets, np.int32)[: len(array) + 1]
    kernel.read_texts(np.frombuffer(data, np.uint8), numbers, seed, kernel.CLASSES, table.keys, table.weights)


WHOSE: dict[str, Callable[[list[str]], None]] = {"stillwatch": stillwatch, "rensa": rensa, "datasketch": datasketch}

if __name__ == "__main__":
    sketch, texts = WHOSE[sys.argv[1]], texts_of(Path(sys.argv[2]))
    sketch(texts[:100])  # compiled and loaded before the clock runs
    started = time.monotonic()
    sketch(texts)
    ended = time.monotonic()
    print(json.dumps({"kind": "stage", "name": "sketch", "from": started, "to": ended, "texts": len(texts)}))
