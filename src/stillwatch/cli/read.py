"""`stillwatch report`, `explain` and `purge`: what can be done with a result."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from stillwatch.cli.scanning import REPORT, show
from stillwatch.cli.terminal import NOBODY_ACCUSED, SOMEBODY_ACCUSED, out

# ruff: noqa: PLC0415 - each command imports what it needs when it runs, see the package

RESULT = Annotated[Path, typer.Option("--result", help="Result directory of a scan.")]
KEY = Annotated[Path | None, typer.Option(help="Key file, to see original values.")]
REVEAL = Annotated[bool, typer.Option(help="Show original values; needs the key.")]
DEFAULT_RESULT = Path("stillwatch-result")


def report(
    result_dir: Annotated[Path, typer.Argument(metavar="RESULT", help="Result directory of a scan.")] = DEFAULT_RESULT,
    to: Annotated[
        Path | None, typer.Option("--to", help="Where to write the page; beside the result by default.")
    ] = None,
    reveal: REVEAL = False,
    key: KEY = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Write the readable report of a result again."""
    from stillwatch.report.page import write_report
    from stillwatch.report.result import load_result
    from stillwatch.signals.texts import expire_texts

    expire_texts(result_dir)
    result = load_result(result_dir)
    path = write_report(result, to or result_dir / REPORT, _names(result_dir, reveal, key))
    show(result, path, as_json)
    raise typer.Exit(SOMEBODY_ACCUSED if result.accused else NOBODY_ACCUSED)


def explain(
    subject: Annotated[str, typer.Argument(metavar="CAMPAIGN|ACCOUNT", help="A campaign id, or an account id.")],
    result_dir: RESULT = DEFAULT_RESULT,
    reveal: REVEAL = False,
    key: KEY = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the explanation as JSON.")] = False,
) -> None:
    """Say why an account is in a group, or what a group rests on."""
    from stillwatch.report.explain import explain as explain_subject
    from stillwatch.report.result import load_result
    from stillwatch.signals.texts import expire_texts

    expire_texts(result_dir)
    explanation = explain_subject(load_result(result_dir), subject, _names(result_dir, reveal, key))
    if as_json:
        print(json.dumps(explanation.to_json(), indent=2))  # noqa: T201 - the output itself
    else:
        out.print(explanation.to_text(), markup=False, highlight=False, soft_wrap=True)


def purge(
    result_dir: Annotated[Path, typer.Argument(metavar="RESULT", help="Result directory.")] = DEFAULT_RESULT,
) -> None:
    """Delete kept texts whose time is over."""
    from stillwatch.report.result import load_result
    from stillwatch.signals.texts import expire_texts

    load_result(result_dir)
    out.print("The kept texts were deleted." if expire_texts(result_dir) else "No kept text is past its time.")


def _names(result_dir: Path, reveal: bool, key: Path | None) -> dict[str, str] | None:
    if not reveal:
        return None
    from stillwatch.report.names import open_names
    from stillwatch.signals import KeyFileError, default_key_path, open_key

    file = key or default_key_path()
    if not file.exists():
        raise KeyFileError(
            f"no key file at {file}. To reveal takes the key that the scan was made with; name it with --key."
        )
    return open_names(result_dir, open_key(file))
