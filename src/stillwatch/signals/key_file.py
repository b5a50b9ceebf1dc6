"""The file in which a secret lies: made once, readable by its owner alone, and never half there.

The pseudonyms' key and the desk's signing key are kept the same way; only what is said about them differs.
"""

from __future__ import annotations

import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

KEY_BYTES = 32


class KeyFileError(Exception):
    """A key file cannot be used; the message says which file, why, and what to do."""


def default_key_path() -> Path:
    """Where the key lives unless told otherwise: the user's configuration folder."""
    base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(base) / "stillwatch" / "key"


@dataclass(frozen=True)
class KeyFile:
    """One file with `KEY_BYTES` bytes in hexadecimal. The words are for messages: the `title` of the file, the `option`
    that names another one, and what to do `when_damaged` or `when_missing`."""

    path: Path
    title: str
    option: str
    when_damaged: str
    when_missing: str

    def secret(self, make: bool = True) -> bytes:
        """What the file holds. A missing file is made with mode 0600, or without `make` is an error. Two processes that
        make it at once get the same secret. Raises KeyFileError."""
        try:
            if self.path.exists():
                return self._read()
            if make:
                return self._make()
        except OSError as error:
            raise KeyFileError(
                f"{self.title} {self.path}: {error.strerror}. Name another one with {self.option}."
            ) from error
        raise KeyFileError(f"no {self.title} at {self.path}. {self.when_missing}")

    def _make(self) -> bytes:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        secret = secrets.token_bytes(KEY_BYTES)
        # Written beside and linked: another process sees the whole key or none.
        beside = self.path.with_name(f".{self.path.name}.{secrets.token_hex(8)}")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(secret.hex() + "\n")
                file.flush()
                os.fsync(file.fileno())
            os.link(beside, self.path)
        except FileExistsError:
            return self._read()
        finally:
            beside.unlink()
        return secret

    def _read(self) -> bytes:
        if stat.S_IMODE(self.path.stat().st_mode) & 0o077:
            raise KeyFileError(f"{self.title} {self.path} can be read by others. Run: chmod 600 {self.path}")
        try:
            secret = bytes.fromhex(self.path.read_text().strip())
        except ValueError:
            secret = b""
        if len(secret) != KEY_BYTES:
            raise KeyFileError(
                f"{self.title} {self.path} does not hold {KEY_BYTES} bytes in hexadecimal. {self.when_damaged}"
            )
        return secret
