"""An account, and what of it a maker of actors may set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypedDict

Kind = Literal["chat", "dev", "agent", "app"]
Route = Callable[["Account", float], int]
"""The address that an account uses at a time (seconds). Addresses below 0 are IPv6 homes, told apart when written."""
NEVER = 1e12


class Given(TypedDict, total=False):
    """Fields of a new account that are not drawn."""

    user_agent: str
    tls: str
    email_domain: str
    organization_id: str | None
    payment_fingerprint: str | None
    device_fingerprint: str | None
    home: int
    signup_address: int
    created: float
    plan: str
    programme: str
    preferred: str
    route: Route


@dataclass
class Account:
    """One account. Times are seconds; `actor` is who stands behind it, the truth that no log tells."""

    account_id: str
    actor: str
    kind: Kind
    home: int
    key: str
    surface: str
    email_domain: str
    created: float
    payment_fingerprint: str | None
    signup_address: int
    device_fingerprint: str | None
    preferred: str
    migrates: float
    mobile: int
    number: int
    user_agent: str = ""
    tls: str = ""
    plan: str = ""
    programme: str = "none"
    organization_id: str | None = None
    office: int | None = None
    time_zone: float | None = None
    renewal: int = 0
    leased: list[int] = field(default_factory=list)
    route: Route | None = None
    stripped: bool = False
    """Its conversations carry no ids."""
