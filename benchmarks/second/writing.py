"""A world as files: exchanges by day and sign-up records, and beside them the truth."""

from __future__ import annotations

import json
import random
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.second.accounts import Account
from benchmarks.second.world import DAY, Request, World

_V6 = (
    ("2601:{:x}", 0xFFF, 7922, "US"),
    ("2003:{:x}", 0xFFF, 3320, "DE"),
    ("2a01:cb{:02x}", 0xFF, 3215, "FR"),
    ("2409:{:x}", 0xFFF, 9808, "CN"),
    ("2405:2{:02x}", 0xFF, 55836, "IN"),
    ("2804:14{:02x}", 0xFF, 28573, "BR"),
    ("240b:{:x}", 0xFFF, 2516, "JP"),
    ("2a02:c7{:02x}", 0xFF, 5607, "GB"),
)
"""Prefixes of homes with IPv6: form, mask, network, country."""
_MOST_TEXT = 4000
"""Characters of a text that are logged."""
_ZERO_RETENTION = ("ordinary", "audit_trail", "byok_saas")
_CHARS_A_TOKEN = 3.9


def write_world(world: World, folder: Path) -> dict[str, Any]:
    """Write the log to `folder`, and the truth to `folder`.truth.parquet, .harvest.parquet and .world.json."""
    order = np.argsort(np.array([r.time for r in world.requests]), kind="stable")
    requests = [world.requests[at] for at in order]
    table = _exchanges(world, requests)
    shutil.rmtree(folder, ignore_errors=True)
    _write_days(world, requests, table, folder)
    accounts = _kept_accounts(world, requests)
    pq.write_table(_account_table(world, accounts), folder / "accounts.parquet")
    truth = {"account_id": [a.account_id for a in accounts], "actor": [a.actor for a in accounts]}
    pq.write_table(pa.table(truth), beside(folder, "truth.parquet"))
    campaign = [r.details.get("campaign") if r.status == 200 else None for r in requests]
    taken = [at for at, name in enumerate(campaign) if name]
    harvest = {
        "exchange_id": table["exchange_id"].take(pa.array(taken, pa.int64())).combine_chunks(),
        "campaign": pa.array([campaign[at] for at in taken], pa.string()),
    }
    pq.write_table(pa.table(harvest), beside(folder, "harvest.parquet"))
    told = _summary(world, requests, len(accounts))
    beside(folder, "world.json").write_text(json.dumps(told, indent=1), "utf-8")
    return told


def beside(folder: Path, name: str) -> Path:
    """A file of the truth of a world; it lies outside of the folder that is scanned."""
    return folder.with_name(f"{folder.name}.{name}")


def _v4(address: int) -> str:
    return f"{address >> 24}.{address >> 16 & 255}.{address >> 8 & 255}.{address & 255}"


def _v6(home: int, day: int) -> tuple[str, int, str]:
    """Address on a day, network and country of an IPv6 home: the prefix stays, the host part changes daily."""
    number = int(-1 - home)
    form, mask, asn, country = _V6[number % 8]
    rest = number >> 3
    host = [
        random.Random(number * 1000 + day).getrandbits(16),
        random.Random(number * 1000 + day + 7).getrandbits(16),
        random.Random(number + day * 31).getrandbits(16),
        (number * 2654435761 + day) & 0xFFFF,
    ]
    parts = [form.format(rest & mask), *(f"{x:x}" for x in ((rest >> 12) & 0xFFFF, (rest >> 20) & 0xFFFF, *host))]
    return ":".join(parts), asn, country


def _tokens(text: str | None) -> int:
    return int(len(text.encode()) / _CHARS_A_TOKEN) + 1 if text else 0


