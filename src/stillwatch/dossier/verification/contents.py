"""The files of a dossier from anywhere: a folder, or an archive of one. Read into memory, nothing is unpacked."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from stillwatch.dossier.errors import DossierError
from stillwatch.report.figures import visible

MOST_FILES = 100
MOST_BYTES = 1 << 30
"""A dossier of a campaign of 25,000 accounts takes four megabytes."""


@dataclass
class Contents:
    """The files by their path in the folder, and what was not read and why."""

    files: dict[str, bytes] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    size: int = 0

    def add(self, name: str, content: bytes) -> None:
        if name in self.files:
            self.refused.append(f"{told(name)} is there twice")
        self.files[name] = content
        self.size += len(content)


def told(name: object) -> str:
    """A foreign name as it may be shown: short, and without control characters."""
    text = visible(name)
    return text if len(text) <= 120 else f"{text[:120]}…"


def collect(path: Path) -> Contents:
    """Read a folder or a `.zip`. Raises DossierError where there is nothing to read."""
    if path.is_symlink():
        raise DossierError(f"{path} is a link. Name the folder or the archive itself.")
    try:
        if path.is_dir():
            return _from_folder(path)
        if path.is_file():
            return _from_archive(path)
    except OSError as error:
        raise DossierError(f"{path} cannot be read: {error.strerror or type(error).__name__}.") from error
    raise DossierError(f"There is no dossier at {path}. Give the folder of a dossier, or its .zip.")


def _from_folder(path: Path) -> Contents:
    contents = Contents()
    for place, entry in enumerate(_walk(path, "", contents)):
        name, size = entry
        if place >= MOST_FILES or contents.size + size > MOST_BYTES:
            raise DossierError(f"{path} holds more than {MOST_FILES} files or {MOST_BYTES:,} bytes: it is no dossier.")
        contents.add(name, (path / name).read_bytes())
    return contents


def _walk(folder: Path, under: str, contents: Contents) -> Iterator[tuple[str, int]]:
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        name = f"{under}{entry.name}"
        if entry.is_symlink():
            contents.refused.append(f"{told(name)} is a link, which is not followed")
        elif entry.is_dir():
            if under:
                contents.refused.append(f"{told(name)} is a folder in a folder, which a dossier does not have")
            else:
                yield from _walk(folder / entry.name, f"{name}/", contents)
        elif entry.is_file():
            yield name, entry.stat().st_size
        else:
            contents.refused.append(f"{told(name)} is no plain file")


def _from_archive(path: Path) -> Contents:
    contents = Contents()
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist()[: MOST_FILES + 1]:
                _add_entry(archive, entry, contents)
            if len(archive.infolist()) > MOST_FILES:
                raise DossierError(f"{path} holds more than {MOST_FILES} files: it is no dossier.")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise DossierError(f"{path} is no archive that can be read ({type(error).__name__}).") from error
    return contents


def _add_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, contents: Contents) -> None:
    if entry.is_dir():
        return
    _, slash, name = entry.filename.partition("/")
    if not slash or not name or not is_inside(entry.filename):
        contents.refused.append(f"{told(entry.filename)} is no path inside the folder of the archive")
        return
    with archive.open(entry) as file:
        content = file.read(MOST_BYTES - contents.size + 1)
    if contents.size + len(content) > MOST_BYTES:
        raise DossierError(f"the archive grows to more than {MOST_BYTES:,} bytes: it is no dossier.")
    contents.add(name, content)


def is_inside(name: str) -> bool:
    """Whether a path stays in its folder: relative, plain, without a way up."""
    parts = name.split("/")
    return not any(part in {"", ".", ".."} or "\\" in part or ":" in part or "\0" in part for part in parts)
