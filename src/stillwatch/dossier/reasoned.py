"""What follows from what was seen: likelihood, confidence, evidence, competing hypotheses, frameworks."""

from __future__ import annotations

from stillwatch.dossier.book import Question, Row, columns
from stillwatch.dossier.figures import QUOTED
from stillwatch.dossier.frameworks import SUPPORT_QUERY
from stillwatch.dossier.likelihood import CONFIDENCE_QUERY, FACTS_QUERY, LEVEL_QUERY, LIKELIHOOD_QUERY, SIDES_QUERY
from stillwatch.dossier.lines import HYPOTHESES, INCONSISTENT, LINES_QUERY, NEUTRAL, NOT_SEEN

_EVIDENCE = (
    "SELECT e.detector, e.statement, CASE WHEN e.unit LIKE '%share%' THEN e.observed END AS observed_share, "
    "CASE WHEN e.unit LIKE '%share%' THEN e.expected END AS expected_share, "
    "CASE WHEN e.unit LIKE '%share%' THEN NULL ELSE e.observed END AS observed, "
    "CASE WHEN e.unit LIKE '%share%' THEN NULL ELSE e.expected END AS expected, e.unit, e.log10_p, e.log10_p AS exact, "
    "e.strength, d.side, d.side IS NOT DISTINCT FROM c.formed_by AND d.side IS NOT NULL AS made, e.q_without "
    "FROM evidence e LEFT JOIN detectors d ON d.detector = e.detector JOIN campaigns c "
    "ON c.campaign_id = e.campaign_id WHERE e.{{own}} AND e.question = '{question}' "
    "ORDER BY e.strength DESC NULLS LAST, e.log10_p, e.detector"
)
_EVIDENCE_COLUMNS = columns(
    "detector *name, statement *sentence, observed_share *share, expected_share *share, observed *statistic, "
    "expected *statistic, unit *text, odds *odds, log10_p *log10, strength *nats, side text, made yes, "
    "q_without *probability"
)

INFERRED = (
    Question("verdict", "verdict of the scan", "SELECT verdict FROM campaigns WHERE {own}", "text", (), QUOTED),
    Question("q", "false-discovery level at which it is accused", "SELECT q_value FROM campaigns WHERE {own}",
             "probability", (), QUOTED),
    Question("level", "level at which the scan accuses", LEVEL_QUERY, "share", (), QUOTED),
    Question("coordination", "strength of what ties the accounts together, -log10 p",
             "SELECT coordination FROM campaigns WHERE {own}", "strength", (), QUOTED),
    Question("harvest", "strength of what looks like collecting training data, -log10 p",
             "SELECT harvest FROM campaigns WHERE {own}", "strength", (), QUOTED),
    Question("formed_by", "side whose links made the group", "SELECT formed_by FROM campaigns WHERE {own}", "text", (),
             QUOTED),
    Question("sets_tried", "sets of accounts of which this one is tied most clearly",
             "SELECT sets_tried FROM campaigns WHERE {own}", "sets", (), QUOTED),
    Question("asked_with", "campaigns with which accounts of it were one group when both questions were asked",
             "SELECT asked_with FROM campaigns WHERE {own}", "text", (), QUOTED),
    Question("harvest_tests", "tests of the work of the group",
             "SELECT count(*) FROM evidence WHERE {own} AND question = 'harvest'", "tests"),
    Question("harvest_telling", "of these, telling on their own",
             "SELECT count(*) FROM evidence WHERE {own} AND question = 'harvest' AND log10_p <= -2", "tests"),
    Question("on_coordination", "evidence that the accounts act as one hand",
             _EVIDENCE.format(question="coordination"), columns=_EVIDENCE_COLUMNS),
    Question("on_harvest", "evidence that their work looks like collecting training data",
             _EVIDENCE.format(question="harvest"), columns=_EVIDENCE_COLUMNS),
    Question(
        "explanations",
        "innocent explanations that the scan considered",
        "SELECT explanation, finding, share, CASE WHEN holds THEN 'holds' WHEN NOT holds THEN 'does not hold' "
        "ELSE 'undecided' END AS holds FROM explanations WHERE {own} ORDER BY holds DESC, explanation",
        columns=columns("explanation *name, finding *sentence, share *share, holds text"),
    ),
)  # fmt: skip


