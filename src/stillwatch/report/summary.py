"""The campaigns as a person reads them in a terminal, and as a program reads them."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from stillwatch.records import CAMPAIGNS
from stillwatch.report import wording
from stillwatch.report.figures import count, label, percent, probability, visible
from stillwatch.report.plain import plain_row
from stillwatch.report.result import ACCUSATION, Result, Row

COLUMNS = (("q", "right"), ("Accounts", "right"), ("Exchanges", "right"), ("Harvested", "right"))
STYLES = {ACCUSATION: "bold red", "coordinated": "yellow"}
MOST_CAPABILITIES = 1
PLAIN_WIDTH = 120


def summary_table(result: Result) -> Table:
    """The campaigns as a table for a rich console: accusations first. Foreign text is never markup."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("Campaign", no_wrap=True)
    table.add_column("Verdict", no_wrap=True)
    for name, justify in COLUMNS:
        table.add_column(name, justify="right" if justify == "right" else "left", no_wrap=True)
    table.add_column("First to last seen", no_wrap=True)
    table.add_column("Mostly")
    for row in result.campaigns:
        table.add_row(*_cells(row))
    return table


def summary_lines(result: Result) -> list[str]:
    """Headline, table and what could not be seen, as plain lines."""
    lines = [wording.headline(result)]
    if wording.second_line(result):
        lines.append(wording.second_line(result))
    if result.campaigns:
        lines += ["", *_plain(summary_table(result))]
    unseen = wording.could_not_see(result)
    if unseen:
        lines += ["", "Could not be seen:", *(f"  {evidence}: {reason}" for evidence, reason in unseen)]
    return lines


def summary_json(result: Result) -> dict[str, Any]:
    """The headline, every campaign with all its columns, and the scan record."""
    return {
        "headline": wording.headline(result),
        "accused": len(result.accused),
        "campaigns": [plain_row({name: row[name] for name in CAMPAIGNS.names}) for row in result.campaigns],
        "scan": dict(result.scan),
    }


def _cells(row: Row) -> list[Text]:
    style = STYLES.get(row["verdict"], "")
    return [
        Text(visible(row["campaign_id"])),
        Text(wording.verdict(row), style=style),
        Text(probability(row["q_value"])),
        Text(count(row["accounts"])),
        Text(count(row["exchanges"])),
        Text(count(row["harvested_exchanges"])),
        Text(f"{_day(row['first_seen'])} to {_day(row['last_seen'])}"),
        Text(_mostly(row)),
    ]


def _day(value: datetime | None) -> str:
    return value.date().isoformat() if value else "unknown"


def _mostly(row: Row) -> str:
    shares = sorted((row["capabilities"] or []), key=lambda item: (-(item[1] or 0), item[0]))
    return ", ".join(f"{label(name).lower()} {percent(share)}" for name, share in shares[:MOST_CAPABILITIES])


def _plain(table: Table) -> list[str]:
    console = Console(file=io.StringIO(), width=PLAIN_WIDTH, color_system=None, force_terminal=False)
    with console.capture() as capture:
        console.print(table)
    return [line.rstrip() for line in capture.get().splitlines()]
