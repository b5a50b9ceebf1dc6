"""`stillwatch dossier`: one case as a folder that a third party can recompute, and `stillwatch dossier verify`."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from stillwatch.cli.terminal import BAD_INPUT, complain, out

if TYPE_CHECKING:
    from stillwatch.casework.ledger import Ledger
    from stillwatch.dossier.issue import Issued
    from stillwatch.dossier.subject import Subject
    from stillwatch.dossier.verification import Verification
    from stillwatch.report.result import Result

# ruff: noqa: PLC0415 - each command imports what it needs when it runs, see the package

NEEDED = ("sqlalchemy", "alembic")
MARKINGS = ("clear", "green", "amber", "amber+strict", "red")
DEFAULT_RESULT = Path("stillwatch-result")
REASON = "A dossier was issued."


class _IssuesUnlessAsked(TyperGroup):
    """`stillwatch dossier CASE` issues; `stillwatch dossier verify PATH` verifies."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in {*self.commands, "--help"}:
            args = ["issue", *args]
        return list(super().parse_args(ctx, args))


dossier = typer.Typer(
    cls=_IssuesUnlessAsked,
    help="Put one case into a folder that a third party can recompute, or verify such a folder: "
    "`stillwatch dossier CASE`, `stillwatch dossier verify PATH`.",
    no_args_is_help=True,
)


@dossier.command("issue")
def issue_dossier(  # noqa: PLR0913, PLR0917 - one parameter per option of the command
    case: Annotated[str, typer.Argument(metavar="CASE", help="Number of a case, or id of a campaign without one.")],
    result_dir: Annotated[Path, typer.Option("--result", help="Result directory of a scan.")] = DEFAULT_RESULT,
    ledger: Annotated[
        str | None,
        typer.Option(
            help="The desk's database: a file or postgresql://…; stillwatch-desk.sqlite beside the result by default.",
            metavar="URL",
        ),
    ] = None,
    to: Annotated[Path | None, typer.Option("--out", help="Folder to write; a .zip of it stands beside.")] = None,
    key: Annotated[Path | None, typer.Option(help="Key of the pseudonyms.")] = None,
    signing_key: Annotated[Path | None, typer.Option(help="Key that signs; made on first use.")] = None,
    tlp: Annotated[str, typer.Option(help=f"Marking of TLP 2.0: {', '.join(MARKINGS)}.")] = "amber+strict",
    redacted: Annotated[
        bool, typer.Option("--redacted", help="Without pseudonyms, persons, comments and small numbers.")
    ] = False,
    recipient: Annotated[str | None, typer.Option(help="For whom it is made.", metavar="TEXT")] = None,
    no_pdf: Annotated[bool, typer.Option("--no-pdf", help="HTML alone.")] = False,
    names: Annotated[bool, typer.Option("--names", help="Persons of the desk by name.")] = False,
    prices: Annotated[Path | None, typer.Option(help="TOML file with the list prices of models.")] = None,
    as_of: Annotated[
        str | None, typer.Option(help="The case as it was then (ISO 8601, UTC); its last judgement by default.")
    ] = None,
    person: Annotated[
        str | None, typer.Option(help="Who issues it, for the ledger; your name on this machine by default.")
    ] = None,
) -> None:
    """Write the dossier of a case, or of a campaign that nobody has judged."""
    with _mistakes_told():
        from stillwatch.dossier.issue import Order, issue
        from stillwatch.report.prices import load_prices
        from stillwatch.report.result import load_result

        when, marking = _time(as_of), _marking(tlp)
        result = load_result(result_dir)
        with _opened(case, ledger, result, signing_key) as desk:
            subject, judged = _subject(case, result, desk, when)
            order = Order(
                subject=subject,
                result=result,
                key=_key(key, result, subject),
                signing_key=_signing_key(signing_key),
                marking=marking,
                issued=(judged or when or datetime.now(UTC)).date(),
                recipient=recipient,
                redacted=redacted,
                names=names,
                prices=load_prices(prices) if prices else None,
                pdf=not no_pdf,
            )
            issued = issue(order, to or Path(f"dossier-{_file_name(subject.name)}{'-redacted' if redacted else ''}"))
            _tell(issued)
            if desk is not None and subject.case is not None:
                _record(desk, subject.case, issued, order.marking.label, redacted, person)


@dossier.command("verify")
def verify(
    path: Annotated[Path, typer.Argument(help="Folder of a dossier, or its .zip.")],
    key: Annotated[
        str | None, typer.Option(help="Public key that you have from elsewhere: a file, or 64 hexadecimal digits.")
    ] = None,
) -> None:
    """Check signature and hashes, run every query again, and compare with the document. Ends with 0 if all holds."""
    with _mistakes_told():
        from stillwatch.dossier.signature import read_public_key
        from stillwatch.dossier.verification import verify_dossier

        found = verify_dossier(path, read_public_key(key) if key else None)
        _tell_verification(path, found)
        if not found.holds:
            raise typer.Exit(BAD_INPUT)


@contextmanager
def _mistakes_told() -> Iterator[None]:
    """Tell that the desk is not installed, and what its ledger complains of."""
    if missing := [name for name in NEEDED if find_spec(name) is None]:
        complain(f"the desk is not installed ({', '.join(missing)} missing). Run: pip install 'stillwatch[desk]'")
        raise typer.Exit(BAD_INPUT)
    from stillwatch.casework.errors import CaseworkError
    from stillwatch.report.prices import PriceFileError

    try:
        yield
    except (CaseworkError, PriceFileError) as error:
        complain(str(error))
        raise typer.Exit(BAD_INPUT) from error


