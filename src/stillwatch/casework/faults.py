"""What a database's driver complains of, as a sentence. Never the driver's own text: it may quote what was written."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, IntegrityError

from stillwatch.casework.errors import BusyError, CaseworkError, ConflictError, LostConnectionError

UNWRITTEN = "Nothing of the last judgement was written."
REPEAT = "Send the last judgement again: the same form is never counted twice."

# What to say for the beginning of SQLite's name of an error, or of PostgreSQL's SQLSTATE (its Appendix A); the longest
# beginning that fits is taken.
SAYINGS: dict[str, tuple[type[CaseworkError], str, str]] = {
    "SQLITE_BUSY": (BusyError, "another writer holds the database", f"{UNWRITTEN} Try again."),
    "SQLITE_LOCKED": (BusyError, "another writer holds the database", f"{UNWRITTEN} Try again."),
    "SQLITE_FULL": (CaseworkError, "the disk is full", f"{UNWRITTEN} Make room and try again."),
    "SQLITE_IOERR": (
        CaseworkError,
        "the file cannot be read or written; the disk may be full or at fault",
        f"{UNWRITTEN} Make room and try again.",
    ),
    "SQLITE_READONLY": (CaseworkError, "no permission to write", "Give this user the right to write the file."),
    "SQLITE_CANTOPEN": (CaseworkError, "the file cannot be opened", "Check the path and the permissions."),
    "SQLITE_PERM": (CaseworkError, "no permission", "Check the permissions of the file."),
    "SQLITE_NOTADB": (
        CaseworkError,
        "this file is no database",
        "Name the file of a ledger, or one that is not there.",
    ),
    "SQLITE_CORRUPT": (CaseworkError, "the database file is damaged", "Put it back from a backup."),
    "08": (LostConnectionError, "the connection to the database was lost", REPEAT),
    "57P": (LostConnectionError, "the connection to the database was lost", REPEAT),
    "57P03": (LostConnectionError, "the database does not take connections now", "Try again."),
    "57014": (BusyError, "the database stopped waiting", f"{UNWRITTEN} Try again."),
    "55P03": (BusyError, "another writer holds the ledger", f"{UNWRITTEN} Try again."),
    "40": (BusyError, "another writer came in between", f"{UNWRITTEN} Try again."),
    "53": (CaseworkError, "the database server has no room or no connection left", f"{UNWRITTEN} Try again later."),
    "53100": (CaseworkError, "the disk of the database is full", f"{UNWRITTEN} Make room and try again."),
    "25006": (CaseworkError, "the database can only be read", "Name the server that takes writes."),
    "28": (CaseworkError, "the database does not let this user in", "Check user and password."),
    "3D": (CaseworkError, "there is no such database", "Make it first, or name another one."),
    "42501": (CaseworkError, "no permission", "Give this database user the right to make and write its tables."),
    "P0001": (CaseworkError, "entries of the ledger are never changed", "Record a new judgement."),
    "SQLITE_CONSTRAINT_TRIGGER": (CaseworkError, "entries of the ledger are never changed", "Record a new judgement."),
    "XX001": (CaseworkError, "the database is damaged", "Put it back from a backup."),
}


def told(error: DBAPIError, where: str) -> CaseworkError:
    """The fault as an error of ours."""
    name = _name(error)
    known = max((code for code in SAYINGS if name.startswith(code)), key=len, default=None)
    if known:
        kind, what, what_next = SAYINGS[known]
        return kind(what, where, what_next)
    if isinstance(error, IntegrityError):
        return ConflictError("this is there already, or refers to something that is not", where, "Look again.")
    if error.connection_invalidated:
        return LostConnectionError("the connection to the database was lost", where, REPEAT)
    if type(error.orig).__name__ in {"OperationalError", "ConnectionTimeout"} and not name:
        return LostConnectionError("the database does not answer", where, "Check host, port, user and password.")
    return CaseworkError(f"the database refused ({name or type(error.orig).__name__})", where, "Report this.")


def _name(error: DBAPIError) -> str:
    """SQLite's name of the error, or PostgreSQL's SQLSTATE; empty where the driver gives none."""
    origin = error.orig
    return str(getattr(origin, "sqlite_errorname", None) or getattr(origin, "sqlstate", None) or "")
