"""Lines of evidence for the analysis of competing hypotheses: when each is found, and how it is read.

Each line is one question to the tables, answered yes, no or not seen. How an answer speaks to each hypothesis is the
table below; it is copied into the dossier, so that a reader who reads a line otherwise can change it and count again.
The method is Heuer's (Psychology of Intelligence Analysis, 1999): what counts is what a hypothesis cannot explain.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from stillwatch.dossier.engine import literal

TELLING = -2
"""log10 of the p-value from which a line counts as found: chance would do as much once in a hundred groups."""
CONSISTENT, INCONSISTENT, NEUTRAL = "consistent", "inconsistent", "neutral"
YES, NO, NOT_SEEN = "yes", "no", "not seen"
_LETTERS = {"C": CONSISTENT, "I": INCONSISTENT, "N": NEUTRAL}


@dataclass(frozen=True)
class Hypothesis:
    """One account of how the observations could have come about. `apart`: evidence that would tell it from the rest."""

    name: str
    words: str
    apart: str


HYPOTHESES = (
    Hypothesis(
        "operator",
        "one operator that collects training data",
        "who received the answers: payment records, the accounts' own correspondence, or a model that shows the "
        "provider's watermark",
    ),
    Hypothesis(
        "reseller",
        "a reseller or relay with many customers of its own",
        "whether single requests carry traces of different customers, and an offer of resold access",
    ),
    Hypothesis(
        "enterprise",
        "an enterprise or institution that works openly",
        "a contract, a verified organisation, or a contact who answers for the accounts",
    ),
    Hypothesis(
        "evaluators",
        "evaluators who run benchmarks",
        "the list of questions: whether it is published, and whether every item was asked once by each account",
    ),
    Hypothesis(
        "application",
        "customers of one application or framework",
        "the application's name and its own users, who would be strangers to each other in payment and sign-up",
    ),
    Hypothesis(
        "class",
        "a class, a course or a hackathon",
        "a date and a place, and people who can be named by the institution",
    ),
    Hypothesis(
        "chance",
        "unconnected customers who look alike by chance",
        "the same scan on another window of the log: chance does not repeat with the same accounts",
    ),
)


@dataclass(frozen=True)
class Line:
    """One line of evidence. `found` and `missing` hold a letter for each hypothesis, in their order."""

    name: str
    words: str
    query: str
    found: str
    missing: str


def _telling(*detectors: str) -> str:
    """Whether one of these detectors is telling, corrected for their number."""
    names = ", ".join(map(literal, detectors))
    return (
        f"SELECT CASE WHEN count(log10_p) = 0 THEN '{NOT_SEEN}' "
        f"WHEN min(log10_p) + log10(greatest(count(log10_p), 1)) <= {TELLING} THEN '{YES}' ELSE '{NO}' END "
        f"FROM evidence WHERE campaign_id = {{campaign}} AND detector IN ({names})"
    )


def _holds(explanation: str) -> str:
    return (
        f"SELECT CASE WHEN count(holds) = 0 THEN '{NOT_SEEN}' WHEN bool_or(holds) THEN '{YES}' ELSE '{NO}' END "
        f"FROM explanations WHERE campaign_id = {{campaign}} AND explanation = {literal(explanation)}"
    )


REGISTRATION = ("device", "signup_address", "email_domain", "signup_cohort")
WORDING = ("wording", "verbatim")
RHYTHM = ("balance", "synchrony", "pivot")
# Readings in the order of HYPOTHESES: operator, reseller, enterprise, evaluators, application, class, chance.
LINES = (
    Line("registration", "They were registered alike (device, address, mailbox or hour)", _telling(*REGISTRATION),
         "CCCNICI", "NNINCIC"),
    Line("payment", "They share payment instruments", _telling("payment"), "CCCNIII", "NNNNNNN"),
    Line("wording", "They send the same uncommon wordings", _telling(*WORDING), "CICCCCI", "INNIIIC"),
    Line("rhythm", "They move together (volumes, hours or changes of model)", _telling(*RHYTHM), "CNNNICI", "NNNNNNC"),
    Line("addresses", "They share uncommon client addresses", _telling("address"), "CCCNNCI", "NINNNNC"),
    Line("proxy", "They share addresses and nothing else", _holds("one proxy, many strangers"), "ICINCIN", "CNNNNNN"),
    Line("organisation", "Most belong to one verified organisation", _holds("declared organisation"),
         "INCNNNN", "NNINNNN"),
    Line("open customers", "Most belong to a few customers that hide nothing", _holds("a few open customers"),
         "ICCNNNN", "NNINNNN"),
    Line("place", "Place and time of sign-up are all that ties them", _holds("campus, course, employer or event"),
         "IICNNCN", "NNNNNIN"),
    Line("application", "Only what they send is alike", _holds("customers of one application"), "INNNCIN", "NNNNINN"),
    Line("public", "What they send in common is public material", _holds("public material"), "INNCNCN", "NNNINNN"),
    Line("material", "They ask for training material (reasoning, grades, tasks, trajectories)",
         _telling("pool_material", "intent", "worked_answers"), "CNNCNIN", "INNNNNC"),
    Line("single", "Their answers are never followed up, more than those of honest groups",
         _telling("pool_single", "follow_up"), "CINCNIN", "NCCNNCN"),
    Line(
        "work",
        "Their work as a whole looks like collecting training data",
        f"SELECT CASE WHEN max(harvest) IS NULL THEN '{NOT_SEEN}' WHEN max(harvest) >= {-TELLING} THEN '{YES}' "
        f"ELSE '{NO}' END FROM campaigns WHERE campaign_id = {{campaign}}",
        "CNINIII",
        "INCNCCC",
    ),
    Line(
        "exclusive",
        "Most shared values are held by nobody outside",
        f"SELECT CASE WHEN count(*) = 0 THEN '{NOT_SEEN}' WHEN avg(CASE WHEN accounts_outside = 0 THEN 1 ELSE 0 END) "
        f">= 0.5 THEN '{YES}' ELSE '{NO}' END FROM shared WHERE campaign_id = {{campaign}}",
        "CNCINNI",
        "NCNCCNC",
    ),
    Line(
        "strangers",
        "Some members do other work beside it, or have no part in it",
        f"SELECT CASE WHEN count(*) FILTER (WHERE role IN ('mixed', 'bystander')) > 0 THEN '{YES}' "
        f"WHEN count(*) FILTER (WHERE role IS NULL) > 0 OR count(*) = 0 THEN '{NOT_SEEN}' ELSE '{NO}' END "
        "FROM members WHERE campaign_id = {campaign}",
        "NCNNCNN",
        "CINNINI",
    ),
)  # fmt: skip


def readings() -> list[dict[str, str]]:
    """How every answer to every line is read, as rows of the table `readings`."""
    return list(_readings())


def _readings() -> Iterator[dict[str, str]]:
    for line in LINES:
        for found, letters in ((YES, line.found), (NO, line.missing)):
            for hypothesis, letter in zip(HYPOTHESES, letters, strict=True):
                yield {
                    "line": line.name,
                    "found": found,
                    "hypothesis": hypothesis.name,
                    "reading": _LETTERS[letter],
                }


LINES_QUERY = " UNION ALL ".join(
    f"SELECT {place} AS place, {literal(line.name)} AS line, ({line.query}) AS found"
    for place, line in enumerate(LINES, start=1)
)
"""All lines of the campaign {campaign} with their answers: place, line, found."""
