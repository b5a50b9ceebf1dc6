"""The page of the truth bench: text that does not change, and tables and plots that a run writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from testrange.bench import drawn, early, hands, mixed, peer_sweeps, tables
from testrange.bench.parts import SWEEPS, Size, control_worlds
from testrange.bench.peers import PEERS, PeerResult
from testrange.bench.store import Outcome

MACHINE = "2 cores, 24 GB"


@dataclass(frozen=True)
class Run:
    """Everything that was measured, and when and how."""

    main: Sequence[Outcome]
    sweeps: tables.SweepOutcomes
    control: Sequence[dict[str, Any]]
    first_days: Sequence[dict[str, Any]]
    hands: dict[str, list[Outcome]]
    early: Sequence[dict[str, Any]]
    mixed: dict[float, list[Outcome]]
    peers: Sequence[PeerResult]
    peer_sweeps: peer_sweeps.PeerSweeps
    size: Size
    command: str
    date: str
    revision: str


def write_page(run: Run, page: Path, images: Path) -> None:
    """Write the page and its plots; the text around the tables comes from `words.md` beside this file."""
    images.mkdir(parents=True, exist_ok=True)
    for name, drawing in plots_of(run).items():
        (images / name).write_text(drawing, "utf-8")
    text = Path(__file__).with_name("words.md").read_text("utf-8")
    for name, lines in _parts(run).items():
        text = text.replace(f"{{{{{name}}}}}", "\n".join(lines))
    page.write_text(text, "utf-8")


def plots_of(run: Run) -> dict[str, str]:
    """All plots by file name."""
    with_peers = run.main[: run.size.peer_seeds]
    return {
        **drawn.sweep_plots(run.sweeps),
        "truth-error-control.svg": drawn.control_plot(run.control),
        "truth-first-hours.svg": drawn.first_hours_plot(run.early),
        "truth-first-day.svg": drawn.first_day_plot(run.first_days),
        "truth-peers.svg": drawn.peer_plot(with_peers, run.peers),
    }


def _parts(run: Run) -> dict[str, list[str]]:
    with_peers = run.main[: run.size.peer_seeds]
    twins = {"Stillwatch": with_peers} | {PEERS[p.name]: p.outcomes for p in run.peers if p.setting}
    return {
        "provenance": _provenance(run),
        "campaigns": tables.campaign_table(run.main),
        "overall": tables.overall(run.main),
        "twins": tables.twin_table({"Accused by Stillwatch": run.main}),
        "peer twins": tables.twin_table(twins),
        "peers": tables.peer_table(with_peers, run.peers),
        "peer campaigns": tables.peer_campaign_table(with_peers, run.peers),
        "control": tables.control_table(run.control),
        "first day": tables.first_day_table(run.first_days),
        "hands": hands.hands_table(run.hands),
        "hours": early.hours_table(run.early),
        "first hour": early.first_hour_table(run.early),
        "mixed": mixed.mixed_table(run.mixed),
        "roles": mixed.roles_table(run.mixed),
        "exchanges": mixed.exchange_table(run.main),
        "peer sweeps": [
            line
            for name in peer_sweeps.SWEPT
            for line in peer_sweeps.peer_sweep_table(name, run.sweeps, run.peer_sweeps)
        ],
        "sweeps": [line for sweep in SWEEPS for line in _sweep(run, sweep.name, sweep.axis)],
    }


def _provenance(run: Run) -> list[str]:
    size = run.size
    exchanges = sum(o["exchanges"] for o in run.main) / len(run.main)
    return [
        f"Written by `{run.command}` on {run.date} at revision {run.revision}, {MACHINE}. "
        f"{size.seeds} worlds of {exchanges:,.0f} exchanges with everything, {size.sweep_seeds} worlds for each value "
        f"of a sweep, {_told_control(size)} for each row of error control, {size.first_day_seeds} for the first day, "
        f"{size.early_seeds} for the first hours, {size.hands_seeds} for each row of separate hands, "
        f"{size.mixed_seeds} for each row of mixed pools, "
        f"{size.peer_seeds} of the first {size.seeds} for peers. Ranges are 95 % intervals: bootstrap over worlds, "
        "Clopper-Pearson for shares of worlds. Where all worlds agree the bootstrap has no width; that is no proof."
    ]


def _told_control(size: Size) -> str:
    first, *more = control_worlds(size).items()
    others = ", ".join(f"{worlds} with {times:g} times the customers" for times, worlds in more)
    return f"{first[1]}" + (f" ({others})" if others else "")


def _sweep(run: Run, name: str, axis: str) -> list[str]:
    found = run.sweeps[name]
    image = f'<img src="images/truth-{name}.svg" width="640" alt="Recall of each campaign by {axis}">'
    return [f"### {name[0].upper()}{name[1:]}", "", *tables.sweep_table(name, found), "", image, ""]
