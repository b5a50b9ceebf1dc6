"""Bringing a database to the form that this version needs. Nothing is done where it has it already."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from stillwatch.casework.errors import CaseworkError
from stillwatch.casework.schema import METADATA

VERSION_TABLE = "stillwatch_desk_version"
HEAD = "0002"
"""The last step; a test compares it with the files. Who is there already needs no Alembic loaded."""


def migrate(connection: Connection, where: str) -> None:
    """Take the steps that are missing, in the transaction of `connection`, which must hold the lock of writers.
    Raises CaseworkError for a database of something else, or of a newer version."""
    found = version_of(connection)
    if found == HEAD:
        return
    if found is None:
        _refuse_others(connection, where)
    from alembic import command  # noqa: PLC0415 - only a database that is new or old needs it
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    known = {step.revision for step in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise CaseworkError(
            f"the ledger was written by a newer version (its form is {found}, this version knows {HEAD})",
            where,
            "Install the newer version.",
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def version_of(connection: Connection) -> str | None:
    """The last step that the database has taken, None where it is no ledger yet."""
    if VERSION_TABLE not in inspect(connection).get_table_names():
        return None
    found: str | None = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()
    return found


def _refuse_others(connection: Connection, where: str) -> None:
    """A server's database may hold other tables beside ours; a file is all ours."""
    there = set(inspect(connection).get_table_names())
    others = there if connection.dialect.name == "sqlite" else there & set(METADATA.tables)
    if others:
        raise CaseworkError(
            f"the database belongs to something else: it holds the table {min(others)}", where, "Name another one."
        )
