"""`stillwatch console` and `stillwatch user`: the investigator's desk, and who may use it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stillwatch.cli.terminal import BAD_INPUT, complain, out

if TYPE_CHECKING:
    from stillwatch.access import Access
    from stillwatch.casework.clearances import Clearances
    from stillwatch.casework.roles import Role

# ruff: noqa: PLC0415 - each command imports what it needs when it runs, see the package

NEEDED = ("alembic", "argon2", "authlib", "fastapi", "python_multipart", "sqlalchemy", "uvicorn")
ROLES = "viewer, analyst, approver, admin"
DEFAULT_RESULT = Path("stillwatch-result")

LEDGER = Annotated[
    str | None,
    typer.Option(
        help="The desk's database: a file, or postgresql://…; stillwatch-desk.sqlite beside the result by default.",
        metavar="URL",
    ),
]
NAME = Annotated[str, typer.Argument(help="Name at the desk; capitals make no difference.")]
ROLE = Annotated[str, typer.Argument(help=f"One of {ROLES}.")]

user = typer.Typer(help="Say who may use the desk, and as what.", no_args_is_help=True)


def console(  # noqa: PLR0913, PLR0917 - one parameter per option of the command
    path: Annotated[
        Path, typer.Argument(metavar="RESULT|STORE", help="Result of a scan, or a store, which is scanned first.")
    ] = DEFAULT_RESULT,
    ledger: LEDGER = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8750,
    key: Annotated[
        Path | None, typer.Option(help="Key file of the scan: analysts may see original identifiers, with a reason.")
    ] = None,
    signing_key: Annotated[Path | None, typer.Option(help="Key that signs judgements; made on first use.")] = None,
    oidc: Annotated[Path | None, typer.Option(help="TOML file that describes an OpenID Connect provider.")] = None,
    second_person_above: Annotated[
        int, typer.Option(help="A measure on more accounts than that needs a second person.", min=0)
    ] = 10,
    prices: Annotated[Path | None, typer.Option(help="TOML file with the list prices of models.")] = None,
    allow_remote: Annotated[
        bool, typer.Option("--allow-remote", help="Listen for other machines; a proxy must speak TLS in front.")
    ] = False,
    public_url: Annotated[
        str | None, typer.Option(help="Address under which that proxy is reached.", metavar="https://NAME")
    ] = None,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the browser.")] = False,
) -> None:
    """Open the investigator's desk on a result: campaigns, cases, judgements. Stop it with Ctrl-C."""
    with _mistakes_told():
        from stillwatch.access.provider import read_provider
        from stillwatch.console.app import create_app
        from stillwatch.console.serving import check_reach, serve
        from stillwatch.console.settings import Settings

        settings = Settings(
            result=Path(),
            ledger="",
            key=_existing_key(key),
            signing_key=signing_key,
            second_person_above=second_person_above,
            prices=prices,
            host=host,
            port=port,
            public_url=public_url,
            oidc=read_provider(oidc) if oidc else None,
        )
        check_reach(settings, allow_remote)
        result = _result_of(path, key, _judged_by(path, ledger, signing_key))
        settings = settings.over(result, ledger or str(_default_ledger(result)))
        app = create_app(settings)
        desk = app.state.desk
        desk.reader.prepare()
        if desk.ledger.fault:
            complain(f"{desk.ledger.fault}. The desk shows what was before it, and takes no judgement.")
        try:
            serve(app, settings, lambda: _announce(settings.url, desk.access, open_browser))
        finally:
            desk.ledger.close()
        out.print("Stopped. The ledger is closed.")


@user.command("add")
def add(
    name: NAME,
    role: ROLE,
    ledger: LEDGER = None,
    openid: Annotated[bool, typer.Option("--openid", help="They sign in through the OpenID Connect provider.")] = False,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from the standard input.")
    ] = False,
) -> None:
    """Add somebody. Asks for their password."""
    with _people(ledger, make=True) as access:
        wanted = _role(role)
        if openid:
            person = access.people.expect(name, wanted)
        else:
            person = access.people.add(name, wanted, _password(password_stdin))
        out.print(f"{person.name} may use the desk as {person.role.value}.", markup=False)


@user.command("role")
def change_role(name: NAME, role: ROLE, ledger: LEDGER = None) -> None:
    """Give somebody another role. Their sessions end."""
    with _people(ledger) as access:
        access.people.change_role(name, _role(role))
        out.print("The role was changed; their sessions ended.")


@user.command("disable")
def disable(name: NAME, ledger: LEDGER = None) -> None:
    """Let somebody in no more. What they judged stays."""
    with _people(ledger) as access:
        access.people.disable(name)
        out.print("They can sign in no more; their sessions ended.")


