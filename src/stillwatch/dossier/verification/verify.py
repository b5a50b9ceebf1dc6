"""All checks on a dossier, in order: files, signature, hashes, tables, figures, document."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from stillwatch.dossier import manifest as names
from stillwatch.dossier.engine import MOST_ROWS, QueryError, SealedEngine
from stillwatch.dossier.figures import Figure, Value, canonical, plain, written
from stillwatch.dossier.manifest import Manifest, ManifestError, decode, described
from stillwatch.dossier.signature import holds, key_in
from stillwatch.dossier.verification.contents import Contents, collect, is_inside, told
from stillwatch.dossier.verification.reading import MOST_BYTES, Printed, read_document
from stillwatch.dossier.verification.tables import TableError, read_table
from stillwatch.report.figures import visible

MOST_FIGURES = 20_000
SECONDS = 300.0
"""For all queries together; those of our own take two."""
CLOSE = 1e-9
"""Relative difference up to which fractions are the same: sums may be taken in another order elsewhere."""
MOST_TOLD = 20
"""Faults of one kind that are told one by one."""
SIGNED = frozenset({names.NAME, names.SIGNATURE})
NEEDED = (names.NAME, names.SIGNATURE, names.PUBLIC_KEY, names.DOCUMENT)


@dataclass(frozen=True)
class Verification:
    """What a look at a dossier found. `faults` is what does not hold, nothing if all does.

    `public_key` verified the signature, None if none did. `key_given`: it is the key that the reader knows from
    elsewhere; else the one in the folder, which proves that nothing was changed, and not who signed.
    """

    faults: tuple[str, ...]
    public_key: str | None
    key_given: bool
    manifest: str | None
    files: int
    figures: int
    printed: int

    @property
    def holds(self) -> bool:
        return not self.faults


def verify_dossier(path: Path, public_key: str | None = None) -> Verification:
    """Check the dossier at `path`, a folder or a `.zip`. Raises DossierError where there is nothing to read. Cost:
    seconds; for what was made to take longer at most SECONDS, and a gigabyte or two of memory."""
    contents = collect(path)
    faults = list(contents.refused)
    missing = [name for name in NEEDED if name not in contents.files]
    faults += [f"{name} is missing" for name in missing]
    if names.NAME in missing:
        return Verification(tuple(faults), None, False, None, len(contents.files), 0, 0)
    content = contents.files[names.NAME]
    key, fault = _signed_by(contents, public_key)
    faults += [fault] if fault else []
    try:
        manifest = decode(content)
    except ManifestError as error:
        faults.append(f"{names.NAME}: {error}")
        return Verification(tuple(faults), key, bool(key and public_key), None, len(contents.files), 0, 0)
    faults += _file_faults(contents, manifest)
    run, wrong = _figure_faults(contents, manifest)
    printed, misprints = _document_faults(contents, manifest)
    faults += [*wrong, *misprints]
    digest = described(content).sha256
    return Verification(tuple(faults), key, bool(key and public_key), digest, len(contents.files), run, printed)


def _signed_by(contents: Contents, given: str | None) -> tuple[str | None, str | None]:
    """The key that the signature verifies with, and what is wrong otherwise."""
    inside = key_in(contents.files.get(names.PUBLIC_KEY, b""))
    signature, content = contents.files.get(names.SIGNATURE, b""), contents.files[names.NAME]
    key = given or inside
    if key is None:
        return None, f"{names.PUBLIC_KEY} holds no public key, so the signature cannot be checked"
    if holds(key, signature, content):
        return key, None
    if given and inside and holds(inside, signature, content):
        return None, "the manifest was signed, but not with the key that you gave: the key in the folder is another one"
    return None, f"{names.SIGNATURE} is no signature of manifest.json: one of the two was changed"


def _file_faults(contents: Contents, manifest: Manifest) -> Iterator[str]:
    for name, told_of in manifest.files.items():
        if not is_inside(name):
            yield f"the manifest names {told(name)}, which is no path in the folder"
        elif name not in contents.files:
            yield f"{told(name)} is missing"
        elif described(contents.files[name]) != told_of:
            yield f"{told(name)} was changed: its hash is not that of the manifest"
    for name in sorted(set(contents.files) - set(manifest.files) - SIGNED):
        yield f"{told(name)} is not in the manifest and does not belong here"


def _figure_faults(contents: Contents, manifest: Manifest) -> tuple[int, list[str]]:
    """How many figures came out the same, and which did not."""
    if len(manifest.figures) > MOST_FIGURES:
        return 0, [f"the manifest has more than {MOST_FIGURES:,} figures: none was run"]
    tables, faults = _tables(contents)
    run, deadline = 0, time.monotonic() + SECONDS
    wrong = []
    with SealedEngine(tables) as engine:
        for figure in manifest.figures.values():
            if time.monotonic() > deadline:
                faults.append(f"time was up after {SECONDS:g} seconds: not every query was run")
                break
            fault = _figure_fault(engine, figure)
            run += fault is None
            wrong += [f"figure {told(figure.name)}: {fault}"] if fault else []
    return run, [*faults, *_shortened(wrong)]


def _tables(contents: Contents) -> tuple[dict[str, pa.Table], list[str]]:
    tables, faults = {}, []
    for path, content in contents.files.items():
        name = path.removeprefix(f"{names.TABLES}/").removesuffix(".parquet")
        if path != f"{names.TABLES}/{name}.parquet" or not name.isidentifier() or not name.isascii():
            continue
        try:
            tables[name] = read_table(content)
        except TableError as error:
            faults.append(f"{told(path)}: {error}")
    return tables, faults


def _figure_fault(engine: SealedEngine, figure: Figure) -> str | None:
    try:
        found = engine.rows(figure.query)
        rows = tuple(tuple(plain(value) for value in row) for row in found)
    except QueryError as error:
        return f"its query was not run: {error}"
    except TypeError:
        return "its query gives what is no figure"
    if figure.single:
        rows = rows[:1] or ((None,),)
    if len(rows) != len(figure.rows):
        return f"the tables give {len(rows):,} rows, the manifest says {len(figure.rows):,}"
    for place, (row, said) in enumerate(zip(rows, figure.rows, strict=True)):
        if len(row) != len(said):
            return f"the tables give {len(row)} columns, the manifest says {len(said)}"
        for value, claimed in zip(row, said, strict=True):
            if not _same(value, claimed):
                where = "" if figure.single else f" in row {place}"
                return f"the tables give {_brief(value)}{where}, the manifest says {_brief(claimed)}"
    return None


def _same(found: Value, said: Value) -> bool:
    if isinstance(found, bool) or isinstance(said, bool) or not _numbers(found, said):
        return type(found) is type(said) and found == said
    if isinstance(found, int) and isinstance(said, int):
        return found == said
    return math.isclose(float(found or 0), float(said or 0), rel_tol=CLOSE)


def _numbers(*values: Value) -> bool:
    return all(isinstance(value, int | float) for value in values)


def _brief(value: Value) -> str:
    text = visible(canonical(value)) or "nothing"
    return text if len(text) <= 80 else f"{text[:80]}…"


def _document_faults(contents: Contents, manifest: Manifest) -> tuple[int, list[str]]:
    """How many figures the document prints as the manifest has them, and what else it says."""
    content = contents.files.get(names.DOCUMENT)
    if content is None:
        return 0, []
    if len(content) > MOST_BYTES:
        return 0, [f"{names.DOCUMENT} is longer than {MOST_BYTES:,} bytes and was not read"]
    reading = read_document(content.decode("utf-8", errors="replace"))
    wrong = [fault for one in reading.printed if (fault := _misprint(one, manifest))]
    faults = [f"{names.DOCUMENT} {fault}" for fault in _shortened(wrong)]
    loose = [f"{names.DOCUMENT} has a number that is no figure: “{told(text)}”" for text in reading.loose]
    faults += _shortened(loose)
    if reading.active:
        found = ", ".join(sorted(set(reading.active)))
        faults.append(
            f"{names.DOCUMENT} holds what a dossier does not: something that acts or leads out ({told(found)})"
        )
    return len(reading.printed) - len(wrong), faults


def _misprint(one: Printed, manifest: Manifest) -> str | None:
    name, _, place = one.address.partition(":")
    figure = manifest.figures.get(name)
    cell = _cell(figure, place) if figure else None
    if cell is None:
        return f"prints a figure that the manifest does not have: {told(one.address)}"
    value, unit = cell
    if one.value != visible(canonical(value)):
        return f"carries {told(one.value)} for the figure {told(one.address)}, the manifest says {_brief(value)}"
    said = written(value, unit, manifest.redacted)
    if one.text != said:
        return f"prints {told(one.text)} for the figure {told(one.address)}, the manifest says {told(said)}"
    return None


def _cell(figure: Figure, place: str) -> tuple[Value, str] | None:
    if figure.single:
        return None if place else (figure.rows[0][0], figure.columns[0].unit)
    row, _, column = place.partition(".")
    if not (row.isdecimal() and column.isdecimal() and len(row) <= len(str(MOST_ROWS)) and len(column) <= 3):
        return None
    if int(row) >= len(figure.rows) or int(column) >= len(figure.columns):
        return None
    return figure.rows[int(row)][int(column)], figure.columns[int(column)].unit


def _shortened(faults: list[str]) -> list[str]:
    if len(faults) <= MOST_TOLD:
        return faults
    return [*faults[:MOST_TOLD], f"and {len(faults) - MOST_TOLD:,} more of that kind"]
