"""Times as the database keeps them, and the hashes under which it keeps secrets."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime


def stamp(time: datetime) -> str:
    """A time as text that sorts as it is read: UTC, ISO 8601, microseconds, `Z`."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def time_of(text: str) -> datetime:
    """The time that a stamp stands for."""
    return datetime.fromisoformat(text)


def hash_of(secret: str) -> str:
    """SHA-256. For secrets too random to be guessed, and for names that need only be told apart."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
