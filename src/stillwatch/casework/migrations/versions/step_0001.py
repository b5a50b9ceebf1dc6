"""The ledger, which can only grow, and the tables of access."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.String(32)
HASH = sa.String(64)
NAME = sa.String(200)


def upgrade() -> None:
    """Make all tables, and the guards of the ledger."""
    _ledger()
    _people()
    _sign_ins()
    _reads()
    _guards()


def _ledger() -> None:
    op.create_table(
        "ledger",
        sa.Column("number", NUMBER, nullable=False, autoincrement=False),
        sa.Column("time", TIME, nullable=False),
        sa.Column("person", NAME, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("case_number", NUMBER),
        sa.Column("token", sa.String(128), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("evidence", sa.Text),
        sa.Column("previous", HASH, nullable=False),
        sa.Column("hash", HASH, nullable=False),
        sa.Column("signature", sa.String(128), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_ledger"),
        sa.UniqueConstraint("token", name="uq_ledger_token"),
    )
    op.create_index("ix_ledger_case_number_number", "ledger", ["case_number", "number"])


def _people() -> None:
    op.create_table(
        "people",
        sa.Column("name", NAME, nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("password_hash", sa.Text),
        sa.Column("source", sa.String(8), nullable=False),
        sa.Column("subject", sa.String(255)),
        sa.Column("created_time", TIME, nullable=False),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_people"),
        sa.UniqueConstraint("source", "subject", name="uq_people_source_subject"),
        sa.CheckConstraint("role IN ('viewer', 'analyst', 'approver', 'admin')", name="ck_people_role"),
        sa.CheckConstraint("source IN ('local', 'oidc')", name="ck_people_source"),
    )
    op.create_table(
        "sessions",
        sa.Column("token_hash", HASH, nullable=False),
        sa.Column("person", NAME, nullable=False),
        sa.Column("created_time", TIME, nullable=False),
        sa.Column("last_used_time", TIME, nullable=False),
        sa.Column("ended", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_sessions"),
        sa.ForeignKeyConstraint(["person"], ["people.name"], name="fk_sessions_person_people"),
    )
    op.create_index("ix_sessions_person", "sessions", ["person"])


def _sign_ins() -> None:
    op.create_table(
        "sign_ins",
        sa.Column("number", NUMBER, nullable=False, autoincrement=True),
        sa.Column("time", TIME, nullable=False),
        sa.Column("name_hash", HASH, nullable=False),
        sa.Column("address_hash", HASH, nullable=False),
        sa.Column("succeeded", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_sign_ins"),
    )
    op.create_index("ix_sign_ins_name_hash_time", "sign_ins", ["name_hash", "time"])
    op.create_index("ix_sign_ins_address_hash_time", "sign_ins", ["address_hash", "time"])
    op.create_table(
        "invitations",
        sa.Column("token_hash", HASH, nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("made_by", NAME),
        sa.Column("expires_time", TIME, nullable=False),
        sa.Column("used", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_invitations"),
    )


def _reads() -> None:
    op.create_table(
        "reads",
        sa.Column("number", NUMBER, nullable=False, autoincrement=True),
        sa.Column("time", TIME, nullable=False),
        sa.Column("person", NAME, nullable=False),
        sa.Column("subject_kind", sa.String(32), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("count", NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_reads"),
    )
    op.create_index("ix_reads_time", "reads", ["time"])
    op.create_index("ix_reads_person", "reads", ["person"])


def _guards() -> None:
    """Against slips, not against intent: who owns the database can drop them. Intent is found by the chain."""
    if op.get_bind().dialect.name == "sqlite":
        for deed in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER ledger_no_{deed} BEFORE {deed.upper()} ON ledger "
                "BEGIN SELECT RAISE(ABORT, 'entries of the ledger are never changed'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION ledger_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'entries of the ledger are never changed'; END $$"
    )
    op.execute(
        "CREATE TRIGGER ledger_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger "
        "FOR EACH STATEMENT EXECUTE FUNCTION ledger_only_grows()"
    )
