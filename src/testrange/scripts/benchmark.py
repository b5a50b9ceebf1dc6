"""Benchmark runs: published questions, verbatim, inside the fixed wording of a harness."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from testrange import extract, seeds
from testrange.scripts.rows import Rows, Texts, no_text

HARNESSES = {
    "GSM8K": (
        ("Q: ", "\nA: Let's think step by step."),
        ("Solve the following math problem. Give the final answer after ####.\n\n", ""),
        ("Question: ", "\nAnswer:"),
    ),
    "HumanEval": (
        ("Complete the following Python function. Return only code.\n\n", ""),
        ("Read the following function signature and docstring, and fully implement the function described.\n", ""),
        ("", ""),
    ),
}


@dataclass(frozen=True)
class Benchmark:
    """One question per request; the account's voice fixes which harness and which set it mostly runs."""

    def write(self, rows: Rows) -> Texts:
        code = seeds.unit(seeds.mix(rows.session, 41)) < seeds.unit(seeds.mix(rows.account, 42)) * 0.6
        harness = (seeds.unit(seeds.mix(rows.account, 43)) ** 1.5 * 3).astype(np.int64)
        maths = _wrapped("GSM8K", harness, rows.rng)
        return Texts(no_text(len(rows)), pc.if_else(pa.array(code), _wrapped("HumanEval", harness, rows.rng), maths))


def _wrapped(name: str, harness: seeds.Indices, rng: np.random.Generator) -> pa.StringArray:
    questions = questions_of(name)
    picked = questions.take(pa.array(rng.integers(0, len(questions), len(harness))))
    heads, tails = (pa.array([h[side] for h in HARNESSES[name]]) for side in (0, 1))
    return pc.binary_join_element_wise(heads.take(pa.array(harness)), picked, tails.take(pa.array(harness)), "")


@lru_cache(maxsize=4)
def questions_of(name: str) -> pa.StringArray:
    """The questions of one benchmark."""
    return pa.array(extract.prompts(name), pa.string())
