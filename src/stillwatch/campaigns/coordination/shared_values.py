"""Shared values: more members hold a value together with another member than the popularity of values explains.

For account *a* and a group of *n* units, a value held by *K* of *N* accounts is met again among the others with
probability 1 - (1 - (K-1)/(N-1))^(n-1). The expected number of members with a partner is the sum over members; the
observed number is compared with it (after Tumminello et al., Statistically validated networks, PLoS ONE 2011, which
tests single pairs). Hubs expect as many partners as they show and prove nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from stillwatch.campaigns.model import Finding, Floats, Groups, Ints, Population, poisson_tail
from stillwatch.links import LINK_DETECTORS

NOUNS = {
    "wording": "a rare wording of their requests",
    "payment": "a payment instrument",
    "device": "a sign-up device",
    "signup_address": "a sign-up address",
    "email_domain": "a rare e-mail domain",
    "address": "an uncommon client address",
    "client": "an uncommon client software",
}


@dataclass(frozen=True)
class Held:
    """Holdings of grouped accounts, one row per account and value; `holders` counts the whole population."""

    detector: Ints
    member: Ints
    value: Ints
    holders: Ints

    @staticmethod
    def from_table(table: pa.Table) -> Held:
        return Held(*(np.asarray(table[name]).astype(np.int64) for name in ("detector", "member", "value", "holders")))

    def of(self, code: int) -> Held:
        chosen = self.detector == code
        return Held(self.detector[chosen], self.member[chosen], self.value[chosen], self.holders[chosen])


def shared_value_findings(held: Held, groups: Groups, people: Population, code: int) -> list[Finding]:
    """One finding per group for one kind of value."""
    name = LINK_DETECTORS[code].name
    observed, expected = partners(held.of(code), groups, people)
    p = poisson_tail(observed, expected)
    return [
        Finding(
            name,
            f"{int(o)} of {n} accounts share {NOUNS[name]} with another member",
            float(o),
            float(e),
            "accounts",
            float(tail),
        )
        for o, e, tail, n in zip(observed, expected, p, groups.sizes, strict=True)
    ]


def partners(held: Held, groups: Groups, people: Population) -> tuple[Floats, Floats]:
    """Members of each group with a partner from another unit: observed, and expected of unconnected accounts."""
    group = groups.of[held.member]
    unit = people.unit[held.member]
    key = _pair_codes(group, held.value)
    units_on_value = _distinct_per_key(key, unit)
    has_partner = np.zeros(people.size, bool)
    has_partner[held.member[units_on_value[key] >= 2]] = True
    units = _distinct_per_key(groups.of[groups.of >= 0], people.unit[groups.of >= 0], groups.count)
    share = np.clip((held.holders - 1) / max(people.size - 1, 1), 0.0, 1.0 - 1e-9)
    silence = np.bincount(held.member, np.log1p(-share) * (units[group] - 1), minlength=people.size)
    chance = -np.expm1(silence)
    inside = groups.of >= 0
    observed = np.bincount(groups.of[inside], has_partner[inside], minlength=groups.count)
    expected = np.bincount(groups.of[inside], chance[inside], minlength=groups.count)
    return observed.astype(np.float64), expected.astype(np.float64)


def _pair_codes(group: Ints, value: Ints) -> Ints:
    """A dense code for each distinct (group, value)."""
    _, dense = np.unique(value, return_inverse=True)
    width = int(dense.max(initial=0)) + 1
    _, codes = np.unique(group * width + dense, return_inverse=True)
    return codes.astype(np.int64)


def _distinct_per_key(key: Ints, unit: Ints, size: int | None = None) -> Ints:
    """Number of distinct units for each key."""
    _, dense = np.unique(unit, return_inverse=True)
    width = int(dense.max(initial=0)) + 1
    distinct = np.unique(key * width + dense)
    return np.bincount(distinct // width, minlength=size or (int(key.max(initial=-1)) + 1)).astype(np.int64)
