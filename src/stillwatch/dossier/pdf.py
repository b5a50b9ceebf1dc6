"""The document as PDF/UA: tagged, so that it can be read aloud, and the same bytes each time on one machine."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any, NoReturn

from stillwatch.dossier.errors import DossierError

VARIANT = "pdf/ua-1"


class PdfUnavailableError(DossierError):
    """PDF cannot be made here, though HTML can."""


@dataclass(frozen=True)
class Pdf:
    """A PDF and how many pages it has."""

    content: bytes
    pages: int


def render_pdf(html: str, identifier: bytes) -> Pdf:
    """The document as PDF. `identifier` is written into the file instead of a random one. Raises PdfUnavailableError
    where WeasyPrint or Pango is not installed. Cost: about 0.15 s a page."""
    try:
        from weasyprint import HTML  # noqa: PLC0415 - loads Pango, if it is there
        from weasyprint.urls import URLFetcher  # noqa: PLC0415
    except (ImportError, OSError) as error:
        raise PdfUnavailableError(
            "No PDF was made: WeasyPrint or Pango is missing. Install stillwatch[desk] and Pango (on Debian: "
            "libpango-1.0-0 libpangoft2-1.0-0), or ask for HTML alone with --no-pdf."
        ) from error

    class NothingIsFetched(URLFetcher):  # type: ignore[misc]
        """The document carries everything it needs: whatever asks for an address is refused."""

        def fetch(self, *_: Any, **__: Any) -> NoReturn:
            raise ValueError("a dossier fetches nothing")

    # Its warnings are on CSS for screens; they would stand between a person and our messages.
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    logging.getLogger("fontTools").setLevel(logging.CRITICAL)
    options = {"pdf_variant": VARIANT, "pdf_tags": True, "pdf_identifier": identifier}
    document = HTML(string=html, url_fetcher=NothingIsFetched(), base_url=None).render(**options)
    return Pdf(document.write_pdf(**options), len(document.pages))
