"""The sections of an explanation of one account: its role, what holds it, and what may speak for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stillwatch.report import wording
from stillwatch.report.explain_campaign import evidence_sections, explanations_section, unseen_section
from stillwatch.report.figures import confidence, count, counted, label, moment, named, nats, number_of, visible
from stillwatch.report.judged import TITLE as JUDGED
from stillwatch.report.judged import account_lines, spared
from stillwatch.report.result import Result, Row
from stillwatch.report.sections import CAUTION, INFERENCE, OBSERVATION, Section, filled, section
from stillwatch.report.sighting import Sighting

HOLDINGS_SHOWN = 8
NO_CAMPAIGN = (
    "This account is in no listed group of this scan: it is not accused, not coordinated and not under watch. "
    "Nothing was found on it."
)
ROLE_MEANINGS = {
    "harvester": "most of its traffic is judged to be harvest",
    "mixed": "harvest and other traffic share the account",
    "bystander": "it is linked to the group or behind its addresses, but takes no part in the common work; "
    "it is not accused",
}
JUDGED_APART = "because a person judged so; it is not accused"
NOTHING_HARVESTED = "it belongs to the group; nothing of it is judged to be harvest"


def account_sections(
    result: Result, memberships: Sequence[tuple[Sighting, Row]], names: Mapping[str, str] | None
) -> tuple[Section, ...]:
    """One set of sections per campaign that holds the account."""
    if not memberships:
        return (section("Inferred by the scan", INFERENCE, [NO_CAMPAIGN]), *filled([unseen_section(result)]))
    parts = [part for sighting, row in memberships for part in _in_campaign(result, sighting, row, names)]
    return filled([*parts, unseen_section(result)])


def _in_campaign(result: Result, sighting: Sighting, row: Row, names: Mapping[str, str] | None) -> list[Section]:
    return [
        section("Observed in the log", OBSERVATION, _activity(row)),
        section(
            "Shared values that link it",
            OBSERVATION,
            _links(sighting, row, names),
            HOLDINGS_SHOWN,
            "holdings.parquet",
        ),
        section("Inferred by the scan", INFERENCE, _role(result, sighting, row)),
        *filled([section(JUDGED, INFERENCE, account_lines(result, row["account_id"]))]),
        section("What may speak for this account", CAUTION, _cautions(result, sighting, row)),
        *evidence_sections(sighting),
        explanations_section(sighting),
    ]


def _activity(row: Row) -> list[str]:
    return [
        f"{counted(row['exchanges'], 'exchange')} in the scan.",
        f"First seen with a value that it shares with the group: {moment(row['first_linked'])}.",
    ]


def _role(result: Result, sighting: Sighting, row: Row) -> list[str]:
    meaning = ROLE_MEANINGS.get(row["role"], "a role that this version does not know")
    if row["role"] == "mixed" and not row["harvested_exchanges"]:
        meaning = NOTHING_HARVESTED
    if spared(result, row["account_id"]):
        return [
            f"Role: {visible(row['role'])} ({JUDGED_APART}).",
            f"{counted(row['harvested_exchanges'], 'exchange')} would be judged to be harvest; they are not counted.",
            wording.NO_ATTRIBUTION,
        ]
    level = f" {wording.level(result)}" if sighting.accused and wording.level(result) else ""
    return [
        f"Role: {visible(row['role'])} ({meaning}), confidence {confidence(row['confidence'])}.",
        f"{counted(row['harvested_exchanges'], 'exchange')} judged to be harvest.",
        f"Its {wording.noun(sighting.row).lower()} {visible(sighting.campaign_id)}: "
        f"{wording.verdict(sighting.row).lower()}{level}. {wording.traffic(sighting.row)}",
        wording.NO_ATTRIBUTION,
    ]


def _links(sighting: Sighting, row: Row, names: Mapping[str, str] | None) -> list[str]:
    shared = {(value["detector"], value["value"]): value for value in sighting.shared}
    held = sighting.held_by(row["account_id"])
    lines = [_link(one, shared.get((one["detector"], one["value"])), names) for one in held]
    mean = f"Mean strength of its links inside the group: {nats(row['link_strength'])}."
    return [mean, *lines] if lines else [mean, "The result does not say which shared values it holds."]


def _link(one: Row, shared: Row | None, names: Mapping[str, str] | None) -> str:
    with_others = ""
    if shared:
        others = max(0, int(number_of(shared, "accounts_inside")) - 1)
        with_others = (
            f", shared with {counted(others, 'other member')} and "
            f"{counted(shared['accounts_outside'], 'account')} outside"
        )
    carried = f", on {count(one['exchanges'])} of its exchanges" if one["exchanges"] is not None else ", at sign-up"
    return f"{label(one['detector'])} {named(one['value'], names)}{with_others}{carried} ({nats(one['strength'])})"


def _cautions(result: Result, sighting: Sighting, row: Row) -> list[str]:
    lines = ["The evidence below is on the group; it does not single out this account."]
    if row["role"] == "bystander" and not spared(result, row["account_id"]):
        lines.append("It is a bystander: the same proxy is not the same actor. It is not accused.")
    if row["confidence"] is not None and row["confidence"] < 0.5:
        lines.append("The confidence in its role is below 0.5.")
    kinds = {one["detector"] for one in sighting.held_by(row["account_id"])}
    if len(kinds) == 1:
        lines.append("It is linked by one kind of shared value only.")
    return lines
