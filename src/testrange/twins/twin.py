"""The declaration of a benign twin, and helpers that several twins use."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from testrange import seeds
from testrange.background import DAY, SEGMENTS, Segment, ordinary, own_domains, tokens
from testrange.networks import neighbours
from testrange.population import Population
from testrange.setting import Setting

CONSUMER, CODER, HOBBY, PRODUCT = SEGMENTS


@dataclass(frozen=True)
class Twin:
    """One group that looks like a campaign in some respect and is none. `rate` is exchanges per account and day."""

    name: str
    accounts: int
    rate: float

    @property
    def group(self) -> str:
        return f"twin:{self.name}"


@dataclass(frozen=True)
class Making:
    """What a twin's builder works with."""

    setting: Setting
    twin: Twin
    rng: np.random.Generator

    def people(self, segment: Segment, size: int | None = None) -> Population:
        """Ordinary accounts of one segment, marked as this twin, at its rate (lognormal, heavy-tailed)."""
        count = self.twin.accounts if size is None else size
        found = ordinary(self.setting, self.rng, count, segment)
        spread = 0.9
        rate = self.twin.rate * self.rng.lognormal(-(spread**2) / 2, spread, count)
        return found.but(kind="twin", group=self.twin.group, rate=rate, last_day=float(self.setting.clock.days))

    def signed_up(self, people: Population, first: float, last: float) -> Population:
        """Sign-ups between two days of the world (negative is before it)."""
        day = self.rng.uniform(first, last, len(people))
        created = (self.setting.clock.start + day * DAY).astype(np.int64)
        return people.but(created=created, first_day=np.maximum(day, 0.0) + 0.01)

    def site(self, size: int, exits: int = 3) -> seeds.Indices:
        """Addresses of one site: a few exits of one network."""
        base = int(self.setting.networks.draw(self.rng, "home", 1)[0])
        return neighbours(self.rng, base, exits)[self.rng.integers(0, exits, size)]

    def domain(self) -> str:
        return str(own_domains(self.rng, 1)[0])

    def token(self, prefix: str) -> str:
        return str(tokens(self.rng, 1, prefix)[0])
