"""Who asks, whether they may, and whether a form is one of ours."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Annotated, cast
from urllib.parse import quote, urlsplit

from fastapi import Depends, Request

from stillwatch.access import Access, Person
from stillwatch.access.oidc import OpenIdConnect
from stillwatch.access.reveal import Originals
from stillwatch.casework.ledger import Ledger
from stillwatch.casework.roles import Role
from stillwatch.console.reading import Reader
from stillwatch.console.settings import Settings
from stillwatch.report.prices import Prices

FORM_FIELD = "form_token"
HOME = "/"
SAME_SITE = frozenset({"same-origin", "none"})


class PageError(Exception):
    """A page or form that cannot do what was asked: what, and what to do next. Both are shown as they are."""

    def __init__(self, status: int, title: str, detail: str = "") -> None:
        super().__init__(title)
        self.status, self.title, self.detail = status, title, detail


@dataclass(frozen=True)
class Problem:
    """Why there is no page. `status` is that of HTTP."""

    status: int
    title: str
    detail: str


class SignInNeededError(Exception):
    """Nobody is signed in in this browser, or no longer."""


@dataclass(frozen=True)
class Desk:
    """What all pages of one console work with: how it was started, judgements, the result, who may use it."""

    settings: Settings
    ledger: Ledger
    reader: Reader
    prices: Prices | None
    access: Access
    originals: Originals
    oidc: OpenIdConnect | None


def the_desk(request: Request) -> Desk:
    """The desk that this application serves."""
    return cast(Desk, request.app.state.desk)


TheDesk = Annotated[Desk, Depends(the_desk)]


def cookie_name(settings: Settings, purpose: str) -> str:
    """Name of a cookie. Browsers share cookies between ports of a host, so each port has its own names."""
    return f"__Host-stillwatch-{purpose}" if settings.secure else f"stillwatch-{purpose}-{settings.port}"


def session_cookie(settings: Settings) -> str:
    """Name of the cookie that holds the session's token."""
    return cookie_name(settings, "session")


def visit_cookie(settings: Settings) -> str:
    """Name of the cookie that forms of a browser without a session are bound to."""
    return cookie_name(settings, "visit")


def session_token(request: Request) -> str | None:
    """The session's token as the browser sent it; it may be ended or made up."""
    return request.cookies.get(session_cookie(the_desk(request).settings)) or None


def somebody(request: Request) -> Person | None:
    """Who is signed in in this browser, if anybody. Found once per request."""
    if not hasattr(request.state, "person"):
        token = session_token(request)
        request.state.person = None  # stays so if the database fails: the page that tells it asks again
        request.state.person = the_desk(request).access.sessions.person(token) if token else None
    return cast("Person | None", request.state.person)


@cache
def signed_in(role: Role) -> Callable[[Request], Person]:
    """A dependency that gives the person, who has at least this role.

    Raises SignInNeededError if nobody is signed in, PageError 403 if their role does not reach.
    """

    def person(request: Request) -> Person:
        found = somebody(request)
        if found is None:
            raise SignInNeededError
        if found.role < role:
            raise PageError(
                403,
                "Your role does not reach this far",
                f"It takes the role {role.value}; yours is {found.role.value}.",
            )
        return found

    return person


def local_path(text: str | None) -> str:
    """`text` if it leads to a page of this console, else the first page: a link must not lead out of the house."""
    if not text or not text.startswith("/") or text.startswith(("//", "/\\")) or "\\" in text:
        return HOME
    if any(ord(letter) < 0x21 or ord(letter) > 0x7E for letter in text):
        return HOME
    try:
        parts = urlsplit(text)
    except ValueError:
        return HOME
    return HOME if parts.scheme or parts.netloc else text


def sign_in_path(request: Request) -> str:
    """The sign-in page, which leads back to the page that was asked for."""
    asked = quote(request.url.path, safe="/~@:+,=-_")
    path = f"{asked}?{request.url.query}" if request.url.query else asked
    back = local_path(path)
    return "/sign-in" if back == HOME else f"/sign-in?to={quote(back, safe='/')}"


def form_token(request: Request) -> str:
    """What a form of this page must carry. Bound to the session, or to the visit of a browser without one."""
    return _token_for(_bound_to(request) or new_visit(request))


def new_visit(request: Request) -> str:
    """The visit that this response begins; the cookie is set with the page."""
    if not hasattr(request.state, "new_visit"):
        request.state.new_visit = secrets.token_urlsafe(24)
    return cast(str, request.state.new_visit)


async def checked_form(request: Request) -> None:
    """Every form must come from a page of this console, in this session. Raises PageError 403."""
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return
    if not _same_origin(request):
        raise PageError(
            403, "This form was not sent from the console", "Open the page in the console and send it there."
        )
    request.state.own_form = True
    bound = _bound_to(request)
    given = (await request.form()).get(FORM_FIELD)
    if (
        bound is None
        or not isinstance(given, str)
        or not hmac.compare_digest(given.encode(), _token_for(bound).encode())
    ):
        raise PageError(
            403,
            "This form belongs to another session",
            "Nothing was recorded. Open the page again, and send the form from there.",
        )


def _bound_to(request: Request) -> str | None:
    settings = the_desk(request).settings
    return session_token(request) or request.cookies.get(visit_cookie(settings)) or None


def _token_for(cookie: str) -> str:
    return hmac.digest(cookie.encode(), b"form", "sha256").hex()


def _same_origin(request: Request) -> bool:
    """By what browsers say of themselves; one that says neither still needs the token."""
    site = request.headers.get("sec-fetch-site")
    if site is not None and site not in SAME_SITE:
        return False
    origin = request.headers.get("origin")
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower()
    except ValueError:
        return False
