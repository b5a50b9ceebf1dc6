"""The web application, put together from its parts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse, Response

from stillwatch import __version__
from stillwatch.access import open_access
from stillwatch.access.oidc import OpenIdConnect
from stillwatch.access.reveal import Originals
from stillwatch.casework.ledger import Ledger
from stillwatch.casework.roles import Role
from stillwatch.casework.signing import default_signing_key_path, open_signing_key
from stillwatch.console.errors import Faults, add_error_pages
from stillwatch.console.guard import Desk, checked_form, signed_in
from stillwatch.console.pages import (
    account,
    campaign,
    campaigns,
    case,
    cases,
    evidence,
    judging,
    ledger,
    members,
    originals,
    people,
    reads,
    search,
    signing_in,
)
from stillwatch.console.reading import Reader
from stillwatch.console.security import Door
from stillwatch.console.settings import Settings
from stillwatch.report.prices import load_prices

SUBJECTS = (
    signing_in, campaigns, campaign, members, evidence, account, originals, cases, judging, case, search, ledger,
    people, reads,
)  # fmt: skip
ROUTERS = tuple(subject.pages.router for subject in SUBJECTS)
"""Every page there is."""
A_YEAR = "public, max-age=31536000, immutable"
KINDS = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}


def create_app(settings: Settings) -> FastAPI:
    """The console over one result and one ledger.

    Raises what `open_desk` raises.
    """
    app = FastAPI(
        title="Stillwatch console",
        version=__version__,
        openapi_url=None,  # served below, behind the sign-in
        docs_url=None,  # would fetch its script from elsewhere
        redoc_url=None,
        dependencies=[Depends(checked_form)],
    )
    app.state.desk = open_desk(settings)
    app.state.assets = read_assets()
    app.add_middleware(Faults)
    app.add_middleware(Door, settings=settings)
    add_error_pages(app)
    for router in ROUTERS:
        app.include_router(router)
    app.add_api_route("/assets/{version}/{name}", _asset, include_in_schema=False)
    app.add_api_route(
        "/openapi.json", _description, include_in_schema=False, dependencies=[Depends(signed_in(Role.VIEWER))]
    )
    return app


def open_desk(settings: Settings) -> Desk:
    """What the pages work with. Reads the result; opens the ledger, and makes or migrates its database.

    Raises ResultError, PriceFileError, KeyFileError, CaseworkError.
    """
    reader = Reader(settings.result)
    prices = load_prices(settings.prices) if settings.prices else None
    begun = "://" not in settings.ledger and Path(settings.ledger).exists()
    # A ledger that is there was signed by a key that is there: a slip in its path must not make another one.
    key = open_signing_key(settings.signing_key or default_signing_key_path(), make=not begun)
    ledger = Ledger.open(settings.ledger, key, settings.second_person_above)
    access = open_access(ledger.database, settings.clock, settings.idle, settings.longest)
    return_uri = f"{settings.url}/sign-in/return"
    oidc = OpenIdConnect(settings.oidc, return_uri, settings.clock) if settings.oidc else None
    return Desk(settings, ledger, reader, prices, access, Originals(settings.result, settings.key, access.reads), oidc)


@dataclass(frozen=True)
class Assets:
    """Styles, script and pictures of the package, under a path that changes whenever one of them does."""

    files: Mapping[str, bytes]
    version: str

    def url(self, name: str) -> str:
        """Where a browser finds the file. Raises KeyError if there is none of that name."""
        self.files[name]
        return f"/assets/{self.version}/{name}"


def read_assets() -> Assets:
    """All files in `assets`, and the report's style, on which the desk's builds; read once."""
    folder = resources.files("stillwatch.console").joinpath("assets")
    style = resources.files("stillwatch.report").joinpath("templates", "style.css")
    files = {item.name: item.read_bytes() for item in sorted([*folder.iterdir(), style], key=lambda item: item.name)}
    digest = hashlib.sha256()
    for name, content in files.items():
        digest.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
    return Assets(files, digest.hexdigest()[:16])


def _asset(request: Request, version: str, name: str) -> Response:
    assets: Assets = request.app.state.assets
    suffix = f".{name.rpartition('.')[2]}"
    if version != assets.version or name not in assets.files or suffix not in KINDS:
        return Response(status_code=404)
    return Response(assets.files[name], headers={"Content-Type": KINDS[suffix], "Cache-Control": A_YEAR})


def _description(request: Request) -> JSONResponse:
    """What this console offers to programs."""
    app: Any = request.app
    return JSONResponse(app.openapi())
