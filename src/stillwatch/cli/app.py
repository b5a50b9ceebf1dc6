"""The program `stillwatch` and how it meets mistakes."""

from __future__ import annotations

import ast
import signal
import sys
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from stillwatch import __version__
from stillwatch.cli import desk, dossier, ledger, provenance, read, scanning
from stillwatch.cli.terminal import BAD_INPUT, OWN_FAULT, complain

STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

app = typer.Typer(
    name="stillwatch",
    help="Finds adversarial distillation campaigns in the logs of a model API.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    epilog="Exit codes: 0 nobody is accused, 3 somebody is accused, 2 bad input, 1 a fault of ours.",
)
app.command("scan")(scanning.scan)
app.command("report")(read.report)
app.command("explain")(read.explain)
app.command("purge")(read.purge)
app.command("provenance")(provenance.provenance)
app.command("console")(desk.console)
app.add_typer(desk.user, name="user")
app.add_typer(ledger.ledger, name="ledger")
app.add_typer(dossier.dossier, name="dossier")


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
    """Add the commands of sibling packages; one is only imported when it is called."""
    asked = arguments[0] if arguments else "--help"
    for point in sorted(entry_points(group="stillwatch.commands"), key=lambda p: p.name):
        if asked == point.name:
            app.command(point.name)(point.load())
        elif asked == "--help":
            app.command(point.name, help=_description(point))(_listed)


def _listed() -> None:
    """Stands for a sibling's command where commands are only listed."""


def _description(point: EntryPoint) -> str:
    """The docstring of a command, read from its source: to import it would load the engine."""
    spec = find_spec(point.module)
    if spec is None or spec.origin is None:
        return ""
    nodes = ast.parse(Path(spec.origin).read_text(encoding="utf-8")).body
    found = (node for node in nodes if isinstance(node, ast.FunctionDef) and node.name == point.attr)
    return next((ast.get_docstring(node) or "" for node in found), "")


def main() -> None:
    """Run the program; a user's mistake ends with a message and exit code 2, and a stop leaves nothing behind."""
    _add_siblings(sys.argv[1:])
    stop = _Stop()
    heard = [number for number in STOPS if signal.getsignal(number) is not signal.SIG_IGN]  # nohup stays nohup
    before = {number: signal.signal(number, stop) for number in heard}
    try:
        app()
    except Exception as error:  # a stop signal may surface as any error of a library; what is not known is raised
        code = 128 + stop.number if stop.number else _told(error)
        if code is None:
            raise
        sys.exit(code)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Stop:
    """Ends the program in order when it is told to stop, so that what is half-written is removed on the way out.

    An engine that is interrupted may raise an error of its own instead; `number` says why.
    """

    number = 0

    def __call__(self, number: int, _: FrameType | None) -> None:
        self.number = number
        sys.exit(128 + number)


MISTAKES = (
    ("stillwatch.casework.errors", "CaseworkError"),
    ("stillwatch.intake", "InputError"),
    ("stillwatch.report.result", "ResultError"),
    ("stillwatch.signals.key_file", "KeyFileError"),
)
ENGINE_FAULTS = (("stillwatch.engine", "EngineError"),)


def _known(names: tuple[tuple[str, str], ...]) -> tuple[type[Exception], ...]:
    """Those of these classes whose module is loaded: what raised an error is, and the others take seconds."""
    return tuple(getattr(sys.modules[module], name) for module, name in names if module in sys.modules)


def _told(error: Exception) -> int | None:
    """Tell an error that is no fault in the program; its exit code, None for a fault."""
    if isinstance(error, _known(MISTAKES)):
        complain(str(error))
        return BAD_INPUT
    if isinstance(error, _known(ENGINE_FAULTS)):
        complain(f"the engine could not finish. No result was changed. {error}")
        return OWN_FAULT
    if isinstance(error, OSError):
        complain(f"{error.strerror or error}: {error.filename or 'the file system'}. No result was changed.")
        return BAD_INPUT
    return None
