"""Plausible result tables for tests: nothing here comes from a scan, and nothing outside tests uses it."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from stillwatch.records import RESULT_TABLES

START = datetime(2026, 4, 22, 6, 30, tzinfo=UTC)
# Detector: accounts that share one value of it, accounts outside that hold the same value, does it bind
# bystanders, strength in nats.
KINDS = {
    "wording": (9000, 0, False, 9.4),
    "payment": (44, 0, False, 7.9),
    "address": (600, 210, True, 2.2),
    "device": (9, 1, False, 6.1),
    "signup_address": (130, 4, False, 3.3),
}
SCAN: dict[str, Any] = {
    "version": "0.1.0",
    "created_with": {"seed": 7, "false_discovery_level": 0.01, "as_of": "2026-06-06"},
    "inputs": [
        {"file": "logs/exchanges/day=2026-04-22.parquet", "format": "stillwatch", "bytes": 9_817_204_518},
        {"file": "logs/accounts.parquet", "format": "stillwatch", "bytes": 18_412_077},
    ],
    "counts": {"exchanges": 31_204_518, "accounts": 412_077, "rejects": 3, "groups_tested": 1204},
    "window": {"first": "2026-04-20T00:00:00+00:00", "last": "2026-06-06T23:59:00+00:00"},
    "could_not_see": [
        {"evidence": "client software", "reason": "the log has neither user_agent nor tls_fingerprint"},
        {"evidence": "device", "reason": "device_fingerprint is null for 62 % of the accounts"},
    ],
    "detectors": {
        "wording": {
            "question": "coordination",
            "assumption": "a template that many accounts use was published nowhere",
            "innocent": ["a popular prompt library", "a course exercise"],
            "references": [],
        },
        "payment": {
            "question": "coordination",
            "assumption": "a payment token belongs to one payer",
            "innocent": ["a company card", "a family card"],
            "references": [],
        },
    },
    "models": [
        {"model": "model-3-large", "first_seen": "2026-04-20"},
        {"model": "model-4-preview", "first_seen": "2026-05-14"},
        {"model": "model-4-large", "first_seen": "2026-05-27"},
    ],
    "privacy": {"accounts_pseudonymised": True, "text_kept": False, "text_kept_until": None},
}


def write_result(path: Path, tables: dict[str, list[dict[str, Any]]], scan: dict[str, Any] | None) -> Path:
    """Write a result directory; tables that are not given are empty."""
    path.mkdir(parents=True, exist_ok=True)
    for schema in RESULT_TABLES:
        rows = tables.get(schema.name, [])
        pq.write_table(pa.Table.from_pylist(rows, schema=schema.arrow), path / f"{schema.name}.parquet")
    if scan is not None:
        (path / "scan.json").write_text(json.dumps(scan), encoding="utf-8")
    return path


def merge(*parts: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    merged: dict[str, list[dict[str, Any]]] = {}
    for part in parts:
        for name, rows in part.items():
            merged.setdefault(name, []).extend(rows)
    return merged


def campaign(
    campaign_id: str, size: int, verdict: str = "distillation", days: int = 45, seed: int = 1
) -> dict[str, list[dict[str, Any]]]:
    """The tables of one campaign of `size` accounts: 84 % harvesters, then mixed, then bystanders."""
    rng = np.random.default_rng(seed)
    members = _members(campaign_id, size, rng)
    active = sum(row["role"] != "bystander" for row in members)
    timeline = _timeline(campaign_id, active, days, rng)
    shared, holdings = _values(campaign_id, members, rng)
    harvested = sum(row["harvested_exchanges"] for row in timeline)
    exposure = _exposure(campaign_id, harvested)
    tokens = sum(row["output_tokens"] + row["reasoning_tokens"] for row in exposure)
    row = {
        "campaign_id": campaign_id,
        "verdict": verdict,
        "coordination": 44.2 - float(np.log10(2)),
        "formed_by": "traffic",
        "sets_tried": 1,
        "harvest": 18.2 if verdict == "distillation" else 0.4,
        "q_value": {"distillation": 3.1e-9, "coordinated": 0.31}.get(verdict, 0.08),
        "first_seen": START,
        "last_seen": START + timedelta(days=days - 1, hours=15),
        "accounts": active,
        "exchanges": sum(row["exchanges"] for row in timeline),
        "harvested_exchanges": harvested,
        "harvested_tokens": tokens,
        "capabilities": {"coding": 0.46, "agentic_tool_use": 0.31, "reasoning": 0.17, "vision": 0.06},
    }
    return {
        "campaigns": [row],
        "members": members,
        "evidence": _evidence(campaign_id, size),
        "explanations": _explanations(campaign_id),
        "shared": shared,
        "holdings": holdings,
        "timeline": timeline,
        "exposure": exposure,
    }


MODELS = ("model-3-large", "model-4-preview")
PER_EXCHANGE = {"input_tokens": 3100, "output_tokens": 1800, "reasoning_tokens": 2400}


def told_by_account(tables: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """The same with the tables by account, and every sum over accounts made to agree with them, as in a real result:
    each member did all it did on two days, in two kinds of work."""
    activity: list[dict[str, Any]] = []
    usage: list[dict[str, Any]] = []
    for place, member in enumerate(tables["members"]):
        account, all_of_it, taken = member["account_id"], member["exchanges"], member["harvested_exchanges"]
        for half, (exchanges, harvested) in enumerate(
            ((all_of_it // 2, taken // 2), (all_of_it - all_of_it // 2, taken - taken // 2))
        ):
            tokens = {name: n * harvested for name, n in PER_EXCHANGE.items()}
            output = tokens["output_tokens"] + tokens["reasoning_tokens"]
            common = {"account_id": account, "exchanges": exchanges, "harvested_exchanges": harvested}
            day = (START + timedelta(days=(place + 7 * half) % 30)).date()
            activity.append({**common, "day": day, "tokens": output, "harvested_tokens": output})
            kind = {"capability": ("coding", "reasoning")[half], "model": MODELS[(place + half) % 2]}
            usage.append({**common, **tokens, **kind, "tokens_estimated": bool(half) and place % 7 == 0})
    return {**tables, "activity": activity, "usage": usage} | _agreeing(tables, activity, usage)


def _agreeing(
    tables: dict[str, list[dict[str, Any]]], activity: list[dict[str, Any]], usage: list[dict[str, Any]]
) -> dict[str, list[dict[str, Any]]]:
    of = {row["account_id"]: row["campaign_id"] for row in tables["members"] if row["role"] != "bystander"}
    days = _days(of, activity)
    kinds = _kinds(of, usage)
    campaigns = []
    for row in tables["campaigns"]:
        mine = [day for day in days if day["campaign_id"] == row["campaign_id"]]
        sums = {n: sum(day[n] for day in mine) for n in ("exchanges", "harvested_exchanges", "harvested_tokens")}
        shares: dict[str, float] = {}
        for kind in kinds:
            if kind["campaign_id"] == row["campaign_id"]:
                share = kind["harvested_exchanges"] / sums["harvested_exchanges"]
                shares[kind["capability"]] = shares.get(kind["capability"], 0) + share
        campaigns.append({**row, **sums, "capabilities": shares})
    return {"campaigns": campaigns, "timeline": days, "exposure": kinds}


def _days(of: dict[str, str], activity: list[dict[str, Any]]) -> list[dict[str, Any]]:
    days: dict[tuple[Any, ...], dict[str, Any]] = {}
    begun: set[str] = set()
    for row in sorted((row for row in activity if row["account_id"] in of), key=lambda row: row["day"]):
        empty = dict.fromkeys(("exchanges", "harvested_exchanges", "harvested_tokens", "accounts", "new_accounts"), 0)
        key = {"campaign_id": of[row["account_id"]], "day": row["day"]}
        day = days.setdefault(tuple(key.values()), {**key, **empty})
        for name in ("exchanges", "harvested_exchanges", "harvested_tokens"):
            day[name] += row[name]
        day["accounts"] += 1
        day["new_accounts"] += row["account_id"] not in begun
        begun.add(row["account_id"])
    return [days[key] for key in sorted(days)]


def _kinds(of: dict[str, str], usage: list[dict[str, Any]]) -> list[dict[str, Any]]:
    kinds: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in (row for row in usage if row["account_id"] in of and row["harvested_exchanges"]):
        key = {"campaign_id": of[row["account_id"]], "capability": row["capability"], "model": row["model"]}
        kind = kinds.setdefault(tuple(key.values()), {**key, "tokens_estimated": False})
        for name in ("harvested_exchanges", *PER_EXCHANGE):
            kind[name] = kind.get(name, 0) + row[name]
        kind["tokens_estimated"] |= row["tokens_estimated"]
    return [kinds[key] for key in sorted(kinds)]


def _members(campaign_id: str, size: int, rng: np.random.Generator) -> list[dict[str, Any]]:
    harvesters, mixed = max(1, round(0.84 * size)), round(0.09 * size)
    roles = ["harvester"] * harvesters + ["mixed"] * mixed
    roles += ["bystander"] * (size - len(roles))
    base = {"harvester": 1100, "mixed": 420, "bystander": 0}
    return [
        {
            "campaign_id": campaign_id,
            "account_id": f"a{seed:012x}",
            "role": role,
            "confidence": round(float(rng.uniform(0.42, 0.999)), 3),
            "first_linked": START + timedelta(minutes=int(rng.integers(0, 40_000))),
            "exchanges": 1200 + int(rng.integers(0, 400)),
            "harvested_exchanges": base[role] and base[role] + int(rng.integers(0, 90)),
            "link_strength": round(float(rng.uniform(2, 12)), 2),
        }
        for role, seed in zip(roles, rng.integers(0, 2**47, size).tolist(), strict=True)
    ]


def _timeline(campaign_id: str, size: int, days: int, rng: np.random.Generator) -> list[dict[str, Any]]:
    rows = []
    for offset in range(days):
        level = size * (0.25 + 0.75 * min(1, offset / 12)) * (2.1 if offset in (23, 24, 36) else 1)
        total = int(26 * level * rng.uniform(0.8, 1.1)) + 1
        rows.append(
            {
                "campaign_id": campaign_id,
                "day": (START + timedelta(days=offset)).date(),
                "exchanges": total,
                "harvested_exchanges": int(total * rng.uniform(0.8, 0.93)),
                "accounts": max(1, int(min(size, level * rng.uniform(0.7, 0.8)))),
                "new_accounts": int(size * (0.25 if offset in (0, 29) else 0.012)),
                "harvested_tokens": total * 9000,
            }
        )
    return rows


def _values(
    campaign_id: str, members: list[dict[str, Any]], rng: np.random.Generator
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    shared, holdings = [], []
    for detector, (width, outside, binds_bystanders, strength) in KINDS.items():
        accounts = [m["account_id"] for m in members if binds_bystanders or m["role"] != "bystander"]
        shuffled = [accounts[i] for i in rng.permutation(len(accounts))] if width < 100 else accounts
        covered = shuffled[: max(2, int(len(shuffled) * (0.6 if detector == "device" else 0.95)))]
        step = max(2, min(width, len(covered) * 2 // 3 or 2))
        for start in range(0, len(covered), step):
            holders = covered[start : start + step]
            value = f"{detector[0]}:{rng.integers(0, 2**40):010x}"
            common = {"campaign_id": campaign_id, "detector": detector, "value": value, "strength": strength}
            common["first_seen"] = START + timedelta(hours=start % 900)
            per = None if detector in {"payment", "device", "signup_address"} else 40
            inside = {"accounts_inside": len(holders), "accounts_outside": outside}
            shared.append({**common, **inside, "exchanges": per and per * len(holders)})
            holdings += [{**common, "account_id": holder, "exchanges": per} for holder in holders]
    return shared, holdings


def _evidence(campaign_id: str, size: int) -> list[dict[str, Any]]:
    lines = [
        *(("coordination", *line) for line in _coordination(size)),
        ("harvest", "structure", "prompts repeat one structure", 0.71, 0.06, "share of exchanges", -9.6, 11.0),
        ("harvest", "intent", "reasoning is to be spelled out", 0.38, 0.021, "share", -6.1, 7.2),
        ("harvest", "concentration", "topics are sampled evenly", 5.1, 4.6, "bits", -1.4, 0.3),
    ]
    names = ("question", "detector", "statement", "observed", "expected", "unit", "log10_p", "strength")
    return [{"campaign_id": campaign_id, **dict(zip(names, line, strict=True))} for line in lines]


def _coordination(size: int) -> list[tuple[Any, ...]]:
    pairs, half = float(size), size * 0.6
    return [
        ("wording", "most members send the same prompt template", 0.93, 0.004, "share", -812.4, 19.4),
        ("payment", "members pay with few payment instruments", half, size * 0.01, "pairs", -44.2, 14.1),
        ("address", "members use the same addresses", pairs, size * 0.4, "pairs", -12.8, 8.2),
        ("synchrony", "hours of activity move together", 0.41, 0.37, "correlation", -0.7, 0.0),
    ]


def _explanations(campaign_id: str) -> list[dict[str, Any]]:
    lines = [
        (
            "one_organisation",
            "4 members belong to a declared organisation and count as one unit.",
            0.012,
            False,
        ),
        ("shared_proxy", "Addresses are shared with many accounts outside the group.", 0.07, False),
        ("published_template", "The template was found in no other account of the log.", 0.0, False),
        ("course_or_contest", "The log does not say who takes part in a course.", None, None),
    ]
    names = ("explanation", "finding", "share", "holds")
    return [{"campaign_id": campaign_id, **dict(zip(names, line, strict=True))} for line in lines]


def _exposure(campaign_id: str, harvested: int) -> list[dict[str, Any]]:
    parts = [("coding", 0.46), ("agentic_tool_use", 0.31), ("reasoning", 0.17), ("vision", 0.06)]
    rows = []
    for capability, share in parts:
        for model, part in (("model-3-large", 0.55), ("model-4-preview", 0.45)):
            exchanges = int(harvested * share * part)
            rows.append(
                {
                    "campaign_id": campaign_id,
                    "capability": capability,
                    "model": model,
                    "harvested_exchanges": exchanges,
                    "input_tokens": exchanges * 3100,
                    "output_tokens": exchanges * 1800,
                    "reasoning_tokens": exchanges * 2400,
                    "tokens_estimated": capability == "vision",
                }
            )
    return rows


OVERLAPS: list[dict[str, Any]] = [
    {
        "campaign_a": "c-4b1d9e",
        "campaign_b": "c-coord1",
        "kind": kind,
        "values_shared": shared,
        "accounts_a": here,
        "accounts_b": there,
        "accounts_outside": outside,
        "meaning": "the same proxy; same proxy is not same actor" if kind == "address" else "the same supplier",
    }
    for kind, shared, here, there, outside in (("address", 12, 9, 20, 3), ("payment", 1, 2, 1, 0))
]
REJECTS = [
    {"file": "logs/exchanges/day=2026-04-22.parquet", "line": 17, "reason": "time is missing"},
    {"file": "logs/exchanges/day=2026-04-22.parquet", "line": 90, "reason": "time is missing"},
    {"file": "logs/exchanges/day=2026-04-22.parquet", "line": 412, "reason": "account_id is empty"},
]
HOSTILE = '<img src=x onerror=alert(1)>"\'&{{7*7}}=HYPERLINK("https://evil.example/")\x1b[2J\u202egnp.[red]'


def hostile() -> tuple[dict[str, list[dict[str, Any]]], dict[str, Any]]:
    """A campaign whose every foreign string attacks the reader, and a scan record that does too."""
    tables = campaign("c-hostile", 6)
    foreign = {"account_id", "statement", "detector", "unit", "explanation", "finding", "value", "model"}
    for name, rows in tables.items():
        for row in rows:
            for column in foreign & set(row):
                row[column] = f"{row[column]}{HOSTILE}"
            if name == "campaigns":
                row["capabilities"] = {HOSTILE: 1.0}
                row["campaign_id"] = f"c-hostile{HOSTILE}"
            elif "campaign_id" in row:
                row["campaign_id"] = f"c-hostile{HOSTILE}"
    beside = {"campaign_a": f"c-hostile{HOSTILE}", "campaign_b": HOSTILE, "kind": HOSTILE, "meaning": HOSTILE}
    tables["overlaps"] = [{**OVERLAPS[0], **beside}]
    tables["rejects"] = [{"file": HOSTILE, "line": 1, "reason": HOSTILE}]
    scan = {
        "version": HOSTILE,
        "created_with": {HOSTILE: HOSTILE, "false_discovery_level": 0.01},
        "inputs": [{"file": HOSTILE, "format": HOSTILE, "bytes": 1}, "no object"],
        "could_not_see": [{"evidence": HOSTILE, "reason": HOSTILE}],
        "detectors": {f"wording{HOSTILE}": {"assumption": HOSTILE, "innocent": [HOSTILE]}},
        "models": [{"model": HOSTILE, "first_seen": str(date(2026, 5, 1))}],
        "privacy": {HOSTILE: HOSTILE},
    }
    return tables, scan
