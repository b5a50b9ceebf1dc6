"""Signing in and out: with a password, through the provider, or for the first time with an invitation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from stillwatch.access import AccessError, Person, TooManyTriesError
from stillwatch.access.oidc import Handshake, ProviderError, admit
from stillwatch.console.guard import (
    HOME,
    Desk,
    PageError,
    TheDesk,
    cookie_name,
    local_path,
    session_cookie,
    session_token,
    visit_cookie,
)
from stillwatch.console.settings import Settings
from stillwatch.console.twin import Pages, render, then

pages = Pages("signing in")
HANDSHAKE = "handshake"
HANDSHAKE_SECONDS = 600
WRONG = "That name and password do not belong together."
To = Annotated[str, Query(max_length=2000, description="A page of this console to show next.")]
Typed = Annotated[str, Form(max_length=2000)]


@dataclass(frozen=True)
class SignIn:
    """How to sign in here. `to` is the page that is shown next; `message` says why the last try was not taken."""

    to: str
    through_provider: bool
    name: str = ""
    message: str = ""


@dataclass(frozen=True)
class Welcome:
    """An invitation that holds, and the role that it gives. `message` says why the last try was not taken."""

    invitation: str
    role: str
    name: str = ""
    message: str = ""


@pages.view("/sign-in", "sign_in.html.j2", role=None)
def sign_in_page(desk: TheDesk, to: To = HOME) -> SignIn:
    """How to sign in."""
    return SignIn(local_path(to), desk.oidc is not None)


@pages.form("/sign-in", role=None)
def sign_in(request: Request, desk: TheDesk, name: Typed, password: Typed, to: Typed = HOME) -> Response:
    """Sign in with a password. Slowed after wrong tries."""
    access = desk.access
    try:
        attempt = access.throttle.begin(name, _address(request))
        person = access.people.by_password(name, password)
    except TooManyTriesError as error:
        response = _again(request, desk, name, to, str(error), 429)
        response.headers["Retry-After"] = str(max(1, round((error.until - desk.settings.clock()).total_seconds())))
        return response
    if person is None:
        return _again(request, desk, name, to, WRONG, 403)
    access.throttle.succeeded(attempt)
    return _enter(request, desk, person, to)


@pages.form("/sign-out", role=None)
def sign_out(request: Request, desk: TheDesk) -> Response:
    """End the session of this browser."""
    token = session_token(request)
    if token:
        desk.access.sessions.end(token)
    response = then("/sign-in", "You are signed out.")
    _drop(response, desk.settings, session_cookie(desk.settings))
    return response


@pages.view("/welcome", "welcome.html.j2", role=None)
def welcome(desk: TheDesk, invitation: Annotated[str, Query(max_length=200)] = "") -> Welcome:
    """An invitation, before it is used."""
    try:
        return Welcome(invitation, desk.access.invitations.find(invitation).value)
    except AccessError as error:
        raise PageError(404, "This invitation does not hold", str(error)) from error


@pages.form("/welcome", role=None)
def accept(request: Request, desk: TheDesk, invitation: Typed, name: Typed, password: Typed) -> Response:
    """Use an invitation: choose a name and a password, and be signed in."""
    shown = welcome(desk, invitation)
    try:
        person = desk.access.invitations.accept(invitation, name, password)
    except AccessError as error:
        again = Welcome(invitation, shown.role, name, str(error))
        return render(request, "welcome.html.j2", again, 422)
    return _enter(request, desk, person, HOME)


@pages.passage("/sign-in/provider")
def to_provider(desk: TheDesk, to: To = HOME) -> Response:
    """Go to the OpenID Connect provider. A link, since a form may lead nowhere else."""
    if desk.oidc is None:
        raise PageError(404, "No provider is configured", "Sign in with a name and a password.")
    handshake = Handshake.new()
    try:
        response = RedirectResponse(desk.oidc.begin(handshake), 303)
    except ProviderError as error:
        raise PageError(502, "The provider does not answer", str(error)) from error
    response.set_cookie(
        cookie_name(desk.settings, HANDSHAKE),
        f"{handshake.secret}.{local_path(to)}",
        max_age=HANDSHAKE_SECONDS,
        httponly=True,
        samesite="lax",  # the provider sends the browser back from another site
        secure=desk.settings.secure,
    )
    return response


@pages.passage("/sign-in/return")
def from_provider(request: Request, desk: TheDesk) -> Response:
    """Back from the provider, with its answer."""
    if desk.oidc is None:
        raise PageError(404, "No provider is configured", "Sign in with a name and a password.")
    name = cookie_name(desk.settings, HANDSHAKE)
    secret, _, to = request.cookies.get(name, "").partition(".")
    if not secret:
        raise PageError(400, "This try to sign in has ended", "It takes ten minutes at most. Start again.")
    try:
        identity = desk.oidc.finish(Handshake(secret), request.query_params)
        person = admit(desk.access.people, desk.oidc.provider, identity)
    except AccessError as error:
        raise PageError(403, "You could not be signed in", str(error)) from error
    response = _enter(request, desk, person, to)
    _drop(response, desk.settings, name)
    return response


def _enter(request: Request, desk: Desk, person: Person, to: str) -> Response:
    """Begin a new session: what the browser had before is worth nothing afterwards."""
    before = session_token(request)
    if before:
        desk.access.sessions.end(before)
    response = then(local_path(to))
    response.set_cookie(
        session_cookie(desk.settings),
        desk.access.sessions.start(person),
        httponly=True,
        samesite="lax",  # a link to a case, in a message, leads to the case
        secure=desk.settings.secure,
    )
    _drop(response, desk.settings, visit_cookie(desk.settings))
    return response


def _again(request: Request, desk: Desk, name: str, to: str, message: str, status: int) -> Response:
    view = SignIn(local_path(to), desk.oidc is not None, name, message)
    return render(request, "sign_in.html.j2", view, status)


def _drop(response: Response, settings: Settings, name: str) -> None:
    response.delete_cookie(name, httponly=True, secure=settings.secure, samesite="lax")


def _address(request: Request) -> str:
    return request.client.host if request.client else ""
