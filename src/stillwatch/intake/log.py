"""A log: which files belong to it, and in which format each of them is."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from stillwatch.intake.aside import Aside
from stillwatch.intake.errors import InputError
from stillwatch.intake.formats import FORMATS, Format
from stillwatch.intake.jsonlog import Fields, Reading
from stillwatch.intake.rows import chosen_columns
from stillwatch.intake.sources import read_sample, unreadable
from stillwatch.records import EXCHANGES

EXCHANGES_FOLDER = "exchanges"
FieldPlaces = Mapping[str, Sequence[str]]
"""Column to places in the log, tried in order: what a caller gives as a mapping."""


@dataclass(frozen=True)
class LogFile:
    """One file of a log: its path as given, the name of its format, and its size in bytes on disk."""

    path: Path
    format: str
    bytes: int


@dataclass(frozen=True)
class Log:
    """The files of a log, by path. `mapping` overrides where columns are found; `skipped` are no logs."""

    files: tuple[LogFile, ...]
    mapping: Fields
    skipped: tuple[str, ...] = ()


def open_log(path: Path, format: str | None = None, mapping: FieldPlaces | None = None) -> Log:
    """Find the files under `path` and recognise the format of each by its content, unless `format` names it.

    A directory is read with all below it, or only its folder `exchanges` if it has one. Hidden files,
    `accounts.*` and `truth*` are no logs, nor is a `.json` file in which no format is recognised. `mapping`
    says where a column is found instead of in the format's own places, for example
    `{"account_id": ["enduser.id"]}`. Raises InputError.
    """
    path = Path(path)
    forms = FORMATS if format is None else (format_named(format),)
    files: list[LogFile] = []
    skipped: list[str] = []
    for file in _files(path):
        size = _size(file)
        if size == 0 and file != path:
            skipped.append(f"{file}: empty")
        elif file != path and file.suffix == ".json" and _recognised(file, forms) is None:
            skipped.append(f"{file}: no log")
        else:
            files.append(LogFile(file, _format_of(file, forms, format).name, size))
    if not files:
        raise InputError("no log files", path, _known_formats())
    return Log(tuple(files), _checked_mapping(mapping or {}), tuple(skipped))


def read_exchanges(log: Log, aside: Aside, columns: Collection[str] | None = None) -> Iterator[pa.Table]:
    """The exchanges of a log in tables of some 100,000 rows, file by file, in the order of the files.

    Without `columns` every table has all columns of `EXCHANGES`, null where the log has none; with `columns`
    it has those, in the order of the schema. A record is judged by its required columns and those read. What
    does not fit goes to `aside`. Memory is bounded by one batch. Raises InputError for an unreadable file.
    """
    chosen_columns(EXCHANGES, columns)
    aside.notes.extend(remark for remark in log.skipped if remark not in aside.notes)
    for file in log.files:
        form = format_named(file.format)
        reading = Reading(file.path, EXCHANGES, aside, columns, {**form.fields, **log.mapping})
        for table in form.read(reading):
            aside.accepted += table.num_rows
            if table.num_rows:
                yield table


def format_named(name: str) -> Format:
    """The format of that name. Raises InputError with the names there are."""
    for form in FORMATS:
        if form.name == name:
            return form
    raise InputError("unknown log format", name, _known_formats())


def _format_of(path: Path, forms: Sequence[Format], named: str | None) -> Format:
    """The first format that knows the content of a file, or the one that was named. Raises InputError."""
    if not read_sample(path).head.strip():
        raise InputError("empty file", path, _known_formats())
    form = forms[0] if named else _recognised(path, forms)
    if form is None:
        raise InputError("log format not recognised", path, _known_formats())
    return form


def _recognised(path: Path, forms: Sequence[Format]) -> Format | None:
    sample = read_sample(path)
    return next((form for form in forms if form.recognises(sample)), None)


def _known_formats() -> str:
    lines = "".join(f"\n  {form.name}: {form.describe}" for form in FORMATS)
    return f"Name the format (for example format={FORMATS[0].name}) or give a file in one of these:{lines}"


def _files(path: Path) -> list[Path]:
    try:
        if not path.exists():
            raise unreadable(path, FileNotFoundError())
        if not path.is_dir():
            return [path]
        inside = path / EXCHANGES_FOLDER
        return sorted(_walk(inside if inside.is_dir() else path))
    except OSError as error:
        raise unreadable(path, error) from None


def _walk(folder: Path) -> Iterator[Path]:
    for entry in folder.iterdir():
        if not _is_log(entry.name):
            continue
        if entry.is_dir():
            yield from _walk(entry)
        elif entry.is_file():
            yield entry


def _is_log(name: str) -> bool:
    """Whether it is none of what stands beside logs: hidden files, markers, accounts, truth."""
    return not name.startswith((".", "_", "accounts.", "truth"))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise unreadable(path, error) from None


def _checked_mapping(mapping: FieldPlaces) -> Fields:
    unknown = sorted(set(mapping) - set(EXCHANGES.names))
    if unknown:
        what_next = f"Columns that can be mapped: {', '.join(EXCHANGES.names)}"
        raise InputError("mapping names no column", ", ".join(unknown), what_next)
    return {column: (places,) if isinstance(places, str) else tuple(places) for column, places in mapping.items()}
