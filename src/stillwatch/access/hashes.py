"""The hashes under which the database keeps secrets."""

from __future__ import annotations

import hashlib


def hash_of(secret: str) -> str:
    """SHA-256. For secrets too random to be guessed, and for names that need only be told apart."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
