"""The sections of an explanation of one campaign."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stillwatch.report import wording
from stillwatch.report.doubts import doubts_beyond_explanations
from stillwatch.report.figures import confidence, count, counted, label, named, percent, sentence, visible
from stillwatch.report.judged import TITLE as JUDGED
from stillwatch.report.judged import campaign_lines
from stillwatch.report.overlaps import overlap_lines
from stillwatch.report.result import Result, Row
from stillwatch.report.sections import CAUTION, INFERENCE, OBSERVATION, Section, filled, section
from stillwatch.report.sighting import Sighting
from stillwatch.report.taught import TITLE, taught_lines

EVIDENCE_SHOWN = 4
EXPOSURE_SHOWN = 3
MEMBERS_SHOWN = 3
UNSEEN_SHOWN = 4
DOUBTS_SHOWN = 4
OVERLAPS_SHOWN = 4
JUDGED_SHOWN = 8


def campaign_sections(sighting: Sighting, result: Result, names: Mapping[str, str] | None) -> tuple[Section, ...]:
    """What was observed, then what is inferred, then what could be wrong with it, then what it took,
    and what as much taught other models."""
    return filled(
        [
            section(
                "Observed in the log",
                OBSERVATION,
                [*wording.activity_lines(sighting), *wording.holdings_line(sighting)],
            ),
            _overlaps(sighting),
            *evidence_sections(sighting),
            section("Inferred by the scan", INFERENCE, wording.inferred_lines(sighting, result)),
            section(JUDGED, INFERENCE, campaign_lines(result, sighting.campaign_id), JUDGED_SHOWN, "scan.json"),
            explanations_section(sighting),
            section(
                "What would speak against it",
                CAUTION,
                doubts_beyond_explanations(sighting, result),
                DOUBTS_SHOWN,
                "the report",
            ),
            _roles(sighting, names),
            _taken(sighting),
            section(TITLE, INFERENCE, taught_lines(sighting)),
            unseen_section(result),
            section("To recompute", CAUTION, [wording.recompute(result)]),
        ]
    )


def _overlaps(sighting: Sighting) -> Section:
    """What it shares with other listed groups: an observation, since the same supplier is not the same actor."""
    lines = overlap_lines(sighting.overlaps, sighting.campaign_id)
    return section("Shared with other listed groups", OBSERVATION, lines, OVERLAPS_SHOWN, "overlaps.parquet")


def evidence_sections(sighting: Sighting) -> list[Section]:
    """The observations behind each of the two questions, strongest first."""
    beside = wording.counted_together(sighting.asked_with)
    return [
        section(
            title,
            OBSERVATION,
            [*beside, *evidence_lines(sighting.answers(question))],
            EVIDENCE_SHOWN + len(beside),
            "evidence.parquet",
        )
        for question, title in wording.QUESTION_TITLES.items()
    ]


def evidence_lines(answers: Sequence[Row]) -> list[str]:
    """One line per detector: the observation, what was expected, how often chance would do as much."""
    return [
        f"{label(row['detector'])}: {sentence(row['statement'])} [{wording.comparison(row)}; {wording.chance(row)}]"
        for row in answers
    ]


def explanations_section(sighting: Sighting) -> Section:
    """Innocent explanations, each with whether it holds."""
    lines = [
        f"{label(row['explanation'])}: {wording.holds(row)}; {wording.explained_share(row)}. {sentence(row['finding'])}"
        for row in sighting.explanations
    ]
    return section("Innocent explanations considered", CAUTION, lines or ["None was recorded."])


def unseen_section(result: Result) -> Section:
    """Evidence that the scan could not use."""
    lines = [f"{evidence}: {reason}" for evidence, reason in wording.could_not_see(result)]
    return section("What the scan could not see", CAUTION, lines, UNSEEN_SHOWN, "scan.json")


def _roles(sighting: Sighting, names: Mapping[str, str] | None) -> Section:
    members = [
        f"{named(row['account_id'], names)}: {visible(row['role'])}, confidence "
        f"{confidence(row['confidence'])}, {counted(row['harvested_exchanges'], 'harvested exchange')}"
        for row in sighting.members
    ]
    lines = [f"{wording.role_counts(sighting)} Bystanders are not accused.", *members] if members else []
    return section("Members and roles", INFERENCE, lines, MEMBERS_SHOWN + 1, "members.parquet")


def _taken(sighting: Sighting) -> Section:
    shares = ", ".join(f"{label(name).lower()} {percent(share)}" for name, share in sighting.capabilities)
    lines = [f"Targeted: {shares}."] if shares else []
    for row in sighting.exposure:
        estimated = " (estimated from text length)" if row["tokens_estimated"] else ""
        lines.append(
            f"{label(row['capability'])}, {visible(row['model'])}: "
            f"{counted(row['harvested_exchanges'], 'exchange')}; tokens: {count(row['input_tokens'])} in, "
            f"{count(row['output_tokens'])} out, {count(row['reasoning_tokens'])} reasoning{estimated}"
        )
    return section("What it took", INFERENCE, lines, EXPOSURE_SHOWN + 1, "exposure.parquet")
