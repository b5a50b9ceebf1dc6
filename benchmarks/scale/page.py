"""The page of the scale bench: what was measured, by size, as tables, with exponents of growth and two plots."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import Any

Record = Mapping[str, Any]
GB = 1_000_000_000
STAGES = ("signals", "links", "campaigns", "exposure")
WHAT = {
    "signals": "signals that are ready",
    "raw": "logs with their texts",
    "spark": "signals, on Spark in one process",
}
PEERS = {"fraudar": "FRAUDAR, one block", "toolkit": "coordination-network-toolkit, 60 s"}
COLOURS = ("#0072b2", "#d55e00", "#56b4e9", "#009e73", "#cc79a7")
HEAD = """# How scans grow

Written by `make bench-scale` (`benchmarks/scale`) on a machine with 2 cores and 24 GB: large worlds of the range
([worlds](worlds.md)), each measurement in a process of its own. Memory is that of the tree of processes; temporary disk
is everything below the scan's temporary folder, the engine's own tables included. Processor seconds are of all cores
together. The floor is a bare DuckDB pass that reads every column of the same files and aggregates by account, under the
same limit; ratios are of processor seconds, because other jobs on the machine change those least. "Load" is the load
average of the minute before a measurement: with more than 2 on 2 cores, wall seconds say little.
"""
WEAK = """
## What is weak

