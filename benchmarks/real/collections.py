"""Published collections of prompts, by name: read from the folder of real data, never copied into the repository."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

Row = dict[str, Any]
Chosen = Callable[[Row], bool]


@dataclass(frozen=True)
class Collection:
    """Prompts of one origin. A `source` is left out as a whole; a table may learn from it only if it is `licensed`."""

    name: str
    file: str
    source: str
    licensed: bool
    chosen: Chosen
    bare: bool = False
    """Keep the last line alone: the question without the tool header, which is an artefact of the collection."""

    def prompts(self, folder: Path) -> list[str]:
        """Every prompt once, in the order of the file."""
        table = pq.read_table(folder / f"{self.file}.parquet")
        found = [row["prompt"] for row in table.to_pylist() if row["prompt"] and self.chosen(row)]
        return list(dict.fromkeys(text.strip().split("\n")[-1] if self.bare else text for text in found))


def _subset(*names: str) -> Chosen:
    return lambda row: row["subset"] in names


def _source(name: str, turn: int | None = None) -> Chosen:
    return lambda row: row["source"].startswith(name) and turn in (None, row["turn"])


def _is_first(row: Row) -> bool:
    return bool(row["part"] == 0 and row["turn"] == 0)


_GORILLA, _TEACHER = "prompts_distill_gorilla_apibench", "prompts_distill_gpteacher"
_SUMS, _FACTORY = "prompts_distill_gsm8k_humaneval", "prompts_distill_llamafactory"
_ALPACA, _JUDGE = "prompts_distill_alpaca_family", "prompts_distill_autoj"
_ARENA, _SHARED = "prompts_user_arenahard_mtbench", "prompts_user_sharegpt"

ITEMS: tuple[Collection, ...] = (
    Collection("Gorilla APIBench", _GORILLA, "gorilla", True, lambda _: True),
    Collection("GPTeacher code", _TEACHER, "gpteacher", True, _subset("codegen")),
    Collection("GPTeacher role-play", _TEACHER, "gpteacher", True, _subset("roleplay")),
    Collection("GPTeacher toolformer, bare question", _TEACHER, "gpteacher", True, _subset("toolformer"), bare=True),
    Collection("GPTeacher seeds", _TEACHER, "gpteacher", True, _subset("seedprompts")),
    Collection("GSM8K", _SUMS, "gsm8k", True, lambda row: row["source"] == "GSM8K"),
    Collection("HumanEval", _SUMS, "humaneval", True, lambda row: row["source"] == "HumanEval"),
    Collection("DPO-En demo", _FACTORY, "dpo", True, _subset("dpo_en_demo")),
    Collection("GPTeacher toolformer, as sent", _TEACHER, "gpteacher", False, _subset("toolformer")),
    Collection("Code Alpaca", _ALPACA, "alpaca", False, _subset("code_alpaca_2k")),
    Collection("Alpaca demo, English", _FACTORY, "alpaca", False, _subset("alpaca_en_demo")),
    Collection("Alpaca demo, Chinese", _FACTORY, "alpaca", False, _subset("alpaca_zh_demo")),
    Collection("Glaive tool calls", _FACTORY, "glaive", False, _subset("glaive_toolcall_en_demo")),
    Collection("auto-j judge wrappers", _JUDGE, "auto-j", False, _subset("single_train")),
)
"""Items of instruction data sets. The Alpaca demo is not marked as licensed: where it comes from is not stated."""
TALK: tuple[Collection, ...] = (
    Collection("Arena-hard", _ARENA, "arena", True, _source("arena-hard")),
    Collection("MT-bench second turns", _ARENA, "mt-bench", True, _source("mt_bench", 2)),
    Collection("MT-bench first turns", _ARENA, "mt-bench", False, _source("mt_bench", 1)),
    Collection("Vicuna questions", _ARENA, "vicuna", False, _source("vicuna_bench")),
    Collection("auto-j scenarios", "prompts_user_autoj_scenarios", "scenarios", False, lambda _: True),
    Collection("ShareGPT first turns", _SHARED, "sharegpt", False, _is_first),
    Collection("ShareGPT later turns", _SHARED, "sharegpt", False, lambda row: not _is_first(row)),
)
"""What people typed, or in the case of MT-bench and Vicuna what researchers wrote in their place."""


def sample(prompts: list[str], most: int, seed: int) -> list[str]:
    """At most `most` distinct prompts, chosen by a hash: the same on every machine and in every version."""
    if len(prompts) <= most:
        return prompts
    salt = seed.to_bytes(8, "little")
    keyed = sorted((hashlib.blake2b(text.encode(), digest_size=8, salt=salt).digest(), text) for text in set(prompts))
    return [text for _, text in keyed[:most]]