@contextmanager
def _opened(case: str, url: str | None, result: Result, signing_key: Path | None) -> Iterator[Ledger | None]:
    """The desk's ledger; None for a campaign where there is no ledger and none was named."""
    from stillwatch.casework.database import DEFAULT_FILE
    from stillwatch.casework.ledger import Ledger
    from stillwatch.dossier.errors import DossierError

    default = result.path.absolute().parent / DEFAULT_FILE
    if url is None and not default.exists():
        if case.isdecimal():
            raise DossierError(f"There is no ledger at {default}, so there is no case {case}. Name it with --ledger.")
        yield None
        return
    ledger = Ledger.open(url or default, _signing_key(signing_key, make=False), make=False)
    try:
        yield ledger
    finally:
        ledger.close()


def _subject(case: str, result: Result, ledger: Ledger | None, as_of: datetime | None) -> tuple[Subject, Any]:
    """The case with that number, the case of that campaign, or the campaign; and when it was last judged."""
    from stillwatch.casework.clearances import Clearances
    from stillwatch.dossier.casefile import open_subject
    from stillwatch.dossier.errors import DossierError
    from stillwatch.dossier.subject import of_campaign

    if case.isdecimal() and ledger is not None:
        return open_subject(ledger, int(case), result, as_of)
    rows = {str(row["campaign_id"]): row for row in result.campaigns}
    if case not in rows:
        some = ", ".join(list(rows)[:8])
        raise DossierError(f"“{case}” is neither a case nor a campaign of {result.path}; campaigns are {some}.")
    state = ledger.state(as_of) if ledger else None
    found = state.case_of_campaign(case) if state else None
    if ledger is not None and found is not None:
        return open_subject(ledger, found.number, result, as_of)
    return of_campaign(rows[case], Clearances.of(state) if state else None), None


def _record(ledger: Ledger, case: int, issued: Issued, label: str, redacted: bool, person: str | None) -> None:
    """Note in the ledger that the dossier was made. The same dossier again is the same entry."""
    from stillwatch.casework.judgements import Issued as Entry
    from stillwatch.casework.roles import Author, Role

    author = Author(person or getpass.getuser(), Role.ANALYST)
    judgement = Entry(case=case, reason=REASON, manifest=issued.manifest, marking=label, redacted=redacted)
    entry = ledger.append(judgement, author, f"dossier {issued.manifest}")
    out.print(f"Noted in the ledger as entry {entry.number}.", markup=False, highlight=False)


def _key(path: Path | None, result: Result, subject: Subject) -> Any:
    """The key of the pseudonyms. A new one would make others than a scan with the old, so it must be there, unless
    nothing is to be hidden with it."""
    from stillwatch.dossier.edition import hidden_already
    from stillwatch.signals import Key, KeyFileError, default_key_path, open_key

    file = path or default_key_path()
    if file.exists():
        return open_key(file)
    if path is None and hidden_already(result) and not subject.judgements:
        return Key(b"\0" * 32)
    raise KeyFileError(f"no key file at {file}. Pseudonyms take the key that the scan was made with; name it: --key.")


def _signing_key(path: Path | None, make: bool = True) -> Any:
    from stillwatch.casework.signing import default_signing_key_path, open_signing_key

    return open_signing_key(path or default_signing_key_path(), make)


def _marking(name: str) -> Any:
    from stillwatch.dossier.errors import DossierError
    from stillwatch.dossier.marking import BY_NAME

    found = BY_NAME.get(name.casefold().removeprefix("tlp:"))
    if found is None:
        raise DossierError(f"{name} is no marking of TLP 2.0. Give one of {', '.join(MARKINGS)}.")
    return found


def _time(text: str | None) -> datetime | None:
    from stillwatch.casework.canonical import moment_of
    from stillwatch.dossier.errors import DossierError

    try:
        return moment_of(text) if text else None
    except ValueError as error:
        raise DossierError(f"--as-of {text} is not a time. Write it as 2026-06-05 or 2026-06-05T12:00:00Z.") from error


def _file_name(text: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in text)[:60]


def _tell(issued: Issued) -> None:
    pages = f", {issued.pages} pages" if issued.pages else ""
    out.print(f"{issued.folder} and {issued.archive.name}: {issued.figures} figures{pages}.", markup=False)
    out.print(f"Manifest: {issued.manifest}", markup=False, highlight=False)
    if issued.no_pdf:
        complain(issued.no_pdf)


def _tell_verification(path: Path, found: Verification) -> None:
    lines = [f"{path}: {found.files} files, {found.figures} figures recomputed, {found.printed} printed as they say."]
    if found.public_key and found.key_given:
        lines.append("The signature was made with the key that you gave.")
    elif found.public_key:
        lines.append(
            "The signature was made with the key in the folder. That proves that nothing was changed since, and not "
            "who signed: compare the key with one that you have from elsewhere, or give that with --key. It is "
            f"{found.public_key}."
        )
    if found.holds:
        lines.append("Everything holds.")
    else:
        lines += [f"{len(found.faults)} thing(s) do not hold:", *(f"- {fault}" for fault in found.faults)]
    for line in lines:
        out.print(line, markup=False, highlight=False, soft_wrap=True)
