"""Entries keep the role that the person had when judging. Those of before have none, and hash as they did."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column. Nothing is filled in: what was not noted then is not known."""
    op.add_column("ledger", sa.Column("role", sa.String(16)))
