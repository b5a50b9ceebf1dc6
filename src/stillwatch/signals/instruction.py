"""Instruction: how much a message reads like an item of an instruction data set, not like what people type.

Such an item stands alone and speaks to nobody: "Write a function that …", "Describe how …". People paste, follow up,
say please, and say *I*, *my* and *this*. The table of words was learned from published collections, once, by
`scripts/train_instruction.py`; `docs/real-prompts.md` says what it reaches on collections that it had not seen. It says
little of one message and something of thirty. It knows English words alone: other text gets what its length says.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from stillwatch.records.detector import Detector

DETECTOR = Detector(
    name="instruction",
    question="harvest",
    assumption="Training sets are made of self-contained, impersonal tasks and questions; a harvester sends these, and "
    "not what people type, paste and ask next.",
    innocent=(
        "evaluators run public benchmarks such as GSM8K or HumanEval",
        "a teacher or a firm works through written exercises",
        "a user who writes terse, complete orders",
    ),
    references=("Wang et al., Self-Instruct, ACL 2023",),
    needs=("input_text",),
)

MOST = 1000
"""Scores lie between 0 (reads as typed by a person) and 1000 (reads as an item); 500 is undecided."""
SHAPES = (1, 4, 8, 16, 32, 64, 128, 256)
"""Least words of each length class. A judgement: doublings; longer texts are cut in the collections."""
BIAS, SHAPE = "#bias", "#words "


@dataclass(frozen=True)
class Table:
    """Weights in thousandths of the score: terms of one to four words, length classes, and the bias."""

    terms: dict[str, int]
    shapes: tuple[int, ...]
    bias: int


@lru_cache(maxsize=1)
def table() -> Table:
    """The learned table that is shipped beside this file."""
    return read_table((files("stillwatch.signals") / "instruction.tsv").read_text(encoding="utf-8"))


def read_table(text: str) -> Table:
    """A table from its lines, `term<TAB>weight`; lines that begin with `##` are remarks."""
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("##")]
    weights = {term: int(weight) for term, weight in rows}
    shapes = tuple(weights.pop(f"{SHAPE}{least}") for least in SHAPES)
    bias = weights.pop(BIAS)
    return Table(weights, shapes, bias)


def scored(
    sums: npt.NDArray[np.int32], words: npt.NDArray[np.int32], chosen: Table | None = None
) -> npt.NDArray[np.int32]:
    """Scores in thousandths, 0 to MOST, from the sums of term weights and the numbers of words; 0 without words."""
    known = chosen or table()
    place = np.searchsorted(SHAPES, words, "right") - 1
    whole = sums + np.asarray(known.shapes, np.int32)[place.clip(min=0)] + known.bias
    return np.where(words > 0, whole.clip(0, MOST), 0).astype(np.int32)
