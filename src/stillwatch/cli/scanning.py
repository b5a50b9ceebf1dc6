"""`stillwatch scan`."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from stillwatch.cli.terminal import NOBODY_ACCUSED, SOMEBODY_ACCUSED, Bars, out

if TYPE_CHECKING:
    from stillwatch.casework.clearances import Clearances
    from stillwatch.intake import InputError
    from stillwatch.report.result import Result
    from stillwatch.road import ScanOptions

# ruff: noqa: PLC0415 - each command imports what it needs when it runs, see the package

FORMAT_NAMES = "opentelemetry, bedrock, litellm, anthropic, openai, exchange-record"
REPORT = "report.html"


def scan(  # noqa: PLR0913, PLR0917 - one parameter per option of the command
    path: Annotated[Path, typer.Argument(help="Log file, a directory of log files, or a store.")],
    accounts: Annotated[Path | None, typer.Option(help="Accounts (Parquet, CSV or JSON lines).")] = None,
    out_dir: Annotated[Path, typer.Option("--out", help="Directory for the result.")] = Path("stillwatch-result"),
    as_of: Annotated[str | None, typer.Option(help="Scan as if it were this time (ISO 8601, UTC).")] = None,
    log_format: Annotated[
        str | None,
        typer.Option("--format", help=f"Log format, if not recognised: {FORMAT_NAMES}."),
    ] = None,
    field: Annotated[
        list[str] | None, typer.Option("--field", help="COLUMN=PLACE: where the log keeps a column. Repeatable.")
    ] = None,
    level: Annotated[float, typer.Option(help="False-discovery level of accusations.", min=0.0, max=1.0)] = 0.01,
    look: Annotated[
        int | None,
        typer.Option(help="Number of this scan, of a log that is scanned again as it grows.", metavar="N", min=1),
    ] = None,
    key: Annotated[Path | None, typer.Option(help="Key file for pseudonyms; made on first use.")] = None,
    pseudonymise_accounts: Annotated[bool, typer.Option(help="Also hide account ids.")] = False,
    keep_text: Annotated[
        int | None, typer.Option(help="Keep the texts of campaign members for DAYS days.", metavar="DAYS", min=1)
    ] = None,
    list_exchanges: Annotated[
        bool, typer.Option("--list-exchanges", help="Also list the harvested exchanges, by the ids of the log.")
    ] = False,
    store: Annotated[
        Path | None, typer.Option(help="Keep signals by day in this folder, and read only what it has not seen.")
    ] = None,
    window: Annotated[
        int | None, typer.Option(help="Days that the store keeps; 90 by default.", metavar="DAYS", min=1)
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the clustering.", min=0)] = 0,
    threads: Annotated[int, typer.Option(help="Threads; all cores by default.", min=0)] = 0,
    memory: Annotated[str | None, typer.Option(help="Memory limit of the engine, such as 8GB.")] = None,
    engine: Annotated[
        Literal["duckdb", "spark"], typer.Option(help="Where tables are worked on; the result is the same.")
    ] = "duckdb",
    master: Annotated[
        str | None,
        typer.Option(help="Master of Spark: local[*], or spark://HOST:7077 of a cluster.", metavar="URL"),
    ] = None,
    ledger: Annotated[
        str | None,
        typer.Option(help="The desk's database: whom people cleared is not accused again.", metavar="URL"),
    ] = None,
    signing_key: Annotated[Path | None, typer.Option(help="Key that signed its judgements.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Find the campaigns in a log. Ends with 0 if nobody is accused, 3 if somebody is, 2 on bad input."""
    from stillwatch.road import ScanOptions
    from stillwatch.signals import default_key_path

    if out_dir.resolve() == Path.cwd() or out_dir.is_mount():
        raise _unfit("a folder that cannot be replaced as a whole", str(out_dir), "Name a folder in it with --out.")
    options = ScanOptions(
        log=path,
        out=out_dir,
        key=key or default_key_path(),
        accounts=accounts,
        format=log_format,
        mapping=_mapping(field or []),
        as_of=_time(as_of),
        level=level,
        look=look,
        seed=seed,
        threads=threads or os.cpu_count() or 1,
        memory_limit=memory,
        engine=engine,
        master=master,
        pseudonymise_accounts=pseudonymise_accounts,
        keep_text_days=keep_text,
        list_exchanges=list_exchanges,
        store=store,
        window_days=window,
        clearances=clearances_of(ledger, signing_key, _time(as_of)),
    )
    result, report = scan_and_report(options)
    show(result, report, as_json)
    raise typer.Exit(SOMEBODY_ACCUSED if result.accused else NOBODY_ACCUSED)


def clearances_of(ledger: str | None, signing_key: Path | None, as_of: datetime | None) -> Clearances | None:
    """Whom people had cleared, as of a time; a ledger that somebody touched clears nobody."""
    if ledger is None:
        if signing_key is not None:
            raise _unfit("a signing key without a ledger", str(signing_key), "Name the ledger with --ledger.")
        return None
    from stillwatch.casework.clearances import Clearances
    from stillwatch.cli.ledger import opened

    with opened(ledger, signing_key) as found:
        state = found.state(as_of)
        found.require_sound()
        return Clearances.of(state)


def scan_and_report(options: ScanOptions) -> tuple[Result, Path]:
    """Run a scan with progress bars and write its report; the result and the path of the report."""
    from stillwatch.report.page import write_report
    from stillwatch.report.result import load_result
    from stillwatch.road import scan as run_scan

    with Bars() as bars:
        run_scan(options, bars)
        with bars.stage("report"):
            result = load_result(options.out)
            report = write_report(result, options.out / REPORT)
    return result, report


def show(result: Result, report: Path, as_json: bool) -> None:
    """Print a result for a person, or for a program."""
    from stillwatch.report.summary import summary_json, summary_table

    if as_json:
        print(json.dumps(summary_json(result) | {"report": str(report)}, indent=2))  # noqa: T201 - the output itself
        return
    counts = result.part("counts")
    out.print(f"{counts['exchanges']:,} exchanges of {counts['accounts']:,} accounts were read.")
    if counts.get("duplicates"):
        out.print(f"{counts['duplicates']:,} duplicates of exchanges were counted once.")
    if counts.get("rejects"):
        one = counts["rejects"] == 1
        out.print(
            f"{counts['rejects']:,} record{'' if one else 's'} did not fit and {'was' if one else 'were'} kept aside:"
        )
        for reason in sorted({str(r) for r in result.tables["rejects"]["reason"].to_pylist()})[:5]:
            out.print(f"  {reason}", markup=False)
    if result.campaigns:
        out.print(summary_table(result))
    elif counts["exchanges"]:
        out.print("No campaign was found. What could not be seen is in the report.")
    else:
        out.print("Nothing was looked at: no exchange lies before --as-of.")
    out.print(f"Report: {report}", markup=False, soft_wrap=True)


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise _unfit("not a time", text, "Write it as 2026-06-05 or 2026-06-05T12:00:00Z.") from error
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _mapping(fields: list[str]) -> dict[str, list[str]]:
    mapping: dict[str, list[str]] = {}
    for field in fields:
        column, equals, place = field.partition("=")
        if not equals or not place:
            raise _unfit("not COLUMN=PLACE", field, "Write for example --field account_id=enduser.id.")
        mapping.setdefault(column, []).append(place)
    return mapping


def _unfit(what: str, option: str, what_next: str) -> InputError:
    from stillwatch.intake import InputError

    return InputError(what, option, what_next)
