"""Serving the application: one process, told when it listens, stopped in order."""

from __future__ import annotations

import errno
import logging
import time
from collections.abc import Callable
from typing import Any

import uvicorn
from fastapi import FastAPI

from stillwatch.console.settings import LOOPBACK, Settings

PATIENCE_SECONDS = 5
"""How long pages that are being made may go on after a stop."""
WHY = {
    errno.EADDRINUSE: "something else listens there already. Choose another with --port.",
    errno.EACCES: "this user may not listen there. Choose a port above 1023 with --port.",
    errno.EADDRNOTAVAIL: "this machine has no such address. Correct --host.",
}


class ServingError(Exception):
    """The console cannot listen where it was told to; says why, and what to do next."""


def check_reach(settings: Settings, allow_remote: bool) -> None:
    """Raise ServingError unless only this machine can reach the console, or more was asked for in so many words."""
    if settings.host in LOOPBACK:
        return
    if not allow_remote:
        raise ServingError(
            f"{settings.host} can be reached from other machines, and passwords would cross the network. Put a proxy "
            "that speaks TLS in front and add --allow-remote --public-url https://NAME, or leave --host out."
        )
    if not settings.secure:
        raise ServingError(
            "--allow-remote needs --public-url https://NAME: the address under which the proxy that speaks TLS, which "
            "must stand in front, is reached."
        )


def begin_log() -> None:
    """Let every line of the log, ours and the libraries', go to the standard error with its time (UTC)."""
    lines = logging.Formatter("%(asctime)s.%(msecs)03dZ %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    lines.converter = time.gmtime
    handler = logging.StreamHandler()
    handler.setFormatter(lines)
    logging.basicConfig(handlers=[handler], level=logging.WARNING)


def serve(app: FastAPI, settings: Settings, listening: Callable[[], None]) -> None:
    """Serve until a signal stops it. Calls `listening` once browsers are answered. Raises ServingError."""
    begin_log()
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,  # paths hold account ids
        lifespan="off",
        server_header=False,
        proxy_headers=settings.public_url is not None,
        timeout_graceful_shutdown=PATIENCE_SECONDS,
        ws="none",
    )
    server = _Server(config, listening)
    sockets = [_bound(config, settings)]
    try:
        server.run(sockets=sockets)
    except SystemExit:  # the signal that stopped the server, raised again when it had stopped
        if not server.should_exit:
            raise


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._listening = listening

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._listening()


def _bound(config: uvicorn.Config, settings: Settings) -> Any:
    """The socket. uvicorn only logs why there is none, and exits."""
    heard = _Heard()
    told = logging.getLogger("uvicorn.error")
    told.addHandler(heard)
    try:
        return config.bind_socket()
    except SystemExit as end:
        why = WHY.get(heard.number, "the system refuses. Choose another --host or --port.")
        raise ServingError(f"cannot listen on {settings.host}, port {settings.port}: {why}") from end
    finally:
        told.removeHandler(heard)


class _Heard(logging.Handler):
    number = 0

    def emit(self, record: logging.LogRecord) -> None:
        if isinstance(record.msg, OSError):
            self.number = record.msg.errno or 0
