"""Issuing a dossier: tables, figures, document, manifest, signature, folder and archive. This package's road."""

from __future__ import annotations

import hashlib
import io
import secrets
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch import __version__
from stillwatch.casework.signing import SigningKey
from stillwatch.casework.sums import tells_days, tells_kinds
from stillwatch.dossier import manifest as names
from stillwatch.dossier.book import Book
from stillwatch.dossier.document import Front, render
from stillwatch.dossier.edition import hide
from stillwatch.dossier.engine import SealedEngine
from stillwatch.dossier.errors import DossierError
from stillwatch.dossier.manifest import Manifest, described
from stillwatch.dossier.marking import Marking
from stillwatch.dossier.pdf import Pdf, PdfUnavailableError, render_pdf
from stillwatch.dossier.readme import readme
from stillwatch.dossier.redaction import redact
from stillwatch.dossier.signature import pem_of, signature_of
from stillwatch.dossier.subject import Subject, rows_of
from stillwatch.dossier.tables import gather
from stillwatch.report.prices import Prices
from stillwatch.report.result import Result
from stillwatch.signals import Key

OLDEST = (1980, 1, 1, 0, 0, 0)
"""The time of every file in the archive, the first that the format knows: the archive's bytes tell no clock."""


@dataclass(frozen=True)
class Order:
    """What is to be issued. `key` makes the pseudonyms, `signing_key` signs; `issued` is the day on the front page."""

    subject: Subject
    result: Result
    key: Key
    signing_key: SigningKey
    marking: Marking
    issued: date
    recipient: str | None = None
    redacted: bool = False
    names: bool = False
    prices: Prices | None = None
    pdf: bool = True


@dataclass(frozen=True)
class Issued:
    """A dossier that was written. `manifest` is the SHA-256 of its manifest; `no_pdf` says why there is no PDF."""

    folder: Path
    archive: Path
    manifest: str
    figures: int
    pages: int
    no_pdf: str | None


def issue(order: Order, folder: Path) -> Issued:
    """Write the dossier to `folder`, which must not be there yet, and beside it the same as `.zip`.

    The same order gives the same bytes (a PDF also takes the same fonts). Raises DossierError. Cost: for a campaign of
    25,000 accounts about 10 s, most of it the PDF.
    """
    archive = folder.with_name(folder.name + ".zip")
    _require_free(folder, archive)
    composed = compose(order)
    files, printed = composed.files, composed.printed
    beside = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}")
    try:
        _write(beside, files)
        packed = beside / "archive"
        packed.write_bytes(_packed(folder.name, files))
        packed.rename(archive)
        beside.rename(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    digest = hashlib.sha256(files[names.NAME]).hexdigest()
    pages, no_pdf = (printed.pages, None) if isinstance(printed, Pdf) else (0, printed)
    return Issued(folder, archive, digest, composed.figures, pages, no_pdf)


@dataclass(frozen=True)
class Composed:
    """The files of the folder by path, the number of figures, and the PDF or why there is none."""

    files: Mapping[str, bytes]
    figures: int
    printed: Pdf | str | None


def compose(order: Order) -> Composed:
    """Everything that is to be written, in memory. Raises DossierError."""
    if not rows_of(order.subject, order.result):
        raise DossierError(
            f"None of the campaigns of {order.subject.name} is in the result {order.result.path}. Name the result that "
            "the case was opened on with --result."
        )
    tables = gather(
        order.subject, order.result, hide(order.subject, order.result, order.key, order.names), order.prices
    )
    if order.redacted:
        tables = redact(tables)
    with SealedEngine(tables) as engine:
        book = Book(engine, order.redacted)
        html = render(_front(order), book, tables["campaigns"].to_pylist(), tables["timeline"].to_pylist())
    files = {f"{names.TABLES}/{name}.parquet": _parquet(table) for name, table in tables.items()}
    files[names.DOCUMENT] = html.encode()
    printed = _printed(html) if order.pdf else None
    if isinstance(printed, Pdf):
        files[names.PDF] = printed.content
    files[names.PUBLIC_KEY] = pem_of(order.signing_key.public_key)
    files[names.README] = readme(sorted(tables)).encode()
    signed = Manifest(_about(order), {name: described(content) for name, content in files.items()}, book.figures)
    files[names.NAME] = signed.encode()
    files[names.SIGNATURE] = signature_of(order.signing_key, files[names.NAME])
    return Composed(files, len(book.figures), printed)


def _front(order: Order) -> Front:
    subject = order.subject
    return Front(
        name=subject.name,
        case=subject.case,
        title=None if order.redacted else subject.title,
        status=subject.status,
        judged=subject.judged,
        divided=subject.scope.divided,
        by_account=tells_days(order.result.tables) and tells_kinds(order.result.tables),
        marking=order.marking,
        recipient=order.recipient,
        issued=order.issued,
        version=__version__,
        redacted=order.redacted,
        named=order.names,
        public_key=order.signing_key.public_key,
    )


def _about(order: Order) -> dict[str, object]:
    return {
        "subject": order.subject.name,
        "case": order.subject.case,
        "judged": order.subject.judged,
        "marking": order.marking.label,
        "recipient": order.recipient,
        "issued": order.issued.isoformat(),
        "redacted": order.redacted,
        "software": f"stillwatch {__version__}",
        "public_key": order.signing_key.public_key,
        "counted": "a figure whose origin is counted is reckoned from the rows of the tables",
        "quoted": "a figure whose origin is quoted is a number or sentence of the scan or the ledger that the tables "
        "repeat: to reckon it again takes the log",
    }


def _printed(html: str) -> Pdf | str:
    """The PDF, or why there is none."""
    try:
        return render_pdf(html, hashlib.sha256(html.encode()).digest()[:16])
    except PdfUnavailableError as error:
        return str(error)


def _parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def _require_free(folder: Path, archive: Path) -> None:
    for path in (folder, archive):
        if path.exists() or path.is_symlink():
            raise DossierError(f"{path} is there already, and a dossier is never overwritten. Name another --out.")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DossierError(f"{folder.parent} cannot be made: {error.strerror}. Name another --out.") from error


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _packed(name: str, files: Mapping[str, bytes]) -> bytes:
    """The files as a ZIP archive: in order, at one time, stored as they are, since compressors differ by version."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(files):
            entry = zipfile.ZipInfo(f"{name}/{path}", OLDEST)
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            archive.writestr(entry, files[path])
    return sink.getvalue()
