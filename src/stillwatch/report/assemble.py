"""Judged groups and measured exposure to the result tables. Names appear here again; nothing is decided here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.campaigns.model import Finding, Floats
from stillwatch.campaigns.stage import Assessment, Judged
from stillwatch.engine import Engine, Step
from stillwatch.exposure import HARVESTER, Exposure, find_overlaps, harvested_ids, idle_members
from stillwatch.links import LINK_DETECTORS, MILLION, Links
from stillwatch.records import (
    ACTIVITY,
    CAMPAIGNS,
    EVIDENCE,
    EXPLANATIONS,
    EXPOSURE,
    HARVESTED,
    HOLDINGS,
    MEMBERS,
    SHARED,
    TIMELINE,
    USAGE,
    TableSchema,
)
from stillwatch.report.overlaps import overlap_table
from stillwatch.signals.capability import CAPABILITIES
from stillwatch.signals.pseudonyms import shown

SHARED_VALUES = 200
"""Shared values kept of each campaign, most telling first; the rest are counted in the evidence."""
NATS_PER_DIGIT = float(np.log(10))


@dataclass(frozen=True)
class _Names:
    """Campaign ids by group number, and account ids by member number."""

    campaign: Mapping[int, str]
    account: pa.ChunkedArray

    def accounts(self, members: pa.Array) -> list[str]:
        return [str(name) for name in self.account.take(members).to_pylist()]


def assemble(engine: Engine, judged: Judged, exposure: Exposure, links: Links) -> dict[str, pa.Table]:
    """All result tables but `rejects`, by name, rows in a fixed order."""
    names = _names(engine, judged)
    members = _members(engine, judged, exposure, links, names)
    shared, holdings = _shared(engine, names)
    return {
        "members": members,
        "campaigns": _table(CAMPAIGNS, [_campaign(a, exposure, members, names) for a in judged.assessments]),
        "evidence": _table(EVIDENCE, [row for a in judged.assessments for row in _evidence(a, names)]),
        "explanations": _table(EXPLANATIONS, [row for a in judged.assessments for row in _explanations(a, names)]),
        "shared": shared,
        "holdings": holdings,
        "timeline": _timeline(exposure, names),
        "activity": _activity(exposure, names),
        "usage": _usage(exposure, names),
        "exposure": _exposure(exposure.taken, names),
        "overlaps": overlap_table(find_overlaps(engine), names.campaign, [d.name for d in LINK_DETECTORS]),
    }


def list_harvested(engine: Engine, judged: Judged, ids: Path) -> pa.Table:
    """The table `harvested`; `ids` is the folder in which the ids of all exchanges were set aside."""
    names, found = _names(engine, judged), harvested_ids(engine, ids)
    columns = {
        "campaign_id": pa.array([names.campaign[g] for g in found["grp"].to_pylist()], pa.string()),
        "account_id": pa.array(names.accounts(found["member"]), pa.string()),
        "exchange_id": found["exchange_id"],
    }
    return _conform(HARVESTED, columns).sort_by([(name, "ascending") for name in HARVESTED.names])


def _table(schema: TableSchema, rows: list[dict[str, object]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=schema.arrow)


def _names(engine: Engine, judged: Judged) -> _Names:
    """A campaign is named after its first exchange: members may come and go, the name stays."""
    accounts = engine.fetch("SELECT CAST(account_id AS VARCHAR) AS account_id, anchor FROM population ORDER BY member")
    anchors = accounts["anchor"]
    ids = {a.group: f"C-{shown(anchors[int(a.members[0])].as_py())[:8]}" for a in judged.assessments}
    return _Names(ids, accounts["account_id"])


def _campaign(a: Assessment, exposure: Exposure, members: pa.Table, names: _Names) -> dict[str, object]:
    mine = exposure.accounts.filter(pc.equal(exposure.accounts["grp"], a.group))
    taken = exposure.taken.filter(pc.equal(exposure.taken["grp"], a.group))
    roles = members.filter(pc.equal(members["campaign_id"], names.campaign[a.group]))
    active = pc.sum(pc.not_equal(roles["role"], "bystander")).as_py() if a.verdict != "coordinated" else mine.num_rows
    return {
        "campaign_id": names.campaign[a.group],
        "verdict": a.verdict,
        "coordination": -np.log10(max(a.coordination.p, 1e-300)),
        "formed_by": a.coordination.formed_by,
        "sets_tried": a.coordination.tried,
        "harvest": -np.log10(max(a.harvest.p, 1e-300)),
        "q_value": a.q,
        "asked_with": sorted(names.campaign[k] for k in a.asked_with) or None,
        "first_seen": pc.min(mine["first_seen"]).as_py(),
        "last_seen": pc.max(mine["last_seen"]).as_py(),
        "accounts": active,
        "exchanges": pc.sum(mine["exchanges"]).as_py(),
        "harvested_exchanges": pc.sum(mine["harvested"]).as_py(),
        "harvested_tokens": pc.sum(mine["output_tokens"]).as_py() + pc.sum(mine["reasoning_tokens"]).as_py(),
        "capabilities": _capability_shares(taken),
    }


def _capability_shares(taken: pa.Table) -> list[tuple[str, float]]:
    counts: dict[str, int] = {}
    for code, n in zip(taken["capability"].to_pylist(), taken["harvested"].to_pylist(), strict=True):
        counts[_capability(code)] = counts.get(_capability(code), 0) + n
    total = sum(counts.values())
    return [(name, n / total) for name, n in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]


def _capability(code: int | None) -> str:
    return "unknown" if code is None else CAPABILITIES[code]


def _members(engine: Engine, judged: Judged, exposure: Exposure, links: Links, names: _Names) -> pa.Table:
    strength = _mean_link_strength(engine, judged)
    linked = _first_linked(engine)
    rows: list[dict[str, object]] = []
    asked = {a.group: a for a in judged.assessments}
    for row in exposure.accounts.to_pylist():
        role = _role(row, asked[row["grp"]])
        rows.append(
            {
                "campaign_id": names.campaign[row["grp"]],
                "account_id": row["member"],
                "role": role,
                "confidence": _confidence(
                    strength[row["member"]] - links.threshold, judged.belief[row["member"]], role, row["harvested"]
                ),
                "first_linked": linked.get(row["member"], row["first_seen"]),
                "exchanges": row["exchanges"],
                "harvested_exchanges": row["harvested"],
                "link_strength": float(strength[row["member"]]),
            }
        )
    rows.extend(_bystander_rows(judged, exposure, names, strength))
    accounts = names.accounts(pa.array([row["account_id"] for row in rows], pa.int64()))
    for row, account in zip(rows, accounts, strict=True):
        row["account_id"] = account
    return _table(MEMBERS, sorted(rows, key=lambda r: (str(r["campaign_id"]), str(r["account_id"]))))


def _role(row: dict[str, int], asked: Assessment) -> str:
    if asked.verdict == "coordinated":  # nothing is harvested: they belong together, and that is all
        return "mixed"
    if row["harvested"] == 0:
        return "bystander"
    return "harvester" if row["harvested"] >= HARVESTER * row["exchanges"] else "mixed"


def _confidence(surplus: float, belief: float, role: str, harvested: int) -> float:
    """From the surplus of link strength over the threshold, as odds, or the posterior of belonging where it was
    weighed; and the number of harvested exchanges."""
    linked = max(1.0 / (1.0 + float(np.exp(-surplus))), float(belief))
    return linked if role == "bystander" else linked * (1.0 - 0.5 ** (harvested + 1))


def _bystander_rows(judged: Judged, exposure: Exposure, names: _Names, strength: Floats) -> list[dict[str, object]]:
    """Accounts that are linked and take no part, and strangers that leave through the same exits."""
    people = judged.people
    beside = {
        (row["grp"], row["member"]): row["through"] / int(people.exchanges[row["member"]])
        for row in exposure.bystanders.to_pylist()
    }
    beside.update({(int(judged.linked.of[m]), int(m)): 0.5 for m in idle_members(judged)})
    return [
        {
            "campaign_id": names.campaign[group],
            "account_id": member,
            "role": "bystander",
            "confidence": confidence,
            "first_linked": None,
            "exchanges": int(people.exchanges[member]),
            "harvested_exchanges": 0,
            "link_strength": float(strength[member]),
        }
        for (group, member), confidence in beside.items()
    ]


def _mean_link_strength(engine: Engine, judged: Judged) -> Floats:
    """For each account the mean strength, in nats, of its links within its group; 0 where there is none."""
    of = judged.linked.of
    inside = np.flatnonzero(of >= 0)
    engine.register("in_group", pa.table({"member": inside.astype(np.int32), "grp": of[inside].astype(np.int32)}))
    # In order: an engine that is free to join group with group first does so, and that is quadratic in their accounts.
    within = (
        "SELECT l.a, l.b, l.traffic + l.registration AS strength FROM linked l JOIN in_group g ON g.member = l.a "
        "JOIN in_group h ON h.member = l.b AND h.grp = g.grp"
    )
    engine.run([Step("linked_inside", within, in_order=True)])
    ends = " UNION ALL ".join(f"SELECT {end} AS member, strength FROM linked_inside" for end in ("a", "b"))
    found = engine.fetch(
        "SELECT member, CAST(SUM(strength) AS BIGINT) AS strength, COUNT(*) AS links "
        f"FROM ({ends}) AS e GROUP BY member ORDER BY member"
    )
    engine.drop("linked_inside")
    mean = np.zeros(judged.people.size)
    mean[np.asarray(found["member"])] = np.asarray(found["strength"]) / np.asarray(found["links"]) / MILLION
    return mean


def _first_linked(engine: Engine) -> dict[int, object]:
    """When each member first held a value that another member of its group holds too."""
    engine.run(
        [
            Step(
                "held_in_listed",
                "SELECT g.grp, h.member, h.detector, h.value, h.first_seen FROM holdings h "
                "JOIN grouped g ON g.member = h.member JOIN listed l ON l.grp = g.grp",
            )
        ]
    )
    table = engine.fetch(
        "SELECT h.member, MIN(h.first_seen) AS first_linked FROM held_in_listed h JOIN (SELECT grp, detector, value "
        "FROM held_in_listed GROUP BY grp, detector, value HAVING COUNT(*) >= 2) AS s "
        "ON s.grp = h.grp AND s.detector = h.detector AND s.value = h.value GROUP BY h.member ORDER BY h.member"
    )
    return dict(zip(table["member"].to_pylist(), table["first_linked"].to_pylist(), strict=True))


def _evidence(a: Assessment, names: _Names) -> list[dict[str, object]]:
    rows = [_evidence_row(a, names, "coordination", f, -f.log10_p * NATS_PER_DIGIT) for f in a.coordination.findings]
    return rows + [_evidence_row(a, names, "harvest", f, -f.log10_p * NATS_PER_DIGIT) for f in a.harvest.findings]


def _evidence_row(a: Assessment, names: _Names, question: str, f: Finding, strength: float) -> dict[str, object]:
    return {
        "campaign_id": names.campaign[a.group],
        "question": question,
        "detector": f.detector,
        "statement": f.statement,
        "observed": f.observed,
        "expected": f.expected,
        "unit": f.unit,
        "log10_p": f.log10_p + 0.0,
        "strength": strength + 0.0,
        "q_without": a.q_without.get(f.detector),
    }


def _explanations(a: Assessment, names: _Names) -> list[dict[str, object]]:
    return [
        {
            "campaign_id": names.campaign[a.group],
            "explanation": e.name,
            "finding": e.finding,
            "share": e.share,
            "holds": e.holds,
        }
        for e in a.explanations
    ]


def _shared(engine: Engine, names: _Names) -> tuple[pa.Table, pa.Table]:
    """Tables `shared` and `holdings`."""
    counted = (
        "SELECT g.grp, h.detector, h.value, COUNT(*) AS inside, MAX(h.holders) - COUNT(*) AS outside, "
        "CAST(SUM(h.exchanges) AS BIGINT) AS exchanges, MAX(h.strength) AS strength, MIN(h.first_seen) AS first_seen "
        "FROM holdings h JOIN grouped g ON g.member = h.member JOIN listed l ON l.grp = g.grp "
        "GROUP BY g.grp, h.detector, h.value HAVING COUNT(*) >= 2"
    )
    ranked = (
        "SELECT *, ROW_NUMBER() OVER (PARTITION BY grp ORDER BY inside * strength DESC, detector, exchanges DESC, "
        f"first_seen, value) AS place FROM ({counted}) AS c"
    )
    values = engine.fetch(f"SELECT * FROM ({ranked}) AS r WHERE place <= {SHARED_VALUES} ORDER BY grp, place")
    engine.register("shown_values", values.select(["grp", "detector", "value"]))
    held = engine.fetch(
        "SELECT g.grp, h.member, h.detector, h.value, h.exchanges, h.strength, h.first_seen FROM holdings h "
        "JOIN grouped g ON g.member = h.member JOIN shown_values v ON v.grp = g.grp AND v.detector = h.detector "
        "AND v.value = h.value ORDER BY g.grp, h.member, h.detector, h.value"
    )
    shared = _value_columns(values, names) | {
        "accounts_inside": values["inside"],
        "accounts_outside": values["outside"],
    }
    holdings = _value_columns(held, names) | {"account_id": pa.array(names.accounts(held["member"]), pa.string())}
    return _conform(SHARED, shared), _conform(HOLDINGS, holdings)


def _value_columns(table: pa.Table, names: _Names) -> dict[str, object]:
    return {
        "campaign_id": [names.campaign[g] for g in table["grp"].to_pylist()],
        "detector": [LINK_DETECTORS[d].name for d in table["detector"].to_pylist()],
        "value": [shown(v) for v in table["value"].to_pylist()],
        "exchanges": table["exchanges"],
        "strength": pc.divide(pc.cast(table["strength"], pa.float64()), 1000.0),
        "first_seen": table["first_seen"],
    }


def _timeline(exposure: Exposure, names: _Names) -> pa.Table:
    days = exposure.days
    return _conform(
        TIMELINE,
        {
            "campaign_id": [names.campaign[g] for g in days["grp"].to_pylist()],
            "day": pc.cast(days["day"], pa.date32()),
            "exchanges": days["exchanges"],
            "harvested_exchanges": days["harvested"],
            "accounts": days["accounts"],
            "new_accounts": days["new_accounts"],
            "harvested_tokens": pc.add(days["output_tokens"], days["reasoning_tokens"]),
        },
    )


def _activity(exposure: Exposure, names: _Names) -> pa.Table:
    days = exposure.activity
    columns = {
        "account_id": pa.array(names.accounts(days["member"]), pa.string()),
        "day": pc.cast(days["day"], pa.date32()),
        "exchanges": days["exchanges"],
        "harvested_exchanges": days["harvested"],
        "tokens": days["tokens"],
        "harvested_tokens": days["harvested_tokens"],
    }
    return _conform(ACTIVITY, columns).sort_by([("account_id", "ascending"), ("day", "ascending")])


def _usage(exposure: Exposure, names: _Names) -> pa.Table:
    used = exposure.usage
    columns = {"account_id": pa.array(names.accounts(used["member"]), pa.string()), "exchanges": used["exchanges"]}
    order = [(name, "ascending") for name in ("account_id", "capability", "model")]
    return _conform(USAGE, columns | _harvest_by_kind(used)).sort_by(order)


def _exposure(taken: pa.Table, names: _Names) -> pa.Table:
    campaigns = {"campaign_id": [names.campaign[g] for g in taken["grp"].to_pylist()]}
    return _conform(EXPOSURE, campaigns | _harvest_by_kind(taken))


def _harvest_by_kind(taken: pa.Table) -> dict[str, object]:
    return {
        "capability": [_capability(c) for c in taken["capability"].to_pylist()],
        "model": taken["model"],
        "harvested_exchanges": taken["harvested"],
        "input_tokens": taken["input_tokens"],
        "output_tokens": taken["output_tokens"],
        "reasoning_tokens": taken["reasoning_tokens"],
        "tokens_estimated": pc.equal(taken["estimated"], 1),
    }


def _conform(schema: TableSchema, columns: Mapping[str, object]) -> pa.Table:
    return pa.table(
        [
            pa.array(columns[c.name], c.type) if isinstance(columns[c.name], list) else pc.cast(columns[c.name], c.type)
            for c in schema.columns
        ],
        schema=schema.arrow,
    )
