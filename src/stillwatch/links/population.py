"""The accounts of a scan, numbered, and the exchanges that count: duplicates once, nothing after `as_of`."""

from __future__ import annotations

from stillwatch.engine import Step
from stillwatch.signals.lexicon import SHOWN

SIGNALS = (
    *("exchange", "time", "day", "slot", "model", "answered", "address", "client", "turn", "words", "content"),
    *("capability", "instruction", "input_tokens", "output_tokens", "reasoning_tokens", "estimated"),
)
"""What facts have of a signal as it is."""
INTENT = f"LEAST(s.elicitation + s.grading + s.generation, {SHOWN}) AS intent"
"""How far an exchange shows intent, in thousandths; one phrase says little of one prompt and much of ten thousand."""
FACTS = ("member", *SIGNALS, "intent")
"""What later stages read of each exchange, beside its phrases."""


def population_steps(as_of: str | None, duplicated: bool) -> list[Step]:
    """Table `population` (member, account, account_id, exchanges, first_time, last_time, anchor), and the view
    `sketches`: the member of each exchange, its FACTS, its `shingles` and its `system_shingles`.

    Members are numbered by first exchange (the anchor), ties by its hash: a number says nothing of an account's name,
    and renaming accounts changes nothing.
    """
    before = f"WHERE time < CAST('{as_of}' AS TIMESTAMPTZ)" if as_of else ""
    rows = f"SELECT * FROM signals {before}"
    if duplicated:  # by every column that another one does not decide: which copy counts cannot hang on row order
        rows = (
            "SELECT * FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY exchange ORDER BY time, account, model, content, "
            "words, address, client, conversation, turn, answered, input_tokens, output_tokens, reasoning_tokens, "
            "elicitation, grading, generation, capability, instruction, estimated) AS copy "
            f"FROM ({rows}) AS r) AS c WHERE copy = 1"
        )
    return [
        Step("scanned", rows, keep=duplicated),
        Step(
            "accounts_seen",
            "SELECT account, MIN(account_id) AS account_id, COUNT(*) AS exchanges, MIN(time) AS first_time, "
            "MAX(time) AS last_time FROM scanned GROUP BY account",
        ),
        Step(
            "anchors",
            "SELECT s.account, MIN(s.exchange) AS anchor FROM scanned s JOIN accounts_seen a ON a.account = s.account "
            "AND a.first_time = s.time GROUP BY s.account",
        ),
        Step(
            "population",
            "SELECT CAST(ROW_NUMBER() OVER (ORDER BY s.first_time, a.anchor) - 1 AS INTEGER) AS member, s.account, "
            "s.account_id, s.exchanges, s.first_time, s.last_time, a.anchor FROM accounts_seen s "
            "JOIN anchors a ON a.account = s.account",
        ),
        Step(
            "sketches",
            f"SELECT p.member, {', '.join('s.' + c for c in SIGNALS)}, {INTENT}, s.shingles, s.system_shingles "
            "FROM scanned s JOIN population p ON p.account = s.account",
            keep=False,
        ),
    ]


def asked_step() -> Step:
    """Table `asked` (content, member, exchanges, first_seen, words): messages that are sent word for word more than
    once, and who sends them. Few messages are of that kind, so what is asked of them later need not go through all."""
    return Step(
        "asked",
        "SELECT f.content, f.member, COUNT(*) AS exchanges, MIN(f.time) AS first_seen, MAX(f.words) AS words "
        "FROM facts f JOIN (SELECT content FROM facts WHERE content IS NOT NULL GROUP BY content "
        "HAVING COUNT(*) >= 2) AS r ON r.content = f.content GROUP BY f.content, f.member",
    )
