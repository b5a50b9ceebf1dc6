"""OpenID Connect: authorization code with PKCE, state and nonce, by Authlib, against one provider.

Nothing is kept here while somebody is at the provider. Their browser holds one random secret; state, nonce and code
verifier are made from it, so an answer that belongs to another browser or another try fits none of them.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, TypeVar

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from stillwatch.access.errors import AccessError
from stillwatch.access.people import People, Person
from stillwatch.access.provider import CREATE, Provider
from stillwatch.casework.roles import Role

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
"""Signatures by a key that only the provider has: neither `none` nor one made with the client's secret."""
LEEWAY_SECONDS = 60
PATIENCE_SECONDS = 10
WELL_KNOWN = "/.well-known/openid-configuration"
NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")
DESCRIBED_FOR = timedelta(hours=1)

Found = TypeVar("Found")
Document = Mapping[str, Any]


class ProviderError(AccessError):
    """Sign-in through the provider did not succeed: why, and what to do. May be shown as it is."""


@dataclass(frozen=True)
class Identity:
    """Whom the provider vouches for."""

    subject: str
    name: str
    role: Role | None


@dataclass(frozen=True)
class Handshake:
    """One try to sign in through the provider, made from the secret in one browser."""

    secret: str

    @classmethod
    def new(cls) -> Handshake:
        return cls(secrets.token_urlsafe(32))

    @property
    def state(self) -> str:
        return self._made("state")

    @property
    def nonce(self) -> str:
        return self._made("nonce")

    @property
    def verifier(self) -> str:
        return self._made("verifier")

    def _made(self, purpose: str) -> str:
        digest = hmac.digest(self.secret.encode(), purpose.encode(), "sha256")
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


class OpenIdConnect:
    """The desk as a client of one provider."""

    def __init__(self, provider: Provider, redirect_uri: str, clock: Callable[[], datetime]) -> None:
        self.provider = provider
        self._redirect_uri = redirect_uri
        self._clock = clock
        self._lock = Lock()
        self._described: tuple[datetime, Document, Document] | None = None

    def begin(self, handshake: Handshake) -> str:
        """Where to send the browser. Raises ProviderError if the provider does not answer."""
        metadata, _ = self._description()
        with self._client(metadata) as client:
            url, _ = client.create_authorization_url(
                metadata["authorization_endpoint"],
                state=handshake.state,
                nonce=handshake.nonce,
                code_verifier=handshake.verifier,
            )
        return str(url)

    def finish(self, handshake: Handshake, answer: Mapping[str, str]) -> Identity:
        """Whom the provider's answer vouches for. `answer` holds the parameters that the browser came back with.
        Raises ProviderError if it denies, or if anything about the answer does not fit this try."""
        if not hmac.compare_digest(answer.get("state", "").encode(), handshake.state.encode()):
            raise ProviderError("The provider's answer belongs to another try to sign in. Start again.")
        if "error" in answer:
            raise ProviderError("The provider did not let you in. Ask whoever runs it, or sign in another way.")
        if not answer.get("code"):
            raise ProviderError("The provider's answer holds no code. Start again.")
        metadata, _ = self._description()
        with self._client(metadata) as client:
            token = _asked(
                "exchange the code",
                lambda: client.fetch_token(
                    metadata["token_endpoint"], code=answer["code"], code_verifier=handshake.verifier
                ),
            )
        return self._identity(self._claims(token, handshake))

    def _client(self, metadata: Document) -> Any:
        supported = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        method = "client_secret_basic" if "client_secret_basic" in supported else "client_secret_post"
        return OAuth2Client(
            self.provider.client_id,
            self.provider.client_secret,
            token_endpoint_auth_method=method if self.provider.client_secret else "none",
            scope=self.provider.scopes,
            redirect_uri=self._redirect_uri,
            code_challenge_method="S256",
            timeout=PATIENCE_SECONDS,
        )

    def _description(self, again: bool = False) -> tuple[Document, Document]:
        """The provider's own description of itself, and its keys."""
        with self._lock:
            now = self._clock()
            if again or self._described is None or now - self._described[0] > DESCRIBED_FOR:
                self._described = (now, *self._ask_description())
            return self._described[1], self._described[2]

    def _ask_description(self) -> tuple[Document, Document]:
        issuer = self.provider.issuer
        with OAuth2Client(self.provider.client_id, timeout=PATIENCE_SECONDS) as client:
            metadata = _asked("read its description", lambda: _document(client, f"{issuer}{WELL_KNOWN}"))
            if str(metadata.get("issuer", "")).rstrip("/") != issuer:
                raise ProviderError(
                    "The provider calls itself by another name than `issuer`. Correct the configuration."
                )
            missing = [name for name in NEEDED if name not in metadata]
            if missing:
                raise ProviderError(f"The provider's description lacks {', '.join(missing)}.")
            return metadata, _asked("read its keys", lambda: _document(client, metadata["jwks_uri"]))

    def _claims(self, token: Document, handshake: Handshake) -> Document:
        if not isinstance(token.get("id_token"), str):
            raise ProviderError("The provider sent no ID token. Ask for the scope openid.")
        try:
            decoded = self._verified(token["id_token"])
            metadata, _ = self._description()
            claims = CodeIDToken(
                decoded.claims,
                decoded.header,
                {
                    "iss": {"essential": True, "values": [metadata["issuer"]]},
                    "aud": {"essential": True, "value": self.provider.client_id},
                },
                {
                    "nonce": handshake.nonce,
                    "client_id": self.provider.client_id,
                    "access_token": token.get("access_token"),
                },
            )
            claims.validate(now=int(self._clock().timestamp()), leeway=LEEWAY_SECONDS)
        except (JoseError, ValueError) as error:
            raise ProviderError(
                f"The provider's ID token does not hold ({type(error).__name__}). Start again; if it stays so, "
                "compare the clocks of both machines."
            ) from error
        return dict(claims)

    def _verified(self, id_token: str) -> jwt.Token:
        registry = JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)
        try:
            return jwt.decode(id_token, KeySet.import_key_set(self._keys()), registry=registry)
        except InvalidKeyIdError:  # the provider has changed its keys since
            return jwt.decode(id_token, KeySet.import_key_set(self._keys(again=True)), registry=registry)

    def _keys(self, again: bool = False) -> Any:
        return dict(self._description(again)[1])

    def _identity(self, claims: Document) -> Identity:
        provider = self.provider
        name = claims.get(provider.name_claim)
        if not isinstance(name, str) or not name:
            raise ProviderError(
                f"The provider does not tell your {provider.name_claim}. Set `name_claim` or its scopes."
            )
        if provider.name_claim == "email" and claims.get("email_verified") is not True:
            raise ProviderError("The provider has not verified your e-mail address. Verify it there first.")
        return Identity(str(claims["sub"]), name, highest_role(claims.get(provider.role_claim), provider.roles))


