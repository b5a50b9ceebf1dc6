"""When people, offices, applications and machines are active: hour by hour, and from day to day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from testrange import extract, seeds
from testrange.population import Population

HUMAN, OFFICE, APPLICATION, CONTINUOUS, NIGHTLY, STUDENT = range(6)
MEASURED = 40
"""Rows after the named ones: daily shapes of single measured ServeGen clients."""

DAY = 86_400.0
CRON = np.uint64(1)
"""The beat of everyone's timers: the full and the half hour."""
_HUMAN = [2.0, 1, 1, 1, 1, 1, 2, 4, 6, 8, 9, 9, 8, 9, 9, 9, 8, 8, 8, 9, 10, 9, 7, 4]
_OFFICE = [0.2, 0.1, 0.1, 0.1, 0.1, 0.3, 1, 3, 8, 11, 12, 11, 7, 9, 12, 12, 10, 7, 3, 2, 1.5, 1, 0.6, 0.3]
_APPLICATION = [4.0, 3, 3, 3, 3, 3, 4, 6, 8, 9, 10, 10, 10, 10, 10, 10, 9, 9, 9, 9, 9, 8, 7, 5]
_NIGHTLY = [3, 30, 25, 12, 4, 1, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.2, 1, 2]
_STUDENT = [4, 2, 1, 0.5, 0.3, 0.3, 0.5, 2, 4, 6, 8, 8, 7, 8, 9, 9, 8, 7, 7, 9, 12, 13, 11, 8]
_WEEK = {
    HUMAN: [1.08, 1.1, 1.1, 1.06, 1.0, 0.8, 0.86],
    OFFICE: [1.3, 1.36, 1.36, 1.32, 1.2, 0.2, 0.26],
    APPLICATION: [1.05, 1.07, 1.07, 1.06, 1.03, 0.88, 0.84],
    CONTINUOUS: [1.0] * 7,
    NIGHTLY: [1.0] * 7,
    STUDENT: [1.15, 1.2, 1.15, 1.1, 0.8, 0.7, 0.9],
}


@dataclass(frozen=True)
class Clock:
    """The span of a world: its first day and how many days it has."""

    start: int  # microseconds since 1970, midnight UTC
    days: int
    first_weekday: int  # 0 is Monday


def standard_rhythms(clock: Clock) -> list[seeds.Floats]:
    """The named rhythms and the measured ones, each a matrix of day by hour with mean 1 per day and hour."""
    named = [_tiled(clock, hours, _WEEK[row]) for row, hours in enumerate(_HOURS)]
    table = extract.table("servegen_hours")
    shapes = np.stack([table[f"h{h:02d}"].to_numpy() for h in range(24)], axis=1)[:MEASURED]
    return named + [_tiled(clock, list(shape), _WEEK[APPLICATION]) for shape in shapes]


_HOURS: list[list[float]] = [_HUMAN, _OFFICE, _APPLICATION, [1.0] * 24, _NIGHTLY, _STUDENT]


def _tiled(clock: Clock, hours: list[float], week: list[float]) -> seeds.Floats:
    shape = np.asarray(hours) / np.mean(hours)
    level = np.asarray(week)[(clock.first_weekday + np.arange(clock.days)) % 7]
    tiled: seeds.Floats = level[:, None] * shape[None, :]
    return tiled


def day_weights(clock: Clock, people: Population, rhythms: seeds.Floats, rng: np.random.Generator) -> seeds.Floats:
    """How much each account uses each day, relative to its ordinary day: window, weekday, unrest and absence."""
    days = np.arange(clock.days)[None, :]
    window = np.clip(np.minimum(days + 1, people.last_day[:, None]) - np.maximum(days, people.first_day[:, None]), 0, 1)
    weights = rhythms.mean(axis=2)[people.rhythm] * window
    sigma = people.unrest[:, None]
    weights *= np.exp(rng.standard_normal(weights.shape) * sigma - sigma**2 / 2)
    present = rng.random(weights.shape) < people.presence[:, None]
    found: seeds.Floats = weights * present / people.presence[:, None]
    return found


def session_times(
    people: Population,
    owner: seeds.Indices,
    day: seeds.Indices,
    rhythms: seeds.Floats,
    rng: np.random.Generator,
) -> seeds.Floats:
    """Start of each session in seconds of the world, from its account's rhythm and time zone."""
    hours = np.cumsum(rhythms, axis=2)
    hours = hours / np.maximum(hours[:, :, -1:], 1e-12)
    local = hours[people.rhythm[owner], day]
    hour = (rng.random(len(owner))[:, None] >= local).sum(axis=1)
    minute = rng.random(len(owner)) * 60
    minute = _on_beat(people, owner, day * 24 + hour, minute, rng)
    hour = (hour - people.utc_offset[owner]) % 24
    seconds = day * DAY + hour * 3600.0 + minute * 60.0
    low, high = people.first_day[owner] * DAY, people.last_day[owner] * DAY
    return np.where(
        (seconds < low) | (seconds > high), low + rng.random(len(owner)) * np.minimum(high - low, DAY), seconds
    )


def _on_beat(
    people: Population, owner: seeds.Indices, hour: seeds.Indices, minute: seeds.Floats, rng: np.random.Generator
) -> seeds.Floats:
    """Move some starts to the minutes that all accounts of one beat share, with a delay of about two minutes."""
    beat = people.beat[owner]
    shared = seeds.unit(seeds.mix(beat, hour, rng.integers(0, 2, len(owner)))) * 55
    shared = np.where(beat == CRON, 30.0 * rng.integers(0, 2, len(owner)), shared)
    held = (beat != 0) & (rng.random(len(owner)) < people.beat_share[owner])
    return np.where(held, np.minimum(shared + rng.exponential(1.5, len(owner)), 59.9), minute)
