"""One day of a large world at a time: who asks, what and when, from a seed of the day and the run of accounts alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from testrange import seeds
from testrange.activity import Requests, requests_of
from testrange.exchanges import rows_of
from testrange.population import Population
from testrange.rhythm import CRON, DAY, Clock
from testrange.setting import Setting

RUN = 120_000
"""Expected exchanges of a run of accounts on one day; bounds memory at about 300 MB a process."""
UNSEEN = ("organization", "email_domain", "country", "billing_country", "payment", "device", "programme", "plan")
"""Columns that no request shows."""


@dataclass(frozen=True)
class Part:
    """The exchanges of a run of accounts on one day, in order of time; `truth` in the same order; and of each account
    of the world how many exchanges and how many harvested ones they are."""

    number: int
    exchanges: pa.Table
    truth: pa.Table
    sent: seeds.Indices
    harvested: seeds.Indices


def slim(people: Population) -> Population:
    """The same accounts without what no request shows: a process that writes days needs none of it."""
    empty = np.broadcast_to(np.array(None, dtype=object), len(people))
    return replace(people, **dict.fromkeys(UNSEEN, empty))


def parts_of_day(setting: Setting, people: Population, day: int) -> Iterator[Part]:
    """Everything of one day, in parts. A session that runs past midnight ends with the day."""
    here = _setting_of(setting, day)
    for number, rows in enumerate(_runs(people, day)):
        some, rng = people.take(rows), setting.generator("day", day, number)
        asked = requests_of(here, _people_of(some, day), rng)
        asked = replace(asked, seconds=asked.seconds + day * DAY)
        table, truth = rows_of(setting, some, asked, rng, answers=False)
        yield Part(number, table, truth, *_counted(asked, rows, len(people)))


def _counted(asked: Requests, rows: seeds.Indices, size: int) -> tuple[seeds.Indices, seeds.Indices]:
    account = rows[asked.owner]
    return np.bincount(account, minlength=size), np.bincount(account[asked.harvest], minlength=size)


def _setting_of(setting: Setting, day: int) -> Setting:
    """A world of this one day."""
    clock = setting.clock
    today = Clock(clock.start + day * int(DAY) * 1_000_000, 1, (clock.first_weekday + day) % 7)
    return replace(setting, clock=today, rhythms=[rhythm[day : day + 1] for rhythm in setting.rhythms])


def _people_of(people: Population, day: int) -> Population:
    """Their windows as seen from the day, and the minutes of the day to which a controller keeps."""
    return people.but(
        first_day=np.clip(people.first_day - day, 0.0, None),
        last_day=np.clip(people.last_day - day, 0.0, 1.0),
        beat=np.where(people.beat > CRON, seeds.mix(people.beat, day), people.beat),
    )


def _runs(people: Population, day: int) -> Iterator[seeds.Indices]:
    """Runs of active accounts with about RUN exchanges each; accounts are in random order already."""
    active = np.flatnonzero((people.first_day < day + 1) & (people.last_day > day))
    run = (np.cumsum(people.rate[active]) // RUN).astype(np.int64)
    for number in np.unique(run):
        yield active[run == number]
