"""A population: one column per property of an account, what the provider sees and how its owner behaves.

Ordinary customers, twins and campaigns are all populations and pass through the same generator of exchanges, so that
nothing but their behaviour can tell them apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from testrange.seeds import Flags, Floats, Indices, Integers, Words

Column = NDArray[np.generic]


@dataclass(frozen=True)
class Population:
    """Columns of equal length; days count from the start of the world, sizes are per account."""

    # What the provider knows from the sign-up.
    identity: Integers
    created: Indices  # microseconds since 1970, UTC
    organization: Words
    email_domain: Words
    country: Words  # of the phone
    billing_country: Words
    payment: Words
    signup_address: Indices
    device: Words
    programme: Words
    plan: Words
    # Truth.
    kind: Words
    group: Words
    role: Words
    # When it is active.
    rate: Floats  # exchanges per ordinary day
    first_day: Floats
    last_day: Floats
    presence: Floats  # share of days with any use
    unrest: Floats  # sigma of the log of day-to-day volume
    rhythm: Indices  # row of the setting's rhythms
    utc_offset: Indices  # hours
    beat: Integers  # accounts with the same number start at the same minutes; 0 for none
    beat_share: Floats
    turns: Floats  # mean requests of a session
    pace: Floats  # median seconds between the requests of a session
    stateless: Flags  # the client sends no conversation id
    # What it asks.
    script: Indices
    harvest_script: Indices  # -1 where it harvests nothing
    harvest_share: Floats
    voice: Integers
    speakers: Indices  # people behind the account
    # Where it comes from.
    surface: Words
    client: Indices
    second_client: Indices
    second_share: Floats
    home: Indices
    lease: Floats  # days after which the home gets another address, 0 for never
    away: Indices
    away_share: Floats
    pool: Indices  # row of the setting's address pools, -1 for none
    pool_share: Floats
    # Request parameters.
    model: Indices
    next_model: Indices
    move_day: Floats
    move_share: Floats
    tokens: Indices  # row of the length profiles
    token_scale: Floats  # of answers
    context_scale: Floats  # of context beyond the logged text
    temperature: Floats  # NaN for not sent
    max_output: Indices  # -1 for not sent
    keys: Indices
    tools: Indices

    def __len__(self) -> int:
        return len(self.identity)

    def take(self, rows: Indices | Flags) -> Population:
        return Population(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    def but(self, **columns: object) -> Population:
        """The same accounts with some columns replaced; a single value stands for all accounts."""
        changed: dict[str, Any] = {name: self._column(name, value) for name, value in columns.items()}
        return replace(self, **changed)

    def _column(self, name: str, value: object) -> Column:
        if isinstance(value, np.ndarray) and value.shape == (len(self),):
            return value.astype(getattr(self, name).dtype)
        column = np.empty(len(self), dtype=getattr(self, name).dtype)
        column[:] = value
        return column


def together(parts: Sequence[Population]) -> Population:
    """All parts as one population."""
    return Population(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Population)})