@user.command("password")
def password(
    name: NAME,
    ledger: LEDGER = None,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from the standard input.")
    ] = False,
) -> None:
    """Give somebody a new password. Their sessions end."""
    with _people(ledger) as access:
        access.people.change_password(name, _password(password_stdin))
        out.print("The password was changed; their sessions ended.")


@user.command("list")
def list_people(ledger: LEDGER = None) -> None:
    """Show who may use the desk."""
    from rich.table import Table

    with _people(ledger) as access:
        table = Table("Name", "Role", "Signs in", "Since", box=None, pad_edge=False, header_style="dim")
        for person in access.people.everybody():
            ways = {"local": "with a password", "oidc": "through the provider"}
            way = "no more (disabled)" if person.disabled else ways[person.source]
            table.add_row(person.name, person.role.value, way, person.created.date().isoformat())
        out.print(table, markup=False)


@contextmanager
def _mistakes_told() -> Iterator[None]:
    """Tell a user's mistakes, and that the desk is not installed."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        complain(f"the desk is not installed ({', '.join(missing)} missing). Run: pip install 'stillwatch[desk]'")
        raise typer.Exit(BAD_INPUT)
    from stillwatch.access import AccessError
    from stillwatch.casework.errors import CaseworkError
    from stillwatch.console.serving import ServingError
    from stillwatch.report.prices import PriceFileError

    try:
        yield
    except (AccessError, CaseworkError, PriceFileError, ServingError) as error:
        complain(str(error))
        raise typer.Exit(BAD_INPUT) from error


@contextmanager
def _people(ledger: str | None, make: bool = False) -> Iterator[Access]:
    with _mistakes_told():
        from stillwatch.access import open_access
        from stillwatch.casework.database import open_database
        from stillwatch.console.settings import Settings

        default = Settings(DEFAULT_RESULT, "")
        database = open_database(ledger or _default_ledger(DEFAULT_RESULT), make)
        try:
            yield open_access(database, default.clock, default.idle, default.longest)
        finally:
            database.close()


def _default_ledger(result: Path) -> Path:
    from stillwatch.casework.database import DEFAULT_FILE

    return result.absolute().parent / DEFAULT_FILE


def _role(text: str) -> Role:
    from stillwatch.access import AccessError
    from stillwatch.casework.roles import Role

    try:
        return Role(text.casefold())
    except ValueError as error:
        raise AccessError(f"{text} is no role. Roles are {ROLES}.") from error


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    asked: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return asked


def _existing_key(key: Path | None) -> Path | None:
    """The key of the scan must be there: a new one would open nothing."""
    if key is not None:
        from stillwatch.signals import KeyFileError, open_key

        if not key.exists():
            raise KeyFileError(f"no key file at {key}. Name the key that the scan was made with, or leave --key out.")
        open_key(key)
    return key


def _judged_by(path: Path, ledger: str | None, signing_key: Path | None) -> Callable[[], Clearances | None]:
    """Whom people had cleared, for the scan of a store; nobody where there is no ledger yet."""

    def found() -> Clearances | None:
        from stillwatch.cli.scanning import clearances_of

        place = ledger or str(_default_ledger(path))
        begun = "://" in place or Path(place).exists()
        return clearances_of(place, signing_key, None) if begun else None

    return found


def _result_of(path: Path, key: Path | None, clearances: Callable[[], Clearances | None]) -> Path:
    """The result itself; of a store the result beside it, scanned anew if the store has changed since."""
    if (path / "campaigns.parquet").exists():
        return path  # a result; the road takes seconds to load
    from stillwatch.road import ScanOptions, outdated
    from stillwatch.signals import default_key_path

    result = path.absolute().parent / f"{path.absolute().name}-result"
    changed = outdated(path, result)
    if changed:
        from stillwatch.cli.scanning import scan_and_report

        out.print(f"The store has changed; scanning it into {result}.", markup=False, soft_wrap=True)
        options = ScanOptions(log=path, out=result, key=key or default_key_path(), clearances=clearances())
        scan_and_report(options)
    return path if changed is None else result


def _announce(url: str, access: Access, open_browser: bool) -> None:
    """Where the desk is; and if nobody may use it yet, the link for whoever started it."""
    out.print(f"The desk is at {url}  (Ctrl-C stops it)", markup=False, soft_wrap=True)
    token = access.invitations.invite_first_admin()
    start = f"{url}/welcome?invitation={token}" if token else url
    if token:
        out.print("Nobody may use it yet. Become its first admin at this link; it works once, for an hour:")
        out.print(start, markup=False, soft_wrap=True, highlight=False)
    if open_browser:
        import webbrowser

        webbrowser.open(start)
