"""The signature over a manifest, in forms that other tools read: 64 bytes, and the public key as PEM (RFC 8410)."""

from __future__ import annotations

from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from stillwatch.casework.signing import SigningKey, verify
from stillwatch.dossier.errors import DossierError

LONGEST_KEY = 10_000
"""Bytes of a file that may hold a public key; one takes 113."""


def signature_of(key: SigningKey, manifest: bytes) -> bytes:
    """The signature, 64 bytes."""
    return bytes.fromhex(key.sign(manifest))


def holds(public_key: str, signature: bytes, manifest: bytes) -> bool:
    """Whether the signature was made over these bytes with the key that belongs to `public_key` (64 hex digits)."""
    return verify(public_key, signature.hex(), manifest)


def pem_of(public_key: str) -> bytes:
    """The public key as PEM."""
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key))
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def read_public_key(given: str) -> str:
    """The key that a person names: 64 hexadecimal digits, or a file that holds these or PEM. Raises DossierError."""
    if found := _hexadecimal(given):
        return found
    path = Path(given)
    try:
        content = path.read_bytes()[:LONGEST_KEY]
    except OSError as error:
        raise DossierError(
            f"The public key {path} cannot be read: {error.strerror}. Name a file, or give 64 hexadecimal digits."
        ) from error
    found = key_in(content)
    if found is None:
        raise DossierError(f"The file {path} holds no public key for Ed25519. Give the desk's signing-key.pub.")
    return found


def key_in(content: bytes) -> str | None:
    """The public key in a file's content: PEM, or 64 hexadecimal digits. None if there is none."""
    if found := _hexadecimal(content.decode("ascii", errors="replace")):
        return found
    try:
        key = load_pem_public_key(content)
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key.public_bytes_raw().hex() if isinstance(key, Ed25519PublicKey) else None


def _hexadecimal(text: str) -> str | None:
    digits = text.strip().lower()
    return digits if len(digits) == 64 and not set(digits) - set("0123456789abcdef") else None
