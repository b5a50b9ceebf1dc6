"""Peers that accuse groups, on every row of two sweeps: at the setting chosen on the worlds with everything."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from testrange.bench import intervals
from testrange.bench.parts import SWEEPS, Say, Size, swept_world, values_of
from testrange.bench.peers import PEERS, PeerResult, Runner, measured_groups
from testrange.bench.store import Outcome, Store, fingerprint
from testrange.bench.tables import NOTHING, SweepOutcomes, f1, shown, table
from testrange.bench.workers import Each
from testrange.worlds import World

SWEPT = ("volume", "repeated")
SWEPT_PEERS = ("fraudar_blocks", "coordination_toolkit")
"""The two that find groups by what they send, and come nearest on the worlds with everything."""
MOST_VOLUME = 10.0
"""Largest log, in times the ordinary customers, that peers are given: beyond, they would take longer than the rest of
the bench."""

PeerSweeps = Mapping[str, Mapping[float, Mapping[str, Sequence[Outcome]]]]
"""Outcomes by sweep, value and peer. A peer that fails on a world has none there."""


def peer_sweep_part(
    each: Each, size: Size, say: Say, ran: list[Runner] | str, chosen: Sequence[PeerResult]
) -> PeerSweeps:
    """The swept peers on the first worlds of each value of the swept knobs."""
    settings = {p.name: p.setting for p in chosen if p.setting and p.name in SWEPT_PEERS}
    if isinstance(ran, str) or not settings:
        return {name: {} for name in SWEPT}
    used = [(runner, str(settings[runner.name])) for runner in ran if runner.name in settings]
    found: dict[str, dict[float, dict[str, list[Outcome]]]] = {}
    for sweep in (s for s in SWEEPS if s.name in SWEPT):
        say(f"peers on the sweep of {sweep.name}")
        seeds = range(min(size.peer_seeds, size.sweep_seeds))
        values = [v for v in values_of(sweep, size) if sweep.name != "volume" or v <= MOST_VOLUME]
        places = [(value, n) for value in values for n in seeds]
        met = each(partial(_swept, world=swept_world(sweep, v, n, size), used=used) for v, n in places)
        found[sweep.name] = {v: {runner.name: [] for runner, _ in used} for v in values}
        for (value, _), outcomes in zip(places, met, strict=True):
            for name, outcome in outcomes.items():
                found[sweep.name][value][name].append(outcome)
    return found


def _swept(store: Store, world: World, used: list[tuple[Runner, str]]) -> dict[str, Outcome]:
    """What each peer comes to on one world."""
    measures = (Path(__file__).with_name(f"{name}.py") for name in ("measured", "took"))
    told = repr([(runner.version, setting) for runner, setting in used])
    what = hashlib.blake2b(told.encode(), digest_size=6).hexdigest()

    def make(folder: Path) -> Outcome:
        found = {}
        for runner, setting in used:
            try:
                found[runner.name] = measured_groups(runner.call(store, folder).get(setting, []), folder)
            except (subprocess.SubprocessError, OSError):
                continue
        return found

    return store.outcome(world, f"swept-peers-{what}", fingerprint(*measures), make, keep=False)


def peer_sweep_table(name: str, sweeps: SweepOutcomes, found: PeerSweeps) -> list[str]:
    """One sweep: F1, precision and recall over accounts of Stillwatch and the swept peers at each value."""
    sweep = next(s for s in SWEEPS if s.name == name)
    if not found[name]:
        return [f"The sweep of {name} was not run with peers.", ""]
    names = list(next(iter(found[name].values())))
    head = (f"{sweep.axis[0].upper()}{sweep.axis[1:]}", "**Stillwatch**", *(PEERS[peer] for peer in names))
    rows = []
    for value, of in found[name].items():
        ours = sweeps[name][value][: max(map(len, of.values()), default=0)]
        rows.append((f"{value:g}", _cell(ours), *(_cell(of[peer]) for peer in names)))
    return [*table(head, rows), ""]


def _cell(outcomes: Sequence[Outcome]) -> str:
    if not outcomes:
        return NOTHING
    means = [intervals.mean([o[figure] for o in outcomes]).value for figure in ("precision", "recall")]
    wrong = sum(sum(o["wrongly_accused"].values()) for o in outcomes) / len(outcomes)
    score = shown(intervals.mean([f1(o) for o in outcomes]), ".2f")
    return f"F1 {score}; precision {means[0]:.0%}, recall {means[1]:.0%}; {wrong:.0f} others"
