"""Pages and their twins: one handler gives a view; it is shown as HTML at `/path` and as JSON at `/path.json`.

**Ids in paths.** An account id may be any text. One that consists of letters, digits, `_` and `-` stands in a path as
it is; any other stands there as `~` and the base64url of its UTF-8, without padding. So no id contains `/`, `.`, `%`
or a space in a path, none ends in `.json`, and no proxy can normalise one into another.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, TypeVar, cast, get_type_hints

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, PackageLoader
from markupsafe import Markup
from pydantic import AfterValidator

from stillwatch.access import Person
from stillwatch.casework.roles import Role
from stillwatch.console.guard import (
    FORM_FIELD,
    Problem,
    form_token,
    signed_in,
    somebody,
    the_desk,
    visit_cookie,
)
from stillwatch.console.shown import FILTERS
from stillwatch.report.page import templates

PLAIN = re.compile(r"[A-Za-z0-9_-]+")
ENCODED = "~"
SEGMENT = r"^(~[A-Za-z0-9_-]*|[A-Za-z0-9_-]+)$"
NOTICE_COOKIE = "stillwatch-notice"
NOTICE_SECONDS = 60

View = TypeVar("View")
Handler = Callable[..., View]


def segment(text: str) -> str:
    """An id as one segment of a path."""
    if PLAIN.fullmatch(text):
        return text
    return ENCODED + base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def id_of(path_segment: str) -> str:
    """The id that a segment of a path stands for. Raises ValueError if it stands for none."""
    if not path_segment.startswith(ENCODED):
        return path_segment
    body = path_segment[1:]
    try:
        return base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ValueError("stands for no id") from error


Id = Annotated[
    str, Path(pattern=SEGMENT, description="An id; see the encoding of ids in paths."), AfterValidator(id_of)
]
"""An id in a path, decoded. What stands for none is answered with 404."""


class Pages:
    """Pages of one subject. Each is behind a role; `None` is for pages that need nobody signed in."""

    def __init__(self, subject: str) -> None:
        self.router = APIRouter(tags=[subject])

    def view(
        self, path: str, template: str, role: Role | None = Role.VIEWER
    ) -> Callable[[Handler[View]], Handler[View]]:
        """Register a handler that returns a frozen dataclass, the view, as page and as twin.

        The handler declares what it needs as FastAPI handlers do. In the template the view is `page`.
        """

        def register(handler: Handler[View]) -> Handler[View]:
            shape = get_type_hints(handler)["return"]
            guards = [] if role is None else [Depends(signed_in(role))]
            name = handler.__name__
            self.router.add_api_route(
                twin_path(path),
                handler,
                response_model=shape,
                dependencies=guards,
                responses=_told_as_json(),
                name=f"{name}.json",
                operation_id=f"{name}_json",
            )
            self.router.add_api_route(
                path,
                _shown_as_page(handler, template),
                response_class=HTMLResponse,
                response_model=None,
                dependencies=guards,
                responses=_told_as_page(),
                name=name,
                operation_id=name,
                description=handler.__doc__,
            )
            return handler

        return register

    def file(
        self, path: str, media_type: str, role: Role = Role.VIEWER
    ) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
        """Register a file to be kept. Whoever may not have it is told so on a page."""

        def register(handler: Callable[..., Response]) -> Callable[..., Response]:
            given: dict[int | str, dict[str, Any]] = {
                200: {"description": "The file", "content": {media_type: {"schema": {"type": "string"}}}}
            }
            self.router.add_api_route(
                path,
                handler,
                response_model=None,
                response_class=Response,
                dependencies=[Depends(signed_in(role))],
                responses=_told_as_page() | given,
                name=handler.__name__,
                operation_id=handler.__name__,
            )
            return handler

        return register

    def passage(self, path: str) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
        """Register a link that shows nothing and leads on: to the provider, or back."""

        def register(handler: Callable[..., Response]) -> Callable[..., Response]:
            self.router.add_api_route(
                path,
                handler,
                status_code=303,
                response_model=None,
                response_class=RedirectResponse,
                responses=_told_as_page(),
                name=handler.__name__,
                operation_id=handler.__name__,
            )
            return handler

        return register

    def form(
        self, path: str, role: Role | None = Role.ANALYST
    ) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
        """Register what a form does. The handler returns `then(...)`: where to go, and what to tell there.

        It is only called for forms of this console (see `guard.checked_form`, which guards every POST).
        """

        def register(handler: Callable[..., Response]) -> Callable[..., Response]:
            guards = [] if role is None else [Depends(signed_in(role))]
            self.router.add_api_route(
                path,
                handler,
                methods=["POST"],
                status_code=303,
                response_model=None,
                response_class=RedirectResponse,
                dependencies=guards,
                responses=_told_as_page() | {201: {"description": "Done; what was made is shown here, once"}},
                name=handler.__name__,
                operation_id=handler.__name__,
            )
            return handler

        return register


def twin_path(path: str) -> str:
    """Where the JSON of a page is."""
    return "/index.json" if path == "/" else f"{path}.json"


def then(path: str, notice: str = "") -> Response:
    """After a form: show this page of ours next, with a notice on it. The notice holds no identifiers."""
    response = RedirectResponse(path, 303)
    if notice:
        value = base64.urlsafe_b64encode(notice.encode()).decode()
        response.set_cookie(NOTICE_COOKIE, value, max_age=NOTICE_SECONDS, httponly=True, samesite="strict")
    return response


REFUSALS = {
    400: "Cannot be read",
    401: "Nobody is signed in",
    403: "The role does not reach, or the form is not ours",
    404: "Not there",
    409: "Cannot be done now",
    422: "Does not fit",
    429: "Has to wait",
    502: "The OpenID Connect provider does not answer",
    503: "The ledger cannot be reached",
}


def _told_as_json() -> dict[int | str, dict[str, Any]]:
    return {status: {"model": Problem, "description": text} for status, text in REFUSALS.items()}


def _told_as_page() -> dict[int | str, dict[str, Any]]:
    told: dict[int | str, dict[str, Any]] = {
        status: {"description": text, "content": {"text/html": {"schema": {"type": "string"}}}}
        for status, text in REFUSALS.items()
    }
    return told | {303: {"description": "On to another page, the sign-in among them"}}


def _shown_as_page(handler: Handler[View], template: str) -> Callable[..., HTMLResponse]:
    def page(request: Request, view: Any = Depends(handler)) -> HTMLResponse:  # noqa: B008 - how FastAPI is told
        return render(request, template, view)

    return page


def render(request: Request, template: str, view: object, status: int = 200) -> HTMLResponse:
    """A view as a page, with what all pages have: who is signed in, the form's token, a notice."""
    settings = the_desk(request).settings
    html = (
        environment()
        .get_template(template)
        .render(
            page=view,
            person=_known(request),
            role=_known_role(request),
            originals_possible=the_desk(request).originals.possible,
            here=request.url.path,
            twin=_twin_of(request),
            asset=request.app.state.assets.url,
            notice=_notice(request),
            form_field=Markup('<input type="hidden" name="{}" value="{}">').format(FORM_FIELD, form_token(request)),
        )
    )
    response = HTMLResponse(html, status)
    if hasattr(request.state, "new_visit"):
        response.set_cookie(
            visit_cookie(settings), request.state.new_visit, httponly=True, samesite="lax", secure=settings.secure
        )
    if NOTICE_COOKIE in request.cookies:
        response.delete_cookie(NOTICE_COOKIE)
    return response


def _twin_of(request: Request) -> str:
    """Where this page is as JSON; what a form answers is nowhere else."""
    if request.method != "GET":
        return ""
    query = request.url.query
    return f"{twin_path(request.url.path)}?{query}" if query else twin_path(request.url.path)


def _known(request: Request) -> Person | None:
    return somebody(request)


def _known_role(request: Request) -> str:
    person = _known(request)
    return person.role.value if person else ""


def _notice(request: Request) -> str:
    try:
        return base64.urlsafe_b64decode(request.cookies.get(NOTICE_COOKIE, "")).decode()[:400]
    except (ValueError, binascii.Error):
        return ""


@cache
def environment() -> Environment:
    """Where all pages are made: every value is escaped, and one that is missing is an error."""
    made = templates(PackageLoader("stillwatch.console"))
    made.globals.update(fresh_token=lambda: secrets.token_urlsafe(18))
    made.filters.update(segment=segment, **FILTERS)
    return made


def person_of(request: Request) -> Person:
    """The person, behind a guard that has let them in."""
    return cast(Person, somebody(request))
