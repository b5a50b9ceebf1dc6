"""What a command loads: the compiler, the engine and the statistics only where it needs them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from stillwatch.casework.ledger import Ledger
from stillwatch.casework.signing import open_signing_key

HEAVY = {"numba", "scipy", "duckdb", "pyspark", "weasyprint", "stillwatch.signals.stage", "stillwatch.engine"}
TABLES = {"pyarrow", "numpy"}
WEB = {"fastapi", "uvicorn", "jinja2", "authlib"}
DATABASE = {"sqlalchemy", "alembic"}
PROGRAM = """
import sys
from stillwatch.cli import main
sys.argv = ["stillwatch", *sys.argv[1:]]
try:
    main()
finally:
    print("loaded:", *sorted(sys.modules))
"""


def loaded_by(*arguments: object) -> set[str]:
    """The modules that a command has loaded at its end."""
    command = [sys.executable, "-c", PROGRAM, *map(str, arguments)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert "Traceback" not in ended.stderr, ended.stderr
    return set(ended.stdout.splitlines()[-1].split()[1:])


@pytest.mark.parametrize(
    "arguments", [("--help",), ("--version",), ("scan", "--help"), ("console", "--help"), ("ledger", "--help")]
)
def test_help_loads_nothing_heavy(arguments: tuple[str, ...]) -> None:
    loaded = loaded_by(*arguments)
    assert "stillwatch.cli.app" in loaded
    assert not loaded & (HEAVY | TABLES | WEB | DATABASE)


def test_showing_a_ledger_loads_its_database_and_no_tables(tmp_path: Path) -> None:
    path, key = tmp_path / "desk.sqlite", tmp_path / "key"
    Ledger.open(path, open_signing_key(key)).close()
    for command in ("show", "verify"):
        loaded = loaded_by("ledger", command, "--ledger", path, "--signing-key", key)
        assert "sqlalchemy" in loaded
        assert not loaded & (HEAVY | TABLES | WEB | {"alembic"})


def test_a_mistake_loads_no_more_than_the_command_did(tmp_path: Path) -> None:
    loaded = loaded_by("ledger", "show", "--ledger", tmp_path / "none.sqlite", "--signing-key", tmp_path / "none")
    assert not loaded & (HEAVY | TABLES | WEB)
    assert not loaded_by("report", tmp_path / "none") & (HEAVY | DATABASE | WEB - {"jinja2"})


def test_the_console_loads_no_compiler_and_no_statistics() -> None:
    program = "import sys, stillwatch.console.app, stillwatch.console.serving; print(*sys.modules)"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=True)
    assert "fastapi" in ended.stdout.split()
    assert not set(ended.stdout.split()) & HEAVY
