"""The desk's signing key (Ed25519, RFC 8032): what was judged or leaves the house can be shown to be the desk's.

The key lies in a file outside the database: who owns the database can reckon a chain of hashes again, but not sign it.
"""

from __future__ import annotations

import os
import secrets
import stat
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from stillwatch.signals import KeyFileError, default_key_path

SEED_BYTES = 32


class SigningKeyError(KeyFileError):
    """The signing key file cannot be used; the message says which file, why, and what to do."""


@dataclass(frozen=True)
class SigningKey:
    """The secret with which one desk signs. `path` is the file that it was read from; the witness lies beside it."""

    path: Path
    seed: bytes = field(repr=False)

    @cached_property
    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    @cached_property
    def public_key(self) -> str:
        """The key that others verify with: 64 hexadecimal digits."""
        return self._private.public_key().public_bytes_raw().hex()

    def sign(self, message: bytes) -> str:
        """The signature over `message`: 128 hexadecimal digits, the same each time."""
        return self._private.sign(message).hex()


def verify(public_key: str, signature: str, message: bytes) -> bool:
    """Whether `signature` (hexadecimal) over `message` was made with the key that belongs to `public_key`. Anything
    that is no key or no signature does not verify."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key)).verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True


def default_signing_key_path() -> Path:
    """Where the signing key lives unless told otherwise: beside the key of the pseudonyms."""
    return default_key_path().with_name("desk-signing.key")


def open_signing_key(path: Path, make: bool = True) -> SigningKey:
    """Read the signing key, or make it on first use with mode 0600. Without `make`, a missing file is an error: a new
    key would not fit what was signed before. Raises SigningKeyError."""
    try:
        if path.exists():
            return _read(path)
        if make:
            return _make(path)
    except OSError as error:
        raise SigningKeyError(
            f"signing key file {path}: {error.strerror}. Name another one with --signing-key."
        ) from error
    raise SigningKeyError(
        f"no signing key file at {path}. What the desk signed can only be checked, and gone on with, by the key that "
        "signed it; name its file with --signing-key."
    )


def _make(path: Path) -> SigningKey:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    seed = secrets.token_bytes(SEED_BYTES)
    # Written beside and linked: another process sees the whole key or none.
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(seed.hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(beside, path)
    except FileExistsError:
        return _read(path)
    finally:
        beside.unlink()
    return SigningKey(path, seed)


def _read(path: Path) -> SigningKey:
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise SigningKeyError(f"signing key file {path} can be read by others. Run: chmod 600 {path}")
    try:
        seed = bytes.fromhex(path.read_text().strip())
    except ValueError:
        seed = b""
    if len(seed) != SEED_BYTES:
        raise SigningKeyError(
            f"signing key file {path} does not hold {SEED_BYTES} bytes in hexadecimal. Put the desk's own key back: "
            "a new one would not fit what was signed before."
        )
    return SigningKey(path, seed)
