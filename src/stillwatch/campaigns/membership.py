"""Membership: which accounts of a likely group, and which outside it, belong to the hand behind it.

A group of alike accounts that passes the test of coordination still holds strangers who merely work alike, and misses
members of another make. Each account is weighed as in a mixture of two classes, the hand and everybody: for every
kind of value, and for the hour of sign-up and the nearest neighbours, how much likelier is what this account shows if
it belongs (naive Bayes; Fellegi and Sunter 1969), given how the other members look. A few rounds of expectation and
maximisation (Dempster, Laird and Rubin 1977) settle who is in.

Likeness alone makes nobody a member, and a shared place alone neither: something else must tie the account to the
others. A link by what they send is enough where more than that ties many of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from stillwatch.campaigns.model import Bools, Floats, Index, Ints, Population, codes
from stillwatch.links import LINK_DETECTORS

ROUNDS = 6
BELONGS = 0.95
"""Posterior from which an account is a member; so that of 100 members few are expected to be strangers."""
BELONGS_TO_SURE = 0.8
"""Posterior from which an account of a community that surely is a hand is a member. Of 203 accounts of campaigns'
communities between 0.8 and 0.95 none was a stranger, of 183 between 0.5 and 0.8 six were (16 worlds of a second
simulator)."""
LEAST_UNTIED = 0.1
"""Least share of members that is taken to share nothing of a kind, whatever the group shows."""
CAP = 6.0
"""Nats that one kind of value can add: above it, families and firms are as likely."""
FLOOR = 0.75
"""Nats that one kind of value can take away: pools mix cards, devices and exits of several makes. With 1.0 fewer
members of pools that repeat no wording were kept, with 0.5 strangers of one course were (worlds of a second
simulator)."""
NO_LINKS, NOBODY = np.zeros((0, 2), np.int64), np.zeros(0, np.int64)
CAP_COHORT, CAP_LIKENESS = 3.0, 4.0
MOST_OF_NEAREST = 0.9
"""Most that the nearest of an account of a sure hand say for it: ten are looked at. With 0.75, 108 instead of 119 of
169 and 66 instead of 78 of 102 accounts of hard campaigns were kept (worlds of a second simulator)."""
MADE = tuple(k for k, d in enumerate(LINK_DETECTORS) if d.name in ("payment", "device", "email_domain"))
ANCHORED = 0.25
"""Share of the core whom a card, device, domain or hour of sign-up has to tie before links by traffic count for the
others. Evaluators who run one benchmark are linked and alike, and nothing else ties any of them."""
HOUR = 3_600_000_000
PLACES = tuple(k for k, d in enumerate(LINK_DETECTORS) if d.name in ("signup_address", "address"))
"""Where an account signed up and whence it sends say one thing, once. Same proxy is not same actor: a place alone makes
nobody a member."""


@dataclass(frozen=True)
class Ties:
    """Holdings by which members can be tied, one row per kind, account and value; `holders` counts everyone, `held` the
    values of this kind that the account holds, shared or not. `holds`: for each account the kinds of which it holds any
    value, as bits.

    `near`: for each account its nearest by likeness, -1 where it has none; `mixed` accounts have some. `links`: pairs
    of accounts that what they send links, in both directions.
    """

    kind: Ints
    member: Ints
    value: Ints
    holders: Ints
    held: Ints
    holds: Ints
    near: Ints
    mixed: int
    links: Ints

    @cached_property
    def number(self) -> Ints:
        """A number for each kind and value."""
        return codes(self.kind, self.value)

    @cached_property
    def by_number(self) -> Index:
        return Index.of(self.number, int(self.number.max(initial=-1)) + 1)

    @cached_property
    def by_member(self) -> Index:
        return Index.of(self.member, self.holds.size)

    @cached_property
    def links_of(self) -> Index:
        """Rows of `links` by their first account."""
        return Index.of(self.links[:, 0], self.holds.size)


@dataclass(frozen=True)
class Belonging:
    """The members of one group, and the posterior of each."""

    members: Ints
    posterior: Floats


def belonging(core: Ints, ties: Ties, people: Population, free: Bools, surely: Ints = NOBODY) -> Belonging:
    """Who belongs to the hand behind `core`; only `free` accounts can be added. `surely`: those of the core who
    together surely are a hand. Of them it is asked how many of the nearest are members, as among neighbours (Fix and
    Hodges 1951), where likeness against everybody says less.

    Cost: a few passes over the holdings of values that the core holds; once a log, sorting all of `ties`.
    """
    rows = _rows_of_core(core, ties, people)
    near = ties.near[core].reshape(-1)
    linked = ties.links[ties.links_of.rows(core), 1]
    in_core, tied_to = _among(people.size, core), _among(people.size, ties.member[rows], near[near >= 0], linked)
    candidates = np.flatnonzero(in_core | (tied_to & free)).astype(np.int64)
    view = _View(candidates, ties, rows, people)
    of_core, sure = in_core[candidates], (in_core & _among(people.size, surely))[candidates]
    posterior, tied = of_core.astype(float), of_core
    anchored = bool(view.made(posterior)[of_core].mean() >= ANCHORED)
    for _ in range(ROUNDS):
        odds, tied = view.log_odds(posterior, anchored, sure)
        posterior = np.where(tied, 1.0 / (1.0 + np.exp(-np.clip(odds, -50.0, 50.0))), 0.0)
    inside = (posterior >= np.where(sure, BELONGS_TO_SURE, BELONGS)) & tied
    return Belonging(candidates[inside], posterior[inside])


def _among(count: int, *numbers: Ints) -> Bools:
    """Whether each number is one of these."""
    inside = np.zeros(count, bool)
    for some in numbers:
        inside[some] = True
    return inside


def _rows_of_core(core: Ints, ties: Ties, people: Population) -> Ints:
    """Rows of the values that a core member holds. What accounts of one declared organisation share counts for nothing,
    so their holdings are left out."""
    declared = people.unit >= people.size
    wanted = np.unique(ties.number[ties.by_member.rows(core[~declared[core]])])
    rows = ties.by_number.rows(wanted)
    return rows[~declared[ties.member[rows]]]


@dataclass(frozen=True)
class _Kind:
    """What candidates hold of one kind, one row per account and value: the `share` of the account's values that it is,
    and the share of everybody who holds it, `common`. `holds`: who holds any value of the kind."""

    row: Ints
    value: Ints
    share: Floats
    common: Floats
    holds: Bools


@dataclass(frozen=True)
class _Near:
    """Sign-ups in order of time, and where those within reach of each begin and end."""

    order: Ints
    low: Ints
    high: Ints

    @staticmethod
    def of(created: Ints, reach: int) -> _Near:
        order = np.argsort(created, kind="stable").astype(np.int64)
        ordered = created[order]
        low = np.searchsorted(ordered, created - reach, "left").astype(np.int64)
        high = np.searchsorted(ordered, created + reach, "right").astype(np.int64)
        return _Near(order, low, high)

    def weight(self, weight: Floats) -> Floats:
        """Sum of the weights of the others within reach."""
        total = np.r_[0.0, np.cumsum(weight[self.order])]
        return np.asarray(total[self.high] - total[self.low] - weight, np.float64)


class _View:
    """The candidates of one group and what they hold, numbered densely. What no round changes is looked up once."""

    def __init__(self, candidates: Ints, ties: Ties, rows: Ints, people: Population) -> None:
        self.size, self.population = candidates.size, people.size
        place = np.full(people.size, -1, np.int64)
        place[candidates] = np.arange(candidates.size)
        rows = rows[place[ties.member[rows]] >= 0]
        kind, value = ties.kind[rows], ties.number[rows]
        value = (np.cumsum(_among(ties.by_number.starts.size - 1, value)) - 1)[value]
        holds, row = ties.holds[candidates], place[ties.member[rows]]
        share, common = 1.0 / np.maximum(ties.held[rows], 1), ties.holders[rows] / people.size
        self.kinds: dict[int, _Kind] = {}
        for k in np.unique(kind).tolist():
            mine = kind == k
            self.kinds[k] = _Kind(row[mine], value[mine], share[mine], common[mine], (holds >> k) & 1 > 0)
        created = people.created[candidates]
        self.known, self.signed_up = created >= 0, _Near.of(created, HOUR)
        self.usual = _signed_up_within(people, created, HOUR)
        near = ties.near[candidates]
        self.near = np.where(near >= 0, place[np.maximum(near, 0)], -1)
        self.has_mix = np.asarray((near >= 0).any(axis=1), bool)
        self.mixed = ties.mixed
        links = ties.links[ties.links_of.rows(candidates)]
        shared = (place[links] >= 0) & (people.unit[links] < people.size)
        self.links = place[links[shared[:, 0] & shared[:, 1]]]

    def made(self, posterior: Floats) -> Bools:
        """Accounts that a card, device, domain or hour of sign-up ties to the others."""
        has = self._cohort(posterior)[1]
        for kind in self.kinds.keys() & MADE:
            has = has | self._shared(kind, posterior)[1]
        return has

    def log_odds(self, posterior: Floats, anchored: bool, sure: Bools) -> tuple[Floats, Bools]:
        """Log odds of belonging, and whether enough ties the account to the others: more than places, or work as
        well."""
        prior = float(np.log(max(float(posterior.sum()), 1.0) / self.population))
        odds = np.full(self.size, prior)
        place, placed, tied = np.full(self.size, -np.inf), np.zeros(self.size, bool), np.zeros(self.size, bool)
        for kind in self.kinds:
            ratio, has = self._shared(kind, posterior)
            if kind in PLACES:
                place, placed = np.maximum(place, ratio), placed | has
            else:
                odds, tied = odds + ratio, tied | has
        for ratio, has in (self._cohort(posterior), *([self._linked(posterior)] if anchored else [])):
            odds, tied = odds + ratio, tied | has
        near = self._nearest(posterior)
        likeness = self._likeness(posterior, near)
        odds += np.where(np.isfinite(place), place, 0.0)
        odds += np.where(sure, np.maximum(likeness, _by_nearest(near) - prior), likeness)
        return odds, tied | (placed & (likeness > 0))

    def _shared(self, kind: int, posterior: Floats) -> tuple[Floats, Bools]:
        """One kind of value: P(value | member) = (1 - u) k / T + u K / N, against K / N. k: other members on the value,
        each by the share of its values that this is; T: their sum over values; u: share of members that share none."""
        held = self.kinds[kind]
        row, value, share = held.row, held.value, held.share
        own = posterior[row]
        met = np.bincount(value, own)[value] - own >= 0.5
        weight = np.bincount(value, own * share)[value] - own * share
        total = max(float((own * share)[met].sum()), 1e-9)
        has = np.bincount(row, met, minlength=self.size) > 0
        untied = _untied(posterior, has, held.holds)
        gain = np.where(met, share * (1 - untied) * weight / total / held.common, 0.0)
        ratio = np.log(np.bincount(row, gain, minlength=self.size) + untied)
        return np.where(held.holds, np.clip(ratio, -FLOOR, CAP), 0.0), has & (ratio > 0)

    def _linked(self, posterior: Floats) -> tuple[Floats, Bools]:
        """Links by rare wordings to a member, against the share of others who have one."""
        own, other = self.links[:, 0], self.links[:, 1]
        has = np.asarray(np.bincount(own, posterior[other], minlength=self.size) >= 0.5, bool)
        usual = (float((1.0 - posterior)[has].sum()) + 1.0) / self.population
        untied = _untied(posterior, has, np.ones(self.size, bool))
        ratio = np.log(np.where(has, (1 - untied) / usual, untied / (1 - usual)))
        return np.asarray(np.clip(ratio, -FLOOR, CAP), np.float64), np.asarray(has & (ratio > 0.0))

    def _cohort(self, posterior: Floats) -> tuple[Floats, Bools]:
        """The hour of sign-up: met by another member, against the chance to meet one among all sign-ups of that
        hour."""
        known, near = self.known, self.signed_up.weight(posterior)
        chance = np.clip(-np.expm1(posterior.sum() * np.log1p(-self.usual)), 1e-6, 1 - 1e-6)
        has = known & (near >= 0.5)
        untied = _untied(posterior, has, known)
        ratio = np.where(has, np.log((1 - untied) / chance), np.log(untied / (1 - chance)))
        return np.where(known, np.clip(ratio, -CAP_COHORT, CAP_COHORT), 0.0), has & (ratio > 1.0)

    def _nearest(self, posterior: Floats) -> Floats:
        """The share of each account's nearest who are members."""
        return np.asarray(np.where(self.near >= 0, posterior[np.maximum(self.near, 0)], 0.0).mean(axis=1), np.float64)

    def _likeness(self, posterior: Floats, near: Floats) -> Floats:
        """Nearest accounts that are members, against the share of members among all accounts with a mix."""
        has = near >= 0.1
        untied = _untied(posterior, has, self.has_mix)
        usual = max(float(posterior.sum()), 1.0) / max(self.mixed, 1)
        ratio = np.where(has, np.log((1 - untied) * near / usual + untied), np.log(untied))
        return np.where(self.has_mix, np.clip(ratio, -CAP_LIKENESS, CAP_LIKENESS), 0.0)


def _by_nearest(near: Floats) -> Floats:
    """Log odds of an account of a sure hand, by the share of its nearest who are members."""
    share = np.clip(near, 1e-6, MOST_OF_NEAREST)
    return np.asarray(np.log(share / (1.0 - share)), np.float64)


def _untied(posterior: Floats, has: Bools, could: Bools) -> float:
    """Share of the members who could share something and do not, never quite 0 or 1."""
    weight = float(posterior[could].sum())
    share = 1.0 - float(posterior[could & has].sum()) / weight if weight > 0 else 1.0
    return float(np.clip(share, LEAST_UNTIED, 0.99))


def _signed_up_within(people: Population, created: Ints, reach: int) -> Floats:
    """The share of all accounts that signed up within reach of each of these times, never quite 1."""
    low = np.searchsorted(people.sign_ups, created - reach, "left")
    high = np.searchsorted(people.sign_ups, created + reach, "right")
    return np.asarray(np.clip((high - low) / people.size, 0.0, 1 - 1e-9), np.float64)
