"""Which plots the page shows, drawn from the rows of its tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from testrange.bench import intervals
from testrange.bench.early import larger
from testrange.bench.parts import DAYS, LEVELS, SWEEPS
from testrange.bench.peers import PEERS, PeerResult
from testrange.bench.plots import plot
from testrange.bench.store import Outcome
from testrange.bench.tables import SweepOutcomes, by_campaign, campaign_names, of_campaign


def sweep_plots(found: SweepOutcomes) -> dict[str, str]:
    """One plot per sweep, by file name."""
    plots = {}
    for sweep in SWEEPS:
        of = found[sweep.name]
        names = campaign_names([o for outcomes in of.values() for o in outcomes])
        series = {n: [intervals.mean(of_campaign(o, n, "recall_in_all")) for o in of.values()] for n in names}
        title = f"Accounts of a campaign that are accused, by {sweep.name}"
        plots[f"truth-{sweep.name}.svg"] = plot(title, sweep.axis, [f"{v:g}" for v in of], series)
    return plots


def control_plot(rows: Sequence[dict[str, Any]]) -> str:
    """Share of worlds with a false accusation at each nominal level, beside the level itself."""
    series: dict[str, list[intervals.Estimate | None]] = {
        "nominal level": [intervals.Estimate(level, level, level) for level in LEVELS]
    }
    for row in rows:
        told = f"{'two campaigns' if row['with_campaigns'] else 'no campaign'}, {row['volume']:g} times"
        series.setdefault(told, []).append(intervals.share(row["worlds_with_false"], row["worlds"]))
    title = "Worlds with a false accusation, against the nominal level"
    return plot(title, "false-discovery level of the scan", [f"{level:g}" for level in LEVELS], series)


def first_day_plot(rows: Sequence[dict[str, Any]]) -> str:
    """Share of worlds in which each campaign is accused as of each day."""
    series = {
        name: [intervals.share(sum(r["recalls"][n] > 0 for r in of), len(of)) for n in range(len(DAYS))]
        for name, of in by_campaign(rows).items()
    }
    title = "Worlds in which a campaign is accused, by day after its start"
    return plot(title, "days after the start", [str(d) for d in DAYS], series)


def first_hours_plot(rows: Sequence[dict[str, Any]]) -> str:
    """Share of worlds in which each campaign of 45 days is accused as of each hour."""
    hours = rows[0]["hours"]
    series = {
        name: [intervals.share(sum(r["recalls"][n] > 0 for r in of), len(of)) for n in range(len(hours))]
        for name, of in by_campaign(larger(rows)).items()
    }
    title = "Worlds in which a campaign of 45 days is accused, by hour after its start"
    return plot(title, "hours after the start", [str(h) for h in hours], series)


def peer_plot(stillwatch: Sequence[Outcome], peers: Sequence[PeerResult]) -> str:
    """Precision and recall over accounts of all detectors."""
    ran: Mapping[str, Sequence[Outcome]] = {"Stillwatch": stillwatch} | {
        PEERS[p.name].split(",")[0].split(" on ")[0].split(" per ")[0]: p.outcomes for p in peers if p.setting
    }
    short = {"coordination-network-toolkit": "CNT", "Volume threshold": "volume", "Isolation forest": "forest"}
    series = {
        "precision": [intervals.mean([o["precision"] for o in of]) for of in ran.values()],
        "recall": [intervals.mean([o["recall"] for o in of]) for of in ran.values()],
    }
    names = [short.get(name, name) for name in ran]
    return plot("Accounts: precision and recall of all detectors", "detector", names, series, joined=False)
