"""The program `stillwatch` and how it meets mistakes."""

from __future__ import annotations

import sys
from importlib.metadata import entry_points
from typing import Annotated

import typer

from stillwatch import __version__
from stillwatch.cli import read, scanning
from stillwatch.cli.console import BAD_INPUT, OWN_FAULT, complain
from stillwatch.engine import EngineError
from stillwatch.intake import InputError
from stillwatch.report.result import ResultError
from stillwatch.signals import KeyFileError

MISTAKES = (InputError, KeyFileError, ResultError)
"""What a user can put right. Shown as a message, never as a traceback."""

app = typer.Typer(
    name="stillwatch",
    help="Finds adversarial distillation campaigns in the logs of a model API.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    epilog="Exit codes: 0 nothing found, 3 campaigns found, 2 bad input.",
)
app.command("scan")(scanning.scan)
app.command("report")(read.report)
app.command("explain")(read.explain)
app.command("purge")(read.purge)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"stillwatch {__version__}")
        raise typer.Exit


@app.callback()
def _program(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Finds adversarial distillation campaigns in the logs of a model API."""


def _add_siblings(arguments: list[str]) -> None:
    """Add the commands of sibling packages; one is only imported when it is called or help is asked for."""
    asked = arguments[0] if arguments else "--help"
    for point in sorted(entry_points(group="stillwatch.commands"), key=lambda p: p.name):
        if asked in (point.name, "--help"):
            app.command(point.name)(point.load())


def main() -> None:
    """Run the program; a user's mistake ends with a message and exit code 2."""
    _add_siblings(sys.argv[1:])
    try:
        app()
    except MISTAKES as mistake:
        complain(str(mistake))
        sys.exit(BAD_INPUT)
    except EngineError as fault:
        complain(f"the engine could not finish. Nothing was changed. {fault}")
        sys.exit(OWN_FAULT)
    except OSError as error:
        complain(f"{error.strerror or error}: {error.filename or 'the file system'}. Nothing was changed.")
        sys.exit(BAD_INPUT)
