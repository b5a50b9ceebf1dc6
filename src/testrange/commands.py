"""The commands that the test range adds to the `stillwatch` program."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from stillwatch.cli.scanning import scan_and_report, show
from stillwatch.road import ScanOptions
from testrange.campaigns import CAMPAIGNS
from testrange.presets import PRESETS
from testrange.score import score
from testrange.worlds import World, Written, write_world


def simulate(  # noqa: PLR0913  (one parameter per option of the command)
    out: Annotated[Path, typer.Argument(help="Folder to write the world to.", show_default=False)],
    *,
    preset: Annotated[str, typer.Option(help=f"Size of the world: {', '.join(PRESETS)}.")] = "demo",
    seed: Annotated[int, typer.Option(help="Same seed, same bytes.")] = 7,
    days: Annotated[int | None, typer.Option(help="Days to simulate, if not the preset's.", min=3, max=120)] = None,
    accounts: Annotated[int | None, typer.Option(help="Ordinary accounts, if not the preset's.", min=200)] = None,
    campaign: Annotated[list[str] | None, typer.Option(help=f"Campaigns: {', '.join(CAMPAIGNS)}; or none.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Write a simulated world: API logs with hidden campaigns, benign look-alikes, and the truth about both.

    Nothing queries any model. The logs are OUT/exchanges and OUT/accounts.parquet; the truth is in OUT/truth.
    """
    world = _sized(chosen_world(preset, seed, campaign), days, accounts)
    written = _with_progress(world, out, quiet=as_json)
    if as_json:
        sys.stdout.write(json.dumps(_outcome(written)) + "\n")
        return
    Console().print(
        f"[bold]{written.exchanges:,}[/] exchanges of [bold]{written.accounts:,}[/] accounts in {out}; "
        f"{written.harvested:,} are harvest, the truth is in {out / 'truth'}"
    )


def demo(
    out: Annotated[Path, typer.Option(help="Folder for the world and the result.")] = Path("demo"),
    seed: Annotated[int, typer.Option(help="Same seed, same bytes.")] = 7,
) -> None:
    """Simulate a world, scan it, and compare what was found with the truth. Ends with the path of a report."""
    world, found = out / "world", out / "result"
    simulate(world, preset="demo", seed=seed)
    result, report = scan_and_report(ScanOptions(log=world, out=found, key=out / "key", threads=os.cpu_count() or 1))
    console = Console()
    console.print("\n[bold]What the scan found[/] (it does not know the truth):")
    show(result, report, as_json=False)
    console.print("\n[bold]Compared with the truth of this simulated world:[/]")
    console.print(score(found, world).to_text(), highlight=False, markup=False)
    for row in result.accused[:1]:
        console.print(f"\nNext: stillwatch explain {row['campaign_id']} --result {found}", markup=False, soft_wrap=True)
    console.print(f"To look, judge and write a dossier: {_desk(out)}", markup=False, soft_wrap=True)


def _desk(out: Path) -> str:
    """The command that opens the desk on the demo's result, with its ledger and its keys beside it."""
    return f"stillwatch console {out / 'result'} --key {out / 'key'} --signing-key {out / 'desk-signing.key'}"


def chosen_world(preset: str, seed: int, campaigns: list[str] | None) -> World:
    """A preset, with other campaigns where some are named; unknown names list the known ones."""
    _known("preset", preset, list(PRESETS))
    world = PRESETS[preset](seed)
    if not campaigns:
        return world
    names = [name for name in campaigns if name != "none"]
    for name in names:
        _known("campaign", name, list(CAMPAIGNS))
    return replace(world, campaigns=tuple(CAMPAIGNS[name]() for name in names))


def _sized(world: World, days: int | None, accounts: int | None) -> World:
    """Other sizes keep the exchanges per ordinary account and day."""
    length, size = days or world.days, accounts or world.accounts
    factor = (length / world.days) * (size / world.accounts)
    return replace(world, days=length, accounts=size, exchanges=round(world.exchanges * factor))


def _known(kind: str, name: str, names: list[str]) -> None:
    if name not in names:
        raise typer.BadParameter(f"there is no {kind} '{name}'; choose from {', '.join(names)}")


def _outcome(written: Written) -> dict[str, object]:
    return {
        "directory": str(written.directory),
        "accounts": written.accounts,
        "exchanges": written.exchanges,
        "harvested": written.harvested,
    }


def _with_progress(world: World, out: Path, quiet: bool) -> Written:
    columns = (TextColumn("simulating"), BarColumn(), MofNCompleteColumn(), TextColumn("parts"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), disable=quiet, transient=True) as progress:
        task = progress.add_task("", total=None)
        return write_world(world, out, lambda done, total: progress.update(task, completed=done, total=total))
