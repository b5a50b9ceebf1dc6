"""Keyed pseudonyms: the same value gives the same pseudonym under one key, and nothing without it.

Addresses are few enough to be guessed one by one, so an unkeyed hash would hide nothing. The hash is BLAKE2b in keyed
mode (RFC 7693), cut to 64 bits: two of a thousand million values coincide with a probability of about 3 %.
What has to be shown again to someone who holds the key is sealed with AES-SIV (RFC 5297), which is deterministic.
"""

from __future__ import annotations

import hashlib
from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from stillwatch.signals.key_file import KeyFile, KeyFileError


@dataclass(frozen=True)
class Key:
    """The secret of one installation."""

    secret: bytes

    def derive(self, purpose: str, size: int = 32) -> bytes:
        """A key for one purpose; knowing it does not give the others."""
        return hashlib.blake2b(key=self.secret, person=purpose.encode()[:16], digest_size=size).digest()

    @property
    def sketch_seed(self) -> int:
        """Seed of the sketches of prompts: without it, guesses at a prompt cannot be checked against a sketch."""
        return int.from_bytes(self.derive("sketch", 8), "little")


def open_key(path: Path) -> Key:
    """Read the key, or make it on first use with mode 0600. Raises KeyFileError."""
    file = KeyFile(
        path,
        title="key file",
        option="--key",
        when_damaged="Move it away for a new key.",
        when_missing="Name the one that the data was read with: --key.",
    )
    return Key(file.secret())


class Pseudonyms:
    """Turns columns of values into columns of 64-bit pseudonyms, hashing each distinct value once."""

    def __init__(self, key: Key) -> None:
        self._key = key.derive("pseudonym")
        self._known: dict[str, dict[str | None, int | None]] = {}

    def of(self, values: pa.Array, kind: str) -> pa.Array:
        """The pseudonym of each value, as int64; null stays null. Values of different kinds never meet."""
        encoded = values.dictionary_encode()
        distinct = [self.one(value, kind) for value in encoded.dictionary.to_pylist()]
        return pa.array(distinct, pa.int64()).take(encoded.indices)

    def one(self, value: str | None, kind: str) -> int | None:
        """The pseudonym of one value."""
        known = self._known.setdefault(kind, {None: None})
        found = known.get(value)
        if found is None and value is not None:
            digest = hashlib.blake2b(value.encode(), key=self._key, person=kind.encode()[:16], digest_size=8).digest()
            found = known[value] = int.from_bytes(digest, "little", signed=True)
        return found

    def originals(self, kind: str, wanted: Set[str]) -> dict[str, str]:
        """The values behind some pseudonyms, as shown, that were met in this run; for sealing."""
        known = self._known.get(kind, {})
        named = ((shown(p), value) for value, p in known.items() if value is not None and p is not None)
        return {name: value for name, value in named if name in wanted}


def shown(pseudonym: int) -> str:
    """A pseudonym as reports print it: 16 hexadecimal digits."""
    return f"{pseudonym & (2**64 - 1):016x}"


def shown_column(pseudonyms: pa.Array) -> pa.Array:
    """A column of pseudonyms as reports print them."""
    numbers = np.asarray(pc.fill_null(pseudonyms, 0)).astype(np.int64)
    return pa.array([shown(int(n)) for n in numbers], pa.string(), mask=np.asarray(pc.is_null(pseudonyms)))


class Seal:
    """Seals original values for those who hold the key, and opens them again."""

    def __init__(self, key: Key) -> None:
        self._cipher = AESSIV(key.derive("seal", 64))

    def close(self, value: str) -> bytes:
        return self._cipher.encrypt(value.encode(), None)

    def open(self, sealed: bytes) -> str:
        """The original value. Raises KeyFileError if the key is another one or the data was changed."""
        try:
            return self._cipher.decrypt(sealed, None).decode()
        except InvalidTag as error:
            raise KeyFileError(
                "the sealed names were not made with this key, or were changed. Name the key with --key."
            ) from error