def _places(world: World, requests: Sequence[Request]) -> tuple[Any, Any, Any]:
    """Address, network and country of every request."""
    address = np.array([r.address for r in requests], np.int64)
    distinct, at = np.unique(address, return_inverse=True)
    internet, known = world.data.internet, np.maximum(distinct, 0)
    shown = np.array([_v4(int(x)) if x >= 0 else None for x in distinct], object)[at]
    asn = np.where(distinct >= 0, internet.network(known), 0)[at]
    country = internet.country(known)[at]
    for row in np.flatnonzero(address < 0).tolist():
        day = int((requests[row].time - world.start) // DAY)
        shown[row], asn[row], country[row] = _v6(int(address[row]), day)
    return shown, asn, country


def _output_tokens(request: Request) -> int:
    told, text = int(request.output_tokens or 0), request.output
    tokens = max(_tokens(text), told) if text and len(text) < 1990 else told
    most = request.details.get("most_output")
    return min(tokens, most) if most else tokens


def _reasoning_tokens(request: Request, drawn: float) -> int:
    if request.status != 200:
        return 0
    told = request.details.get("reasoning")
    if told is not None:
        return told
    return int(300 * drawn) if "large" in request.model and drawn > 0.8 else 0


def _without_text(world: World, requests: Sequence[Request]) -> list[bool]:
    """Whether a request is of an account under zero retention: no text at all is logged."""
    if not world.textless:
        return [False] * len(requests)
    silent = [a.actor in _ZERO_RETENTION and world.chance.random() < world.textless for a in world.accounts]
    return [silent[r.account] for r in requests]


def _exchanges(world: World, requests: Sequence[Request]) -> pa.Table:
    shown, asn, country = _places(world, requests)
    drawn = world.rng.random(len(requests))
    reasoning = [_reasoning_tokens(r, float(x)) for r, x in zip(requests, drawn, strict=True)]
    silent = _without_text(world, requests)
    number = world.rng.permutation(len(requests)).astype(np.int64) * 104729 + world.asked.seed
    time = np.array([r.time for r in requests])
    systems: dict[str | None, int] = {}
    for request in requests:
        system = request.details.get("system")
        systems.setdefault(system, _tokens(system))

    def each(value: Callable[[Request], Any], kind: pa.DataType | None = None) -> pa.Array:
        return pa.array([value(r) for r in requests], kind)

    def text(value: Callable[[Request], str | None]) -> pa.Array:
        logged = (None if hidden else value(r) for r, hidden in zip(requests, silent, strict=True))
        return pa.array([x[:_MOST_TEXT] if x else x for x in logged], pa.string())

    return pa.table(
        {
            "exchange_id": [f"ex_{x:014x}" for x in number],
            "time": pa.array((time * 1e6).astype(np.int64), pa.timestamp("us", "UTC")),
            "account_id": each(lambda r: world.accounts[r.account].account_id),
            "model": each(lambda r: r.model),
            "api_key_id": each(lambda r: r.key),
            "surface": each(lambda r: world.accounts[r.account].surface),
            "client_ip": pa.array(shown),
            "client_asn": pa.array(asn.astype(np.int32), mask=asn == 0),
            "client_country": pa.array(country, pa.string()),
            "user_agent": each(lambda r: r.user_agent),
            "tls_fingerprint": each(lambda r: r.tls),
            "conversation_id": each(lambda r: r.details.get("conversation"), pa.string()),
            "turn": each(lambda r: r.details.get("turn"), pa.int16()),
            "system_text": text(lambda r: r.details.get("system")),
            "input_text": text(lambda r: r.text or None),
            "output_text": text(lambda r: r.output),
            "input_tokens": each(
                lambda r: systems[r.details.get("system")] + _tokens(r.text) + r.details.get("before", 0) + 8,
                pa.int32(),
            ),
            "output_tokens": each(_output_tokens, pa.int32()),
            "reasoning_tokens": pa.array(reasoning, pa.int32()),
            "tool_names": each(lambda r: r.details.get("tools"), pa.list_(pa.string())),
            "temperature": each(lambda r: _float(r.details.get("temperature")), pa.float32()),
            "max_output_tokens": each(lambda r: r.details.get("most_output"), pa.int32()),
            "status": each(lambda r: r.status, pa.int16()),
        }
    )


def _float(value: float | None) -> float | None:
    return None if value is None else float(value)


def _write_days(world: World, requests: Sequence[Request], table: pa.Table, folder: Path) -> None:
    day = ((np.array([r.time for r in requests]) - world.start) // DAY).astype(int)
    for number in range(day[-1] + 1):
        begin, end = np.searchsorted(day, [number, number + 1])
        if end > begin:
            name = datetime.fromtimestamp(world.start + number * DAY, UTC).strftime("%Y-%m-%d")
            path = folder / "exchanges" / f"day={name}"
            path.mkdir(parents=True, exist_ok=True)
            pq.write_table(table.slice(begin, end - begin), path / "part-0.parquet", compression="zstd")


def _kept_accounts(world: World, requests: Sequence[Request]) -> list[Account]:
    """Accounts with traffic and half of the others, shuffled."""
    active = Counter(r.account for r in requests)
    kept = [a for a in world.accounts if active[a.number] > 0 or world.chance.random() < 0.5]
    world.chance.shuffle(kept)
    return kept


def _account_table(world: World, accounts: Sequence[Account]) -> pa.Table:
    chance, internet = world.chance, world.data.internet
    signed = [a.signup_address for a in accounts]
    found = internet.country(np.maximum([a.home for a in accounts], 0))
    country = [(c if a.home >= 0 else _v6(a.home, 0)[2]) or "US" for a, c in zip(accounts, found, strict=True)]
    others = ["US", "GB", "DE", "IN", "SG", "BR", "NL", "JP", "CN"]
    phone = [c if chance.random() < 0.94 else chance.choice(others) for c in country]
    return pa.table(
        {
            "account_id": [a.account_id for a in accounts],
            "created_time": pa.array([int(a.created * 1e6) for a in accounts], pa.timestamp("us", "UTC")),
            "organization_id": pa.array([a.organization_id for a in accounts], pa.string()),
            "email_domain": [a.email_domain for a in accounts],
            "phone_country": pa.array([p if chance.random() < 0.8 else None for p in phone], pa.string()),
            "billing_country": pa.array(
                [c if a.payment_fingerprint else None for a, c in zip(accounts, country, strict=True)], pa.string()
            ),
            "payment_fingerprint": pa.array([a.payment_fingerprint for a in accounts], pa.string()),
            "signup_ip": [_v4(x) if x >= 0 else _v6(x, 0)[0] for x in signed],
            "device_fingerprint": pa.array([a.device_fingerprint for a in accounts], pa.string()),
            "programme": [a.programme for a in accounts],
            "plan": [a.plan for a in accounts],
        }
    )


def _summary(world: World, requests: Sequence[Request], accounts: int) -> dict[str, Any]:
    active = Counter(r.account for r in requests)
    actors: dict[str, list[int]] = {}
    for account in world.accounts:
        if active[account.number]:
            counts = actors.setdefault(account.actor, [0, 0])
            counts[0] += 1
            counts[1] += active[account.number]
    harvested = Counter(r.details["campaign"] for r in requests if "campaign" in r.details and r.status == 200)
    return {
        "world": world.asked.name,
        "kind": world.asked.kind,
        "seed": world.asked.seed,
        "days": world.days,
        "start": datetime.fromtimestamp(world.start, UTC).isoformat(),
        "release_day": round(world.release / DAY, 2),
        "exchanges": len(requests),
        "accounts": accounts,
        "harvested": dict(harvested),
        "actors": actors,
        "campaigns": world.campaigns,
        "outputs_logged": world.logs_output,
        "zero_retention_share": world.textless,
    }