Sampled shingles are read twice, to count their holders and to mark those in common, and while they are counted each
takes twelve bytes of temporary disk. Where a size has no row it was not measured; a row that says "stopped" did not end
within its limits. The worlds are simulated: one campaign, whose share of the traffic is a tenth.
"""


def write_page(records: Sequence[Record], page: Path) -> None:
    """The whole page and its plots, from every record that there is."""
    done = sorted(records, key=lambda r: (r["what"], r["rows"]))
    lines = [HEAD]
    for what, told in WHAT.items():
        scans = [r for r in done if r["what"] == what]
        if scans:
            lines += [f"\n## Scans of {told}\n", *_scans(scans, done), *_stages(scans), *_growth(scans)]
    lines += _peers([r for r in done if r["what"] in PEERS]) + _sketches([r for r in done if r["what"] == "sketch"])
    images = page.parent / "images"
    images.mkdir(exist_ok=True)
    for name, title, unit, of, scale in (
        ("scale-seconds.svg", "Processor seconds against exchanges", "s", "processor", 1),
        ("scale-memory.svg", "Peak memory against exchanges", "GB", "peak", GB),
    ):
        series = {
            told: [(r["rows"], r[of] / scale) for r in done if r["what"] == what and _ended(r)]
            for what, told in (*WHAT.items(), *PEERS.items())
        }
        (images / name).write_text(drawing(title, unit, {k: v for k, v in series.items() if v}), "utf-8")
        lines.append(f"\n![{title}](images/{name})")
    page.write_text("\n".join([*lines, WEAK]), "utf-8")


def _ended(record: Record) -> bool:
    return bool(record["ended"] == "done")


def _scans(scans: Sequence[Record], done: Sequence[Record]) -> list[str]:
    """One row per size: the whole scan."""
    lines = [
        "| Exchanges | Limit | Ended | Wall, s | Processor, s | Times the floor | Rows/s | MB/s | Peak memory, GB | "
        "Temporary disk, GB | Load | Date, revision |",
        "|---:|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---|",
    ]
    for r in scans:
        floor = next((f for f in done if f["what"] == "floor" and f["run"] == r["run"] and _ended(f)), None)
        ratio = f"{r['processor'] / floor['processor']:.1f}" if floor and _ended(r) else ""
        speed = f"{r['rows'] / r['seconds']:,.0f} | {r['bytes'] / r['seconds'] / 1e6:,.1f}" if _ended(r) else " | "
        lines.append(
            f"| {r['rows']:,} | {r['memory'] or 'none'} | {r['ended']} | {r['seconds']:,.0f} | {r['processor']:,.0f} | "
            f"{ratio} | {speed} | {r['peak'] / GB:.2f} | {r['spilled'] / GB:.2f} | {r['load']:.1f} | "
            f"{r['date']}, {r['revision']} |"
        )
    found = [f"\n{r['rows']:,} exchanges: {' '.join(r['found'].splitlines())}" for r in scans if r.get("found")]
    return lines + found


def _stages(scans: Sequence[Record]) -> list[str]:
    """One row per size and stage, and the steps that take longest."""
    lines = [
        "\n| Exchanges | Stage or step | Wall, s | Rows/s | MB/s | Peak memory, GB | Temporary disk, GB |",
        "|---:|---|---:|---:|---:|---:|---:|",
    ]
    for r in scans:
        marks = [m for m in r["marks"] if m["kind"] == "stage"]
        steps = sorted((m for m in r["marks"] if m["kind"] == "step"), key=lambda m: -m["seconds"])[:5]
        for m in (*marks, *steps):
            name = f"**{m['name']}**" if m["kind"] == "stage" else f"`{m['name'].replace('|', ' ')}`"
            seconds = max(m["seconds"], 1e-3)
            lines.append(
                f"| {r['rows']:,} | {name} | {m['seconds']:,.1f} | {r['rows'] / seconds:,.0f} | "
                f"{r['bytes'] / seconds / 1e6:,.1f} | {m['memory'] / GB:.2f} | {m['spilled'] / GB:.2f} |"
            )
    return lines


def _growth(scans: Sequence[Record]) -> list[str]:
    """Exponents between neighbouring sizes that ended: 1 is linear."""
    ended = [r for r in scans if _ended(r)]
    return [
        f"\nFrom {a['rows']:,} to {b['rows']:,} exchanges, processor seconds grow with the power "
        f"{exponent(a, b, 'processor'):.2f} of the size, memory with {exponent(a, b, 'peak'):.2f}."
        for a, b in pairwise(ended)
        if b["rows"] > a["rows"]
    ]


def exponent(small: Record, large: Record, of: str) -> float:
    """The power of the number of exchanges with which something grows between two sizes."""
    return math.log(large[of] / small[of]) / math.log(large["rows"] / small["rows"])


def _peers(peers: Sequence[Record]) -> list[str]:
    if not peers:
        return []
    lines = [
        "\n## Other programs on the same edges\n",
        "FRAUDAR takes accounts and one shingle in four of those in the signals; coordination-network-toolkit the "
        "contents and the two rarest of these shingles of each exchange, as messages and links. What makes their input "
        "is not counted. They do less than a scan: no likeness, no sign-ups, no test, no verdict.\n",
        "| Program | Exchanges | Edges or messages | Ended | Wall, s | Processor, s | Peak memory, GB | Load |",
        "|---|---:|---:|---|---:|---:|---:|---:|",
    ]
    return lines + [
        f"| {PEERS[r['what']]} | {r['rows']:,} | {r['given']:,} | {r['ended']} | {r['seconds']:,.0f} | "
        f"{r['processor']:,.0f} | {r['peak'] / GB:.2f} | {r['load']:.1f} |"
        for r in peers
    ]


def _sketches(sketches: Sequence[Record]) -> list[str]:
    if not sketches:
        return []
    lines = [
        "\n## A text's sketch\n",
        "The same texts on one thread. Stillwatch's also scores the text, bags its words and hashes its content.\n",
        "| Whose | Texts | Texts a second | Load |",
        "|---|---:|---:|---:|",
    ]
    for r in sketches:
        mark = next(m for m in r["marks"] if m["kind"] == "stage")
        rate = mark["texts"] / mark["seconds"]
        lines.append(f"| {r['whose']} | {mark['texts']:,} | {rate:,.0f} | {r['load']:.1f} |")
    return lines


def drawing(title: str, unit: str, series: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    """Lines on two logarithmic axes."""
    width, height, left, right, top, bottom = 720, 320, 64, 250, 34, 52
    points = [p for line in series.values() for p in line] or [(1.0, 1.0)]
    low, high = (10.0 ** f(math.log10(g(p[0] for p in points))) for f, g in ((math.floor, min), (math.ceil, max)))
    least, most = (10.0 ** f(math.log10(g(p[1] for p in points))) for f, g in ((math.floor, min), (math.ceil, max)))

    def x(value: float) -> float:
        return left + (width - left - right) * math.log(value / low) / max(math.log(high / low), 1e-9)

    def y(value: float) -> float:
        return top + (height - top - bottom) * (1 - math.log(value / least) / max(math.log(most / least), 1e-9))

    parts = [f'<rect width="{width}" height="{height}" fill="#ffffff"/>']
    parts.append(f'<text x="{left}" y="18" font-size="14" fill="#111111">{escape(title)}</text>')
    parts += [
        f'<text x="{x(10.0**power):.0f}" y="{height - 24}" text-anchor="middle">{10**power:,}</text>'
        for power in range(round(math.log10(low)), round(math.log10(high)) + 1)
    ]
    for power in range(round(math.log10(least)), round(math.log10(most)) + 1):
        parts.append(f'<path d="M{left} {y(10.0**power):.1f}H{width - right}" stroke="#dddddd"/>')
        parts.append(
            f'<text x="{left - 6}" y="{y(10.0**power) + 4:.1f}" text-anchor="end">{10.0**power:g} {unit}</text>'
        )
    for number, (name, line) in enumerate(series.items()):
        colour, told = COLOURS[number % len(COLOURS)], sorted(line)
        path = "L".join(f"{x(a):.1f} {y(b):.1f}" for a, b in told)
        parts.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        parts += [f'<circle cx="{x(a):.1f}" cy="{y(b):.1f}" r="3.5" fill="{colour}"/>' for a, b in told]
        parts.append(
            f'<text x="{width - right + 16}" y="{top + 12 + 18 * number}" fill="{colour}">{escape(name)}</text>'
        )
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{escape(title)}" font-family="system-ui, sans-serif" font-size="12">\n{body}\n</svg>\n'
    )
