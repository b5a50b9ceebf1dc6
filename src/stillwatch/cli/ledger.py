"""`stillwatch ledger`: look at the judgements of a desk, and check that nobody touched them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stillwatch.cli.terminal import BAD_INPUT, complain, out

if TYPE_CHECKING:
    from stillwatch.casework.chain import Entry
    from stillwatch.casework.ledger import Ledger, Verification

# ruff: noqa: PLC0415 - each command imports what it needs when it runs, see the package

LEDGER = Annotated[
    str | None,
    typer.Option(
        "--ledger",
        help="The desk's database: a file, or postgresql://…; stillwatch-desk.sqlite in this folder by default.",
        metavar="URL",
    ),
]
SIGNING_KEY = Annotated[
    Path | None, typer.Option(help="Key that signed the judgements; desk-signing.key beside the key by default.")
]
AS_JSON = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]
WITNESS = {
    "agrees": "The witness beside the signing key agrees.",
    "behind": "The witness beside the signing key has seen an earlier entry, which is there; the rest was entered "
    "through another machine.",
    "missing": "There is no witness of this ledger beside the signing key: if its end had been cut off, this could not "
    "be seen.",
}

ledger = typer.Typer(help="Look at the judgements of a desk, and check that nobody touched them.", no_args_is_help=True)


@ledger.command("verify")
def verify(url: LEDGER = None, signing_key: SIGNING_KEY = None, as_json: AS_JSON = False) -> None:
    """Check every entry: its number, time, hash, signature and content. Ends with 0 if all hold, otherwise with 2."""
    with opened(url, signing_key) as found:
        verification = found.verify()
        where = found.where
    if as_json:
        print(json.dumps(_verification(verification, where), indent=2))  # noqa: T201 - the output itself
    elif verification.fault is None:
        out.print(f"All {verification.entries:,} entries hold: {where}", markup=False, soft_wrap=True)
        out.print(f"The last: {verification.last_time}, {verification.last_hash}", markup=False, soft_wrap=True)
        out.print(WITNESS[verification.witness], soft_wrap=True)
    if verification.fault is not None:
        complain(
            f"{verification.fault}. {where}. Entries before it hold. Compare with a backup; keep both as evidence."
        )
        raise typer.Exit(BAD_INPUT)


@ledger.command("show")
def show(
    url: LEDGER = None,
    signing_key: SIGNING_KEY = None,
    case: Annotated[int | None, typer.Option(help="Only the entries of this case.", min=1)] = None,
    after: Annotated[int, typer.Option(help="Only entries after this number.", min=0)] = 0,
    as_json: AS_JSON = False,
) -> None:
    """Show who judged what, when and why, oldest first."""
    with opened(url, signing_key) as found:
        found.require_sound()
        if case is not None and found.state().case(case) is None:
            complain(f"there is no case {case}: {found.where}. It has {len(found.state().cases)} cases.")
            raise typer.Exit(BAD_INPUT)
        for entry in found.entries(case=case, after=after):
            if as_json:
                print(json.dumps(_entry(entry)))  # noqa: T201 - the output itself
            else:
                _print(entry)


@contextmanager
def opened(url: str | None, signing_key: Path | None) -> Iterator[Ledger]:
    """The ledger, which must be there, with the key that must be there; closed afterwards."""
    if any(find_spec(name) is None for name in ("alembic", "sqlalchemy")):
        complain("the ledger needs the extra `desk`. Run: pip install 'stillwatch[desk]'")
        raise typer.Exit(BAD_INPUT)
    from stillwatch.casework.database import DEFAULT_FILE
    from stillwatch.casework.ledger import Ledger
    from stillwatch.casework.signing import default_signing_key_path, open_signing_key

    key = open_signing_key(signing_key or default_signing_key_path(), make=False)
    found = Ledger.open(url or DEFAULT_FILE, key, make=False)
    try:
        yield found
    finally:
        found.close()


def _verification(verification: Verification, where: str) -> dict[str, Any]:
    fault = verification.fault
    return {
        "holds": verification.holds,
        "where": where,
        "ledger": verification.ledger,
        "entries": verification.entries,
        "last_time": verification.last_time,
        "last_hash": verification.last_hash,
        "public_key": verification.public_key,
        "witness": verification.witness,
        "fault": None if fault is None else {"entry": fault.number, "what": fault.what},
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        **entry.row(),
        "body": json.loads(entry.body),
        "evidence": None if entry.evidence is None else json.loads(entry.evidence),
    }


def _print(entry: Entry) -> None:
    from stillwatch.casework.words import told
    from stillwatch.report.figures import moment, visible

    case = f"case {entry.case_number}, " if entry.case_number else ""
    head = f"{entry.number}  {moment(entry.time)}  {case}{visible(entry.person)} {told(entry.judgement)}"
    out.print(head, markup=False, highlight=False, soft_wrap=True)
    for line in entry.judgement.reason.splitlines():
        out.print(f"    {visible(line)}", markup=False, highlight=False, soft_wrap=True)
