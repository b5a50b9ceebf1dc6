"""The second question, asked of groups: in their common wording, and in all that they do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from stillwatch.campaigns import tables
from stillwatch.campaigns.formation import Formed
from stillwatch.campaigns.harvest import Harvest, assess_harvest, pool
from stillwatch.campaigns.model import Bools, Groups, Ints
from stillwatch.campaigns.verdict import SCREEN
from stillwatch.engine import Engine

LEAST_COMMON = 0.01
"""Share of a group's exchanges from which its shared wordings are its common work; below, all exchanges are."""


@dataclass(frozen=True)
class HarvestQuestion:
    """What the work of groups is compared with: the log's accounts one by one, those of them that are in no hand, and
    its honest groups."""

    customers: pa.Table
    busy: pa.Table
    honest: pool.Works

    @staticmethod
    def read(engine: Engine, formed: Formed, unit: Ints) -> HarvestQuestion:
        """Of a log whose groups answered the first question. Needs `account_work`."""
        customers, hands = tables.read_customers(engine, pool.LEAST_EXCHANGES), _in_hands(formed)
        busy = customers.filter(pa.array(~hands[np.asarray(customers["unit"])]))
        return HarvestQuestion(customers, busy, _honest(engine, hands, unit, customers))

    def ask(self, engine: Engine, groups: Groups) -> tuple[list[Harvest], Bools]:
        """The answer of each group, and whether its shared wordings are what it was asked of. Needs `grouped` and
        `common_work` of these groups.

        A group with wordings of its own may harvest through them among other people's work, or in all that it does:
        both are asked, and the smaller p-value is doubled."""
        whole, common = tables.read_whole(engine), tables.read_work(engine)
        worded, has_common = _placed(common, groups.count), _shares_wording(whole, common)
        members = [groups.members(g) for g in range(groups.count)]
        everything = pool.assess_pools(pool.Works.of_sets(self.customers, members), self.honest)
        of_all = assess_harvest(whole, self.busy, everything)
        shared = pool.assess_pools(pool.Works.of_table(worded), self.honest)
        of_common = assess_harvest(worded, self.busy, shared)
        answers = [
            (_smaller(mine, all_), mine.p <= all_.p) if has else (all_, False)
            for mine, all_, has in zip(of_common, of_all, has_common, strict=True)
        ]
        return [answer for answer, _ in answers], np.array([by_wording for _, by_wording in answers], bool)


def _smaller(first: Harvest, second: Harvest) -> Harvest:
    """Two answers to one question: the smaller p-value, doubled."""
    chosen, other = (first, second) if first.p <= second.p else (second, first)
    without = {name: min(1.0, 2 * min(p, other.p_without.get(name, other.p))) for name, p in chosen.p_without.items()}
    return Harvest(min(1.0, 2 * chosen.p), chosen.score, chosen.findings, without)


def _placed(common: pa.Table, count: int) -> pa.Table:
    """The common work with a row for every group, of zeros where there is none."""
    row = np.full(count, common.num_rows, np.int64)
    row[np.asarray(common["unit"])] = np.arange(common.num_rows)
    nothing = pa.table({name: pa.array([0], common.schema.field(name).type) for name in common.column_names})
    return pa.concat_tables([common, nothing]).take(pa.array(row))


def _shares_wording(whole: pa.Table, common: pa.Table) -> Bools:
    shared = np.zeros(whole.num_rows, np.int64)
    shared[np.asarray(common["unit"])] = np.asarray(common["exchanges"])
    return np.asarray(shared >= np.maximum(LEAST_COMMON * np.asarray(whole["exchanges"]), 1), bool)


def _in_hands(formed: Formed) -> Bools:
    """Accounts of groups that act as one hand: no yardstick for honest work."""
    hand = np.array([answer.p <= SCREEN for answer in formed.coordination], bool)
    of = formed.groups.of
    return np.asarray((of >= 0) & hand[np.maximum(of, 0)], bool) if hand.size else np.zeros(of.size, bool)


def _honest(engine: Engine, hands: Bools, unit: Ints, customers: pa.Table) -> pool.Works:
    """The honest groups of a log: people who belong together by how they registered, and are in no hand.

    The second question protects people who are connected and honest: campuses, offices, mail communities. Strangers are
    protected by the first, and what a few open customers do is explained (`explanations`), so those are no yardstick.
    """
    active = np.zeros(hands.size, bool)
    active[np.asarray(customers["unit"])] = True
    active &= ~hands
    sets = [s[active[s]] for s in tables.read_registered_sets(engine, hands.size)]
    sets = [s for s in sets if np.unique(unit[s]).size >= pool.LEAST_CUSTOMERS]
    works = pool.Works.of_sets(customers, sets)
    return works.take(np.lexsort(works.shares.T))  # an order that no key decides
