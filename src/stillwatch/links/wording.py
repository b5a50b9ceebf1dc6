"""Shared wording: two accounts fill the slots of the same uncommon template.

Every exchange is known by its most telling phrase: of the sampled shingles that at least three accounts use, the one
whose holders use it most often each. The fixed part of a template wins over what stands in its slots (few uses) and
over everyday phrases (many holders, few uses each), so all exchanges of a template meet on one phrase, and no pair of
texts is ever compared. Text that many holders of a phrase send verbatim (an assignment, a public benchmark, a viral
prompt) is *public material*: it says that they read the same page, not that they are one hand, and is left out.
"""

from __future__ import annotations

from stillwatch.engine import Step
from stillwatch.links.model import LinkDetector
from stillwatch.links.population import FACTS
from stillwatch.records.detector import Detector

LEAST_HOLDERS = 3
LEAST_SENDERS, PUBLIC_SHARE = 3, 5
"""A text is public material if one in `PUBLIC_SHARE` of its phrase's holders sends it verbatim, three at the least.
A hand that deals the same questions out eleven times over 120 accounts reaches 9 %; evaluators who each run a whole
benchmark reach 100 %. Where the line lies between them is a judgement."""
SKELETON_CAP = 8
"""Sampled shingles of a template's fixed part that still add strength: about thirty words. Beyond, a text is no
less likely to be copied, only longer."""
FRAME = 2500
"""Thousandths of a sampled shingle from which a phrase is the frame of a template and no common turn of speech: at one
sampled shingle in four, thirteen words in a row on average. Sampling is coarse: of random phrases of 8, 10, 13, 16 and
20 words, 11, 24, 48, 67 and 84 % have three sampled shingles or more, so one short phrase in four is taken for a frame
and one frame of sixteen words in three is not. Shorter ones weigh less, down to nothing at a single shingle:
heavy users share hundreds of those by chance, and together they linked strangers (demo world, seed 7)."""
REPEATS = 2
"""Uses from which a phrase counts as held: what was said once can be chance or curiosity."""

WORDING = LinkDetector(
    Detector(
        name="wording",
        question="coordination",
        assumption="A harvest is driven by a program: the same instruction around ever new content, dealt out over "
        "accounts.",
        innocent=(
            "a viral prompt",
            "an assignment or public benchmark",
            "one company's prompt library",
            "an application whose template its customers never see",
        ),
        references=(
            "Broder, On the resemblance and containment of documents, 1997",
            "Schleimer et al., Winnowing, SIGMOD 2003",
            "Anthropic, 23 February 2026 (variants arrive tens of thousands of times)",
        ),
        needs=("input_text",),
    ),
    side="traffic",
    sql=(
        "SELECT member, value, COUNT(*) AS exchanges, MIN(time) AS first_seen FROM worded WHERE original "
        f"GROUP BY member, value HAVING COUNT(*) >= {REPEATS}"
    ),
    reliability=1.0,
    cap=24.0,
)


def phrase_steps() -> list[Step]:
    """Ties fall to the first exchange, so that the key decides only between phrases of one text.

    Tables `phrases` (number, value, holders, uses, rank), `frames` (rank, length), and `facts`: FACTS of each exchange,
    the rank of the `phrase` of its message, and of the `system_phrase` where its system prompt has another. Message and
    system prompt are read alike, since an instruction may be injected into either; but system prompts are few, and each
    is read once.

    `length` is the mean number of sampled shingles, in thousandths, that a text of the phrase has of the same frame:
    those that are used half as often or more, by at most twice as many accounts.
    """
    return [prompts_step(), *_count_steps(), *_mark_steps(), _facts_step()]


def prompts_step() -> Step:
    """Table `prompts`: who sends which system prompt how often, and its first exchange there."""
    return Step(
        "prompts",
        "SELECT member, system_shingles, COUNT(*) AS uses, MIN(exchange) AS first FROM sketches "
        "WHERE ARRAY_LENGTH(system_shingles) > 0 GROUP BY member, system_shingles",
    )


def _facts_step() -> Step:
    return Step(
        "facts",
        f"SELECT {', '.join('f.' + c for c in FACTS)}, b.rank AS phrase, "
        "CASE WHEN b.rank IS NULL OR q.rank <> b.rank THEN q.rank END AS system_phrase FROM sketches f "
        "LEFT JOIN best b ON b.exchange = f.exchange LEFT JOIN prompted q ON q.system_shingles = f.system_shingles",
    )


def _count_steps() -> list[Step]:
    return [
        Step(
            "prompt_texts",
            "SELECT system_shingles, MIN(first) AS text, CAST(SUM(uses) AS BIGINT) AS uses FROM prompts "
            "GROUP BY system_shingles",
        ),
        Step(
            "uses_in_prompts",
            "SELECT UNNEST(system_shingles) AS shingle, member, uses FROM prompts",
        ),
        # One row for each account and shingle is all that grows with the log: nothing but a count is kept with it.
        Step(
            "holders_of_shingles",
            "SELECT shingle, COUNT(*) AS holders, CAST(SUM(times) AS BIGINT) AS times FROM ("
            "SELECT shingle, member, COUNT(*) AS times FROM (SELECT UNNEST(shingles) AS shingle, member FROM sketches "
            "UNION ALL SELECT shingle, member FROM uses_in_prompts) AS s GROUP BY shingle, member) AS u "
            f"GROUP BY shingle HAVING COUNT(*) >= {LEAST_HOLDERS}",
        ),
        Step(
            "common_shingles",
            "SELECT CAST(ROW_NUMBER() OVER (ORDER BY shingle) AS INTEGER) AS number, shingle, holders, uses FROM ("
            "SELECT h.shingle, h.holders, h.times + COALESCE(p.more, 0) AS uses FROM holders_of_shingles h LEFT JOIN "
            "(SELECT shingle, CAST(SUM(uses - 1) AS BIGINT) AS more FROM uses_in_prompts GROUP BY shingle) AS p "
            f"ON p.shingle = h.shingle) AS c WHERE uses >= {REPEATS} * holders",
        ),
    ]


