"""Files of a store: written once under a new name, on the disk before anything names them, and known by checksum."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch.intake import InputError

MANIFEST_DRAFT = ".draft"


@dataclass(frozen=True)
class StoredFile:
    """One Parquet file: its path inside the store, its rows, bytes and checksum."""

    path: str
    rows: int
    bytes: int
    sha256: str


class _Hashed:
    """A file that is hashed as it is written: the checksum is of what was meant, whatever the disk made of it."""

    closed = False

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.hash = hashlib.sha256()
        self.bytes = 0

    def write(self, data: bytes) -> int:
        self.hash.update(data)
        self.bytes += self._file.write(data)
        return len(data)

    def tell(self) -> int:
        return self.bytes

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self.closed = True

    def readable(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False


def write_parquet(store: Path, path: str, table: pa.Table, repeating: Sequence[str] = ()) -> StoredFile:
    """Write a new file and wait until it is on the disk; only the owner can read it.

    Columns in `repeating` are written as dictionaries. The folder that holds it has to be synced by `sync_folders`.
    """
    place = store / path
    with telling_where(store):
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            hashed = _Hashed(file)
            pq.write_table(table, hashed, compression="lz4", use_dictionary=list(repeating), write_statistics=False)
            os.fsync(descriptor)
    return StoredFile(path, table.num_rows, hashed.bytes, hashed.hash.hexdigest())


def sync_folders(store: Path, files: Iterable[StoredFile]) -> None:
    """Wait until the names of new files, and of the folders that hold them, are on the disk."""
    folders = {folder for file in files for folder in Path(file.path).parents}
    with telling_where(store):
        for folder in sorted(folders):
            sync_folder(store / folder)


def replace_text(path: Path, text: str) -> None:
    """Put a text in place of a file's content, all of it or nothing."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}{MANIFEST_DRAFT}")
    with telling_where(path.parent):
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        draft.replace(path)
        sync_folder(path.parent)


def check_files(store: Path, files: Sequence[StoredFile], threads: int) -> None:
    """Read every file once and compare its checksum. Raises InputError that names the first one that is missing or
    was changed."""
    with ThreadPoolExecutor(max(threads, 1)) as pool:
        for file, fault in zip(files, pool.map(lambda f: _fault(store / f.path, f), files), strict=True):
            if fault:
                raise InputError(
                    f"a file of the store {fault}",
                    store / file.path,
                    "Restore it from a backup, or start a new store from the logs with another --store.",
                )


@contextmanager
def telling_where(store: Path) -> Iterator[None]:
    """Tell a failed write as what it is for the user: nothing is lost, and what to do."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or os.strerror(error.errno or 0)
        raise InputError(
            f"cannot write to the store ({reason})",
            store,
            "What it held is whole. Make room or give access, and run the same command again.",
        ) from error


def _fault(path: Path, file: StoredFile) -> str | None:
    try:
        with path.open("rb") as content:
            if hashlib.file_digest(content, "sha256").hexdigest() != file.sha256:
                return "was changed or is damaged"
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    return None


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
