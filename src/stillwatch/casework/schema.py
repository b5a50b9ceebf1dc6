"""The tables of the desk's database. The first migration makes them; a test compares the two.

Times are text: UTC, ISO 8601 with microseconds and `Z`, so that they sort as they are read and are hashed as they are
stored. Tokens, and names and addresses at the sign-in, are kept as hashes only.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
NUMBER = BigInteger().with_variant(Integer(), "sqlite")
TIME = String(32)
HASH = String(64)
NAME = String(200)

LEDGER = Table(
    "ledger",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=False),
    Column("time", TIME, nullable=False),
    Column("person", NAME, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("case_number", NUMBER),
    Column("token", String(128), nullable=False, unique=True),
    Column("body", Text, nullable=False),
    Column("evidence", Text),
    Column("previous", HASH, nullable=False),
    Column("hash", HASH, nullable=False),
    Column("signature", String(128), nullable=False),
    Column("role", String(16)),
    Index(None, "case_number", "number"),
)

PEOPLE = Table(
    "people",
    METADATA,
    Column("name", NAME, primary_key=True),
    Column("role", String(16), nullable=False),
    Column("password_hash", Text),
    Column("source", String(8), nullable=False),
    Column("subject", String(255)),
    Column("created_time", TIME, nullable=False),
    Column("disabled", Boolean, nullable=False, default=False),
    UniqueConstraint("source", "subject"),
    CheckConstraint("role IN ('viewer', 'analyst', 'approver', 'admin')", name="role"),
    CheckConstraint("source IN ('local', 'oidc')", name="source"),
)

SESSIONS = Table(
    "sessions",
    METADATA,
    Column("token_hash", HASH, primary_key=True),
    Column("person", NAME, ForeignKey(PEOPLE.c.name), nullable=False, index=True),
    Column("created_time", TIME, nullable=False),
    Column("last_used_time", TIME, nullable=False),
    Column("ended", Boolean, nullable=False, default=False),
)

SIGN_INS = Table(
    "sign_ins",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("time", TIME, nullable=False),
    Column("name_hash", HASH, nullable=False),
    Column("address_hash", HASH, nullable=False),
    Column("succeeded", Boolean, nullable=False),
    Index(None, "name_hash", "time"),
    Index(None, "address_hash", "time"),
)

INVITATIONS = Table(
    "invitations",
    METADATA,
    Column("token_hash", HASH, primary_key=True),
    Column("role", String(16), nullable=False),
    Column("made_by", NAME),
    Column("expires_time", TIME, nullable=False),
    Column("used", Boolean, nullable=False, default=False),
)

READS = Table(
    "reads",
    METADATA,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("time", TIME, nullable=False, index=True),
    Column("person", NAME, nullable=False, index=True),
    Column("subject_kind", String(32), nullable=False),
    Column("subject", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("count", NUMBER, nullable=False),
)
