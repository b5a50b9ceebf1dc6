"""People: who may use the desk, for admins."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Form, Request, Response

from stillwatch.access import AccessError
from stillwatch.casework.roles import Role
from stillwatch.console.guard import PageError, TheDesk, somebody
from stillwatch.console.twin import Pages, render, then

pages = Pages("people")
Name = Annotated[str, Form(max_length=200)]
RoleName = Annotated[Role, Form()]


@dataclass(frozen=True)
class PersonLine:
    """One person. `source` tells how they sign in: `local` by password, `oidc` through the provider."""

    name: str
    role: str
    source: str
    created: datetime
    disabled: bool
    yourself: bool


@dataclass(frozen=True)
class InvitationLine:
    """An invitation that was not used yet."""

    role: str
    made_by: str
    expires: datetime


@dataclass(frozen=True)
class PeoplePage:
    """Everybody, and who is invited. `link` is a new invitation's, shown once."""

    people: list[PersonLine]
    invitations: list[InvitationLine]
    roles: list[str]
    through_provider: bool
    link: str = ""


@pages.view("/people", "people.html.j2", role=Role.ADMIN)
def people_page(request: Request, desk: TheDesk) -> PeoplePage:
    """Who may use the desk."""
    here = somebody(request)
    people = [
        PersonLine(p.name, p.role.value, p.source, p.created, p.disabled, here is not None and p.name == here.name)
        for p in desk.access.people.everybody()
    ]
    invitations = [InvitationLine(i.role.value, i.made_by, i.expires) for i in desk.access.invitations.open()]
    return PeoplePage(people, invitations, [role.value for role in Role], desk.oidc is not None)


@pages.form("/people/invite", role=Role.ADMIN)
def invite(request: Request, desk: TheDesk, role: RoleName) -> Response:
    """Make an invitation; its link is on the page that answers, and nowhere else."""
    by = somebody(request)
    if by is None:
        raise PageError(401, "Sign in first")
    token = desk.access.invitations.invite(role, by)
    shown = people_page(request, desk)
    link = f"{desk.settings.url}/welcome?invitation={token}"
    return render(
        request,
        "people.html.j2",
        PeoplePage(shown.people, shown.invitations, shown.roles, shown.through_provider, link),
        201,
    )


@pages.form("/people/expect", role=Role.ADMIN)
def expect(desk: TheDesk, name: Name, role: RoleName) -> Response:
    """Add somebody who will sign in through the provider."""
    return _changed(lambda: desk.access.people.expect(name, role), "They can sign in through the provider now.")


@pages.form("/people/role", role=Role.ADMIN)
def change_role(desk: TheDesk, name: Name, role: RoleName) -> Response:
    """Give somebody another role. Their sessions end."""
    return _changed(lambda: desk.access.people.change_role(name, role), "The role was changed; their sessions ended.")


@pages.form("/people/disable", role=Role.ADMIN)
def disable(desk: TheDesk, name: Name) -> Response:
    """Let somebody in no more. Their sessions end; what they judged stays."""
    return _changed(lambda: desk.access.people.disable(name), "They can sign in no more; their sessions ended.")


@pages.form("/people/enable", role=Role.ADMIN)
def enable(desk: TheDesk, name: Name) -> Response:
    """Let somebody in again."""
    return _changed(lambda: desk.access.people.enable(name), "They can sign in again.")


def _changed(change: Callable[[], object], notice: str) -> Response:
    try:
        change()
    except AccessError as error:
        raise PageError(409, "This cannot be done", str(error)) from error
    return then("/people", notice)
