"""What Stillwatch makes of a log of events: the ordinary scan for verdicts, and below it the groups as they are linked.

A scan lists only groups with a verdict; how many were linked, and who is in them, it does not tell. So the stages are
called a second time, one after the other, by the functions with which the scan calls them. This file is the only one
that knows them.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.real.events import write_log
from stillwatch.campaigns import tables
from stillwatch.campaigns.coordination import Coordination
from stillwatch.campaigns.formation import form_groups
from stillwatch.campaigns.model import Groups
from stillwatch.campaigns.verdict import q_values
from stillwatch.engine import DuckDBEngine
from stillwatch.intake import Aside, open_log, read_exchanges
from stillwatch.links import LinkOptions, find_links
from stillwatch.links.population import population_steps
from stillwatch.progress import Silent
from stillwatch.records import ACCOUNTS
from stillwatch.road import ScanOptions, scan
from stillwatch.signals import Signaller, Tally, open_key, registrations, write_signals

LEVEL = 0.01
"""The false-discovery level of a scan, unless it is told another."""
SEED = 0
"""Of the clustering, as the road sets it."""
ACCUSED, COORDINATED, WATCHED = "distillation", "coordinated", "watch"

AccountGroups = list[frozenset[str]]


@dataclass(frozen=True)
class Found:
    """What was found in one log.

    `linked` are the groups as linked; `one_hand` those of them whose coordination q-value is at most LEVEL, whether an
    innocent explanation forbids the verdict or not. `listed` are the groups that the scan lists, by verdict. `accounts`
    counts all accounts of the log, `seconds` is the wall time of the scan alone.
    """

    accounts: int
    linked: AccountGroups
    one_hand: AccountGroups
    listed: dict[str, AccountGroups]
    seconds: float

    def verdict(self, name: str) -> AccountGroups:
        """Groups with this verdict."""
        return self.listed.get(name, [])

    @property
    def explained(self) -> int:
        """Groups that act as one hand and are not listed, because an innocent explanation holds for them."""
        return len(self.one_hand) - sum(len(groups) for groups in self.listed.values())


def members(groups: AccountGroups) -> set[str]:
    """The accounts of any of the groups."""
    return {account for group in groups for account in group}


def find(events: pa.Table) -> Found:
    """Scan the events, and look below the scan. Two passes; a fresh key each time, which changes no finding."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        log = write_log(events, folder / "log")
        started = time.perf_counter()
        result = scan(ScanOptions(log=log, out=folder / "result", key=folder / "key"), Silent())
        seconds = time.perf_counter() - started
        listed = _listed(result.tables)
        names, linked, one_hand = _below(log, folder)
    return Found(len(names), linked, one_hand, listed, seconds)


def _listed(result: dict[str, pa.Table]) -> dict[str, AccountGroups]:
    verdict = dict(zip(*(result["campaigns"][c].to_pylist() for c in ("campaign_id", "verdict")), strict=True))
    of: dict[str, set[str]] = {name: set() for name in verdict}
    for campaign, account in zip(
        *(result["members"][c].to_pylist() for c in ("campaign_id", "account_id")), strict=True
    ):
        of[campaign].add(account)
    kinds = Counter(verdict.values())
    return {kind: [frozenset(of[name]) for name in of if verdict[name] == kind] for kind in kinds}


def _below(log: Path, folder: Path) -> tuple[list[str], AccountGroups, AccountGroups]:
    """Names of all accounts, the groups as linked, and the groups that act as one hand."""
    signaller, tally = Signaller(open_key(folder / "key")), Tally()
    for tally in write_signals(read_exchanges(open_log(log), Aside()), folder / "signals", signaller, 2):  # noqa: B007
        pass
    engine = DuckDBEngine(folder / "spill", 2, None)
    try:
        engine.register("signals", folder / "signals")
        engine.register("registrations", registrations(ACCOUNTS.arrow.empty_table(), signaller))
        engine.run(population_steps(None, duplicated=False))
        links = find_links(engine, LinkOptions(tally.columns))
        formed = form_groups(engine, links, tables.read_population(engine), tally.columns, SEED)
        names = engine.fetch("SELECT account_id FROM population ORDER BY member")["account_id"].to_pylist()
        return names, _named(formed.linked, names), _one_hand(formed.groups, formed.coordination, names)
    finally:
        engine.close()


def _named(groups: Groups, names: list[str]) -> AccountGroups:
    return [frozenset(names[m] for m in groups.members(group)) for group in range(groups.count)]


def _one_hand(groups: Groups, answers: list[Coordination], names: list[str]) -> AccountGroups:
    """Groups of which a side that did not make them says, over all groups of the log, that they act as one hand."""
    q = q_values(np.array([answer.p for answer in answers]))
    return [group for group, value in zip(_named(groups, names), q, strict=True) if value <= LEVEL]
