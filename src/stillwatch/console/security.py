"""What every request must have before a page sees it, and what every response carries."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from stillwatch.console.settings import LARGEST_REQUEST, LOOPBACK, Settings

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # with none at all, browsers send forms with "Origin: null"
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), clipboard-read=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}
FORM = "application/x-www-form-urlencoded"


def allowed_hosts(settings: Settings) -> frozenset[str]:
    """Names under which browsers may ask. Any other name is a site that points its own name at this address."""
    hosts = {settings.host.lower()} if settings.host not in {"0.0.0.0", "::"} else set()  # noqa: S104 - compared only
    hosts |= LOOPBACK
    if settings.public_url:
        hosts.add((urlsplit(settings.public_url).hostname or "").lower())
    return frozenset(hosts)


class Door:
    """Refuses foreign hosts, large bodies and bodies that are no form; adds the headers to every response."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._hosts = allowed_hosts(settings)
        self._headers = HEADERS | ({"Strict-Transport-Security": "max-age=31536000"} if settings.secure else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        sealed = self._sealing(send)
        refusal = self._refusal(scope["method"], Headers(scope=scope))
        if refusal:
            await refusal(scope, receive, sealed)
            return
        await self._app(scope, _Limited(receive), sealed)

    def _sealing(self, send: Send) -> Send:
        async def sealed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        return sealed

    def _refusal(self, method: str, headers: Headers) -> PlainTextResponse | None:
        if _host(headers) not in self._hosts:
            return PlainTextResponse("This console does not answer to that host name.", 421)
        length = headers.get("content-length", "0")
        if not length.isdecimal() or len(length) > 12 or int(length) > LARGEST_REQUEST:
            return PlainTextResponse("This request is too large.", 413)
        kind = headers.get("content-type", FORM).partition(";")[0].strip().lower()
        if method == "POST" and kind != FORM:
            return PlainTextResponse(f"Forms are sent as {FORM}.", 415)
        return None


def _host(headers: Headers) -> str:
    try:
        return (urlsplit(f"//{headers.get('host', '')}").hostname or "").lower()
    except ValueError:
        return ""


class _Limited:
    """A request body that may not grow past the limit, whatever its header said."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._read = 0

    async def __call__(self) -> Message:
        message = await self._receive()
        self._read += len(message.get("body", b""))
        if self._read > LARGEST_REQUEST:
            raise HTTPException(413)
        return message
