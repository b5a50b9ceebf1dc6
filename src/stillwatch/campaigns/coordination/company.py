"""Company: members hold cards and devices of accounts that this scan accuses.

Two hands buy at one shop, and the smaller shows too little by itself: a dozen accounts, half of them with cards of the
shop, of which the larger hand has most. So a group that acts as one hand and is not accused is asked once more, with
the accused campaigns before it. Strangers hold none of their cards.

Null: the group's accounts are any of those outside the accused campaign, given which values that campaign holds and how
many accounts hold them (hypergeometric). Same proxy is not same actor: addresses are not looked at.
"""

from __future__ import annotations

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


def company_finding(group: int, accused: list[int], held: Held, groups: Groups, people: Population) -> Finding | None:
    """What one group holds of the cards and devices of the accused campaign whose it holds most clearly; None where
    that is too little to say anything. `held`: holdings of cards and devices of grouped accounts, of all of them.

    The p-value counts every accused campaign that was looked at, and that the question is asked twice. Linear in these
    holdings."""
    best: Finding | None = None
    for campaign in accused:
        found = _beside(group, campaign, held, groups, people, len(accused))
        if found is not None and (best is None or found.p < best.p):
            best = found
    return best


def _beside(
    group: int, campaign: int, held: Held, groups: Groups, people: Population, campaigns: int
) -> Finding | None:
    """The finding on one group beside one accused campaign."""
    theirs, size = _own_values(campaign, held, groups, people), groups.members(group).size
    chosen = np.isin(_numbers(held), theirs)
    mine = chosen & (groups.of[held.member] == group)
    met = np.unique(held.member[mine])
    if met.size < max(LEAST_PARTNERS, LEAST_SHARE * size):
        return None
    _, first = np.unique(_numbers(held)[chosen], return_index=True)
    inside = np.count_nonzero(chosen & (groups.of[held.member] == campaign))
    outside = int(held.holders[chosen][first].sum()) - int(inside)  # at least as many as there are accounts
    others = people.size - groups.members(campaign).size
    units, met_units = np.unique(people.unit[groups.members(group)]).size, np.unique(people.unit[met]).size
    tail = float(hypergeom.sf(met_units - 1, others, float(min(outside, others)), units)) * campaigns * ASKED
    return Finding(
        DETECTOR.name,
        f"{met.size} of {size} accounts hold a card or device that accounts of an accused campaign hold",
        float(met.size),
        float(size * outside / max(others, 1)),
        "accounts",
        float(np.clip(tail, SMALLEST_P, 1.0)),
    )


def _numbers(held: Held) -> Ints:
    """One number for each kind and value."""
    return np.asarray(
        np.unique(np.stack([held.detector, held.value]), axis=1, return_inverse=True)[1], np.int64
    ).reshape(-1)


def _own_values(campaign: int, held: Held, groups: Groups, people: Population) -> Ints:
    """Numbers of the values that several units of a campaign hold."""
    rows = np.flatnonzero(groups.of[held.member] == campaign)
    pairs = np.unique(np.stack([_numbers(held)[rows], people.unit[held.member[rows]]]), axis=1)
    values, holders = np.unique(pairs[0], return_counts=True)
    return np.asarray(values[holders >= LEAST_HOLDERS], np.int64)
