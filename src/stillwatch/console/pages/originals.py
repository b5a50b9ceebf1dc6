"""Original identifiers behind pseudonyms, for who needs them: shown once, in answer to a reason that is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Form, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from stillwatch.access.reveal import RevealError
from stillwatch.casework.roles import Role
from stillwatch.console.casebook import casebook
from stillwatch.console.csv_files import csv_response
from stillwatch.console.guard import PageError, the_desk
from stillwatch.console.shown import opened
from stillwatch.console.twin import Pages, person_of, render, segment
from stillwatch.records import HOLDINGS
from stillwatch.signals import KeyFileError

pages = Pages("originals")
ROWS = 2_000
"""Lines on the page; as a table for a spreadsheet there are all of them."""
MADE = 201
Kinds = Mapping[str, str]
"""Pseudonyms, each with what it stands for: an account, or a kind of shared value."""


class AskedOriginals(BaseModel):
    """Whose originals: of an account and what it holds, of a campaign's shared values, of a measure's accounts."""

    of: Literal["account", "campaign", "measure"]
    id: Annotated[str, Field(min_length=1, max_length=500, description="The account, the campaign, or CASE-PROPOSAL.")]
    reason: Annotated[str, Field(max_length=2_000)] = ""
    as_table: bool = False


@dataclass(frozen=True)
class Original:
    """One pseudonym and what it stands for; `original` is None where it is not sealed beside the result."""

    kind: str
    pseudonym: str
    original: str | None


@dataclass(frozen=True)
class OriginalsPage:
    """What was asked for, shown once."""

    of: str
    id: str
    back: str
    total: int
    shown: tuple[Original, ...]


@pages.form("/originals", Role.ANALYST)
def originals(request: Request, asked: Annotated[AskedOriginals, Form()]) -> Response:
    """Show original identifiers. The reason and who asked are written down before anything is shown."""
    kinds, back = _pseudonyms(request, asked)
    try:
        subject = (asked.of, asked.id)
        known = the_desk(request).originals.reveal(person_of(request), subject, kinds, asked.reason)
    except (RevealError, KeyFileError) as error:
        raise PageError(409, "Original identifiers are not shown", str(error)) from error
    lines = [Original(kind, pseudonym, known.get(pseudonym)) for pseudonym, kind in kinds.items()]
    if asked.as_table:
        rows = ((line.kind, line.pseudonym, line.original) for line in lines)
        response: Response = csv_response("originals.csv", ("kind", "pseudonym", "original"), rows)
        response.status_code = MADE
        return response
    view = OriginalsPage(asked.of, asked.id, back, len(lines), tuple(lines[:ROWS]))
    return render(request, "originals.html.j2", view, MADE)


def _pseudonyms(request: Request, asked: AskedOriginals) -> tuple[Kinds, str]:
    """The pseudonyms that were asked for, in order, and the page to go back to. Raises PageError 404."""
    book = casebook(request)
    if asked.of == "campaign":
        shared = opened(book.reading, asked.id).sighting.shared
        return {row["value"]: row["detector"] for row in shared}, f"/campaigns/{segment(asked.id)}"
    if asked.of == "measure":
        return _of_measure(request, asked.id)
    if not book.reading.memberships(asked.id):
        raise PageError(404, "This account is in no listed group", "The result keeps originals of those it lists.")
    held = book.reading.by_account[HOLDINGS.name].rows(asked.id)
    values = dict(zip(held["value"].to_pylist(), held["detector"].to_pylist(), strict=True))
    return {asked.id: "account", **values}, f"/accounts/{segment(asked.id)}"


def _of_measure(request: Request, name: str) -> tuple[Kinds, str]:
    """The accounts on which a measure is; `name` is the number of the case, a hyphen, and that of the proposal."""
    number, _, proposal = name.partition("-")
    if not (number.isdecimal() and proposal.isdecimal() and len(name) < 20):
        raise PageError(404, "There is no such measure", "It is named by its case and the entry that proposed it.")
    measure = casebook(request).case(int(number)).measure(int(proposal))
    if measure is None:
        raise PageError(404, "There is no such measure", f"Entry {proposal} proposes nothing in case {number}.")
    return dict.fromkeys(sorted(measure.remaining), "account"), f"/cases/{number}#measure-{proposal}"
