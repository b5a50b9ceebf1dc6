"""Who asks when: from populations to the requests of a block of accounts, still without texts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from testrange import extract, rhythm, seeds
from testrange.population import Population
from testrange.rhythm import DAY
from testrange.setting import AGENT, Setting

LONGEST_SESSION = 240
LONGEST_PAUSE = 1800.0
"""Seconds; a longer pause begins another session."""


@dataclass(frozen=True)
class Requests:
    """Requests of a block, sessions in consecutive rows."""

    owner: seeds.Indices  # row of the population
    session: seeds.Integers  # hash that names the session
    number: seeds.Indices  # session as a running number
    turn: seeds.Indices
    seconds: seeds.Floats  # since the start of the world
    harvest: seeds.Flags
    speaker: seeds.Integers

    def __len__(self) -> int:
        return len(self.owner)


def requests_of(setting: Setting, people: Population, rng: np.random.Generator) -> Requests:
    """All requests of these accounts within the world."""
    rhythms = np.stack(setting.rhythms)
    weights = rhythm.day_weights(setting.clock, people, rhythms, rng)
    sessions = rng.poisson(people.rate[:, None] * weights / people.turns[:, None])
    owner, day = (np.repeat(index.ravel(), sessions.ravel()) for index in np.indices(sessions.shape))
    start = rhythm.session_times(people, owner, day, rhythms, rng)
    harvest = rng.random(len(owner)) < people.harvest_share[owner]
    turns = _turns(people, owner, rng)
    number = np.repeat(np.arange(len(owner)), turns)
    first = np.repeat(np.cumsum(turns) - turns, turns)
    turn = np.arange(len(number)) - first + 1
    seconds = start[number] + _elapsed(people, owner[number], turn, first, rng)
    name = seeds.mix(people.identity[owner], rng.integers(0, 1 << 62, len(owner)))
    speaker = _speakers(people, owner, rng)
    kept = (seconds >= 0) & (seconds < setting.clock.days * DAY)
    number, turn, seconds = number[kept], turn[kept], seconds[kept]
    return Requests(owner[number], name[number], number, turn, seconds, harvest[number], speaker[number])


def _turns(people: Population, owner: seeds.Indices, rng: np.random.Generator) -> seeds.Indices:
    """Requests of each session: over-dispersed; those of coding agents as in the measured sessions."""
    measured = extract.column("coding_sessions", "requests")
    coding = rng.choice(measured / measured.mean(), len(owner))
    spread = np.where(people.tokens[owner] == AGENT, coding, rng.gamma(0.7, 1 / 0.7, len(owner)))
    more = (people.turns[owner] - 1) * spread
    return np.minimum(1 + rng.poisson(more), LONGEST_SESSION)


def _elapsed(
    people: Population, owner: seeds.Indices, turn: seeds.Indices, first: seeds.Indices, rng: np.random.Generator
) -> seeds.Floats:
    """Seconds since the session's start: think time and answer time add up, measured ones for coding agents."""
    gaps = people.pace[owner] * rng.lognormal(0.0, 1.1, len(owner)) + rng.lognormal(1.6, 0.6, len(owner))
    measured = extract.column("coding_requests", "think_time_s") + extract.column("coding_requests", "api_time_s")
    gaps = np.where(people.tokens[owner] == AGENT, np.minimum(rng.choice(measured, len(owner)), LONGEST_PAUSE), gaps)
    gaps = np.where(turn == 1, 0.0, gaps)
    total = np.cumsum(gaps)
    return total - total[first] if len(total) else total


def _speakers(people: Population, owner: seeds.Indices, rng: np.random.Generator) -> seeds.Integers:
    """The voice of each session: the owner's own, or one of the people behind the account, some more active."""
    many = people.speakers[owner]
    which = (rng.random(len(owner)) ** 2 * many).astype(np.int64)
    return np.where(which == 0, people.voice[owner], seeds.mix(people.voice[owner], 71, which))
