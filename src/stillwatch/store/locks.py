"""Who may do what with a store at the same time. The kernel frees a lock when its process ends, however it ends.

* **writing**: one process; a second one is told and goes away.
* **reading**: many, also while one writes: a reader goes by the manifest that it found, and whoever removes files waits
  with that until nobody reads.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stillwatch.intake import InputError
from stillwatch.store.files import telling_where
from stillwatch.store.manifest import LOCK

WRITING, READING = LOCK, "readers"


@contextmanager
def writing(store: Path) -> Iterator[None]:
    """Be the only writer. Raises InputError if there is one."""
    with telling_where(store):
        descriptor = _open(store / WRITING, os.O_RDWR | os.O_CREAT)
    try:
        if not _taken(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB):
            raise InputError(
                "another scan is writing to the store",
                store,
                "Nothing was changed. Run this again when that one has ended, or scan the store as it is by its path.",
            )
        yield
    finally:
        os.close(descriptor)


@contextmanager
def reading(store: Path) -> Iterator[None]:
    """Keep the files of a store from being removed."""
    path = store / READING
    try:
        descriptor = _open(path, os.O_RDONLY)
    except OSError as error:
        what_next = "Give read access to all of the store, or start a new one from the logs with another --store."
        raise InputError(f"cannot be read ({error.strerror})", path, what_next) from error
    try:
        _taken(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def nobody_reading(store: Path) -> Iterator[bool]:
    """Whether nobody reads, and nobody begins to as long as this lasts."""
    descriptor = _open(store / READING, os.O_RDWR | os.O_CREAT)
    try:
        yield _taken(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        os.close(descriptor)


def _open(path: Path, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)


def _taken(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind)
    except BlockingIOError:
        return False
    return True
