"""Whether two sets of accounts do different work, and which of them an account works like.

Beside one another the accounts of two hands differ in words, lengths and capabilities even where no wording returns.
The direction that tells them apart is learned from some accounts and tried on others (linear discriminant, Fisher 1936,
with a ridge), so that what tells two sets of one hand apart by chance tells nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import mannwhitneyu

from stillwatch.campaigns.model import Bools, Floats, Ints
from stillwatch.engine import Engine
from stillwatch.signals.capability import CAPABILITIES

RIDGE = 0.3
"""Of the mean variance, what is added to that of each figure. With 0.05, 0.3 and 1 the two hands of four worlds were
told apart with the same 0 to 2 errors among 57 to 85 accounts."""
FOLDS = 20
"""Parts of which each is scored by what was learned from the others; single accounts where there are no more."""


@dataclass(frozen=True)
class AccountWork:
    """What accounts do: one row per account with a mix (`links.likeness`), in the order of their numbers. Figures are
    means over exchanges: words, lengths, follow-ups, capabilities."""

    member: Ints
    figures: Floats

    def rows(self, members: Ints) -> Ints:
        """Rows of those of these accounts, in rising order, that have a mix."""
        return np.flatnonzero(np.isin(self.member, members)).astype(np.int64)

    def scaled(self, rows: Ints) -> Floats:
        """Figures of some rows, each with mean 0 and deviation 1 among them; 0 where nobody differs."""
        found = self.figures[rows]
        if rows.size == 0:
            return found
        spread = found.std(axis=0)
        return np.asarray((found - found.mean(axis=0)) / np.where(spread > 0, spread, 1.0), np.float64)


def read_account_work(engine: Engine) -> AccountWork:
    """The work of the accounts in `grouped`. Needs `mixes` and `facts`; one pass over the exchanges of these."""
    mixes = engine.fetch("SELECT m.* FROM mixes m JOIN grouped g ON g.member = m.member ORDER BY m.member, m.half")
    names = [name for name in mixes.column_names if name not in ("member", "half", "exchanges")]
    kinds = ", ".join(f"COUNT(CASE WHEN f.capability = {k} THEN 1 END) AS c{k}" for k in range(len(CAPABILITIES)))
    asked = engine.fetch(
        f"SELECT f.member, COUNT(*) AS exchanges, {kinds} FROM facts f JOIN grouped g ON g.member = f.member "
        "GROUP BY f.member ORDER BY f.member"
    )
    member, row = np.unique(np.asarray(mixes["member"]).astype(np.int64), return_inverse=True)
    sums, counts = np.zeros((member.size, len(names))), np.zeros(member.size)
    np.add.at(sums, row, np.stack([np.asarray(mixes[name]).astype(float) for name in names], axis=1))
    np.add.at(counts, row, np.asarray(mixes["exchanges"]).astype(float))
    everyone = np.asarray(asked["member"]).astype(np.int64)
    shares = np.stack([np.asarray(asked[f"c{k}"]).astype(float) for k in range(len(CAPABILITIES))], axis=1)
    shares /= np.asarray(asked["exchanges"]).astype(float)[:, None]
    place = np.searchsorted(everyone, member)
    return AccountWork(member, np.concatenate([sums / np.maximum(counts, 1.0)[:, None], shares[place]], axis=1))


def towards(figures: Floats, label: Ints, of: Floats) -> Floats:
    """For each row of `of` and each label from 0 on, how much it works like the accounts of that label; rows of
    `figures` labelled -1 teach nothing. Each label must be there."""
    count = int(label.max()) + 1
    means = np.stack([figures[label == k].mean(axis=0) for k in range(count)])
    known = label >= 0
    within = figures[known] - means[label[known]]
    spread = within.T @ within / max(int(known.sum()) - count, 1)
    spread += RIDGE * max(float(np.trace(spread)) / len(spread), 1e-9) * np.eye(len(spread))
    weights = np.linalg.solve(spread, means.T)
    return np.asarray(of @ weights - 0.5 * (means.T * weights).sum(axis=0), np.float64)


def out_of_sample(figures: Floats, label: Ints) -> Floats:
    """The same for the rows themselves, each by what was learned from the other parts."""
    part = np.arange(len(label)) % min(FOLDS, len(label))
    found = np.zeros((len(label), int(label.max()) + 1))
    for k in np.unique(part):
        rest = np.where(part == k, -1, label)
        if np.unique(rest[rest >= 0]).size == found.shape[1]:
            found[part == k] = towards(figures, rest, figures[part == k])
    return found


def told_apart(figures: Floats, second: Bools) -> tuple[float, float]:
    """How surely the work of two sets of accounts tells them apart, out of sample: the chance that one of the second
    looks more like the second than one of the first does (0.5 by chance), and its p-value (Mann and Whitney 1947)."""
    scores = out_of_sample(figures, second.astype(np.int64))
    margin = scores[:, 1] - scores[:, 0]
    answer = mannwhitneyu(margin[second], margin[~second], alternative="greater")
    return float(answer.statistic) / float(second.sum() * (~second).sum()), float(answer.pvalue)
