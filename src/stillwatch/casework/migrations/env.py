"""Alembic's environment: the steps run on the connection, and in the transaction, that they are given."""

from __future__ import annotations

from alembic import context

from stillwatch.casework.migrate import VERSION_TABLE
from stillwatch.casework.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    version_table=VERSION_TABLE,
    render_as_batch=True,
)
context.run_migrations()
