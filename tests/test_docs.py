"""Documentation is held to the code. `python tests/test_docs.py` writes the generated tables of docs/concepts.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import typer

from stillwatch.campaigns.coordination import Coordination
from stillwatch.campaigns.coordination.company import DETECTOR as COMPANY
from stillwatch.campaigns.coordination.signup_cohort import DETECTOR as SIGNUP_COHORT
from stillwatch.campaigns.coordination.stage import RHYTHM
from stillwatch.campaigns.explanations import Context, explain_innocently
from stillwatch.campaigns.groups import LEAST_ACCOUNTS
from stillwatch.campaigns.harvest import pool
from stillwatch.campaigns.harvest.stage import LEAST_COMMON_WORK, LEAST_PER_ACCOUNT
from stillwatch.cli.app import app
from stillwatch.intake import FORMATS
from stillwatch.links import LIKENESS, LINK_DETECTORS
from stillwatch.links.stage import BASE_THRESHOLD
from stillwatch.records import RESULT_TABLES
from stillwatch.report.statement import ALL_DETECTORS

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
CONCEPTS = ROOT / "docs" / "concepts.md"
OTHER_FILES = {"names", "harvested", "accounts", "texts", "exchanges", "part-*", "*"}
"""Parquet files that not every result has: sealed names, harvested exchanges, kept texts; and a simulated world's."""

pages = pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))


# What the pages say.


def _code(text: str) -> Iterator[str]:
    """Lines of code blocks, fenced or indented, and inline code."""
    fenced = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
    for block in fenced.findall(text):
        yield from block.splitlines()[1:-1]
    rest = fenced.sub("", text)
    for line in rest.splitlines():
        if line.startswith("    "):
            yield line
        else:
            yield from re.findall(r"`([^`]+)`", line)


def _calls(text: str) -> Iterator[tuple[str | None, list[str]]]:
    """Each call of the program with its options; None for options that are named alone."""
    for code in _code(text):
        words = code.split("#")[0]
        call = re.search(r"(?:^|[\s/])stillwatch\s+([a-z]+|--[a-z-]+)\b(.*)", words)
        if call:
            yield call[1], re.findall(r"(?<!\S)--[a-z-]+", call[2])
        elif words.startswith("--"):
            yield None, re.findall(r"(?<!\S)--[a-z-]+", words)


@cache
def _commands() -> dict[str, frozenset[str]]:
    """Every command of the program, those of the test range too, with its options."""
    program = typer.Typer()
    program.registered_commands += app.registered_commands
    program.registered_groups += app.registered_groups
    for point in entry_points(group="stillwatch.commands"):
        program.command(point.name)(point.load())
    group = typer.main.get_command(program)
    commands = getattr(group, "commands", {})
    return {name: frozenset({*_options(command), "--help"}) for name, command in commands.items()}


def _options(command: Any) -> Iterator[str]:
    """The options of a command; of a group, those of its commands."""
    yield from (option for p in command.params for option in (*p.opts, *p.secondary_opts))
    for inner in getattr(command, "commands", {}).values():
        yield from _options(inner)


@pages
def test_commands_and_options_exist(page: Path) -> None:
    known, everything = _commands(), frozenset().union(*_commands().values()) | {"--version"}
    for command, options in _calls(page.read_text()):
        if command is not None and not command.startswith("--"):
            assert command in known, f"there is no `stillwatch {command}`"
        valid = known.get(command or "", everything)
        assert set(options) <= valid, f"{command}: {sorted(set(options) - valid)}"


def test_the_readme_shows_every_command_that_finds_something() -> None:
    called = {command for command, _ in _calls((ROOT / "README.md").read_text())}
    assert {"scan", "explain", "report", "simulate"} <= called


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in PAGES:
        for code in _code(page.read_text()):
            if call := re.match(r"\s*make ([a-z-]+)", code):
                assert call[1] in targets, f"{page.name}: make {call[1]}"


@pages
def test_relative_links_resolve(page: Path) -> None:
    text = page.read_text()
    for target in re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'<img src="([^"]+)"', text):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        there = page if not file else page.parent / file
        assert there.exists(), target
        assert not anchor or anchor in _anchors(there), target


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pages
def test_result_tables_and_columns_exist(page: Path) -> None:
    tables = {schema.name: set(schema.names) for schema in RESULT_TABLES}
    for code in re.findall(r"`([^`\n]+)`", page.read_text()):
        if file := re.fullmatch(r"(?:.*/)?([\w*-]+)\.parquet", code):
            assert file[1] in tables or file[1] in OTHER_FILES, code
        elif (column := re.fullmatch(r"(\w+)\.(\w+)", code)) and column[1] in tables:
            assert column[2] in tables[column[1]], code