def _mark_steps() -> list[Step]:
    return [
        Step(
            "marks",
            "SELECT s.exchange, c.number FROM (SELECT exchange, UNNEST(shingles) AS shingle FROM scanned) AS s "
            "JOIN common_shingles c ON c.shingle = s.shingle",
        ),
        Step(
            "prompt_marks",
            "SELECT s.text, s.uses, c.number FROM (SELECT text, uses, UNNEST(system_shingles) AS shingle "
            "FROM prompt_texts) AS s JOIN common_shingles c ON c.shingle = s.shingle",
        ),
        Step(
            "phrases",
            "SELECT c.number, c.shingle AS value, c.holders, c.uses, CAST(ROW_NUMBER() OVER "
            "(ORDER BY c.uses * 1000 // c.holders, c.uses, f.first, c.shingle) AS INTEGER) AS rank "
            "FROM common_shingles c JOIN (SELECT number, MIN(first) AS first FROM ("
            "SELECT number, exchange AS first FROM marks UNION ALL SELECT number, text AS first FROM prompt_marks"
            ") AS m GROUP BY number) AS f ON f.number = c.number",
        ),
        Step(
            "best",
            "SELECT m.exchange, MAX(p.rank) AS rank FROM marks m JOIN phrases p ON p.number = m.number "
            "GROUP BY m.exchange",
        ),
        Step(
            "prompt_best",
            "SELECT m.text, m.uses, MAX(p.rank) AS rank FROM prompt_marks m JOIN phrases p ON p.number = m.number "
            "GROUP BY m.text, m.uses",
        ),
        Step(
            "prompted",
            "SELECT t.system_shingles, b.rank FROM prompt_texts t JOIN prompt_best b ON b.text = t.text",
        ),
        Step(
            "companions",
            "SELECT b.rank, m.number, COUNT(*) AS marks FROM marks m JOIN best b ON b.exchange = m.exchange "
            "GROUP BY b.rank, m.number UNION ALL "
            "SELECT b.rank, m.number, CAST(SUM(m.uses) AS BIGINT) AS marks FROM prompt_marks m "
            "JOIN prompt_best b ON b.text = m.text GROUP BY b.rank, m.number",
        ),
        Step(
            "frames",
            "SELECT c.rank, CAST(SUM(c.marks) AS BIGINT) * 1000 // CAST(MAX(t.texts) AS BIGINT) AS length "
            "FROM companions c JOIN phrases p ON p.rank = c.rank JOIN phrases q ON q.number = c.number "
            "JOIN (SELECT rank, SUM(texts) AS texts FROM (SELECT rank, COUNT(*) AS texts FROM best GROUP BY rank "
            "UNION ALL SELECT rank, SUM(uses) AS texts FROM prompt_best GROUP BY rank) AS n GROUP BY rank) AS t "
            "ON t.rank = c.rank WHERE q.uses * 2 >= p.uses AND q.holders <= 2 * p.holders GROUP BY c.rank",
        ),
    ]


COUNTED = (
    "prompts",
    "prompt_texts",
    "uses_in_prompts",
    "holders_of_shingles",
    "common_shingles",
    "marks",
    "prompt_marks",
    "best",
    "prompt_best",
    "prompted",
    "companions",
)
"""Tables of `phrase_steps` that nothing reads once the facts are there; `marks` is the largest of a scan."""
UTTERED = ("frames", "phrases", "speakers")
"""Tables that nothing reads once it is known which exchange is worded how."""


def worded_steps() -> list[Step]:
    """Table `worded`: exchanges with their phrase, and whether their content is original or public material."""
    said = (
        f"SELECT exchange, member, time, content, intent, {phrase} AS rank FROM facts WHERE {phrase} IS NOT NULL"
        for phrase in ("phrase", "system_phrase")
    )
    return [
        Step("uttered", " UNION ALL ".join(said), keep=False),
        Step("skeletons", "SELECT p.rank, p.value, f.length FROM frames f JOIN phrases p ON p.rank = f.rank"),
        Step("speakers", "SELECT rank, COUNT(DISTINCT member) AS holders FROM uttered GROUP BY rank"),
        Step(
            "public_material",
            "SELECT c.rank, c.content FROM (SELECT u.rank, u.content, COUNT(DISTINCT u.member) AS senders "
            "FROM uttered u JOIN (SELECT content FROM asked GROUP BY content "
            f"HAVING COUNT(*) >= {LEAST_SENDERS}) AS a ON a.content = u.content "
            "GROUP BY u.rank, u.content) AS c JOIN speakers s ON s.rank = c.rank "
            f"WHERE c.senders >= {LEAST_SENDERS} AND c.senders * {PUBLIC_SHARE} >= s.holders",
        ),
        Step(
            "worded",
            "SELECT u.exchange, u.member, u.time, u.intent, s.value, s.length, p.content IS NULL AS original "
            "FROM uttered u JOIN skeletons s ON s.rank = u.rank "
            "LEFT JOIN public_material p ON p.rank = u.rank AND p.content = u.content",
            keep=False,
        ),
    ]
