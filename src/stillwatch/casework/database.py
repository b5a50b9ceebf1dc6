"""The desk's database: SQLite in a file, or PostgreSQL by URL. One way to read, one way to write, one kind of error."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from stillwatch.casework.errors import CaseworkError
from stillwatch.casework.faults import told
from stillwatch.casework.migrate import migrate

DEFAULT_FILE = "stillwatch-desk.sqlite"
PATIENCE_SECONDS = 10
"""How long a writer waits for another. A judgement takes milliseconds; who waits longer had better be told."""
CONNECT_SECONDS = 10
LOCK_OF_WRITERS = 0x5354_574C
"""Number of PostgreSQL's advisory lock that whoever writes to the ledger holds until the end of its transaction."""
POSTGRESQL = "postgresql+psycopg"


@dataclass(frozen=True)
class Database:
    """An open database in the form that this version needs. `where` may be shown: it holds no password."""

    engine: Engine
    where: str

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the tables. Raises CaseworkError for every fault of the driver."""
        with _errors(self.where), self.engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that no other writer's can overlap, committed at the end unless an error leaves it. Raises
        CaseworkError for every fault of the driver; what was not committed is gone then."""
        with _errors(self.where), self.engine.connect() as connection:
            connection.execution_options(stillwatch_writes=True)
            with connection.begin():
                if connection.dialect.name == "postgresql":
                    connection.execute(text(f"SET LOCAL lock_timeout = '{PATIENCE_SECONDS}s'"))
                    connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK_OF_WRITERS})"))
                yield connection

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def open_database(url_or_path: str | Path, make: bool = True) -> Database:
    """Open the database at a path (SQLite), or at `sqlite:///…` or `postgresql://…`, and bring it to the form that this
    version needs. Without `make`, a file that is not there is an error. Raises CaseworkError."""
    url = _url(url_or_path)
    where = str(url.database) if _is_file(url) else _shown(url)
    if _is_file(url):
        _check_file(Path(str(url.database)), make)
    database = Database(_engine(url, where), where)
    try:
        with database.writing() as connection:
            migrate(connection, where)
    except BaseException:
        database.close()
        raise
    return database


def _url(url_or_path: str | Path) -> URL:
    given = str(url_or_path)
    if "://" not in given:
        return URL.create("sqlite", database=str(Path(given).expanduser().absolute()))
    scheme = given.partition("://")[0]
    try:
        url = make_url(given)
    except (ArgumentError, ValueError) as error:
        raise _unfit("not the URL of a database", f"{scheme}://…") from error
    if url.drivername in {"postgresql", "postgres"}:
        url = url.set(drivername=POSTGRESQL)
    if url.drivername not in {"sqlite", POSTGRESQL}:
        raise _unfit(f"there is no ledger in {url.drivername}", _shown(url))
    if url.drivername == "sqlite" and url.database in {None, "", ":memory:"}:
        raise _unfit("a ledger in memory would be lost", "sqlite://")
    return url


def _shown(url: URL) -> str:
    """The URL without its password; its query may hold one too."""
    scheme = url.drivername.partition("+")[0]
    return url.set(drivername=scheme, query={}).render_as_string(hide_password=True)


def _unfit(what: str, where: str) -> CaseworkError:
    return CaseworkError(what, where, "Name a file, or write postgresql://USER@HOST/DATABASE.")


def _is_file(url: URL) -> bool:
    return url.drivername == "sqlite"


def _check_file(path: Path, make: bool) -> None:
    if path.is_dir():
        raise CaseworkError("this is a folder", path, f"Name a file in it, such as {DEFAULT_FILE}.")
    if not path.parent.is_dir():
        raise CaseworkError("there is no such folder", path.parent, "Make it first, or name another file.")
    if not make and not path.exists():
        raise CaseworkError("there is no ledger", path, "Name the file or the URL of the desk's database.")
    if not path.exists():
        _begin_file(path)


def _begin_file(path: Path) -> None:
    """An empty file that only its owner reads: it will hold hashes of passwords, and what people wrote. SQLite gives
    the files beside it the same rights. Where that fails, opening it says why."""
    with suppress(OSError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def _engine(url: URL, where: str) -> Engine:
    options: dict[str, Any] = {"hide_parameters": True}
    if _is_file(url):
        options["connect_args"] = {"timeout": PATIENCE_SECONDS}
    else:
        options |= {"pool_pre_ping": True, "connect_args": {"connect_timeout": CONNECT_SECONDS}}
    try:
        engine = create_engine(url, **options)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        missing = isinstance(error, ModuleNotFoundError)
        what = "PostgreSQL needs the extra `postgresql`" if missing else "not the URL of a database"
        raise CaseworkError(what, where, "Run: pip install 'stillwatch[postgresql]'" if missing else "") from error
    if _is_file(url):
        event.listen(engine, "connect", _prepare_file)
        event.listen(engine, "begin", _begin)
    return engine


def _prepare_file(connection: Any, _: object) -> None:
    """Settings of a new connection to a file. FULL: a judgement that was told as written survives a power cut."""
    connection.isolation_level = None  # transactions are begun below, not by the driver's guess
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    """Who will write takes the lock first: a lock that is upgraded later may fail halfway."""
    writes = connection.get_execution_options().get("stillwatch_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _errors(where: str) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise told(error, where) from error
    except PoolTimeoutError as error:
        raise CaseworkError("too many requests at once wait for the database", where, "Try again.") from error
    except SQLAlchemyError as error:
        raise CaseworkError(f"the database cannot be used ({type(error).__name__})", where, "Report this.") from error
