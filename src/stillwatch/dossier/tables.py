"""The tables of a dossier: the rows of the case, and beside them what the scan and the range say of themselves.

Times are UTC without a zone, so that no engine shifts them. Nothing here carries a path or an original identifier.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from stillwatch.casework.clearances import count_now
from stillwatch.casework.counting import CaseSums, Spared, count_case, rows_in
from stillwatch.casework.sums import BYSTANDER, NOT_ACCUSED, kept
from stillwatch.dossier.likelihood import RULES
from stillwatch.dossier.lines import readings
from stillwatch.dossier.subject import Subject, rows_of
from stillwatch.exposure.gain import expected_gains, gain_table
from stillwatch.records import (
    CAMPAIGNS,
    EVIDENCE,
    EXPLANATIONS,
    EXPOSURE,
    HOLDINGS,
    MEMBERS,
    OVERLAPS,
    SHARED,
    TIMELINE,
)
from stillwatch.records.schema import Column, TableSchema
from stillwatch.report.figures import as_time, number_of
from stillwatch.report.prices import Prices
from stillwatch.report.result import ACCUSATION, Result, Row
from stillwatch.report.scan import said
from stillwatch.report.sighting import SIDES

PLAIN_TIME = pa.timestamp("us")
_ORDER = {
    MEMBERS.name: [("campaign_id", "ascending"), ("account_id", "ascending")],
    HOLDINGS.name: [(name, "ascending") for name in ("campaign_id", "account_id", "detector", "value")],
}
BY_CAMPAIGN = (EVIDENCE, EXPLANATIONS, SHARED, HOLDINGS, TIMELINE, EXPOSURE)
SUMMED = ("accounts", "exchanges", "harvested_exchanges", "harvested_tokens")
COUNTED_CAMPAIGNS = TableSchema(
    CAMPAIGNS.name,
    "one row per group, with its sums over the accounts of the case that count, and as the scan had them",
    (
        *(column for column in CAMPAIGNS.columns if column.name not in {"capabilities", "asked_with"}),
        Column("asked_with", pa.string(), "campaigns with which it was one group when both questions were asked"),
        Column("verdict_at_scan", pa.string(), "the scan's; the verdict is another where everybody was cleared since"),
        *(Column(f"{name}_at_scan", pa.int64(), "over the same accounts and those cleared since") for name in SUMMED),
        Column("cleared", pa.int64(), "accounts that were cleared or marked as bystander since the scan"),
    ),
)
COUNTED_MEMBERS = TableSchema(
    MEMBERS.name,
    "one row per campaign and account",
    (
        *MEMBERS.columns,
        Column("counted", pa.bool_(), "whether sums hold it: no bystander, and not cleared on the evidence known then"),
    ),
)
EXPOSURE_AT_SCAN = TableSchema("exposure_at_scan", "the table exposure as the scan had it", EXPOSURE.columns)

CAPABILITIES = TableSchema(
    "capabilities",
    "one row per campaign and capability",
    (
        Column("campaign_id", pa.string(), "", required=True),
        Column("capability", pa.string(), "", required=True),
        Column("share", pa.float64(), "of harvested exchanges, 0 to 1"),
    ),
)
JUDGEMENTS = TableSchema(
    "judgements",
    "one row per entry of the ledger on this case",
    (
        Column("number", pa.int64(), "number of the entry in the ledger", required=True),
        Column("time", PLAIN_TIME, "", required=True),
        Column("kind", pa.string(), "", required=True),
        Column("role", pa.string(), "of the person when judging; “at least” where the ledger did not note it then"),
        Column("person", pa.string(), "pseudonym, or the name where names were asked for"),
        Column("concerns", pa.string(), "the measure or the outcome"),
        Column("accounts", pa.int64(), "accounts that it concerns"),
        Column("until", PLAIN_TIME, "when a measure ends"),
        Column("refers_to", pa.int64(), "the entry that it approves, declines, lifts, answers or recalls"),
        Column("reason", pa.string(), "in the person's words"),
        Column("operator", pa.string(), "to whom a person attributed it"),
        Column("source", pa.string(), "on what that rests"),
        Column("hash", pa.string(), "SHA-256 of the entry in the ledger's chain"),
    ),
)
STANDINGS = TableSchema(
    "standings",
    "one row per account and thing that holds for it: cleared, bystander, or a measure in force",
    (
        Column("account_id", pa.string(), "", required=True),
        Column("standing", pa.string(), "", required=True),
        Column("until", PLAIN_TIME, "when it ends; null for what has no end"),
    ),
)
SCAN = TableSchema(
    "scan",
    "one row per thing that the scan says of itself",
    (
        Column("part", pa.string(), "version, parameter, count, window, input, model or could_not_see", required=True),
        Column("name", pa.string(), "", required=True),
        Column("text", pa.string(), ""),
        Column("number", pa.int64(), ""),
    ),
)
DETECTORS = TableSchema(
    "detectors",
    "one row per detector",
    (
        Column("detector", pa.string(), "", required=True),
        Column("question", pa.string(), "coordination or harvest"),
        Column("side", pa.string(), "side of coordination: registration, traffic or rhythm"),
        Column("assumption", pa.string(), "what it takes for granted"),
        Column("innocent", pa.string(), "innocent causes to think of"),
        Column("sources", pa.string(), "references"),
    ),
)
GAINS = TableSchema(
    "gains",
    "one row per campaign, capability and kind of answers: what as many exchanges taught models of the test range",
    (
        Column("campaign_id", pa.string(), "", required=True),
        Column("capability", pa.string(), "", required=True),
        Column("reasoning", pa.bool_(), "whether the students saw the teacher's reasoning", required=True),
        Column(
            "expected", pa.float64(), "share of unseen tasks solved, 0 to 1; null for fewer exchanges than measured"
        ),
        Column("low", pa.float64(), "of the 95 % interval of the average"),
        Column("high", pa.float64(), "of the same"),
        Column("teacher", pa.float64(), "share that the teacher solved"),
        Column("floor", pa.float64(), "share that students solved who learned nothing"),
        Column("smallest", pa.int64(), "smallest harvest measured, exchanges"),
        Column("largest", pa.int64(), "largest harvest measured, exchanges"),
        Column("measured", pa.date32(), "when"),
        Column("machine", pa.string(), "on what"),
        Column("models", pa.string(), "with which models"),
    ),
)
READINGS = TableSchema(
    "readings",
    "one row per line of evidence, whether it was found, and hypothesis: how the line is read",
    (
        Column("line", pa.string(), "", required=True),
        Column("found", pa.string(), "yes or no", required=True),
        Column("hypothesis", pa.string(), "", required=True),
        Column("reading", pa.string(), "consistent, inconsistent or neutral", required=True),
    ),
)
LIKELIHOODS = TableSchema(
    "likelihoods",
    "one row per rule, the first that applies counts: which word of likelihood is used when",
    (
        Column("rule", pa.int64(), "order", required=True),
        Column("condition", pa.string(), "", required=True),
        Column("likelihood", pa.string(), "word of ICD 203", required=True),
        Column("low", pa.float64(), "probability, 0 to 1", required=True),
        Column("high", pa.float64(), "probability, 0 to 1", required=True),
    ),
)
PRICES = TableSchema(
    "prices",
    "one row per model: list price as given by the person who issued the dossier",
    (
        Column("model", pa.string(), "", required=True),
        Column("input", pa.float64(), "per million input tokens", required=True),
        Column("output", pa.float64(), "per million output tokens, reasoning included", required=True),
        Column("currency", pa.string(), "", required=True),
    ),
)


@dataclass(frozen=True)
class Hiding:
    """How ids are written: `account` gives the pseudonym of an account, `person` that of a person."""

    account: Mapping[str, str]
    person: Mapping[str, str]


def gather(subject: Subject, result: Result, hiding: Hiding, prices: Prices | None = None) -> dict[str, pa.Table]:
    """The tables of the full edition, by name, every row of the case and no other. Cost: one pass over each table."""
    counted = count_now(result.tables, subject.clearances) if subject.clearances else None
    spared = counted.spared if counted else {}
    sums = count_case(result.tables, subject.scope, spared)
    rows = _counted_rows(rows_of(subject, result), sums, counted.gone if counted else ())
    counting = {**result.tables, **sums.now, MEMBERS.name: _members(result.table(MEMBERS), spared)}
    tables = {schema.name: _rows(subject, counting, schema, hiding) for schema in (*BY_CAMPAIGN, COUNTED_MEMBERS)}
    tables[EXPOSURE_AT_SCAN.name] = sums.at_scan[EXPOSURE.name]
    tables[CAMPAIGNS.name] = _of(COUNTED_CAMPAIGNS, rows)
    tables[OVERLAPS.name] = _overlaps(subject, result)
    tables[CAPABILITIES.name] = _of(CAPABILITIES, [line for row in rows for line in _capabilities(row)])
    tables[JUDGEMENTS.name] = _of(JUDGEMENTS, [_judgement(entry, hiding) for entry in subject.judgements])
    tables[STANDINGS.name] = _of(STANDINGS, _standings(subject, hiding))
    tables[SCAN.name] = _of(SCAN, list(_scan(result)))
    tables[DETECTORS.name] = _of(DETECTORS, _detectors(result))
    tables[GAINS.name] = _of(GAINS, [line for row in rows for line in _gains(row)])
    tables[READINGS.name] = _of(READINGS, readings())
    tables[LIKELIHOODS.name] = _of(LIKELIHOODS, [rule.row(place) for place, rule in enumerate(RULES, start=1)])
    if prices:
        tables[PRICES.name] = _of(PRICES, _prices(prices))
    return {name: _plain_times(table) for name, table in sorted(tables.items())}


def _prices(prices: Prices) -> list[dict[str, Any]]:
    return [
        {"model": model, "input": price.input, "output": price.output, "currency": prices.currency}
        for model, price in sorted(prices.models.items())
    ]


def _of(schema: TableSchema, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist([dict(row) for row in rows], schema=schema.arrow)


def _counted_rows(rows: Sequence[Row], sums: CaseSums, gone: Collection[str]) -> list[Row]:
    """The campaigns' rows with the sums of the case, as they count and as they were. Whether a group is accused is
    asked of the whole group, in whichever case its members are."""
    now, then = (
        {row["campaign_id"]: row for row in tables[CAMPAIGNS.name].to_pylist()} for tables in (sums.now, sums.at_scan)
    )
    counted: list[Row] = []
    for row in rows:
        campaign = row["campaign_id"]
        counted.append(
            {
                **now[campaign],
                "verdict": NOT_ACCUSED if campaign in gone else row["verdict"],
                "verdict_at_scan": row["verdict"],
                "asked_with": ", ".join(row["asked_with"] or ()) or None,
                **{f"{name}_at_scan": then[campaign][name] for name in SUMMED},
                "cleared": (then[campaign]["accounts"] or 0) - (now[campaign]["accounts"] or 0),
            }
        )
    return counted


def _members(members: pa.Table, spared: Spared) -> pa.Table:
    """Members, and whether each of them counts."""
    counts = pc.and_(pc.not_equal(members["role"], BYSTANDER), pc.invert(rows_in(members, spared)))
    return members.append_column(COUNTED_MEMBERS.arrow.field("counted"), counts)


def _rows(subject: Subject, tables: Mapping[str, pa.Table], schema: TableSchema, hiding: Hiding) -> pa.Table:
    """The rows of the case's campaigns, less the accounts that were split off, sorted so that the order tells nothing
    that the rows do not."""
    table = tables[schema.name]
    table = table.filter(pc.is_in(table["campaign_id"], pa.array(subject.scope.campaigns, pa.string())))
    if "account_id" not in table.column_names:
        return table
    return rename(kept(table, subject.scope), hiding.account).sort_by(_ORDER[schema.name])


def rename(table: pa.Table, names: Mapping[str, str]) -> pa.Table:
    """The table with other account ids."""
    place = table.column_names.index("account_id")
    encoded = table["account_id"].combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    renamed = pa.array([names[name] for name in encoded.dictionary.to_pylist()], pa.string())
    return table.set_column(place, table.schema.field(place), renamed.take(encoded.indices))


def _overlaps(subject: Subject, result: Result) -> pa.Table:
    table, ours = result.table(OVERLAPS), pa.array(subject.scope.campaigns, pa.string())
    return table.filter(pc.or_(pc.is_in(table["campaign_a"], ours), pc.is_in(table["campaign_b"], ours)))


def _capabilities(row: Row) -> list[dict[str, Any]]:
    shares = sorted(dict(row["capabilities"] or []).items(), key=lambda item: (-(item[1] or 0), item[0]))
    return [{"campaign_id": row["campaign_id"], "capability": name, "share": share} for name, share in shares]


def _judgement(entry: Any, hiding: Hiding) -> dict[str, Any]:
    kept = {name: getattr(entry, name) for name in JUDGEMENTS.names if name != "person"}
    kept.update(time=_naive(entry.time), until=_naive(entry.until), person=hiding.person.get(entry.person))
    return kept


def _standings(subject: Subject, hiding: Hiding) -> list[dict[str, Any]]:
    kept = [one for one in subject.standings if one.account in hiding.account]
    rows = [
        {"account_id": hiding.account[one.account], "standing": one.standing, "until": _naive(one.until)}
        for one in kept
    ]
    return sorted(rows, key=lambda row: (row["account_id"], row["standing"]))


def _naive(time: datetime | None) -> datetime | None:
    return None if time is None else time.astimezone(UTC).replace(tzinfo=None)


def _scan(result: Result) -> list[dict[str, Any]]:
    rows = [_fact("version", "stillwatch", text=_text(result.scan.get("version")))]
    rows += [_fact("parameter", name, text=said(value)) for name, value in sorted(result.part("created_with").items())]
    rows += [_fact("count", name, number=value) for name, value in sorted(result.part("counts").items())]
    rows += [_fact("window", name, text=_iso(value)) for name, value in sorted(result.part("window").items())]
    rows += [
        _fact("input", f"input {place}", text=_text(entry.get("format")), number=entry.get("bytes"))
        for place, entry in enumerate(result.entries("inputs"), start=1)
    ]
    rows += [
        _fact("model", _text(one.get("model")), text=_iso(one.get("first_seen"))) for one in result.entries("models")
    ]
    rows += [
        _fact("could_not_see", _text(one.get("evidence")), text=_text(one.get("reason")))
        for one in result.entries("could_not_see")
    ]
    return rows


def _fact(part: str, name: object, text: str | None = None, number: object = None) -> dict[str, Any]:
    whole = number if isinstance(number, int) and not isinstance(number, bool) and abs(number) < 2**63 else None
    return {"part": part, "name": _text(name), "text": text, "number": whole}


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _iso(value: object) -> str | None:
    time = as_time(value)
    return None if time is None else time.replace(tzinfo=None).isoformat(timespec="seconds")


def _detectors(result: Result) -> list[dict[str, Any]]:
    """Every detector that the scan describes, and those that only stand in its evidence."""
    known = result.part("detectors")
    names = {str(name) for name in known} | set(result.table(EVIDENCE)["detector"].to_pylist()) | set(SIDES)
    return [_detector(name, known.get(name)) for name in sorted(names)]


def _detector(name: str, about: object) -> dict[str, Any]:
    told = about if isinstance(about, Mapping) else {}
    return {
        "detector": name,
        "question": _text(told.get("question")) or None,
        "side": SIDES.get(name),
        "assumption": _text(told.get("assumption")) or None,
        "innocent": _joined(told.get("innocent")),
        "sources": _joined(told.get("references")),
    }


def _joined(texts: object) -> str | None:
    return "; ".join(map(_text, texts)) or None if isinstance(texts, list) else None


def _gains(row: Row) -> list[dict[str, Any]]:
    """What as many exchanges taught the range's models; nothing for a group that is not accused."""
    harvested = round(number_of(row, "harvested_exchanges"))
    if row["verdict"] != ACCUSATION or harvested < 1:
        return []
    table = gain_table()
    about = {
        "campaign_id": row["campaign_id"],
        "floor": table.floor,
        "smallest": table.smallest,
        "largest": table.largest,
        "measured": table.measured,
        "machine": table.machine,
        "models": table.models,
    }
    return [
        about
        | {"capability": gain.capability, "reasoning": gain.reasoning, "teacher": table.teacher.get(gain.capability)}
        | ({} if gain.competence is None else vars(gain.competence))
        for gain in expected_gains(harvested, table)
    ]


def _plain_times(table: pa.Table) -> pa.Table:
    """Times as UTC without a zone, and no description of the program that wrote the columns."""
    fields = [
        pa.field(one.name, PLAIN_TIME if pa.types.is_timestamp(one.type) else one.type, one.nullable)
        for one in table.schema
    ]
    return table.cast(pa.schema(fields)).combine_chunks()
