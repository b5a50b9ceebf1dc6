"""What goes wrong, told as a page or as JSON, whichever was asked for."""

from __future__ import annotations

import logging
import traceback
from dataclasses import dataclass

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stillwatch.casework.errors import CaseworkError, ConflictError, RuleError
from stillwatch.console.guard import PageError, Problem, SignInNeededError, sign_in_path
from stillwatch.console.twin import render

log = logging.getLogger("stillwatch.console")
TITLES = {
    400: "This request cannot be read",
    404: "There is no such page",
    405: "This page does not take that request",
    413: "This request is too large",
    415: "Forms are sent as a browser sends them",
    422: "Something in this request does not fit",
}
LOST = "Nothing was recorded."
# What a person typed at length, and would not want to type again.
KEPT_FIELDS = ("reason", "comment", "statement", "title", "source")


@dataclass(frozen=True)
class Kept:
    """What was typed into a form that was not taken, to be copied."""

    field: str
    text: str


@dataclass(frozen=True)
class ProblemPage:
    """A problem as a page."""

    problem: Problem
    kept: tuple[Kept, ...]


def wants_json(request: Request) -> bool:
    """Whether a program asks: for a twin, or for JSON and not for a page."""
    accepted = request.headers.get("accept", "")
    return request.url.path.endswith(".json") or ("application/json" in accepted and "text/html" not in accepted)


def add_error_pages(app: FastAPI) -> None:
    """Register how each error is told."""
    app.exception_handler(PageError)(_page_error)
    app.exception_handler(SignInNeededError)(_sign_in_needed)
    app.exception_handler(HTTPException)(_http_error)
    app.exception_handler(RequestValidationError)(_misfit)
    app.exception_handler(CaseworkError)(_ledger_fault)


async def _page_error(request: Request, error: PageError) -> Response:
    return await tell(request, Problem(error.status, error.title, error.detail))


async def _sign_in_needed(request: Request, _: Exception) -> Response:
    if wants_json(request):
        return await tell(request, Problem(401, "Sign in first", f"At {sign_in_path(request)}."))
    if request.method == "GET":
        return RedirectResponse(sign_in_path(request), 303)
    return await tell(
        request, Problem(401, "Your session has ended", f"{LOST} Sign in again, then send the form again.")
    )


async def _http_error(request: Request, error: HTTPException) -> Response:
    title = TITLES.get(error.status_code, "This request was refused")
    response = await tell(request, Problem(error.status_code, title, ""))
    response.headers.update(error.headers or {})
    return response


async def _misfit(request: Request, error: RequestValidationError) -> Response:
    """Names the fields that do not fit, never what was in them."""
    faults = error.errors()
    if any(fault["loc"][0] == "path" for fault in faults):
        return await tell(request, Problem(404, TITLES[404], ""))
    named = "; ".join(f"{'.'.join(str(part) for part in fault['loc'][1:])}: {_why(fault)}" for fault in faults[:8])
    return await tell(request, Problem(422, TITLES[422], f"{LOST} {named}." if named else LOST))


def _why(fault: dict[str, object]) -> str:
    return "is missing" if fault["type"] == "missing" else str(fault["msg"]).lower()


async def _ledger_fault(request: Request, error: CaseworkError) -> Response:
    """What the ledger complains of, without where it lies."""
    log.error("the ledger: %s", error.what)
    status = 409 if isinstance(error, RuleError | ConflictError) else 503
    return await tell(request, Problem(status, f"{error.what[:1].upper()}{error.what[1:]}", error.what_next))


async def tell(request: Request, problem: Problem) -> Response:
    """The problem as JSON or as a page."""
    if wants_json(request):
        return JSONResponse(
            {"status": problem.status, "title": problem.title, "detail": problem.detail}, problem.status
        )
    return render(request, "problem.html.j2", ProblemPage(problem, await _kept(request)), problem.status)


async def _kept(request: Request) -> tuple[Kept, ...]:
    """Long texts of a form of ours. What another site sent is not shown: it could pass for our words."""
    if request.method != "POST" or not getattr(request.state, "own_form", False):
        return ()
    form = await request.form()
    return tuple(Kept(name, text) for name in KEPT_FIELDS if isinstance(text := form.get(name), str) and text.strip())


class Faults:
    """Tells a fault of ours as a page, and logs where it was but not what was worked on."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def noted(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception as error:  # whatever it is, the reader gets a page and the log gets its place
            log.error("%s at %s", type(error).__name__, _place(error))
            if started:
                raise
            scope.setdefault("state", {})["own_form"] = False  # the form was read; what was typed is not at hand here
            problem = Problem(500, "This page failed", "A fault of ours; its place is in the console's log.")
            response = await tell(Request(scope), problem)
            await response(scope, receive, send)


def _place(error: Exception) -> str:
    """File, line and function of each call; a message or a value could hold an identifier."""
    frames = traceback.extract_tb(error.__traceback__)
    return " > ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-12:])
