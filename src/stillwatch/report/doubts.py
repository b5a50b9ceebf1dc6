"""What would speak against a conclusion: weak spots of the evidence, and what its tests assume."""

from __future__ import annotations

import math
from collections.abc import Mapping

from stillwatch.report import wording
from stillwatch.report.figures import counted, label, number_of, odds, probability, visible
from stillwatch.report.result import Result
from stillwatch.report.sighting import Sighting


def doubts(sighting: Sighting, result: Result) -> list[str]:
    """What would speak against the conclusion: weak spots of the evidence, and what its tests assume."""
    return [*_doubts_of_explanations(sighting), *doubts_beyond_explanations(sighting, result)]


def doubts_beyond_explanations(sighting: Sighting, result: Result) -> list[str]:
    """The same where the innocent explanations are listed beside them already."""
    return [
        *_doubts_of_evidence(sighting, result),
        *_doubts_of_members(sighting),
        *_doubts_of_detectors(sighting, result),
    ]


def _doubts_of_explanations(sighting: Sighting) -> list[str]:
    return [
        f"{label(row['explanation'])} "
        + ("explains this group away." if row["holds"] else f"{wording.explained_share(row)}, though not the group.")
        for row in sighting.explanations
        if row["holds"] or number_of(row, "share") > 0
    ]


def _doubts_of_evidence(sighting: Sighting, result: Result) -> list[str]:
    lines = [*_doubts_of_sides(sighting), *_doubts_of_lines(sighting, result)]
    quiet = [label(row["detector"]) for row in sighting.evidence if number_of(row, "log10_p") > wording.TELLING_LOG10_P]
    if quiet:
        lines.append(f"Looked for and not telling: {', '.join(quiet)}.")
    return lines


def _doubts_of_sides(sighting: Sighting) -> list[str]:
    """Which side made the group, what the others say, and what would remain without the strongest of them."""
    made, others = sighting.formed_by, sighting.other_sides
    if not others:
        return ["No side but the one that made the group could be tested."] if made else []
    said_by = "; ".join(f"{name} {odds(log10_p)}" for name, log10_p in others.items())
    if made is None:
        chosen = "A group is made by links of one side and tested on the others; the tables do not tell which made it."
    else:
        chosen = f"The group was made by what its accounts share in {made}, so {made} proves nothing more."
    which = "other sides" if made else "sides"
    tried = sighting.sets_tried
    most = f" Of {tried} sets of accounts it is the one tied most clearly, so p is times {tried}." if tried > 1 else ""
    return [
        f"{chosen} How often chance alone would do as much on the {which}: {said_by}.{most}",
        _without_strongest(others),
    ]


def _without_strongest(others: Mapping[str, float]) -> str:
    strongest, *rest = others
    if not rest:
        return f"If {strongest} fell away, nothing would remain to test."
    log10_p = min(0.0, others[rest[0]] + math.log10(len(rest)))
    verb = "would remain" if log10_p <= wording.TELLING_LOG10_P else "would be left, which is not telling"
    return f"If {strongest} fell away, {rest[0]} {verb}: {odds(log10_p)} by chance."


def _doubts_of_lines(sighting: Sighting, result: Result) -> list[str]:
    """Which single lines an accusation cannot do without."""
    chosen = result.part("created_with").get("false_discovery_level")
    known = [row for row in sighting.evidence if row["q_without"] is not None]
    if not sighting.accused or not known or not isinstance(chosen, int | float):
        return []
    needed = [
        f"{label(row['detector']).lower()} (q would be {probability(row['q_without'])})"
        for row in known
        if row["q_without"] > chosen
    ]
    if not needed:
        return ["Reckoned again without any single line of evidence, the same group would still be accused."]
    return [f"Reckoned again without this line alone, the group would not be accused: {', or '.join(needed)}."]


def _doubts_of_members(sighting: Sighting) -> list[str]:
    roles = dict(sighting.roles)
    lines = []
    if roles.get("bystander"):
        lines.append(
            f"{wording.role_count('bystander', roles['bystander'])}, linked to the group or behind its addresses, "
            "without part in the common work: not accused, since the same proxy is not the same actor."
        )
    unsure = [row for row in sighting.members if row["confidence"] is not None and row["confidence"] < 0.5]
    if unsure:
        lines.append(f"Confidence in the role is below 0.5 for {counted(len(unsure), 'member')}.")
    return lines


def _doubts_of_detectors(sighting: Sighting, result: Result) -> list[str]:
    known = result.part("detectors")
    lines = []
    for name in dict.fromkeys(row["detector"] for row in sighting.evidence if number_of(row, "strength") > 0):
        about = known.get(name)
        if isinstance(about, dict) and about.get("assumption"):
            assumption = visible(about["assumption"]).rstrip(".")
            lines.append(f"{label(name)} takes for granted: {assumption}. If that is wrong here, it falls away.")
    return lines
