"""Company: members hold cards and devices of accounts that this scan accuses.

Two hands buy at one shop, and the smaller shows too little by itself: a dozen accounts, half of them with cards of the
shop, of which the larger hand has most. So a group that acts as one hand and is not accused is asked once more, with
the accused campaigns before it. Strangers hold none of their cards.

Null: the group's accounts are any of those outside the accused campaign, given which values that campaign holds and how
many accounts hold them (hypergeometric). Same proxy is not same actor: addresses are not looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import hypergeom

from stillwatch.campaigns.coordination.shared_values import LEAST_PARTNERS, LEAST_SHARE, Held
from stillwatch.campaigns.model import SMALLEST_P, Finding, Groups, Ints, Population
from stillwatch.records.detector import Detector

DETECTOR = Detector(
    name="company",
    question="coordination",
    assumption="Strangers do not hold the cards and devices of accounts that are accused.",
    innocent=("customers of a shop that also sells to a campaign", "stolen cards and rented devices"),
    references=("Tumminello et al., Statistically validated networks, PLoS ONE 2011 (hypergeometric tail)",),
    needs=("payment_fingerprint", "device_fingerprint"),
)

KINDS = ("payment", "device")
ASKED = 2
"""Times that the first question is asked of such a group: by itself, and in company."""
LEAST_HOLDERS = 2
"""Units of an accused campaign that hold a value, from which it is one of its own: a single card may be stolen."""


@dataclass(frozen=True)
class Cards:
    """Cards and devices of all grouped accounts: one row per account and value, with the `number` of the value among
    all kinds and how many accounts of the log hold it."""

    number: Ints
    member: Ints
    holders: Ints

    @staticmethod
    def of(held: Held) -> Cards:
        number = np.unique(np.stack([held.detector, held.value]), axis=1, return_inverse=True)[1]
        return Cards(np.asarray(number, np.int64).reshape(-1), held.member, held.holders)


def company_finding(group: int, accused: list[int], cards: Cards, groups: Groups, people: Population) -> Finding | None:
    """What one group holds of the cards and devices of the accused campaign whose it holds most clearly; None where
    that is too little to say anything.

    The p-value counts every accused campaign that was looked at, and that the question is asked twice. Linear in these
    holdings."""
    best: Finding | None = None
    for campaign in accused:
        found = _beside(group, campaign, cards, groups, people)
        if found is not None and (best is None or found.p < best.p):
            best = found
    if best is None:
        return None
    return replace(best, p=float(np.clip(best.p * len(accused) * ASKED, SMALLEST_P, 1.0)))


def _beside(group: int, campaign: int, cards: Cards, groups: Groups, people: Population) -> Finding | None:
    """The finding on one group beside one accused campaign, as if it were the only one."""
    theirs, size = _own_values(campaign, cards, groups, people), groups.members(group).size
    chosen = np.isin(cards.number, theirs)
    met = np.unique(cards.member[chosen & (groups.of[cards.member] == group)])
    if met.size < max(LEAST_PARTNERS, LEAST_SHARE * size):
        return None
    _, first = np.unique(cards.number[chosen], return_index=True)
    inside = np.count_nonzero(chosen & (groups.of[cards.member] == campaign))
    outside = int(cards.holders[chosen][first].sum()) - int(inside)  # at least as many as there are accounts
    others = people.size - groups.members(campaign).size
    units, met_units = np.unique(people.unit[groups.members(group)]).size, np.unique(people.unit[met]).size
    tail = float(hypergeom.sf(met_units - 1, others, float(min(outside, others)), units))
    return Finding(
        DETECTOR.name,
        f"{met.size} of {size} accounts hold a card or device that accounts of an accused campaign hold",
        float(met.size),
        float(size * outside / max(others, 1)),
        "accounts",
        tail,
    )


def _own_values(campaign: int, cards: Cards, groups: Groups, people: Population) -> Ints:
    """Numbers of the values that several units of a campaign hold."""
    rows = np.flatnonzero(groups.of[cards.member] == campaign)
    pairs = np.unique(np.stack([cards.number[rows], people.unit[cards.member[rows]]]), axis=1)
    values, holders = np.unique(pairs[0], return_counts=True)
    return np.asarray(values[holders >= LEAST_HOLDERS], np.int64)
