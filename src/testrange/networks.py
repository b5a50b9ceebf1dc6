"""Addresses of the simulated internet: ranges of real networks by kind and country, and where an address lies."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from testrange import extract, seeds

KINDS = ("home", "mobile", "hosting", "edge", "vpn")


@dataclass(frozen=True)
class Networks:
    """Address ranges, sorted by start."""

    start: seeds.Indices
    end: seeds.Indices
    asn: seeds.Indices
    country: seeds.Words
    kind: seeds.Words

    def draw(self, rng: np.random.Generator, kind: str, size: int, country: str | None = None) -> seeds.Indices:
        """Random addresses of a kind, of one country where that country has such a network."""
        rows = np.flatnonzero(self.kind == kind)
        local = rows[self.country[rows] == country] if country else rows
        rows = local if len(local) else rows
        width = self.end[rows] - self.start[rows] + 1
        chosen = rows[seeds.weighted(rng, width.astype(np.float64) ** 0.7, size)]
        offset = rng.random(size) * (self.end[chosen] - self.start[chosen] + 1)
        found: seeds.Indices = self.start[chosen] + offset.astype(np.int64)
        return found

    def homes(self, rng: np.random.Generator, countries: seeds.Words, kind: str = "home") -> seeds.Indices:
        """One address per account in its own country."""
        found = np.zeros(len(countries), dtype=np.int64)
        for country in np.unique(countries.astype(str)):
            rows = countries == country
            found[rows] = self.draw(rng, kind, int(rows.sum()), str(country))
        return found

    def place(self, addresses: seeds.Indices) -> seeds.Indices:
        """The range that each address lies in."""
        return np.searchsorted(self.start, addresses, side="right") - 1


@lru_cache(maxsize=1)
def networks() -> Networks:
    """The networks of the extract."""
    rows = extract.table("networks").sort_by("start")
    return Networks(
        rows["start"].to_numpy().astype(np.int64),
        rows["end"].to_numpy().astype(np.int64),
        rows["asn"].to_numpy().astype(np.int64),
        seeds.words(rows["country"].to_pylist()),
        seeds.words(rows["kind"].to_pylist()),
    )


def neighbours(rng: np.random.Generator, address: int, size: int) -> seeds.Indices:
    """Addresses in the same /24 as one address, as a site or a rack has."""
    return (address & ~255) + rng.integers(1, 255, size)


@lru_cache(maxsize=1)
def _octets() -> pa.StringArray:
    return pa.array([str(n) for n in range(256)])


def dotted(addresses: seeds.Indices) -> pa.StringArray:
    """Addresses as text."""
    parts = [_octets().take(pa.array((addresses >> shift) & 255)) for shift in (24, 16, 8, 0)]
    return pc.binary_join_element_wise(*parts, ".")
