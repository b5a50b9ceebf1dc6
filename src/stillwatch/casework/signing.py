"""The desk's signing key (Ed25519, RFC 8032): what was judged or leaves the house can be shown to be the desk's.

The key lies in a file outside the database: who owns the database can reckon a chain of hashes again, but not sign it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from stillwatch.signals.key_file import KeyFile, default_key_path


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
    key would not fit what was signed before. Raises KeyFileError."""
    file = KeyFile(
        path,
        title="signing key file",
        option="--signing-key",
        when_damaged="Put the desk's own key back: a new one would not fit what was signed before.",
        when_missing="What the desk signed can only be checked, and gone on with, by the key that signed it; name its "
        "file with --signing-key.",
    )
    return SigningKey(path, file.secret(make))
