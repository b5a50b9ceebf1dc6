"""Client software: what it calls itself and how its handshake looks, by how common it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from testrange import extract, seeds

_LIBRARIES = (
    # name, weight, handshake family, runs in the cloud
    ("modelkit-python/{v} python/3.{p}", 30.0, "openssl-py", 1),
    ("modelkit-node/{v} node/{n}", 16.0, "node", 1),
    ("python-requests/2.{r}", 6.0, "openssl-py", 1),
    ("python-httpx/0.{r}", 5.0, "openssl-py", 1),
    ("aiohttp/3.{p} Python/3.{p}", 3.0, "openssl-py", 1),
    ("axios/1.{p}", 5.0, "node", 1),
    ("undici", 2.0, "node", 1),
    ("Go-http-client/2.0", 5.0, "go", 1),
    ("okhttp/4.{p}", 2.0, "java", 1),
    ("Java-http-client/21.0.{p}", 2.0, "java", 1),
    ("reqwest/0.12.{p}", 1.5, "rustls", 1),
    ("curl/8.{p}", 2.0, "openssl", 1),
    ("langchain-modelkit/0.{r}", 4.0, "openssl-py", 1),
    ("litellm/1.{r}", 3.0, "openssl-py", 1),
    ("PostmanRuntime/7.{r}", 1.0, "node", 0),
    ("codepilot-cli/{v} (linux; x64)", 6.0, "node", 0),
    ("codepilot-cli/{v} (darwin; arm64)", 8.0, "node", 0),
    ("codepilot-vscode/{v}", 6.0, "electron", 0),
    ("n8n/1.{r}", 1.5, "node", 1),
    ("Zapier", 1.0, "openssl-py", 1),
)
BROWSER_WEIGHT = 90.0
VERSIONS = 14


@dataclass(frozen=True)
class Software:
    """One row per client: agent, handshake, how common, and whether it is a browser, an agent tool or a library."""

    agent: seeds.Words
    handshake: seeds.Words
    weight: seeds.Floats
    family: seeds.Words

    def draw(self, rng: np.random.Generator, family: str, size: int) -> seeds.Indices:
        """Clients of a family (`browser`, `tool` or `library`) by popularity."""
        rows = np.flatnonzero(self.family == family)
        return rows[seeds.weighted(rng, self.weight[rows], size)]


@lru_cache(maxsize=1)
def software() -> Software:
    """All clients of the simulated world."""
    rng = seeds.generator("software")
    rows = [row for library in _LIBRARIES for row in _versions(rng, *library)] + _browsers(rng)
    agent, handshake, weight, family = zip(*rows, strict=True)
    return Software(seeds.words(agent), seeds.words(handshake), np.array(weight), seeds.words(family))


def _versions(
    rng: np.random.Generator, name: str, weight: float, tls: str, cloud: int
) -> list[tuple[str, str, float, str]]:
    """Releases of one library: the newest are the most used, with a long tail."""
    family = "tool" if "codepilot" in name else "library"
    found = {}
    for age in range(VERSIONS if "{" in name else 1):
        text = name.format(
            v=f"{2 - age // 9}.{30 - age * 2}.{int(rng.integers(9))}",
            p=13 - age % 6,
            n=24 - 2 * (age % 4),
            r=f"{60 - age}.{int(rng.integers(5))}",
        )
        found[text] = (text, _handshake(tls, age // 4 + cloud), weight / (1 + age) ** 1.1, family)
    return list(found.values())


def _browsers(rng: np.random.Generator) -> list[tuple[str, str, float, str]]:
    table = extract.table("browsers")
    weights = table["weight"].to_numpy()
    share = BROWSER_WEIGHT * weights / weights.sum()
    rows = []
    for agent, weight in zip(table["user_agent"].to_pylist(), share, strict=True):
        engine = (
            "firefox" if "Firefox" in agent else "webkit" if "iPhone" in agent or "Version/" in agent else "chromium"
        )
        rows.append((agent, _handshake(engine, int(rng.integers(3))), float(weight), "browser"))
    return rows


def _handshake(family: str, variant: int) -> str:
    """A fingerprint in the form of JA4; the same family and variant give the same one."""
    first, second = (f"{seeds.number(family, variant, part):016x}"[:12] for part in (1, 2))
    ciphers = 12 + seeds.number(family) % 8
    return f"t13d{ciphers}{10 + variant:02d}h2_{first}_{second}"
