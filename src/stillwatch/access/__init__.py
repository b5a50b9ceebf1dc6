"""Who may do what at the desk, and what is kept about it.

* A **person** has a name and a role, and signs in with a password or through an OpenID Connect provider.
* A **session** is a random token in one browser; only its hash is kept.
* An **invitation** is a link that lets one new person in, once.
* A **read** is the record that somebody saw original identifiers, and why.

Names are kept in one spelling (NFKC, case folded): `Ana` and `ana` are the same person.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from stillwatch.access.errors import AccessError
from stillwatch.access.invitations import Invitations
from stillwatch.access.people import People, Person
from stillwatch.access.reads import Reads
from stillwatch.access.sessions import Sessions
from stillwatch.access.throttle import Throttle, TooManyTriesError
from stillwatch.casework.database import Database

__all__ = ["Access", "AccessError", "Person", "TooManyTriesError", "open_access"]


@dataclass(frozen=True)
class Access:
    """All that a door needs to know who is there."""

    people: People
    sessions: Sessions
    throttle: Throttle
    invitations: Invitations
    reads: Reads


def open_access(database: Database, clock: Callable[[], datetime], idle: timedelta, longest: timedelta) -> Access:
    """Access over an open database. `clock` gives the time in UTC; for the other two see `Sessions`."""
    people = People(database, clock)
    return Access(
        people,
        Sessions(database, clock, idle, longest),
        Throttle(database, clock),
        Invitations(database, clock, people),
        Reads(database, clock),
    )