def highest_role(groups: object, roles: Mapping[str, Role]) -> Role | None:
    """The highest role that one of these groups gives; None if none does."""
    named: Sequence[object] = groups if isinstance(groups, list) else [groups]
    given = [roles[group] for group in named if isinstance(group, str) and group in roles]
    return max(given, default=None)


def admit(people: People, provider: Provider, identity: Identity) -> Person:
    """The person whom the provider vouches for, with the role that holds now.

    Raises ProviderError if they are unknown, disabled, or have no role any more.
    """
    known = people.by_subject(identity.subject) or people.expected(identity.name, identity.subject)
    if known is not None and known.disabled:
        raise ProviderError("Your access to this desk was ended. Ask an admin.")
    if provider.roles and identity.role is None:
        raise ProviderError("None of your groups has a role at this desk. Ask an admin.")
    if known is None:
        if provider.unknown != CREATE or identity.role is None:
            raise ProviderError("You are not among the people of this desk. Ask an admin to add you.")
        return people.add_by_subject(identity.name, identity.role, identity.subject)
    if identity.role is not None and identity.role != known.role:
        people.change_role(known.name, identity.role)
        return people.by_subject(identity.subject) or known
    return known


def _document(client: Any, url: str) -> Document:
    response = client.request("GET", url, withhold_token=True, headers={"Accept": "application/json"})
    response.raise_for_status()
    document = response.json()
    if not isinstance(document, dict):
        raise ValueError("not an object")
    return document


def _asked(what: str, ask: Callable[[], Found]) -> Found:
    """The provider's answer. Whatever goes wrong on the way to it, the person can only try again or tell somebody."""
    try:
        return ask()
    except (httpx2.HTTPError, httpx2.InvalidURL, AuthlibBaseError, JoseError, ValueError) as error:
        raise ProviderError(
            f"The provider could not be used to {what} ({type(error).__name__}). Try again, or sign in another way."
        ) from error
