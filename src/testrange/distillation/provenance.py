"""The product's tests of provenance on the zoo, where the truth is known."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq

from stillwatch.provenance import WatermarkKey, agreement, radioactivity
from testrange.distillation.held_out import evenly_drawn
from testrange.distillation.records import Record, Records
from testrange.distillation.release import WATERMARK_KEY, WATERMARK_SHARE, WATERMARK_WIDTH
from testrange.distillation.zoo import ASKED, FORGER, codes, habits, token_rows

LEVEL = 0.01
NULL = "other house"
"""The kind of models that are declared unrelated; each of them is also tried as a suspect against the others."""
FEWER = (50, 150, 450)
"""Prompts of each power measured beside all: answers of so many compared."""


def run_provenance(folder: Path, zoo: Records, level: float = LEVEL) -> list[Record]:
    """Both tests on each model of FOLDER/zoo.parquet; one row a model, in the order of the zoo."""
    told = {row["name"]: row for row in zoo.rows}
    table = pq.read_table(folder / "zoo.parquet").to_pydict()
    written = dict(zip(table["model"], table["completions"], strict=True))
    spoken = dict(zip(table["model"], table["spoken"], strict=True))
    asked = evenly_drawn(ASKED, len(written["teacher"]) // 3)
    said = {name: habits(texts, asked) for name, texts in written.items()}
    null = [name for name in written if name in told and told[name]["kind"] == NULL]
    return [
        {
            **{key: told[name][key] for key in ("name", "kind", "derived", "size", "watermarked")},
            **_agreement(said, name, [n for n in null if n != _origin(name, told)], level),
            **_radioactivity(spoken[name], level),
        }
        for name in written
        if name in told
    ]


def _origin(name: str, told: dict[str, Record]) -> str:
    """The model itself; of the forged watermark the innocent whose sampling was bent."""
    return FORGER if told[name]["kind"] == "forged watermark" else name


def _agreement(said: dict[str, list[str]], suspect: str, null: Sequence[str], level: float) -> Record:
    rows = codes([said["teacher"], said[suspect], *(said[name] for name in null)])
    found = agreement(rows, level=level)
    fewer = {str(n): agreement(rows[:, :: max(1, rows.shape[1] // n)], level=level, resamples=0).p for n in FEWER}
    return {
        "p": found.p,
        "rank_p": found.rank_p,
        "effect": found.effect,
        "interval": list(found.interval),
        "answer": found.answer,
        "answers_compared": found.queries,
        "unrelated": found.unrelated,
        "p_of_fewer": fewer,
    }


def _radioactivity(texts: list[str], level: float) -> Record:
    key = WatermarkKey(WATERMARK_KEY, WATERMARK_WIDTH, WATERMARK_SHARE)
    found = radioactivity(token_rows(texts), key, level=level)
    return {"watermark_p": found.p, "watermark_z": found.z}
