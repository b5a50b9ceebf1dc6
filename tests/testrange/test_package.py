"""What the package may hold and import, and the command."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

import testrange
from testrange.commands import simulate

PACKAGE = Path(testrange.__file__).parent
ALLOWED_LICENCES = {"Apache-2.0", "MIT", "BSD-2-Clause", "BSD-3-Clause", "ISC", "CC0", "CC BY 4.0"}
PRODUCT_DOORS = (
    "stillwatch.records",
    "stillwatch.cli",
    "stillwatch.road",
    "stillwatch.progress",
    "stillwatch.provenance",
)


def attribution_rows() -> list[list[str]]:
    lines = (PACKAGE / "extract" / "ATTRIBUTION.md").read_text().splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if ".parquet" in line]


def test_every_extract_file_is_attributed_under_an_allowed_licence() -> None:
    rows = attribution_rows()
    attributed = {row[0].split()[0] for row in rows}
    assert attributed == {path.name for path in (PACKAGE / "extract").glob("*.parquet")}
    assert {row[3] for row in rows} <= ALLOWED_LICENCES
    assert all(row[1].startswith("https://") and row[2] for row in rows)


def test_the_extract_is_small() -> None:
    assert sum(path.stat().st_size for path in (PACKAGE / "extract").glob("*.parquet")) < 1_500_000


def test_the_range_imports_no_detector() -> None:
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            ours = [n for n in names if n.startswith("stillwatch.")]
            # The signals form of a large world calls the door with records that are finished.
            doors = (
                (*PRODUCT_DOORS, "stillwatch.signals") if path == PACKAGE / "scale" / "signals.py" else PRODUCT_DOORS
            )
            assert all(n.startswith(doors) for n in ours), path


def app() -> typer.Typer:
    found = typer.Typer()
    found.command()(simulate)
    return found


def test_simulate_writes_the_chosen_world(tmp_path: Path) -> None:
    arguments = [
        str(tmp_path),
        "--preset",
        "small",
        "--days",
        "4",
        "--accounts",
        "300",
        "--campaign",
        "unrepeated",
        "--json",
    ]
    result = CliRunner().invoke(app(), arguments)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["exchanges"] > 1_000
    world = json.loads((tmp_path / "world.json").read_text())["world"]
    assert [c["name"] for c in world["campaigns"]] == ["unrepeated"]
    assert world["days"] == 4


@pytest.mark.parametrize("option", [["--preset", "huge"], ["--campaign", "nobody"]])
def test_unknown_names_list_the_known_ones(tmp_path: Path, option: list[str]) -> None:
    result = CliRunner().invoke(app(), [str(tmp_path), *option], env={"COLUMNS": "200"})
    assert result.exit_code == 2
    assert "choose from" in result.output
