"""A certified OpenID provider (npm: oidc-provider) in a process of its own, and a person who signs in at it."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin

import httpx2
import pytest

FOLDER = Path(__file__).parent / "openid_provider"
REDIRECT_URI = "http://127.0.0.1:8750/sign-in/return"
CLIENT_ID, CLIENT_SECRET = "stillwatch", "a secret of client and provider"


@dataclass
class OpenIdProvider:
    """The running provider. Whoever signs in as `mila+desk-analysts` is mila, of the group desk-analysts."""

    process: subprocess.Popen[str]
    port: int

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def change_keys(self) -> None:
        """Start again at the same place: the keys are others then."""
        self.stop()
        again = start(self.port)
        self.process = again.process

    def stop(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=20)
        assert self.process.stdout is not None
        self.process.stdout.close()


def start(port: int = 0) -> OpenIdProvider:
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js is not installed")
    if not (FOLDER / "node_modules" / "oidc-provider").is_dir():
        pytest.skip(f"the OpenID provider is not installed (run: npm ci --prefix {FOLDER})")
    told = json.dumps({"redirectUri": REDIRECT_URI, "clientSecret": CLIENT_SECRET, "port": port})
    process = subprocess.Popen(
        [node, FOLDER / "provider.mjs", told],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.strip().isdecimal(), "the provider did not start"
    return OpenIdProvider(process, int(line))


@pytest.fixture(scope="session")
def openid_provider() -> Iterator[OpenIdProvider]:
    """One provider for the session."""
    provider = start()
    yield provider
    provider.stop()


@dataclass
class Visitor:
    """A person in front of the provider's pages."""

    login: str
    agrees: bool = True
    client: httpx2.Client = field(default_factory=lambda: httpx2.Client(follow_redirects=False, timeout=20))

    def sign_in(self, url: str) -> str:
        """Do what the provider's pages ask for, from `url` on; where the provider sends the browser in the end."""
        with self.client:
            for _ in range(20):
                response = self.client.get(url)
                url = self._next(url, response)
                if url.startswith(REDIRECT_URI):
                    return url
        raise AssertionError("the provider leads in circles")

    def _next(self, url: str, response: httpx2.Response) -> str:
        if response.is_redirect:
            return urljoin(url, response.headers["location"])
        assert response.status_code == 200, response.text
        if not self.agrees:
            return urljoin(url, _found(r'href="([^"]*/abort)"', response.text))
        action = urljoin(url, _found(r'action="([^"]*)"', response.text))
        prompt = _found(r'name="prompt" value="(\w+)"', response.text)
        answer = {"prompt": prompt, "login": self.login, "password": "anything"}
        sent = self.client.post(action, data=answer)
        assert sent.is_redirect, sent.text
        return urljoin(action, sent.headers["location"])


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match, f"no {pattern} on the provider's page"
    return html.unescape(match[1])
