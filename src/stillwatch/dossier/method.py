"""Figures on the scan itself, on the ledger and on the whole case."""

from __future__ import annotations

from stillwatch.dossier.book import Question, columns
from stillwatch.dossier.figures import QUOTED


def _scan(name: str, words: str, part: str, short: str) -> Question:
    return Question(
        name,
        words,
        f"SELECT name, {short} FROM scan WHERE part = '{part}' ORDER BY name",
        columns=columns(f"name *name, value *{'number' if short == 'number' else 'text'}"),
    )


SCAN = (
    Question("version", "version of the scan", "SELECT max(text) FROM scan WHERE part = 'version'", "text", (), QUOTED),
    Question("seed", "seed of the scan",
             "SELECT max(text) FROM scan WHERE part = 'parameter' AND name = 'seed'", "text", (), QUOTED),
    Question("scan_first", "first exchange of the log",
             "SELECT max(text) FROM scan WHERE part = 'window' AND name = 'first'", "time", (), QUOTED),
    Question("scan_last", "last exchange of the log",
             "SELECT max(text) FROM scan WHERE part = 'window' AND name = 'last'", "time", (), QUOTED),
    _scan("parameters", "parameters of the scan", "parameter", "text"),
    _scan("counts", "what the scan counted", "count", "number"),
    _scan("unseen_kinds", "evidence that the log could not give", "could_not_see", "text"),
    Question("inputs", "inputs by format",
             "SELECT text, count(*) AS files, sum(number) AS size FROM scan WHERE part = 'input' GROUP BY text "
             "ORDER BY text",
             columns=columns("format *text, files rows, size bytes")),
    Question("released", "first exchange with each model",
             "SELECT name, text FROM scan WHERE part = 'model' ORDER BY text, name",
             columns=columns("model *text, first *time")),
    Question("detectors", "detectors whose evidence is in this case",
             "SELECT d.detector, d.question, d.assumption, d.innocent, d.sources FROM detectors d WHERE d.detector IN "
             "(SELECT detector FROM evidence) ORDER BY d.question, d.detector",
             columns=columns("detector name, question *text, assumption *sentence, innocent *text, sources *text")),
    Question("degrees", "the rules of likelihood, the first that applies counts",
             "SELECT condition, likelihood, low, high FROM likelihoods ORDER BY rule",
             columns=columns("condition text, word text, low whole share, high whole share")),
)  # fmt: skip
DECISIONS = (
    Question("entries", "entries of the ledger on this case", "SELECT count(*) FROM judgements", "number"),
    Question("judgements", "what people judged, in order",
             "SELECT number, time, kind, role, person, concerns, accounts, until, refers_to, reason, hash FROM "
             "judgements ORDER BY number",
             columns=columns("number *number, time *time, kind *name, role *text, person *text, concerns *text, "
                             "accounts *accounts, until *time, refers_to *number, reason *text, hash *text")),
    Question("standings", "what holds for accounts of the case on the day of the dossier",
             "SELECT standing, count(DISTINCT account_id) AS accounts, min(until) AS first_end, max(until) AS last_end "
             "FROM standings GROUP BY standing ORDER BY standing",
             columns=columns("standing name, accounts accounts, first_end time, last_end time")),
    Question("attributed", "the operator that a person named, and the source",
             "SELECT operator, source, number FROM judgements WHERE kind = 'attributed' AND operator IS NOT NULL "
             "ORDER BY number DESC LIMIT 1",
             columns=columns("operator *text, source *text, entry *number")),
)  # fmt: skip
ALL_CLEARED = Question(
    "all_cleared", "accounts that were cleared or marked as bystander since the scan, and count no more",
    "SELECT count(DISTINCT account_id) FROM members WHERE role <> 'bystander' AND NOT counted", "accounts",
    redacted="SELECT sum(cleared) FROM campaigns",
)  # fmt: skip
WHOLE_AT_SCAN = (
    Question("all_accounts_then", "accounts that are no bystanders, as the scan counted them",
             "SELECT count(DISTINCT account_id) FROM members WHERE role <> 'bystander'", "accounts",
             redacted="SELECT sum(accounts_at_scan) FROM campaigns"),
    Question("all_exchanges_then", "exchanges of these accounts",
             "SELECT coalesce(sum(exchanges), 0) FROM members WHERE role <> 'bystander'", "exchanges",
             redacted="SELECT sum(exchanges_at_scan) FROM campaigns"),
    Question("all_harvested_then", "of these, judged to be harvest",
             "SELECT coalesce(sum(harvested_exchanges), 0) FROM members WHERE role <> 'bystander'", "exchanges",
             redacted="SELECT sum(harvested_exchanges_at_scan) FROM campaigns"),
    Question("all_tokens_then", "output and reasoning tokens of these",
             "SELECT coalesce(sum(output_tokens + reasoning_tokens), 0) FROM exposure_at_scan", "tokens",
             redacted="SELECT sum(harvested_tokens_at_scan) FROM campaigns"),
)  # fmt: skip
"""What the scan had counted; asked where accounts were cleared since."""
WHOLE = (
    Question("all_accounts", "accounts that count: no bystanders, and not cleared since the scan",
             "SELECT count(DISTINCT account_id) FROM members WHERE counted", "accounts",
             redacted="SELECT sum(accounts) FROM campaigns"),
    Question("all_exchanges", "exchanges of these accounts",
             "SELECT coalesce(sum(exchanges), 0) FROM members WHERE counted", "exchanges",
             redacted="SELECT sum(exchanges) FROM campaigns"),
    Question("all_harvested", "exchanges judged to be harvest",
             "SELECT coalesce(sum(harvested_exchanges), 0) FROM members WHERE counted", "exchanges",
             redacted="SELECT sum(harvested_exchanges) FROM campaigns"),
    Question("all_tokens", "output and reasoning tokens of harvested exchanges",
             "SELECT coalesce(sum(output_tokens + reasoning_tokens), 0) FROM exposure", "tokens"),
    Question("all_campaigns", "groups of accounts in the case", "SELECT count(*) FROM campaigns", "campaigns"),
    Question("case_first", "first exchange of a member", "SELECT min(first_seen) FROM campaigns", "time", (), QUOTED),
    Question("case_last", "last exchange of a member", "SELECT max(last_seen) FROM campaigns", "time", (), QUOTED),
)  # fmt: skip
