"""What is bought or set up for accounts: who shares which cards, devices and client software.

A value of forty accounts says as much as twenty of two: a pair of its holders weighs one over the others who hold it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array

from stillwatch.campaigns import tables
from stillwatch.campaigns.model import Floats, Ints
from stillwatch.engine import Engine

MADE = ("payment", "device")
"""Kinds that are bought or set up for one account. A shop sells both to either hand."""
MOST_HOLDERS = 100
"""Accounts of a group on one value beyond which it proposes nothing: pairs grow with the square. A judgement."""


@dataclass(frozen=True)
class Dealt:
    """Which account holds which value, once each; values are numbered from 0."""

    member: Ints
    value: Ints

    @staticmethod
    def read(engine: Engine, kinds: Collection[str]) -> Dealt:
        """Holdings of these kinds of the accounts in `grouped`."""
        held = tables.read_held(engine, kinds)
        kind, member, value = (np.asarray(held[c]).astype(np.int64) for c in ("detector", "member", "value"))
        return Dealt(member, np.unique(np.stack([kind, value]), axis=1, return_inverse=True)[1].reshape(-1))

    def values(self, members: Ints) -> Ints:
        """The values that these accounts hold."""
        return np.unique(self.value[np.isin(self.member, members)])

    def among(self, members: Ints) -> Dealt:
        """The holdings of these accounts, who are numbered by their place among them."""
        inside = np.isin(self.member, members)
        return Dealt(np.searchsorted(members, self.member[inside]), self.value[inside])

    def pairs(self, size: int) -> tuple[Ints, Ints, Floats]:
        """Pairs of so many accounts with a value in common, each once; a value of forty weighs as much as twenty of
        two."""
        count = np.bincount(self.value, minlength=1)
        each = np.where((count > 1) & (count <= MOST_HOLDERS), 1.0 / np.maximum(count - 1.0, 1.0), 0.0)
        holds = coo_array((np.ones(self.member.size), (self.member, self.value)), shape=(size, count.size)).tocsr()
        both = ((holds * each[None, :]) @ holds.T).tocoo()
        once = (both.row < both.col) & (both.data > 0)
        weight = np.round(both.data[once], 6)  # so that the order of a sum decides nothing
        return both.row[once].astype(np.int64), both.col[once].astype(np.int64), weight

    def shared(self) -> float:
        """How much all accounts share: each holder of a value that another holds counts one."""
        holders = np.bincount(self.value, minlength=1)
        return float(holders[holders > 1].sum())

    def between(self, label: Ints) -> float:
        """How much accounts of different labels share, in pairs weighted as above. Every account has a label."""
        width = int(label.max(initial=0)) + 1
        size = int(self.value.max(initial=0)) + 1
        each = np.bincount(self.value * width + label[self.member], minlength=size * width).reshape(size, width)
        holders = each.sum(axis=1).astype(float)
        return float(((holders**2 - (each.astype(float) ** 2).sum(axis=1)) / np.maximum(holders - 1.0, 1.0)).sum())