@pages
def test_named_source_files_exist(page: Path) -> None:
    """A Python file or a folder, named from the root or from the product; or next to the one before."""
    folder = ROOT
    for code in re.findall(r"`([\w/.-]+\.py|src/[\w/-]+)`", page.read_text()):
        places = [base / code for base in (ROOT, ROOT / "src" / "stillwatch", folder)]
        found = next((place for place in places if place.exists()), None)
        assert found is not None, code
        folder = found.parent


def test_every_detector_is_named() -> None:
    readme, concepts = (ROOT / "README.md").read_text(), CONCEPTS.read_text()
    for detector in ALL_DETECTORS:
        assert f"`{detector.name}`" in readme, detector.name
        assert f"`{detector.name}`" in concepts, detector.name


def test_every_explanation_is_described() -> None:
    names = ("organisation", "email_domain", "signup_address", "domain_holders")
    nobody = pa.table({name: [None] for name in names})
    alone = np.zeros(1, np.int64)
    for explanation in explain_innocently(Context(1, nobody, alone, Coordination({}, "traffic"), 0.0, 0.0, 0.0, 0.0)):
        assert f"\n| {explanation.name} |" in CONCEPTS.read_text(), explanation.name


def test_figures_of_the_pages_are_those_of_the_code() -> None:
    readme, concepts = (ROOT / "README.md").read_text(), CONCEPTS.read_text()
    assert f"A group needs {LEAST_ACCOUNTS} accounts, and **{LEAST_COMMON_WORK} exchanges of common work**" in readme
    assert f"**{LEAST_COMMON_WORK}\nexchanges** of common work, or {LEAST_PER_ACCOUNT} per account" in concepts
    assert f"threshold = {BASE_THRESHOLD:g} + ln(N / 10,000) nats" in concepts
    assert len(FORMATS) == 6
    assert "Six log formats" in (ROOT / "CHANGELOG.md").read_text()


def test_the_image_is_small() -> None:
    image = (ROOT / "docs" / "images" / "report.png").read_bytes()
    assert image.startswith(b"\x89PNG")
    assert len(image) < 300_000


@pytest.mark.parametrize("name", ["weights", "harvest", "evidence"])
def test_generated_tables_are_current(name: str) -> None:
    text = CONCEPTS.read_text()
    assert _with_table(text, name) == text, "run: python tests/test_docs.py"


# The tables that are written from the detectors' own statements.


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _weights() -> str:
    rows = [
        [f"`{d.name}`", d.side, f"{d.reliability:g}", f"{d.cap:g}", "yes" if d.proposes else "no"]
        for d in LINK_DETECTORS
    ]
    return _table(["Kind of value", "Side", "Reliability", "Cap, nats", "Proposes pairs"], rows)


def _harvest() -> str:
    measures = ((pool.SINGLE,), (pool.LONG,), (pool.INTENT, pool.INSTRUCTION), (pool.TAUGHT_SHARE,))
    said = {pool.INTENT: "intent", pool.INSTRUCTION: "instruction"}
    rows = [
        [
            f"`{name}`",
            ", ".join(f"{pool.BETWEEN[k]:g}" + (f" ({said[k]})" if k in said else "") for k in by),
            f"{most:g}",
        ]
        for name, by, most in zip(pool.FEATURES, measures, pool.MOST_DEVIATION, strict=True)
    ]
    return _table(["Feature", "Least spread between honest groups", "Most deviations that count"], rows)


def _evidence() -> str:
    sides: dict[str, str] = {d.name: d.side for d in LINK_DETECTORS}
    sides |= {LIKENESS.name: "traffic", SIGNUP_COHORT.name: "registration", COMPANY.name: "registration"} | {
        d.name: "rhythm" for d in RHYTHM
    }
    sides |= {d.name: "harvest" for d in ALL_DETECTORS if d.question == "harvest"}
    order = ["registration", "traffic", "rhythm", "harvest"]
    detectors = sorted(ALL_DETECTORS, key=lambda d: order.index(sides[d.name]))
    rows = [
        [f"`{d.name}`", sides[d.name], d.assumption, "; ".join(d.innocent), ", ".join(f"`{n}`" for n in d.needs)]
        for d in detectors
    ]
    return _table(["Detector", "Side", "Takes for granted", "Innocent causes", "Needs one of"], rows)


def _with_table(text: str, name: str) -> str:
    made = {"weights": _weights, "harvest": _harvest, "evidence": _evidence}[name]()
    begin, end = f"<!-- begin generated: {name} -->\n", f"<!-- end generated: {name} -->"
    before, _, rest = text.partition(begin)
    return before + begin + made + end + rest.partition(end)[2]


if __name__ == "__main__":
    page_text = CONCEPTS.read_text()
    for table_name in ("weights", "harvest", "evidence"):
        page_text = _with_table(page_text, table_name)
    CONCEPTS.write_text(page_text)
