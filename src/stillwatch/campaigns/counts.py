"""What is counted of exchanges, as SQL over `facts` f: of accounts, of groups, and of their common work alike."""

from __future__ import annotations

from stillwatch.links.verbatim import LEAST_WORDS
from stillwatch.signals.capability import CAPABILITIES

ANSWER = "f.output_tokens + COALESCE(f.reasoning_tokens, 0)"
COUNTED = {
    "exchanges": "COUNT(*)",
    "intents": "CAST(SUM(f.intent) AS BIGINT)",
    "worked": f"CAST(SUM(CASE WHEN {ANSWER} >= l.long_answer THEN f.intent ELSE 0 END) AS BIGINT)",
    "long": f"COUNT(CASE WHEN {ANSWER} >= l.long_answer THEN 1 END)",
    "instructions": "CAST(SUM(CASE WHEN k.content IS NULL THEN f.instruction ELSE 0 END) AS BIGINT)",
    "follow_ups": "COUNT(CASE WHEN f.turn > 1 THEN 1 END)",
    "contents": "COUNT(f.content)",
    "messages": f"COUNT(CASE WHEN f.content IS NOT NULL AND f.words >= {LEAST_WORDS} THEN 1 END)",
    **{f"c{k}": f"COUNT(CASE WHEN f.capability = {k} THEN 1 END)" for k in range(len(CAPABILITIES))},
}
COUNTS = ", ".join(f"{sql} AS {name}" for name, sql in COUNTED.items())
BESIDE = "CROSS JOIN answer_length l LEFT JOIN known_contents k ON k.content = f.content"
"""What the counts need beside the facts."""


def sent_again(words: int = 0) -> str:
    """For each group, messages of so many words that it, and that one of its accounts, had sent before: counted over
    `asked` alone, since every message that is not in it was sent once."""
    return (
        "SELECT grp, SUM(n - 1) AS again, SUM(n - senders) AS by_same FROM (SELECT g.grp, SUM(a.exchanges) AS n, "
        "COUNT(*) AS senders FROM asked a JOIN grouped g ON g.member = a.member "
        f"WHERE a.words >= {words} GROUP BY g.grp, a.content) AS c GROUP BY grp"
    )
