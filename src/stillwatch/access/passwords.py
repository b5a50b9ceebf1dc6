"""Passwords: argon2id, and what a password must be."""

from __future__ import annotations

import secrets
import unicodedata
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from stillwatch.access.errors import AccessError

SHORTEST = 12
"""Characters. NIST SP 800-63B asks for 8 beside a second factor and 15 without; the throttle makes 12 hold."""
LONGEST = 256
FEWEST_DIFFERENT = 5
"""A password of fewer different characters is a run such as 111111111111."""
AT_ONCE = 2
"""Each hash takes 64 MiB: fifty people who sign in at once would take three gigabytes."""

_hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
_room = BoundedSemaphore(AT_ONCE)


class PasswordError(AccessError):
    """A new password that will not do; the message says what it must be."""


def check_new_password(password: str, name: str) -> None:
    """Raise PasswordError if `password` will not do for the person `name`."""
    plain = _normal(password)
    if not SHORTEST <= len(plain) <= LONGEST:
        raise PasswordError(f"A password has {SHORTEST} to {LONGEST} characters; a sentence is easy to remember.")
    if len(set(plain)) < FEWEST_DIFFERENT:
        raise PasswordError(f"A password has at least {FEWEST_DIFFERENT} different characters.")
    stem = name.casefold().partition("@")[0]
    if len(stem) > 2 and stem in plain.casefold():
        raise PasswordError("A password does not contain the name of its owner.")


def hash_password(password: str) -> str:
    """Its argon2id hash, with salt and parameters. Takes about 50 ms and 64 MiB."""
    with _room:
        return _hasher.hash(_normal(password))


def verify_password(password: str, hashed: str | None) -> bool:
    """Whether `password` is the one that was hashed. Without a hash: False, after the same time."""
    with _room:
        try:
            _hasher.verify(hashed or _nobody(_hasher), _normal(password))
        except (VerificationError, InvalidHashError):
            return False
    return hashed is not None


def needs_new_hash(hashed: str) -> bool:
    """Whether it was made with other parameters than would be used now."""
    return _hasher.check_needs_rehash(hashed)


@cache
def _nobody(hasher: PasswordHasher) -> str:
    """The hash of a password that nobody knows: checked where there is none, so that both take the same time."""
    return hasher.hash(secrets.token_urlsafe(24))


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)
