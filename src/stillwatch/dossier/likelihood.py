"""Likelihood in the words of ICD 203, and confidence apart from it.

A likelihood word is about one statement: that these accounts act as one hand which collects training data. It is
chosen by rules from what the scan says, the first that applies. A false-discovery level is no probability that one
group is guilty: it bounds the expected share of innocent groups among all that are accused at that level, as long as
the assumptions of the tests hold. So no rule goes beyond "very likely", and a judgement of a person changes no word.

Confidence is about the evidence behind the statement, not about the statement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stillwatch.dossier.lines import TELLING


@dataclass(frozen=True)
class Degree:
    """A word of ICD 203 and the probability it stands for, in percent."""

    word: str
    low: int
    high: int


DEGREES = (
    Degree("almost no chance", 1, 5),
    Degree("very unlikely", 5, 20),
    Degree("unlikely", 20, 45),
    Degree("roughly even chance", 45, 55),
    Degree("likely", 55, 80),
    Degree("very likely", 80, 95),
    Degree("almost certain", 95, 99),
)
_DEGREES = {degree.word: degree for degree in DEGREES}
STRICT_LEVEL = 0.001
"""A tenth of the level at which a scan accuses unless told otherwise: room for tests that are somewhat too sure."""


@dataclass(frozen=True)
class Rule:
    """When a word is used: the condition in words and in SQL over FACTS_QUERY, and why."""

    words: str
    condition: str
    word: str
    reason: str

    def row(self, place: int) -> dict[str, Any]:
        degree = _DEGREES[self.word]
        return {
            "rule": place,
            "condition": self.words,
            "likelihood": self.word,
            "low": degree.low / 100,
            "high": degree.high / 100,
        }


RULES = (
    Rule(
        "an innocent explanation holds",
        "holds",
        "unlikely",
        "The explanation covers what was seen; the scan accuses nobody then.",
    ),
    Rule(
        f"accused with q at most {STRICT_LEVEL}, two sides beside the one that made the group are telling, and no "
        "single line of evidence is indispensable",
        f"verdict = 'distillation' AND q_value <= {STRICT_LEVEL} AND sides >= 2 AND indispensable = 0",
        "very likely",
        "Two independent kinds of evidence would have to be wrong at once.",
    ),
    Rule(
        "accused otherwise",
        "verdict = 'distillation'",
        "likely",
        "It rests on one side or one line: if that line's assumption is wrong here, it falls away.",
    ),
    Rule(
        "under watch",
        "verdict = 'watch'",
        "roughly even chance",
        "Both questions lean to yes, but not at the level of an accusation.",
    ),
    Rule(
        "not accused otherwise",
        "true",
        "unlikely",
        "The accounts are connected, but their work does not look like collecting training data.",
    ),
)


SIDES_QUERY = (
    "SELECT d.side, least(0, min(e.log10_p) + log10(count(*))) AS log10_p FROM evidence e "
    "JOIN detectors d ON d.detector = e.detector JOIN campaigns c ON c.campaign_id = e.campaign_id "
    "WHERE e.campaign_id = {campaign} AND e.question = 'coordination' AND e.log10_p IS NOT NULL "
    "AND d.side IS NOT NULL AND d.side IS DISTINCT FROM c.formed_by GROUP BY d.side"
)
"""Each side of coordination that did not make the group, with its p-value corrected for its tests: side, log10_p."""
LEVEL_QUERY = (
    "SELECT max(TRY_CAST(text AS DOUBLE)) FROM scan WHERE part = 'parameter' AND name = 'false_discovery_level'"
)
FACTS_QUERY = (
    "SELECT verdict, q_value, "
    "coalesce((SELECT bool_or(holds) FROM explanations WHERE campaign_id = {campaign}), false) AS holds, "
    f"(SELECT count(*) FROM ({SIDES_QUERY}) AS s WHERE s.log10_p <= {TELLING}) AS sides, "
    "(SELECT count(DISTINCT detector) FROM evidence WHERE campaign_id = {campaign} "
    f"AND verdict = 'distillation' AND q_without > ({LEVEL_QUERY})) AS indispensable, "
    "(SELECT count(*) FROM scan WHERE part = 'could_not_see') AS unseen, "
    f"(SELECT s.log10_p FROM ({SIDES_QUERY}) AS s ORDER BY s.log10_p LIMIT 1 OFFSET 1) AS left_over "
    "FROM campaigns WHERE campaign_id = {campaign}"
)
"""What likelihood and confidence rest on, in one row: verdict, q_value, holds, sides, indispensable, unseen, left_over.
`indispensable` counts lines of evidence without which an accused group would not be accused."""
LIKELIHOOD_QUERY = (
    "SELECT CASE "
    + " ".join(f"WHEN {rule.condition} THEN {place}" for place, rule in enumerate(RULES, start=1))
    + f" END AS rule FROM ({FACTS_QUERY}) AS facts"
)
"""The number of the first rule that applies."""

HIGH, MODERATE, LOW = "high", "moderate", "low"
CONFIDENCE_RULES = (
    (
        HIGH,
        "two sides beside the one that made the group are telling, no line is indispensable, and the log lacks no "
        "column that a detector needs",
    ),
    (LOW, "no such side is telling, or a line is indispensable while the log lacks columns"),
    (MODERATE, "otherwise"),
)
CONFIDENCE_QUERY = (
    f"SELECT CASE WHEN sides >= 2 AND indispensable = 0 AND unseen = 0 THEN '{HIGH}' "
    f"WHEN sides = 0 OR (indispensable > 0 AND unseen > 0) THEN '{LOW}' ELSE '{MODERATE}' END AS confidence "
    f"FROM ({FACTS_QUERY}) AS facts"
)
"""The word of confidence by CONFIDENCE_RULES."""
