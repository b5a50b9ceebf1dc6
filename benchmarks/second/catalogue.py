"""Networks, time zones, mail services and client software, from `catalogue.json`: all judgement."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np

_TOLD: dict[str, Any] = json.loads(Path(__file__).with_name("catalogue.json").read_text("utf-8"))

NETWORKS: dict[str, list[int]] = {
    "res": _TOLD["residential"],
    "mob": _TOLD["mobile"],
    "host": _TOLD["hosting"],
    "vpn": _TOLD["vpn"],
}
"""Numbers of autonomous systems by kind of line; universities and firms are found by name in the data."""
TIME_ZONES: dict[str, float] = _TOLD["time_zones"]
FREE_MAIL: list[str] = [domain for domain, _ in _TOLD["free_mail"]]
FREE_MAIL_WEIGHTS: list[int] = [weight for _, weight in _TOLD["free_mail"]]
UNIVERSITIES: list[str] = _TOLD["universities"]
CLIENTS: list[tuple[str, str]] = [(name, stack) for name, _, stack in _TOLD["clients"]]
CLIENT_SHARES = np.cumsum([weight for _, weight, _ in _TOLD["clients"]]) / sum(w for _, w, _ in _TOLD["clients"])
RARE_CLIENTS: list[tuple[str, str]] = [(name, stack) for name, stack in _TOLD["rare_clients"]]
AGENTS: list[str] = _TOLD["agents"]


def tls_fingerprint(stack: str) -> str:
    """The fingerprint of a client's TLS stack; the same for the same stack in every world."""
    chance = random.Random("ja4" + stack)
    version = f"t13d{chance.randint(11, 19):02d}{chance.randint(8, 16):02d}h{chance.choice('12')}"
    return f"{version}_{chance.getrandbits(48):012x}_{chance.getrandbits(48):012x}"
