"""Ordinary conversations: a first message, then shorter ones; and single tasks without a personal style."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from testrange import extract, seeds
from testrange.language.phrasebook import DOMAINS
from testrange.scripts.library import template_texts
from testrange.scripts.rows import Rows, Texts, favourite, no_text, sentences

OWNERS = 0.15
"""Share of speakers who own one of the real prompts of the extract and come back to it."""
CODING = DOMAINS.index("coding")
TECHNICAL = tuple(DOMAINS.index(d) for d in ("coding", "data", "research"))


@dataclass(frozen=True)
class Conversation:
    """People who talk to the model; `agent` marks a coding agent, whose later turns are tool results.

    `domains` restricts the topics; by default every speaker has favourites of their own.
    """

    domains: tuple[int, ...] = ()
    agent: bool = False

    def write(self, rows: Rows) -> Texts:
        domain = self._domain(rows)
        opening = rows.turn == 1
        counts = self._counts(rows, domain, opening)
        message = sentences(rows, domain, counts)
        message = pc.if_else(pa.array(self._owned(rows, opening)), _real_prompts(rows), message)
        system = agent_systems().take(pa.array(_agent_of(rows.account))) if self.agent else no_text(len(rows))
        return Texts(system, message)

    def _domain(self, rows: Rows) -> seeds.Indices:
        chance = seeds.unit(seeds.mix(rows.session, 3))
        if self.agent:
            return np.full(len(rows), CODING)
        if self.domains:
            return np.array(self.domains)[(chance * len(self.domains)).astype(np.int64)]
        return favourite(rows.speaker, chance)

    def _counts(self, rows: Rows, domain: seeds.Indices, opening: seeds.Flags) -> dict[str, seeds.Indices]:
        size = len(rows)
        wordy = np.exp(seeds.unit(seeds.mix(rows.speaker, 5)) * 2.4 - 1.0)
        technical = np.isin(domain, TECHNICAL)
        pasted = rows.rng.random(size) < np.where(technical, 0.3, 0.12)
        amount = np.minimum(rows.rng.lognormal(1.3, 1.1, size), 60).astype(np.int64) + 1
        tool = (rows.turn > 1) & self.agent & (rows.rng.random(size) < 0.8)
        greets = opening & (rows.rng.random(size) < 0.025) & (not self.agent)
        opening = opening & ~greets
        pasted &= ~greets
        return {
            "greet": greets.astype(np.int64),
            "ask": opening.astype(np.int64),
            "follow": (~opening & ~tool & ~greets).astype(np.int64),
            "context": np.where(opening, rows.rng.poisson(wordy * 1.5), rows.rng.poisson(wordy * 0.3))
            * ~tool
            * ~greets,
            "paste": amount * pasted * (opening | (rows.rng.random(size) < 0.3)) * ~tool,
            "tool": amount * tool,
            "closer": (opening & (rows.rng.random(size) < seeds.unit(seeds.mix(rows.speaker, 6)) * 0.8)).astype(
                np.int64
            ),
        }

    def _owned(self, rows: Rows, opening: seeds.Flags) -> seeds.Flags:
        owner = seeds.unit(seeds.mix(rows.speaker, 8)) < OWNERS
        return opening & owner & (rows.rng.random(len(rows)) < 0.12) & (not self.agent)


@dataclass(frozen=True)
class Tasks:
    """Single tasks as a task generator writes them: many topics, no personal wording, nothing repeated."""

    domains: tuple[int, ...]
    length: float = 3.0

    def write(self, rows: Rows) -> Texts:
        return Texts(no_text(len(rows)), self.text(rows))

    def text(self, rows: Rows) -> pa.StringArray:
        """The tasks alone."""
        size = len(rows)
        nobody = replace(rows, speaker=rows.rng.integers(1, 1 << 63, size).astype(np.uint64))
        domain = np.array(self.domains)[rows.rng.integers(0, len(self.domains), size)]
        counts = {
            "ask": np.ones(size, dtype=np.int64),
            "context": rows.rng.poisson(self.length / 2, size),
            "paste": rows.rng.poisson(self.length / 4, size),
        }
        return sentences(nobody, domain, counts)


def _real_prompts(rows: Rows) -> pa.StringArray:
    pool = _pool()
    return pool.take(pa.array((seeds.unit(seeds.mix(rows.speaker, 9)) * len(pool)).astype(np.int64)))


@lru_cache(maxsize=1)
def _pool() -> pa.StringArray:
    """Real prompts that a customer may own; benchmark questions are left to those who run benchmarks."""
    names = ("arena-hard-v0.1", "mt_bench", "vicuna_bench", "Gorilla APIBench", "GPTeacher", "LLaMA-Factory")
    return pa.array(extract.prompts(*names), pa.string())


def _agent_of(voices: seeds.Integers) -> seeds.Indices:
    """The coding tool of an account: a few tools have most users, and all users of one share its system prompt."""
    return (seeds.unit(seeds.mix(voices, 11)) ** 2.2 * len(agent_systems())).astype(np.int64)


@lru_cache(maxsize=1)
def agent_systems() -> pa.StringArray:
    """System prompts of the coding tools."""
    return pa.array(template_texts("coding_tools"), pa.string())
