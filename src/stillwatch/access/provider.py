"""Which OpenID Connect provider there is, and what its people may do here: a TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from stillwatch.access.errors import AccessError
from stillwatch.casework.roles import Role

CREATE, REFUSE = "create", "refuse"
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
Document = Mapping[str, Any]


@dataclass(frozen=True)
class Provider:
    """The provider, and what its people may do here.

    * `name_claim`: which claim of the ID token becomes the person's name at the desk.
    * `role_claim`, `roles`: which claim holds groups, and the role that each gives; the highest counts, at every
      sign-in. Without `roles`, a person's role is what an admin set.
    * `unknown`: somebody who has no entry among the people is refused, or created with their mapped role.
    """

    issuer: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    scopes: str = "openid profile email"
    name_claim: str = "preferred_username"
    role_claim: str = "groups"
    roles: Mapping[str, Role] = field(default_factory=dict)
    unknown: str = REFUSE


def read_provider(file: Path) -> Provider:
    """The provider described in a TOML file. Raises AccessError that names what does not fit."""
    try:
        given = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise AccessError(f"{file}: {error.strerror}. Name the file of the provider with --oidc.") from error
    except ValueError as error:
        raise AccessError(f"{file} is not TOML: {error}. See docs/desk.md for an example.") from error
    faults = _faults(given)
    if faults:
        raise AccessError(f"{file}: {'; '.join(faults)}.")
    roles = given.get("roles", {})
    texts = {name: given[name] for name in ("scopes", "name_claim", "role_claim", "unknown") if name in given}
    return Provider(
        issuer=given["issuer"].rstrip("/"),
        client_id=given["client_id"],
        client_secret=_secret(file, given.get("client_secret_file")),
        roles={group: Role(role) for group, role in roles.items()},
        **texts,
    )


_TEXTS = ("issuer", "client_id", "client_secret_file", "scopes", "name_claim", "role_claim", "unknown")


def _faults(given: Document) -> list[str]:
    faults = [f"`{name}` is missing" for name in ("issuer", "client_id") if name not in given]
    faults += [f"`{name}` must be text" for name in _TEXTS if not isinstance(given.get(name, ""), str)]
    faults += [
        f"`{name}` is not known; known are {', '.join(_TEXTS)}, roles" for name in set(given) - {*_TEXTS, "roles"}
    ]
    if given.get("unknown", REFUSE) not in {REFUSE, CREATE}:
        faults.append(f"`unknown` must be {REFUSE} or {CREATE}")
    roles = given.get("roles", {})
    known = [role.value for role in Role]
    if not isinstance(roles, dict):
        return [*faults, "`roles` must be a table of GROUP = ROLE"]
    faults += [
        f"`roles.{group}` must be one of {', '.join(known)}" for group, role in roles.items() if role not in known
    ]
    if given.get("unknown") == CREATE and not roles:
        faults.append(f'`unknown = "{CREATE}"` needs `roles`, or nobody new would have one')
    issuer = given.get("issuer")
    if isinstance(issuer, str) and not _fit_to_trust(issuer):
        faults.append("`issuer` must be an https:// address")
    return faults


def _fit_to_trust(issuer: str) -> bool:
    parts = urlsplit(issuer)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def _secret(beside: Path, file: str | None) -> str | None:
    if file is None:
        return None
    path = beside.parent / file
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise AccessError(f"the client's secret {path}: {error.strerror}. Correct `client_secret_file`.") from error
