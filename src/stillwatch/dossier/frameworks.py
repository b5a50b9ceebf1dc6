"""Public frameworks: MITRE ATLAS and OWASP AISVS, and what in the tables supports each entry.

Names are those of the published texts: ATLAS from version 5.5 on, AISVS 1.0. "Shown" never means proven: it means that
the tables hold the observation that the entry is about.
"""

from __future__ import annotations

from dataclasses import dataclass

from stillwatch.dossier.engine import literal
from stillwatch.dossier.lines import LINES, YES

SHOWN, NOT_SHOWN = "shown", "not shown by this log"
_LINES = {line.name: line for line in LINES}


@dataclass(frozen=True)
class Entry:
    """One entry of a framework. `condition` is SQL that is true where the tables support it; None: no log shows it."""

    framework: str
    number: str
    name: str
    about: str
    condition: str | None


def _found(*names: str) -> str:
    parts = (f"({_LINES[name].query}) = '{YES}'" for name in names)
    return "(" + " OR ".join(parts) + ")"


ATLAS = "MITRE ATLAS"
AISVS = "OWASP AISVS"
_ACCUSED = "(SELECT bool_or(verdict = 'distillation') FROM campaigns WHERE campaign_id = {campaign})"
ENTRIES = (
    Entry(
        ATLAS,
        "AML.T0021",
        "Establish Accounts",
        "Accounts registered alike, or paid for with few instruments.",
        _found("registration", "payment"),
    ),
    Entry(
        ATLAS,
        "AML.T0008.005",
        "AI Service Proxies",
        "Uncommon client addresses that members share. Whether a commercial proxy stands behind them, no log tells.",
        _found("addresses"),
    ),
    Entry(
        ATLAS,
        "AML.T0024.002",
        "Extract AI Model",
        "Work that as a whole looks like collecting training data, by a group that is accused.",
        f"{_found('work')} AND {_ACCUSED}",
    ),
    Entry(
        ATLAS,
        "AML.CS0056",
        "Model Distillation Campaigns Targeting Anthropic Claude",
        "Case study for comparison: the same pattern in public reports. It says nothing of who is behind this case.",
        None,
    ),
    Entry(
        AISVS,
        "11.2.2",
        "rate limits per principal, sized to the extraction threat model",
        "A log of answered requests does not say which were refused.",
        None,
    ),
    Entry(
        AISVS,
        "11.3.1",
        "query-pattern analysis feeds an extraction-attempt detector",
        "The lines of evidence of this dossier are such an analysis.",
        "(SELECT count(*) FROM evidence WHERE campaign_id = {campaign} AND question = 'harvest') > 0",
    ),
    Entry(
        AISVS,
        "11.3.2",
        "raw model outputs are not exposed beyond the backend",
        "The log counts reasoning tokens; it does not say what of them was returned.",
        None,
    ),
    Entry(
        AISVS,
        "11.3.3",
        "watermarking or fingerprinting, so that copies can be identified",
        "Needs answers of the model in question, not a log.",
        None,
    ),
    Entry(
        AISVS,
        "11.3.4",
        "detection of suspected extraction triggers response measures",
        "Measures on accounts of this case in the ledger.",
        "(SELECT count(*) FROM judgements WHERE kind = 'proposed') > 0",
    ),
    Entry(
        AISVS,
        "12.2.4",
        "extraction alerts carry the query metadata",
        "Accounts, volumes and shared values of this case, in the tables.",
        "(SELECT count(*) FROM members WHERE campaign_id = {campaign}) > 0",
    ),
    Entry(
        AISVS,
        "12.2.5",
        "token usage is tracked per user",
        "Token counts that the log gave, none of them estimated from the length of the text.",
        "(SELECT count(*) > 0 AND NOT bool_or(tokens_estimated) FROM exposure WHERE campaign_id = {campaign})",
    ),
)


def _support(entry: Entry) -> str:
    if entry.condition is None:
        return literal(NOT_SHOWN)
    return f"CASE WHEN {entry.condition} THEN {literal(SHOWN)} ELSE {literal(NOT_SHOWN)} END"


SUPPORT_QUERY = (
    "SELECT support FROM ("
    + " UNION ALL ".join(
        f"SELECT {place} AS place, {_support(entry)} AS support" for place, entry in enumerate(ENTRIES, start=1)
    )
    + ") AS entries ORDER BY place"
)
"""Whether the tables support each entry for the campaign {campaign}, in their order."""