WEIGHED = (
    Question(
        "likelihood",
        "word of likelihood, by the rules of the table likelihoods",
        f"SELECT l.likelihood, l.low, l.high, l.condition FROM likelihoods l WHERE l.rule = ({LIKELIHOOD_QUERY})",
        columns=columns("word text, low whole share, high whole share, condition text"),
    ),
    Question("confidence", "word of confidence", CONFIDENCE_QUERY, "text"),
    Question(
        "sides",
        "sides beside the one that made the group that are telling",
        f"SELECT sides FROM ({FACTS_QUERY})",
        "number",
    ),
    Question(
        "indispensable",
        "lines of evidence without which it would not be accused",
        f"SELECT indispensable FROM ({FACTS_QUERY})",
        "number",
    ),
    Question(
        "unseen", "kinds of evidence for which the log has no column", f"SELECT unseen FROM ({FACTS_QUERY})", "number"
    ),
    Question(
        "left_over",
        "what the second strongest side says alone, log10 p",
        f"SELECT left_over FROM ({FACTS_QUERY})",
        "odds",
    ),
    Question(
        "by_side",
        "what each other side says",
        f"SELECT side, log10_p FROM ({SIDES_QUERY}) AS s ORDER BY log10_p, side",
        columns=columns("side text, odds odds"),
    ),
    Question(
        "needed",
        "lines of evidence without which it would not be accused",
        f"SELECT detector, q_without FROM evidence WHERE {{own}} AND q_without > ({LEVEL_QUERY}) ORDER BY detector",
        columns=columns("detector name, q_without *probability"),
    ),
    Question(
        "quiet",
        "lines of evidence that were looked for and say nothing",
        "SELECT detector FROM evidence WHERE {own} AND log10_p > -2 ORDER BY detector",
        columns=columns("detector name"),
    ),
    Question(
        "assumed",
        "what the lines of evidence that count take for granted",
        "SELECT DISTINCT d.detector, d.assumption FROM evidence e JOIN detectors d ON d.detector = e.detector "
        "WHERE e.{own} AND e.log10_p <= -2 AND d.assumption IS NOT NULL ORDER BY d.detector",
        columns=columns("detector *name, assumption *sentence"),
    ),
)


_READ = ", ".join(
    f"coalesce(max(r.reading) FILTER (WHERE r.hypothesis = '{one.name}'), '{NEUTRAL}') AS \"{one.name}\""
    for one in HYPOTHESES
)
_NAMES = ", ".join(f"{one.name} text" for one in HYPOTHESES)
_ORDER = " ".join(f"WHEN '{one.name}' THEN {place}" for place, one in enumerate(HYPOTHESES))
COMPETING = (
    Question(
        "matrix",
        "how each line of evidence speaks to each hypothesis",
        f"SELECT l.line, l.found, {_READ} FROM ({LINES_QUERY}) AS l LEFT JOIN readings r ON r.line = l.line "
        "AND r.found = l.found GROUP BY l.place, l.line, l.found ORDER BY l.place",
        columns=columns(f"line text, found text, {_NAMES}"),
    ),
    Question(
        "tally",
        "lines inconsistent and consistent with each hypothesis",
        f"SELECT r.hypothesis, count(*) FILTER (WHERE r.reading = '{INCONSISTENT}') AS against, "
        "count(*) FILTER (WHERE r.reading = 'consistent') AS fitting FROM readings r "
        f"JOIN ({LINES_QUERY}) AS l ON l.line = r.line AND l.found = r.found GROUP BY r.hypothesis "
        f"ORDER BY CASE r.hypothesis {_ORDER} END",
        columns=columns("hypothesis text, against number, fitting number"),
    ),
    Question(
        "unanswered",
        "lines that the log cannot answer",
        f"SELECT count(*) FROM ({LINES_QUERY}) AS l WHERE l.found = '{NOT_SEEN}'",
        "number",
    ),
    Question(
        "support", "whether the tables support an entry of a framework", SUPPORT_QUERY, columns=columns("support text")
    ),
)


def least_against(tally: list[Row]) -> list[str]:
    """The hypotheses that the fewest lines speak against, by name."""
    numbers = [row.against.value if isinstance(row.against.value, int) else 0 for row in tally]
    return [
        str(row.hypothesis.value)
        for row, number in zip(tally, numbers, strict=True)
        if number == min(numbers, default=0)
    ]
