"""Shared values: more members hold a value together with another member than the popularity of values explains.

For account *a* and a group of *n* units, a value held by *K* of *N* accounts is met again among the others with
probability 1 - (1 - (K-1)/(N-1))^(n-1). The expected number of members with a partner is the sum over members; the
observed number is compared with it (after Tumminello et al., Statistically validated networks, PLoS ONE 2011, which
tests single pairs). Hubs expect as many partners as they show and prove nothing. Beside it the single value that is
most enriched in the group is tested (hypergeometric tail, corrected for the number of values): a wording that a whole
campaign shares gives everyone a partner and shows only here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from stillwatch.campaigns.model import SMALLEST_P, Finding, Floats, Groups, Ints, Population, codes, partner_tail
from stillwatch.links import LINK_DETECTORS

NOUNS = {
    "wording": "a rare wording of their requests",
    "payment": "a payment instrument",
    "device": "a sign-up device",
    "signup_address": "a sign-up address",
    "email_domain": "a rare e-mail domain",
    "address": "an uncommon client address",
    "client": "an uncommon client software",
    "verbatim": "a question asked word for word",
}


LEAST_PARTNERS, LEAST_SHARE = 5, 0.25
"""Accounts, and share of the group, that a kind of value must tie together before it says anything. Groups are found
through such values, so a few chance partners are in every group: device types shared by 8 to 15 % of the members were
"significant" at 1e-10 in groups of strangers (demo world, seed 7)."""


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


@dataclass(frozen=True)
class OnValues:
    """The values of one kind as groups hold them: of each holding its (group, value), by number; and of each of these
    its first holding, and how many distinct units of the group hold it."""

    number: Ints
    first: Ints
    units: Ints

    @staticmethod
    def of(held: Held, groups: Groups, people: Population) -> OnValues:
        number = codes(groups.of[held.member], held.value)
        first = np.unique(number, return_index=True)[1].astype(np.int64)
        return OnValues(number, first, _distinct_per_key(number, people.unit[held.member]))


def shared_value_findings(held: Held, groups: Groups, people: Population, code: int) -> list[Finding]:
    """One finding per group for one kind of value."""
    name, mine = LINK_DETECTORS[code].name, held.of(code)
    on_values = OnValues.of(mine, groups, people)
    observed, expected = partners(mine, on_values, groups, people)
    most, chance, enrichment = most_enriched(mine, on_values, groups, people)
    least = np.maximum(LEAST_PARTNERS, LEAST_SHARE * groups.sizes)
    p_partner = np.where(observed >= least, partner_tail(observed, expected), 1.0)
    p_most = np.where(most >= least, enrichment, 1.0)
    by_one = p_most < p_partner
    p = np.minimum(2.0 * np.minimum(p_partner, p_most), 1.0)
    return [
        Finding(name, _statement(name, one, int(o), int(n)), float(o), float(e), "accounts", float(tail))
        for one, o, e, tail, n in zip(
            by_one, np.where(by_one, most, observed), np.where(by_one, chance, expected), p, groups.sizes, strict=True
        )
    ]


def _statement(name: str, by_one: bool, accounts: int, of: int) -> str:
    if by_one:
        return f"{accounts} of {of} accounts hold the same value: {NOUNS[name]}"
    return f"{accounts} of {of} accounts share {NOUNS[name]} with another member"


def most_enriched(held: Held, on: OnValues, groups: Groups, people: Population) -> tuple[Ints, Floats, Floats]:
    """For each group, units on the value that is most over-represented in it, units expected, and corrected p-value.

    Chernoff bound of the hypergeometric tail, exp(-n KL(k/n, K/N)) (Hoeffding 1963), times the number of values.
    """
    most, chance, best = np.zeros(groups.count, np.int64), np.zeros(groups.count), np.ones(groups.count)
    if held.value.size == 0:
        return most, chance, best
    k, of = on.units, groups.of[held.member[on.first]]
    share = np.clip(held.holders[on.first] / people.size, 1e-12, 1 - 1e-12)
    n = _units(groups, people)[of]
    tail = _hypergeometric_tail(k, n, share) * np.unique(held.value).size
    order = np.lexsort((-k, tail, of))
    top = order[np.unique(of[order], return_index=True)[1]]
    most[of[top]], chance[of[top]] = k[top], n[top] * share[top]
    best[of[top]] = np.clip(tail[top], SMALLEST_P, 1.0)
    return most, chance, best


def _hypergeometric_tail(k: Ints, n: Ints, share: Floats) -> Floats:
    seen = np.clip(k / np.maximum(n, 1), 1e-12, 1 - 1e-12)
    divergence = seen * np.log(seen / share) + (1 - seen) * np.log((1 - seen) / (1 - share))
    return np.asarray(np.where((seen > share) & (k >= 2), np.exp(-np.minimum(n * divergence, 690.0)), 1.0))


def _units(groups: Groups, people: Population) -> Ints:
    """Distinct declared units in each group."""
    inside = groups.of >= 0
    return _distinct_per_key(groups.of[inside], people.unit[inside], groups.count)


def partners(held: Held, on: OnValues, groups: Groups, people: Population) -> tuple[Floats, Floats]:
    """Members of each group with a partner from another unit: observed, and expected of unconnected accounts."""
    group = groups.of[held.member]
    has_partner = np.zeros(people.size, bool)
    has_partner[held.member[on.units[on.number] >= 2]] = True
    units = _units(groups, people)
    share = np.clip((held.holders - 1) / max(people.size - 1, 1), 0.0, 1.0 - 1e-9)
    silence = np.bincount(held.member, np.log1p(-share) * (units[group] - 1), minlength=people.size)
    chance = -np.expm1(silence)
    inside = groups.of >= 0
    observed = np.bincount(groups.of[inside], has_partner[inside], minlength=groups.count)
    expected = np.bincount(groups.of[inside], chance[inside], minlength=groups.count)
    return np.asarray(observed, np.float64), np.asarray(expected, np.float64)


def _distinct_per_key(key: Ints, unit: Ints, size: int | None = None) -> Ints:
    """Number of distinct units for each key."""
    width = int(unit.max(initial=0)) + 1
    distinct = np.unique(key * width + unit)
    return np.asarray(np.bincount(distinct // width, minlength=size or int(key.max(initial=-1)) + 1), np.int64)
